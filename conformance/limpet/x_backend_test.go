package limpet

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const xBackend = `apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XBackend
metadata: {name: echo}
spec:
  type: EndpointSelector
  endpointSelector: {matchLabels: {app: echo}}
  port: {number: 3000}
  sessionPersistence: {type: Cookie, absoluteTimeout: 1h, cookie: {name: own, lifetimeType: Permanent}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: by-labels}
spec:
  parentRefs: [{name: gateway}]
  rules:
    - backendRefs: [{group: gateway.networking.x-k8s.io, kind: XBackend, name: echo}]
`

// The example's Gateway without its route, with one that leads to an XBackend.
func makeXBackendSite(t *testing.T, namespace string) string {
	t.Helper()
	makeEcho(t, namespace)
	create(t, namespace, file(t, "examples", "session-affinity", "gateway.yaml"))
	remove(t, named("gateway.networking.k8s.io/v1", "HTTPRoute", namespace, "http-route"))
	create(t, namespace, xBackend)
	return gatewayAddress(t, namespace)
}

func TestAnXBackendKeepsItsSessionsWhileItsPodsComeAndGo(t *testing.T) {
	t.Parallel()
	namespace := ownNamespace(t)
	address := makeXBackendSite(t, namespace)
	if first := firstPin(t, address); first.setCookie != first.pin+"; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax" {
		t.Errorf("it sets %q", first.setCookie)
	}
	clients := clientsOf(t, address, 3)
	scale(t, namespace, "echo", 5)
	clientsOf(t, address, 5)
	mustAllStay(t, address, clients)
	var gone answer
	for _, gone = range clients {
		break
	}
	deletePod(t, namespace, gone.pod)
	mustStay(t, address, untilMoved(t, address, gone), 20)
	delete(clients, gone.pod)
	mustAllStay(t, address, clients)
}

func TestAnXBackendSaysWhichGatewayServesIt(t *testing.T) {
	t.Parallel()
	namespace := ownNamespace(t)
	makeXBackendSite(t, namespace)
	backend := named("gateway.networking.x-k8s.io/v1alpha1", "XBackend", namespace, "echo")
	has := func(want string) func(context.Context) error {
		return func(ctx context.Context) error {
			if err := cluster.Get(ctx, client.ObjectKeyFromObject(backend), backend); err != nil {
				return err
			}
			if found := ancestors(backend); found != want {
				return fmt.Errorf("they are %s", found)
			}
			return nil
		}
	}
	eventually(t, "the Gateway is named", has(`["gateway Accepted=True"]`))
	remove(t, named("gateway.networking.k8s.io/v1", "HTTPRoute", namespace, "by-labels"))
	eventually(t, "nobody serves it any more", has(`null`))
}

// `name condition=status` of each ancestor, as JSON.
func ancestors(object *unstructured.Unstructured) string {
	var found []string
	list, _, _ := unstructured.NestedSlice(object.Object, "status", "ancestors")
	for _, ancestor := range list {
		entry := ancestor.(map[string]any)
		name := entry["ancestorRef"].(map[string]any)["name"]
		for _, condition := range entry["conditions"].([]any) {
			said := condition.(map[string]any)
			found = append(found, fmt.Sprintf("%s %s=%s", name, said["type"], said["status"]))
		}
	}
	text, _ := json.Marshal(found)
	return string(text)
}
