package limpet

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	floodRoutes  = 8
	floodChanges = 200
	// Statuses that may be written: one of each change. Changes of one route that come together get one.
	floodWritesMax = floodChanges
)

// Not parallel: the operator's writes are counted.
func TestAFloodOfRouteChangesMovesNobody(t *testing.T) {
	namespace := ownNamespace(t)
	address := makeStickySite(t, namespace)
	for number := range floodRoutes {
		create(t, namespace, floodRoute(number))
		waitForRoute(t, namespace, floodName(number))
	}
	before := operatorNumbers(t)
	steadily(t, address, func() { flood(t, namespace, address) })
	risen := operatorNumbers(t).since(before)
	t.Logf("counted %d statuses written, %d conflicts, %d other writes",
		risen[statusWrites], risen[conflicts], risen[infraWrites])
	if risen[statusWrites] > floodWritesMax || risen[infraWrites] > 0 {
		t.Errorf("of %d changes more than %d statuses follow, or others: %v", floodChanges, floodWritesMax, risen)
	}
}

func floodName(number int) string { return fmt.Sprintf("flood-%d", number) }

func floodRoute(number int) string {
	return fmt.Sprintf(`apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: %s}
spec:
  parentRefs: [{name: gateway}]
  rules:
    - matches: [{path: {value: /flood/%d}}]
      backendRefs: [{name: echo, port: 80}]
`, floodName(number), number)
}

// As fast as the API server takes them; then every route's last change is served.
func flood(t *testing.T, namespace, address string) {
	t.Helper()
	since := time.Now()
	var routes sync.WaitGroup
	for number := range floodRoutes {
		routes.Go(func() { floodOne(t, namespace, number) })
	}
	routes.Wait()
	sent := time.Since(since)
	for number := range floodRoutes {
		waitForRoute(t, namespace, floodName(number))
		waitForChange(t, fmt.Sprintf("%s/flood/%d", address, number), lastChange)
	}
	t.Logf("counted %d changes of %d routes in %d ms, all served and said %d ms later",
		floodChanges, floodRoutes, sent.Milliseconds(), (time.Since(since) - sent).Milliseconds())
}

var lastChange = strconv.Itoa(floodChanges/floodRoutes - 1)

func floodOne(t *testing.T, namespace string, number int) {
	route := named("gateway.networking.k8s.io/v1", "HTTPRoute", namespace, floodName(number))
	for change := range floodChanges / floodRoutes {
		patch := client.RawPatch(types.JSONPatchType, headerPatch(strconv.Itoa(change)))
		if err := cluster.Patch(context.Background(), route, patch); err != nil {
			t.Errorf("change %d of %s: %v", change, route.GetName(), err)
			return
		}
	}
}
