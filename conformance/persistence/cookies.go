package persistence

import (
	"net/http"
	"strings"
	"testing"

	"sigs.k8s.io/gateway-api/conformance/utils/suite"
)

// SeveralCookies is a must of the GEP that its plan has no test for.
var SeveralCookies = suite.ConformanceTest{
	ShortName:   "HTTPRouteSessionPersistenceSeveralCookies",
	Description: "A session holds among cookies of the application, and these reach the pod",
	Features:    needs(),
	Manifests:   []string{"manifests/several-cookies.yaml"},
	Parallel:    true,
	Test: func(t *testing.T, s *suite.ConformanceTestSuite) {
		site := newSite(t, s, "session-several", "/")
		t.Run("A request with several", func(t *testing.T) {
			begun := site.mustBegin(t, "/")
			among := "before=1; " + begun.cookieHeader("/") + "; after=2"
			mustReach(t, begun, map[string]string{"Cookie": among}, "before=1", "after=2")
		})
		t.Run("An answer with one of the application", func(t *testing.T) {
			setting := map[string]string{"X-Echo-Set-Header": "Set-Cookie:application=1"}
			begun, err := site.stranger().begin(t, "/", setting)
			if err != nil || len(begun.cookies) < 2 {
				t.Fatalf("cookies %v, %v", begun.cookies, err)
			}
			mustReach(t, begun, nil, "application=1")
		})
	},
}

// Asks with these headers: the client stays, and its pod sees these cookies.
func mustReach(t *testing.T, begun *session, headers map[string]string, pairs ...string) {
	t.Helper()
	for range followUps {
		found, err := begun.ask(t, begun.path, headers)
		if err != nil || found.pod != begun.pod {
			t.Fatalf("moved from %s to %s, %v", begun.pod, found.pod, err)
		}
		seen := strings.Join(found.headers.Values("Cookie"), "; ")
		for _, pair := range pairs {
			if !strings.Contains(seen, pair) {
				t.Fatalf("%s is not among what the pod sees: %q", pair, seen)
			}
		}
	}
}

// CookieIntegrity is harder than the GEP.
var CookieIntegrity = suite.ConformanceTest{
	ShortName:   "HTTPRouteSessionPersistenceCookieIntegrity",
	Description: "A cookie that the gateway did not make for this rule begins a new session, and is no error",
	Features:    needs(SupportCookieIntegrity),
	Manifests:   []string{"manifests/cookie-integrity.yaml"},
	Parallel:    true,
	Test: func(t *testing.T, s *suite.ConformanceTestSuite) {
		site := newSite(t, s, "session-integrity", "/")
		own := site.mustBegin(t, "/").cookies
		foreign := newSite(t, s, "session-integrity-foreign", "/").mustBegin(t, "/").cookies
		for what, values := range map[string]func(string) string{
			"Empty":   func(string) string { return "" },
			"Garbled": func(string) string { return `%00"\,` },
			"Forged":  func(value string) string { return strings.Repeat("A", len(value)) },
			"Cut":     func(value string) string { return value[:len(value)/2] },
			"Longer":  func(value string) string { return value + "A" },
			"Changed": changed,
			"Foreign": func(string) string { return foreign[0].Value },
		} {
			t.Run(what, func(t *testing.T) { mustBeginAnew(t, site, own, values) })
		}
		t.Run("A forged one before the true one of that name", func(t *testing.T) {
			begun := site.mustBegin(t, "/")
			forged := begun.cookies[0].Name + "=" + strings.Repeat("A", len(begun.cookies[0].Value))
			mustReach(t, begun, map[string]string{"Cookie": forged + "; " + begun.cookieHeader("/")})
		})
	},
}

// Another character in the middle, of those that the value has already.
func changed(value string) string {
	at, to := len(value)/2, value[0]
	if value[at] == to {
		to = value[len(value)-1]
	}
	if value[at] == to {
		to = 'A'
	}
	return value[:at] + string(to) + value[at+1:]
}

func mustBeginAnew(t *testing.T, site *site, own []*http.Cookie, values func(string) string) {
	t.Helper()
	var pairs []string
	for _, cookie := range own {
		pairs = append(pairs, cookie.Name+"="+values(cookie.Value))
	}
	bad := map[string]string{"Cookie": strings.Join(pairs, "; ")}
	begun, err := site.stranger().begin(t, "/", bad)
	if err != nil {
		t.Fatalf("with %s: %v", bad, err)
	}
	begun.mustHold(t, 10)
}

// CookieName is the route's to choose.
var CookieName = suite.ConformanceTest{
	ShortName:   "HTTPRouteSessionPersistenceCookieName",
	Description: "The cookie is named as sessionName (v1.6) or cookie.name (v1.7) says",
	Features:    needs(SupportCookieName),
	Manifests:   []string{"manifests/cookie-name.yaml"},
	Parallel:    true,
	Test: func(t *testing.T, s *suite.ConformanceTestSuite) {
		begun := newSite(t, s, "session-name", "/").mustBegin(t, "/")
		if found := begun.cookies; len(found) != 1 || found[0].Name != "session-of-this-route" {
			t.Errorf("it is to be session-of-this-route: %v", found)
		}
		begun.mustHold(t, followUps)
	},
}

// CookiePath is of v1.7.
var CookiePath = suite.ConformanceTest{
	ShortName:   "HTTPRouteSessionPersistenceCookiePath",
	Description: "The cookie has the path that cookie.path says, and by default /",
	Features:    needs(SupportCookiePath),
	Manifests:   []string{"manifests/cookie-path.yaml"},
	Parallel:    true,
	Test: func(t *testing.T, s *suite.ConformanceTestSuite) {
		site := newSite(t, s, "session-path", "/given", "/default")
		if !site.isOfV17(t) {
			t.Fatalf("the HTTPRoutes of this cluster have no sessionPersistence.cookie: do not claim %s", SupportCookiePath)
		}
		for path, must := range map[string]string{"/given": "/given", "/default": "/"} {
			begun := site.mustBegin(t, path)
			for _, cookie := range begun.cookies {
				if cookie.Path != must {
					t.Errorf("its path is to be %s: Set-Cookie: %s", must, cookie.Raw)
				}
			}
			begun.mustHold(t, followUps)
		}
	},
}
