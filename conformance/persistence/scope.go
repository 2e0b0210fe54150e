package persistence

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"

	"sigs.k8s.io/gateway-api/conformance/utils/suite"
)

// RuleScope is the GEP's.
var RuleScope = suite.ConformanceTest{
	ShortName:   "HTTPRouteSessionPersistenceRuleScope",
	Description: "Two rules to one Service have sessions of their own",
	Features:    needs(),
	Manifests:   []string{"manifests/rule-scope.yaml"},
	Parallel:    true,
	Test: func(t *testing.T, s *suite.ConformanceTestSuite) {
		site := newSite(t, s, "session-rules", "/a", "/b")
		a, b := apart(t, site)
		for range followUps {
			a.mustHold(t, 1)
			b.mustHold(t, 1)
		}
	},
}

// A client that has begun a session with each rule, on two pods: with one session it would be one.
func apart(t *testing.T, site *site) (a, b *session) {
	t.Helper()
	site.eventually(t, "a client's sessions are on two pods", func(context.Context) (err error) {
		client := site.stranger()
		a, err = client.begin(t, "/a", nil)
		if err == nil {
			b, err = client.begin(t, "/b", nil)
		}
		if err == nil && a.pod == b.pod {
			err = fmt.Errorf("both are on %s", a.pod)
		}
		return err
	})
	return a, b
}

// RouteMatching says what a session may not do.
var RouteMatching = suite.ConformanceTest{
	ShortName:   "HTTPRouteSessionPersistenceRouteMatching",
	Description: "A session has no say in which rule a request matches",
	Features:    needs(),
	Manifests:   []string{"manifests/route-matching.yaml"},
	Parallel:    true,
	Test: func(t *testing.T, s *suite.ConformanceTestSuite) {
		site := newSite(t, s, "session-matching", "/")
		begun := site.mustBegin(t, "/")
		for range followUps {
			found, err := begun.ask(t, "/", map[string]string{"X-Other": "yes"})
			if err != nil || backend(found.pod) != second {
				t.Fatalf("the rule of another backend answers with pod %s, %v", found.pod, err)
			}
			begun.mustHold(t, 1)
		}
	},
}

// RouteChange is harder than the GEP.
var RouteChange = suite.ConformanceTest{
	ShortName:   "HTTPRouteSessionPersistenceRouteChange",
	Description: "Changes of a route move nobody",
	Features:    needs(),
	Manifests:   []string{"manifests/route-change.yaml"},
	Parallel:    true,
	Test: func(t *testing.T, s *suite.ConformanceTestSuite) {
		const changes = 10
		site := newSite(t, s, "session-change", "/")
		clients := site.sessions(t, "/", 20, 2)
		for number := range changes {
			change(t, site, strconv.Itoa(number))
			mustAllHold(t, clients, 2)
		}
	},
}

// Gives the route's requests another header, and waits until pods see it.
func change(t *testing.T, site *site, value string) {
	t.Helper()
	const name, inARow = "X-Change", 5
	site.patch(t, fmt.Sprintf(`[{"op": "add", "path": "/spec/rules/0/filters", "value": [{
		"type": "RequestHeaderModifier",
		"requestHeaderModifier": {"set": [{"name": %q, "value": %q}]}}]}]`, name, value))
	site.eventually(t, "change "+value+" is served", func(context.Context) error {
		for range inARow {
			found, err := site.stranger().ask(t, "/", nil)
			if seen := found.headers.Get(name); err != nil || seen != value {
				return errors.Join(err, fmt.Errorf("pod %s sees %q", found.pod, seen))
			}
		}
		return nil
	})
}
