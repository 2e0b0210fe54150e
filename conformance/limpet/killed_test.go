package limpet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const scenario = `apiVersion: alb.networking.azure.io/v1
kind: RoutePolicy
metadata: {name: sticky}
spec:
  targetRef: {group: "", kind: HTTPRoute, name: one}
  default: {sessionAffinity: {affinityType: managed-cookie}}
---
apiVersion: alb.networking.azure.io/v1
kind: IngressExtension
metadata: {name: sticky}
spec:
  backendSettings:
    - {service: echo, sessionAffinity: {affinityType: managed-cookie}}
---
apiVersion: v1
kind: Service
metadata: {name: echo}
spec: {ports: [{port: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gateway}
spec:
  gatewayClassName: limpet
  listeners:
    - {name: one, protocol: HTTP, port: 8080}
    - {name: two, protocol: HTTP, port: 8081}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: one}
spec:
  parentRefs: [{name: gateway, sectionName: one}]
  rules: [{backendRefs: [{name: echo, port: 80}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: two}
spec:
  parentRefs: [{name: gateway}]
  rules: [{backendRefs: [{name: nobody, port: 80}]}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: ingress, annotations: {alb.networking.azure.io/alb-ingress-extension: sticky}}
spec:
  ingressClassName: limpet
  defaultBackend: {service: {name: echo, port: {number: 80}}}
`

// What the scenario's end is read from.
var scenarioKinds = []schema.GroupVersionKind{
	{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "Gateway"},
	{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "HTTPRoute"},
	{Group: "alb.networking.azure.io", Version: "v1", Kind: "RoutePolicy"},
	{Group: "alb.networking.azure.io", Version: "v1", Kind: "IngressExtension"},
	{Group: "networking.k8s.io", Version: "v1", Kind: "Ingress"},
	{Version: "v1", Kind: "Service"},
	{Group: "discovery.k8s.io", Version: "v1", Kind: "EndpointSlice"},
}

// Not parallel: it leaves one operator.
func TestAKilledOperatorsWorkIsFinishedByTheNext(t *testing.T) {
	through := startProxy(t)
	t.Cleanup(func() { scale(t, installation, operator, operators) })
	scale(t, installation, operator, 1)
	talkThrough(t, through)
	through.arm(0)
	undisturbed := ownNamespace(t)
	begin(t, undisturbed)
	expected, total := settledEnd(t, undisturbed, through)
	kills, unreached := 0, 0
	for write := 1; write <= total; write++ {
		namespace := ownNamespace(t)
		cut := through.arm(write)
		begin(t, namespace)
		isCut := wasCut(t, cut, namespace, expected)
		if !isCut {
			// A late write may have been the one: who is cut off and lives on would do nothing more.
			through.arm(0)
			isCut = isClosed(cut)
		}
		if isCut {
			kills++
			killOperator(t)
		} else {
			unreached++
		}
		mustEndAs(t, namespace, expected, write)
	}
	t.Logf("counted %d writes of an undisturbed run, %d kills, each with the same end, %d ends without so many writes",
		total, kills, unreached)
	// Some runs need fewer writes than the undisturbed one, as changes that come together are written
	// together.
	if kills < total*2/3 {
		t.Errorf("only %d kills of %d writes", kills, total)
	}
}

func isClosed(channel <-chan struct{}) bool {
	select {
	case <-channel:
		return true
	default:
		return false
	}
}

// Waits for the cut. Changes that come together are written together, so that the end may come first.
func wasCut(t *testing.T, cut <-chan struct{}, namespace, expected string) bool {
	t.Helper()
	is := false
	eventually(t, "the operator is cut off or has nothing more to write", func(ctx context.Context) error {
		if is = isClosed(cut); is {
			return nil
		}
		found, err := end(ctx, namespace)
		if err == nil && found != expected {
			err = fmt.Errorf("it is not, and the end is\n%s\nand not\n%s", found, expected)
		}
		return err
	})
	return is
}

// Restarts the operator so that it asks the API server through the proxy, until the test ends.
func talkThrough(t *testing.T, through *proxy) {
	t.Helper()
	host, port, _ := strings.Cut(through.address, ":")
	set := func(variables ...string) {
		arguments := []string{"set", "env", "-n", installation, "deployment/" + operator}
		kubectl(t, append(arguments, variables...)...)
		waitForRollout(t, installation, operator)
	}
	t.Cleanup(func() { set("KUBERNETES_SERVICE_HOST-", "KUBERNETES_SERVICE_PORT-") })
	set("KUBERNETES_SERVICE_HOST="+host, "KUBERNETES_SERVICE_PORT="+port)
}

// Makes the scenario's objects; the webhook may be away meanwhile.
func begin(t *testing.T, namespace string) {
	t.Helper()
	for _, text := range strings.Split(scenario, "\n---\n") {
		object := parse(t, text)
		object.SetNamespace(namespace)
		eventually(t, object.GetName()+" is made", func(ctx context.Context) error {
			return cluster.Create(ctx, object)
		})
	}
}

// At once, as the machine's end would be.
func killOperator(t *testing.T) {
	t.Helper()
	for _, pod := range installedPods(t, operator) {
		if err := client.IgnoreNotFound(cluster.Delete(t.Context(), &pod, client.GracePeriodSeconds(0))); err != nil {
			t.Fatal(err)
		}
	}
}

// The end, once everything is Programmed and nothing is written any more; and how often was written.
func settledEnd(t *testing.T, namespace string, through *proxy) (string, int) {
	t.Helper()
	waitFor(t, gateway(namespace, "gateway"), "True", "Accepted", "Programmed")
	waitFor(t, policy(namespace, "sticky"), "True", "Accepted", "Programmed")
	waitFor(t, extension(namespace, "sticky"), "True", "Accepted")
	const quiet = 10
	writes, asked := 0, 0
	eventually(t, "the operator has nothing more to write", func(context.Context) error {
		if now := through.count(); now != writes {
			writes, asked = now, 0
		}
		if asked++; asked < quiet {
			return errors.New("it wrote a moment ago")
		}
		return nil
	})
	found, err := end(t.Context(), namespace)
	if err != nil {
		t.Fatal(err)
	}
	return found, writes
}

func mustEndAs(t *testing.T, namespace, expected string, write int) {
	t.Helper()
	what := fmt.Sprintf("after a kill at write %d everything ends as it should", write)
	eventually(t, what, func(ctx context.Context) error {
		found, err := end(ctx, namespace)
		if err == nil && found != expected {
			err = fmt.Errorf("it is\n%s\nand not\n%s", found, expected)
		}
		return err
	})
}

// Everything there is in the namespace of the scenario's kinds, without what differs from run to run.
func end(ctx context.Context, namespace string) (string, error) {
	var found []string
	for _, kind := range scenarioKinds {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(kind)
		if err := cluster.List(ctx, list, client.InNamespace(namespace)); err != nil {
			return "", err
		}
		for _, object := range list.Items {
			text, err := json.MarshalIndent(stripped(object), "", " ")
			if err != nil {
				return "", err
			}
			found = append(found, string(text))
		}
	}
	slices.Sort(found)
	return unspecific(strings.Join(found, "\n"), namespace), nil
}

// Its own part of an object's metadata is the API server's.
func stripped(object unstructured.Unstructured) map[string]any {
	metadata := map[string]any{
		"name": object.GetName(), "labels": object.GetLabels(), "annotations": object.GetAnnotations(),
		"owners": len(object.GetOwnerReferences()),
	}
	return map[string]any{
		"kind": object.GetKind(), "metadata": metadata, "spec": object.Object["spec"],
		"status": timeless(object.Object["status"]), "ports": object.Object["ports"],
		"endpoints": object.Object["endpoints"],
	}
}

// Without times, in lists of conditions at any depth; their order tells nothing.
func timeless(value any) any {
	switch value := value.(type) {
	case map[string]any:
		delete(value, "lastTransitionTime")
		for name, inner := range value {
			value[name] = timeless(inner)
		}
	case []any:
		for index, inner := range value {
			value[index] = timeless(inner)
		}
		slices.SortFunc(value, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}
	return value
}

var (
	addresses = regexp.MustCompile(`\b\d+\.\d+\.\d+\.\d+\b`)
	// Of the fleet: each Gateway has its own.
	fleetPorts = regexp.MustCompile(`("(?:port|targetPort)": )[1-9]\d{4}\b`)
	random     = regexp.MustCompile(`"(resourceVersion|uid|endpoints.kubernetes.io/last-change-trigger-time)": "[^"]*"`)
)

func unspecific(text, namespace string) string {
	text = strings.ReplaceAll(text, namespace, "NAMESPACE")
	text = addresses.ReplaceAllString(text, "ADDRESS")
	text = fleetPorts.ReplaceAllString(text, "${1}\"FLEET\"")
	return random.ReplaceAllString(text, `"$1": "…"`)
}
