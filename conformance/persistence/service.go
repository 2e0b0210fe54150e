package persistence

import (
	"context"
	"errors"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/gateway-api/conformance/utils/suite"
)

// ServiceAffinity is a must of the GEP that its plan has no test for.
var ServiceAffinity = suite.ConformanceTest{
	ShortName:   "HTTPRouteSessionPersistenceServiceAffinityConflict",
	Description: "A route whose Service has a sessionAffinity too is not accepted, until one of the two is gone",
	Features:    needs(SupportServiceAffinity),
	Manifests:   []string{"manifests/service-affinity.yaml"},
	Parallel:    true,
	Test: func(t *testing.T, s *suite.ConformanceTestSuite) {
		const name = "session-service"
		site := &site{suite: s, route: infra(name)}
		site.eventually(t, "the route is refused", func(ctx context.Context) error { return isRefused(ctx, site) })
		service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: site.route.Namespace, Name: name}}
		none := []byte(`{"spec": {"sessionAffinity": "None", "sessionAffinityConfig": null}}`)
		if err := s.Client.Patch(t.Context(), service, client.RawPatch(types.MergePatchType, none)); err != nil {
			t.Fatal(err)
		}
		newSite(t, s, name, "/").mustBegin(t, "/").mustHold(t, followUps)
	},
}

// An error unless all parents say that it is not accepted, and why.
func isRefused(ctx context.Context, site *site) error {
	route := &gatewayv1.HTTPRoute{}
	err := site.suite.Client.Get(ctx, site.route, route)
	if err != nil || len(route.Status.Parents) == 0 {
		return errors.Join(err, errors.New("no parent has said anything"))
	}
	for _, parent := range route.Status.Parents {
		accepted := meta.FindStatusCondition(parent.Conditions, string(gatewayv1.RouteConditionAccepted))
		if accepted == nil || accepted.Status != metav1.ConditionFalse || accepted.Message == "" {
			return fmt.Errorf("it is %+v", accepted)
		}
	}
	return nil
}
