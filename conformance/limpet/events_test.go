package limpet

import (
	"context"
	"fmt"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const warnedIngress = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: warned, annotations: {alb.networking.azure.io/alb-ingress-extension: nowhere}}
spec:
  ingressClassName: limpet
  rules:
    - host: warned.limpet.example
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: nowhere, port: {number: 80}}}}]}
`

// An Ingress has no conditions: `kubectl describe` shows what is wrong with it by its Events.
func TestWhatAStatusHasNoPlaceForIsAnEvent(t *testing.T) {
	t.Parallel()
	namespace := ownNamespace(t)
	create(t, namespace, warnedIngress)
	ingress := named("networking.k8s.io/v1", "Ingress", namespace, "warned")
	if err := cluster.Get(t.Context(), client.ObjectKeyFromObject(ingress), ingress); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both mistakes are Events", func(ctx context.Context) error {
		events := &corev1.EventList{}
		if err := cluster.List(ctx, events, client.InNamespace(namespace)); err != nil {
			return err
		}
		var reasons []string
		for _, event := range events.Items {
			if event.InvolvedObject.UID == ingress.GetUID() && event.Type == corev1.EventTypeWarning {
				reasons = append(reasons, event.Reason)
			}
		}
		slices.Sort(reasons)
		if !slices.Equal(reasons, []string{"BackendMissing", "ExtensionMissing"}) {
			return fmt.Errorf("the reasons are %v", reasons)
		}
		return nil
	})
}
