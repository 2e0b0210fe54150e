package persistence

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/gateway-api/conformance/utils/suite"
	"sigs.k8s.io/gateway-api/pkg/features"
)

// What alb.networking.azure.io/v1 makes of its two kinds of cookies, of which the second is given a name
// and an hour by the manifests.
const (
	managedCookie       = "AGCAffinity"
	managedDuration     = 24 * time.Hour
	applicationCookie   = "nomnom"
	applicationDuration = time.Hour
)

// ManagedCookie is RoutePolicy's shorter form.
var ManagedCookie = suite.ConformanceTest{
	ShortName:   "RoutePolicyManagedCookie",
	Description: "A RoutePolicy makes a route sticky by a cookie of its own, except rules with sessionPersistence",
	Features:    needs(SupportManagedCookie),
	Manifests:   []string{"manifests/managed-cookie.yaml"},
	Parallel:    true,
	Test: func(t *testing.T, s *suite.ConformanceTestSuite) {
		site := newSite(t, s, "session-managed", "/", "/own")
		mustPin(t, site, managedCookie, managedDuration)
		t.Run("A rule with sessionPersistence keeps its own", func(t *testing.T) {
			begun := site.mustBegin(t, "/own")
			for _, cookie := range begun.cookies {
				if cookie.Name == managedCookie {
					t.Errorf("it has the policy's: Set-Cookie: %s", cookie.Raw)
				}
				mustHaveNoEnd(t, cookie)
			}
			begun.mustHold(t, followUps)
		})
	},
}

// ApplicationCookie is RoutePolicy's longer form.
var ApplicationCookie = suite.ConformanceTest{
	ShortName:   "RoutePolicyApplicationCookie",
	Description: "A RoutePolicy makes a route sticky by a cookie that it names and times",
	Features:    needs(SupportApplicationCookie),
	Manifests:   []string{"manifests/application-cookie.yaml"},
	Parallel:    true,
	Test: func(t *testing.T, s *suite.ConformanceTestSuite) {
		mustPin(t, newSite(t, s, "session-application", "/"), applicationCookie, applicationDuration)
	},
}

// Extension is for Ingresses.
var Extension = suite.ConformanceTest{
	ShortName:   "IngressExtensionSessionAffinity",
	Description: "An IngressExtension makes a Service of an Ingress sticky by a cookie that it names and times",
	// No route has a part in it.
	Features:  []features.FeatureName{features.SupportGateway, SupportExtension},
	Manifests: []string{"manifests/ingress-extension.yaml"},
	Parallel:  true,
	Test: func(t *testing.T, s *suite.ConformanceTestSuite) {
		site := &site{suite: s, host: "session-ingress.example"}
		site.address = ingressAddress(t, site, "session-ingress")
		site.mustStartSessions(t, "/")
		mustPin(t, site, applicationCookie, applicationDuration)
	},
}

func mustPin(t *testing.T, site *site, name string, duration time.Duration) {
	t.Helper()
	clients := onePerPod(site.sessions(t, "/", followUps, 2))
	for _, client := range clients {
		if found := client.cookies; len(found) != 1 || found[0].Name != name {
			t.Fatalf("it is to be %s: %v", name, found)
		}
		mustEndAfter(t, client.cookies[0], duration)
	}
	mustAllHold(t, clients, followUps)
}

func ingressAddress(t *testing.T, site *site, name string) string {
	t.Helper()
	ingress := &networkingv1.Ingress{}
	site.eventually(t, "Ingress "+name+" has an address", func(ctx context.Context) error {
		err := site.suite.Client.Get(ctx, infra(name), ingress)
		if found := ingress.Status.LoadBalancer.Ingress; err != nil || len(found) == 0 || found[0].IP == "" {
			return errors.Join(err, fmt.Errorf("its status is %+v", ingress.Status))
		}
		return nil
	})
	return net.JoinHostPort(ingress.Status.LoadBalancer.Ingress[0].IP, "80")
}
