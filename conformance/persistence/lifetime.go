package persistence

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"sigs.k8s.io/gateway-api/conformance/utils/suite"
)

// Cookie is the GEP's first test.
var Cookie = suite.ConformanceTest{
	ShortName:   "HTTPRouteSessionPersistenceCookie",
	Description: "The first answer sets a cookie, and with it a client stays on its pod",
	Features:    needs(),
	Manifests:   []string{"manifests/cookie.yaml"},
	Parallel:    true,
	Test: func(t *testing.T, s *suite.ConformanceTestSuite) {
		site := newSite(t, s, "session-cookie", "/")
		mustAllHold(t, onePerPod(site.sessions(t, "/", followUps, 2)), followUps)
	},
}

// LifetimeSession is the default.
var LifetimeSession = suite.ConformanceTest{
	ShortName:   "HTTPRouteSessionPersistenceCookieLifetimeTypeSession",
	Description: "A cookie has neither Expires nor Max-Age by default, nor where lifetimeType says Session",
	Features:    needs(),
	Manifests:   []string{"manifests/lifetime-session.yaml"},
	Parallel:    true,
	Test: func(t *testing.T, s *suite.ConformanceTestSuite) {
		site := newSite(t, s, "session-lifetime", "/default", "/session")
		for _, path := range []string{"/default", "/session"} {
			t.Run(path[1:], func(t *testing.T) {
				begun := site.mustBegin(t, path)
				for _, cookie := range begun.cookies {
					mustHaveNoEnd(t, cookie)
				}
				begun.mustHold(t, followUps)
			})
		}
	},
}

func mustHaveNoEnd(t *testing.T, cookie *http.Cookie) {
	t.Helper()
	if cookie.MaxAge != 0 || cookie.RawExpires != "" {
		t.Errorf("a session cookie has an end: Set-Cookie: %s", cookie.Raw)
	}
}

const (
	// As the manifest says.
	permanentTimeout = 5 * time.Minute
	// Of the clocks, where the cookie says when and not how long.
	clockSkew = 10 * time.Second
)

// LifetimePermanent is the GEP's.
var LifetimePermanent = suite.ConformanceTest{
	ShortName:   "HTTPRouteSessionPersistenceCookieLifetimeTypePermanent",
	Description: "A permanent cookie has an Expires or Max-Age that fits absoluteTimeout",
	Features:    needs(SupportPermanent),
	Manifests:   []string{"manifests/lifetime-permanent.yaml"},
	Parallel:    true,
	Test: func(t *testing.T, s *suite.ConformanceTestSuite) {
		site := newSite(t, s, "session-permanent", "/")
		begun := site.mustBegin(t, "/")
		for _, cookie := range begun.cookies {
			mustEndAfter(t, cookie, permanentTimeout)
		}
		begun.mustHold(t, followUps)
	},
}

func mustEndAfter(t *testing.T, cookie *http.Cookie, timeout time.Duration) {
	t.Helper()
	off := func(found time.Duration) bool { return (found - timeout).Abs() > clockSkew }
	switch {
	case cookie.MaxAge == 0 && cookie.RawExpires == "",
		cookie.MaxAge != 0 && off(time.Duration(cookie.MaxAge)*time.Second),
		cookie.RawExpires != "" && off(time.Until(cookie.Expires)):
		t.Errorf("it is to end after %s: Set-Cookie: %s", timeout, cookie.Raw)
	}
}

// As the manifest says.
const absoluteTimeout = 5 * time.Second

// AbsoluteTimeout is a must of the GEP that its plan has no test for.
var AbsoluteTimeout = suite.ConformanceTest{
	ShortName:   "HTTPRouteSessionPersistenceAbsoluteTimeout",
	Description: "A session whose cookie has no end of its own is ended by the gateway, by absoluteTimeout",
	Features:    needs(SupportAbsoluteTimeout),
	Manifests:   []string{"manifests/absolute-timeout.yaml"},
	Parallel:    true,
	Test: func(t *testing.T, s *suite.ConformanceTestSuite) {
		site := newSite(t, s, "session-timeout", "/")
		before := time.Now()
		begun := site.mustBegin(t, "/")
		for _, cookie := range begun.cookies {
			mustHaveNoEnd(t, cookie)
		}
		mustEndByItself(t, begun, before)
	},
}

// Asks with the cookie of the beginning again and again, as a client would that ignores others.
func mustEndByItself(t *testing.T, begun *session, before time.Time) {
	t.Helper()
	old := map[string]string{"Cookie": begun.cookieHeader(begun.path)}
	begun.site.eventually(t, "the session ends", func(context.Context) error {
		found, err := begun.site.stranger().ask(t, begun.path, old)
		switch {
		case err != nil:
			return err
		case len(found.cookies) > 0:
			return nil
		case found.pod != begun.pod:
			t.Fatalf("moved from %s to %s without a new session", begun.pod, found.pod)
		}
		return fmt.Errorf("pod %s still answers it", found.pod)
	})
	// Seconds may be counted from the one before.
	if lasted := time.Since(before); lasted < absoluteTimeout-time.Second {
		t.Errorf("it was to last for %s, and ended after %s", absoluteTimeout, lasted)
	}
}
