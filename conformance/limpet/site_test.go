package limpet

import (
	"context"
	"fmt"
	"net"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// The application of the specification page: the Service echo, in front of pods that say their names.
const echo = `apiVersion: v1
kind: Service
metadata: {name: echo}
spec:
  selector: {app: echo}
  ports: [{port: 80, targetPort: 3000}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: echo}
spec:
  replicas: 3
  selector: {matchLabels: {app: echo}}
  template:
    metadata: {labels: {app: echo}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: echo
          image: registry.k8s.io/gateway-api/echo-basic:v1.5.1
          readinessProbe: {httpGet: {path: /, port: 3000}, periodSeconds: 1}
          env:
            - {name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
            - {name: NAMESPACE, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}
`

const managedCookie = `apiVersion: alb.networking.azure.io/v1
kind: RoutePolicy
metadata: {name: sticky}
spec:
  targetRef: {group: "", kind: HTTPRoute, name: http-route}
  default: {sessionAffinity: {affinityType: managed-cookie}}
`

// Makes echo, a Gateway with a route to it, and a policy that makes the route sticky. What it returns
// is the Gateway's address.
func makeStickySite(t *testing.T, namespace string) string {
	t.Helper()
	makeEcho(t, namespace)
	create(t, namespace, file(t, "examples", "session-affinity", "gateway.yaml"))
	create(t, namespace, managedCookie)
	waitFor(t, policy(namespace, "sticky"), "True", "Accepted", "Programmed")
	return gatewayAddress(t, namespace)
}

func makeEcho(t *testing.T, namespace string) {
	t.Helper()
	create(t, namespace, echo)
	waitForRollout(t, namespace, "echo")
}

// Waits until the example's Gateway is Programmed.
func gatewayAddress(t *testing.T, namespace string) string {
	t.Helper()
	example := gateway(namespace, "gateway")
	waitFor(t, example, "True", "Accepted", "Programmed")
	return net.JoinHostPort(firstAddress(example, "value", "status", "addresses"), "8080")
}

// The first address in a status, or nothing.
func firstAddress(object *unstructured.Unstructured, field string, path ...string) string {
	addresses, _, _ := unstructured.NestedSlice(object.Object, path...)
	if len(addresses) == 0 {
		return ""
	}
	address, _ := addresses[0].(map[string]any)[field].(string)
	return address
}

// Waits until all pods of a Deployment are new and Ready, and no other pod of it is left.
func waitForRollout(t *testing.T, namespace, name string) {
	t.Helper()
	kubectl(t, "rollout", "status", "-n", namespace, "deployment/"+name, "--timeout="+patience.String())
	eventually(t, "old pods of "+name+" end", func(ctx context.Context) error {
		has := appsv1.Deployment{}
		key := client.ObjectKey{Namespace: namespace, Name: name}
		if err := cluster.Get(ctx, key, &has); err != nil {
			return err
		}
		pods, err := podsOf(ctx, &has)
		if err == nil && len(pods) != int(*has.Spec.Replicas) {
			err = fmt.Errorf("there are %d pods for %d", len(pods), *has.Spec.Replicas)
		}
		return err
	})
}

// All pods of a Deployment, ending ones too.
func podsOf(ctx context.Context, has *appsv1.Deployment) ([]corev1.Pod, error) {
	found := corev1.PodList{}
	labels := client.MatchingLabels(has.Spec.Selector.MatchLabels)
	err := cluster.List(ctx, &found, client.InNamespace(has.Namespace), labels)
	return found.Items, err
}

// All pods of one of Limpet's own Deployments.
func installedPods(t *testing.T, name string) []corev1.Pod {
	t.Helper()
	has := appsv1.Deployment{}
	if err := cluster.Get(t.Context(), client.ObjectKey{Namespace: installation, Name: name}, &has); err != nil {
		t.Fatal(err)
	}
	pods, err := podsOf(t.Context(), &has)
	if err != nil {
		t.Fatal(err)
	}
	return pods
}

func scale(t *testing.T, namespace, name string, replicas int) {
	t.Helper()
	kubectl(t, "scale", "-n", namespace, "deployment/"+name, fmt.Sprintf("--replicas=%d", replicas))
	waitForRollout(t, namespace, name)
}

func restart(t *testing.T, namespace, name string) {
	t.Helper()
	kubectl(t, "rollout", "restart", "-n", namespace, "deployment/"+name)
	waitForRollout(t, namespace, name)
}
