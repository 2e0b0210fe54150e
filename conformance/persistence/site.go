package persistence

import (
	"context"
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/gateway-api/conformance/utils/kubernetes"
	"sigs.k8s.io/gateway-api/conformance/utils/suite"
)

// The Gateway of the base manifests that all routes of the tests have.
var gateway = infra("same-namespace")

// Where a test's route is served.
type site struct {
	suite         *suite.ConformanceTestSuite
	route         types.NamespacedName
	address, host string
}

// An object of the base manifests' namespace.
func infra(name string) types.NamespacedName {
	return types.NamespacedName{Namespace: suite.InfrastructureNamespace, Name: name}
}

// Waits until the route is accepted and these paths of it start sessions.
func newSite(t *testing.T, of *suite.ConformanceTestSuite, route string, paths ...string) *site {
	t.Helper()
	found := acceptedSite(t, of, route)
	for _, path := range paths {
		found.mustStartSessions(t, path)
	}
	return found
}

func acceptedSite(t *testing.T, of *suite.ConformanceTestSuite, route string) *site {
	t.Helper()
	found := &site{suite: of, route: infra(route)}
	found.address = kubernetes.GatewayAndHTTPRoutesMustBeAccepted(t, of.Client, of.TimeoutConfig, of.ControllerName,
		kubernetes.NewGatewayRef(gateway), found.route)
	kubernetes.HTTPRouteMustHaveResolvedRefsConditionsTrue(t, of.Client, of.TimeoutConfig, found.route, gateway)
	stored := &gatewayv1.HTTPRoute{}
	if err := of.Client.Get(t.Context(), found.route, stored); err != nil {
		t.Fatal(err)
	}
	found.host = string(stored.Spec.Hostnames[0])
	return found
}

// Waits until so many strangers one after another get a cookie, as a gateway may have replicas.
func (s *site) mustStartSessions(t *testing.T, path string) {
	t.Helper()
	const inARow = 5
	s.eventually(t, "strangers at "+path+" get a cookie", func(context.Context) error {
		for range inARow {
			if _, err := s.begin(t, path); err != nil {
				return err
			}
		}
		return nil
	})
}

// Whether the rules of v1.7 hold for the route: its CRD has kept `cookie`, which v1.6 drops.
func (s *site) isOfV17(t *testing.T) bool {
	t.Helper()
	stored := &unstructured.Unstructured{}
	stored.SetGroupVersionKind(gatewayv1.SchemeGroupVersion.WithKind("HTTPRoute"))
	if err := s.suite.Client.Get(t.Context(), s.route, stored); err != nil {
		t.Fatal(err)
	}
	rules, _, _ := unstructured.NestedSlice(stored.Object, "spec", "rules")
	first, _ := rules[0].(map[string]any)
	_, has, _ := unstructured.NestedMap(first, "sessionPersistence", "cookie")
	return has
}

// Changes the route by a JSON patch, so that fields which only another version knows are kept.
func (s *site) patch(t *testing.T, operations string) {
	t.Helper()
	route := &gatewayv1.HTTPRoute{}
	route.SetNamespace(s.route.Namespace)
	route.SetName(s.route.Name)
	patch := client.RawPatch(types.JSONPatchType, []byte(operations))
	if err := s.suite.Client.Patch(t.Context(), route, patch); err != nil {
		t.Fatal(err)
	}
}

// Tries until it works, for as long as the suite lets a gateway take until it is consistent.
func (s *site) eventually(t *testing.T, what string, try func(ctx context.Context) error) {
	t.Helper()
	within(t, s.suite, s.suite.TimeoutConfig.MaxTimeToConsistency, what, try)
}

// Tries until it works; its last error is what the test says.
func within(t *testing.T, of *suite.ConformanceTestSuite, most time.Duration, what string,
	try func(ctx context.Context) error) {
	t.Helper()
	last := fmt.Errorf("never tried")
	attempt := func(ctx context.Context) (bool, error) {
		err := try(ctx)
		// The deadline itself tells nothing.
		if err == nil || ctx.Err() == nil {
			last = err
		}
		return err == nil, nil
	}
	err := wait.PollUntilContextTimeout(t.Context(), of.TimeoutConfig.DefaultPollInterval, most, true, attempt)
	if err != nil {
		t.Fatalf("%s: not within %s: %v", what, most, last)
	}
}
