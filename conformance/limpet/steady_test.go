package limpet

import (
	"context"
	"fmt"
	"strconv"
	"testing"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// None of these is parallel: they replace what serves all others, and the load is to be steady.

func TestARestartOfTheDataPlanesIsNotNoticed(t *testing.T) {
	address := makeStickySite(t, ownNamespace(t))
	steadily(t, address, func() { restart(t, installation, dataPlane) })
}

func TestARestartOfTheOperatorIsNotNoticed(t *testing.T) {
	address := makeStickySite(t, ownNamespace(t))
	steadily(t, address, func() { restart(t, installation, operator) })
}

func TestChangesOfARouteMoveNobody(t *testing.T) {
	namespace := ownNamespace(t)
	address := makeStickySite(t, namespace)
	steadily(t, address, func() {
		for number := range 50 {
			changeRoute(t, namespace, address, strconv.Itoa(number))
		}
	})
}

// Gives the route's requests another header, and waits until a pod sees it.
func changeRoute(t *testing.T, namespace, address, value string) {
	t.Helper()
	route := named("gateway.networking.k8s.io/v1", "HTTPRoute", namespace, "http-route")
	if err := cluster.Patch(t.Context(), route, client.RawPatch(types.JSONPatchType, headerPatch(value))); err != nil {
		t.Fatal(err)
	}
	waitForChange(t, address, value)
}

func headerPatch(value string) []byte {
	return fmt.Appendf(nil, `[{"op": "add", "path": "/spec/rules/0/filters", "value": [{
		"type": "RequestHeaderModifier",
		"requestHeaderModifier": {"set": [{"name": %q, "value": %q}]}}]}]`, changeHeader, value)
}

// Waits until a pod sees this value of the header.
func waitForChange(t *testing.T, address, value string) {
	t.Helper()
	eventually(t, "change "+value+" is served", func(ctx context.Context) error {
		found, err := ask(ctx, stranger, address, "")
		if err == nil && found.change != value {
			err = fmt.Errorf("%+v", found)
		}
		return err
	})
}
