package limpet

import (
	"context"
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	controllerName = "limpet.dev/gateway-controller"
	rivalName      = "example.com/rival"
	rivalWrites    = 20
	// Beside one for each of the rival's.
	rivalMargin = 3
)

// Not parallel: the operator's writes are counted.
func TestARivalForAStatusGetsOneWriteForEachOfItsOwn(t *testing.T) {
	namespace := ownNamespace(t)
	address := makeStickySite(t, namespace)
	waitForRoute(t, namespace, "http-route")
	before := operatorNumbers(t)
	steadily(t, address, func() {
		for number := range rivalWrites {
			rewrite(t, namespace, "http-route", number)
			waitForRoute(t, namespace, "http-route")
			mustHaveLeft(t, namespace, "http-route", number)
		}
	})
	risen := operatorNumbers(t).since(before)
	t.Logf("counted %d statuses written for %d of a rival, %d conflicts", risen[statusWrites], rivalWrites, risen[conflicts])
	if risen[statusWrites] > rivalWrites+rivalMargin || risen[failures] > 0 {
		t.Errorf("more than %d, or failures: %v", rivalWrites+rivalMargin, risen)
	}
}

// Says something else in Limpet's name, and something in the rival's own.
func rewrite(t *testing.T, namespace, name string, number int) {
	t.Helper()
	route := named("gateway.networking.k8s.io/v1", "HTTPRoute", namespace, name)
	eventually(t, "the rival writes", func(ctx context.Context) error {
		if err := cluster.Get(ctx, client.ObjectKeyFromObject(route), route); err != nil {
			return err
		}
		parents := []any{rivalEntry(controllerName, -1), rivalEntry(rivalName, number)}
		if err := unstructured.SetNestedSlice(route.Object, parents, "status", "parents"); err != nil {
			return err
		}
		return cluster.Status().Update(ctx, route)
	})
}

func rivalEntry(controller string, number int) map[string]any {
	return map[string]any{
		"parentRef":      map[string]any{"name": "gateway"},
		"controllerName": controller,
		"conditions": []any{map[string]any{
			"type": "Accepted", "status": "False", "reason": "Nonsense", "message": fmt.Sprint(number),
			"lastTransitionTime": "2020-01-01T00:00:00Z",
		}},
	}
}

// Fails unless the rival's own entry is as it wrote it.
func mustHaveLeft(t *testing.T, namespace, name string, number int) {
	t.Helper()
	route := named("gateway.networking.k8s.io/v1", "HTTPRoute", namespace, name)
	if err := cluster.Get(t.Context(), client.ObjectKeyFromObject(route), route); err != nil {
		t.Fatal(err)
	}
	found := parentConditions(route, rivalName)
	if len(found) != 1 || found[0].Message != fmt.Sprint(number) || found[0].Reason != "Nonsense" {
		t.Fatalf("write %d of the rival became %+v", number, found)
	}
}

// What a controller says about a route, for all its parents.
func parentConditions(route *unstructured.Unstructured, controller string) []metav1.Condition {
	var has struct {
		Status struct {
			Parents []struct {
				ControllerName string             `json:"controllerName"`
				Conditions     []metav1.Condition `json:"conditions"`
			} `json:"parents"`
		} `json:"status"`
	}
	if runtime.DefaultUnstructuredConverter.FromUnstructured(route.Object, &has) != nil {
		return nil
	}
	var found []metav1.Condition
	for _, parent := range has.Status.Parents {
		if parent.ControllerName == controller {
			found = append(found, parent.Conditions...)
		}
	}
	return found
}
