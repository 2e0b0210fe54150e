package limpet

import (
	"context"
	"errors"
	"net"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// None of these is parallel: the data planes serve all others.

// No object can ask for what a data plane refuses, as the operator keeps it back. But the keys of
// pins are anybody's who may write the Secret, and go to the data planes as they are.
func TestARefusedConfigurationIsSaidAndNotServed(t *testing.T) {
	namespace := ownNamespace(t)
	address := makeStickySite(t, namespace)
	sticky, example := policy(namespace, "sticky"), gateway(namespace, "gateway")
	before := operatorNumbers(t)
	steadily(t, address, func() {
		restore := spoilKeys(t)
		waitFor(t, sticky, "False", "Programmed")
		hasReason(t, condition(sticky, "Programmed"), "ProgrammingFailed")
		waitFor(t, example, "False", "Programmed")
		hasReason(t, condition(example, "Programmed"), "Invalid")
		restore()
		waitFor(t, sticky, "True", "Programmed")
		waitFor(t, example, "True", "Programmed")
		changeRoute(t, namespace, address, "after")
	})
	risen := operatorNumbers(t).since(before)
	t.Logf("counted %d refusals by %d data planes, %d statuses written, %d conflicts",
		risen[refusals], len(installedPods(t, dataPlane)), risen[statusWrites], risen[conflicts])
}

// Puts nonsense in place of the affinity keys; what it returns puts them back.
func spoilKeys(t *testing.T) func() {
	t.Helper()
	keys := &corev1.Secret{}
	if err := cluster.Get(t.Context(), client.ObjectKey{Namespace: installation, Name: "limpet-affinity-keys"}, keys); err != nil {
		t.Fatal(err)
	}
	put := func(text []byte) {
		before := keys.DeepCopy()
		keys.Data["affinity.key"] = text
		if err := cluster.Patch(context.Background(), keys, client.MergeFrom(before)); err != nil {
			t.Fatal(err)
		}
	}
	good := keys.Data["affinity.key"]
	t.Cleanup(func() { put(good) })
	put([]byte("nonsense\n"))
	return func() { put(good) }
}

// What a program in a data plane's network holds cannot be served, whatever the operator wants.
func TestAListenerWhosePortIsTakenIsSaidAndHarmsNoOther(t *testing.T) {
	namespace := ownNamespace(t)
	address := makeStickySite(t, namespace)
	port := futurePort(t, namespace)
	late := gateway(namespace, "late")
	steadily(t, address, func() {
		var taken []net.Listener
		for _, pod := range installedPods(t, dataPlane) {
			taken = append(taken, takePort(t, &pod, port))
		}
		create(t, namespace, lateGateway)
		// For a moment its Service may have no address yet.
		waitForReason(t, late, "Programmed", "AddressNotUsable")
		for _, listener := range taken {
			_ = listener.Close()
		}
		waitFor(t, late, "True", "Programmed")
	})
}

const lateGateway = `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: late}
spec:
  gatewayClassName: limpet
  listeners: [{name: http, protocol: HTTP, port: 8081}]
`

// The port of the data planes that stands for the port of the Gateway `late`: it is the same each
// time that there is such a Gateway.
func futurePort(t *testing.T, namespace string) int {
	t.Helper()
	create(t, namespace, lateGateway)
	late := gateway(namespace, "late")
	waitFor(t, late, "True", "Programmed")
	slice := &discoveryv1.EndpointSlice{}
	key := client.ObjectKey{Namespace: namespace, Name: "late-limpet-8081-ipv4"}
	if err := cluster.Get(t.Context(), key, slice); err != nil {
		t.Fatal(err)
	}
	remove(t, late)
	eventually(t, "the port is free", func(ctx context.Context) error {
		err := cluster.Get(ctx, key, slice)
		if err == nil {
			err = errors.New("its EndpointSlice is there")
		}
		return client.IgnoreNotFound(err)
	})
	return int(*slice.Ports[0].Port)
}
