package limpet

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	dataPlane = "limpet-dataplane"
	operator  = "limpet-operator"
)

func TestScaleOutMovesNobody(t *testing.T) {
	t.Parallel()
	namespace := ownNamespace(t)
	address := makeStickySite(t, namespace)
	scale(t, namespace, "echo", 2)
	clients := clientsOf(t, address, 2)
	scale(t, namespace, "echo", 4)
	eventually(t, "a stranger meets a new pod", func(ctx context.Context) error {
		found, err := ask(ctx, stranger, address, "")
		if err == nil && (found.pod == "" || clients[found.pod].pod != "") {
			err = fmt.Errorf("it met %+v", found)
		}
		return err
	})
	mustAllStay(t, address, clients)
}

func TestOfADeletedPodItsClientsAloneMoveAndOnce(t *testing.T) {
	t.Parallel()
	namespace := ownNamespace(t)
	address := makeStickySite(t, namespace)
	clients := clientsOf(t, address, 3)
	var gone answer
	for _, gone = range clients {
		break
	}
	deletePod(t, namespace, gone.pod)
	moved := untilMoved(t, address, gone)
	if moved.pin == "" {
		t.Fatalf("it moved to %s without a new cookie", moved.pod)
	}
	mustStay(t, address, moved, 20)
	delete(clients, gone.pod)
	mustAllStay(t, address, clients)
}

// Asks without a pause from before the deletion is seen to the first answer of another pod; none of
// the answers may be an error.
func untilMoved(t *testing.T, address string, gone answer) answer {
	t.Helper()
	found := gone
	eventually(t, "a client of a deleted pod moves", func(context.Context) error {
		// Dies on the spot of anything but an echo.
		if found = mustAsk(t, address, gone.pin); found.pod == gone.pod {
			return fmt.Errorf("it is still at %s", found.pod)
		}
		return nil
	})
	return found
}

func deletePod(t *testing.T, namespace, name string) {
	t.Helper()
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	if err := cluster.Delete(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
}

// As many strangers as it takes until each pod has one of them, by pod.
func clientsOf(t *testing.T, address string, pods int) map[string]answer {
	t.Helper()
	found := map[string]answer{}
	eventually(t, fmt.Sprintf("strangers meet %d pods", pods), func(ctx context.Context) error {
		next, err := ask(ctx, stranger, address, "")
		if err == nil && next.pin != "" {
			found[next.pod] = next
		}
		if err == nil && len(found) != pods {
			err = fmt.Errorf("they met %d", len(found))
		}
		return err
	})
	return found
}

func mustAllStay(t *testing.T, address string, clients map[string]answer) {
	t.Helper()
	for _, first := range clients {
		mustStay(t, address, first, 20)
	}
}

func TestReplicasOfTheDataPlaneAgree(t *testing.T) {
	t.Parallel()
	namespace := ownNamespace(t)
	address := makeStickySite(t, namespace)
	clients := clientsOf(t, address, 3)
	replicas := replicaAddresses(t, namespace, 2)
	for _, replica := range replicas {
		mustAllStay(t, replica, clients)
	}
	mustAllStay(t, replicas[1], clientsOf(t, replicas[0], 3))
}

// Where each data plane serves the Gateway, past its Service.
func replicaAddresses(t *testing.T, namespace string, count int) []string {
	t.Helper()
	var found []string
	eventually(t, fmt.Sprintf("%d data planes serve the Gateway", count), func(ctx context.Context) error {
		found = nil
		slices := discoveryv1.EndpointSliceList{}
		ours := client.MatchingLabels{"endpointslice.kubernetes.io/managed-by": "limpet.dev"}
		err := cluster.List(ctx, &slices, client.InNamespace(namespace), ours)
		for _, slice := range slices.Items {
			port := strconv.Itoa(int(*slice.Ports[0].Port))
			for _, endpoint := range slice.Endpoints {
				found = append(found, net.JoinHostPort(endpoint.Addresses[0], port))
			}
		}
		if err == nil && len(found) != count {
			err = fmt.Errorf("there are %v", found)
		}
		return err
	})
	return found
}

// Not parallel, as the next one: all others are served by these data planes.
func TestARollingUpdateOfDataPlanesMovesNobody(t *testing.T) {
	namespace := ownNamespace(t)
	address := makeStickySite(t, namespace)
	clients := clientsOf(t, address, 3)
	restart(t, installation, dataPlane)
	mustAllStay(t, address, clients)
}

func TestWithoutAnOperatorClientsStay(t *testing.T) {
	namespace := ownNamespace(t)
	address := makeStickySite(t, namespace)
	clients := clientsOf(t, address, 3)
	t.Cleanup(func() { scale(t, installation, operator, operators) })
	scale(t, installation, operator, 0)
	mustAllStay(t, address, clients)
	clientsOf(t, address, 3)
	scale(t, installation, operator, operators)
	mustAllStay(t, address, clients)
	waitFor(t, policy(namespace, "sticky"), "True", "Accepted", "Programmed")
}

// Tests make connections panic by this header, in builds that take it. The image must be none of them.
func TestTheImageTakesNoOrdersFromTests(t *testing.T) {
	t.Parallel()
	address := makeStickySite(t, ownNamespace(t))
	// kube-proxy leads to a new Service a moment after its Gateway is Programmed.
	firstPin(t, address)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Limpet-Panic", "1")
	response, err := stranger.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("%s", response.Status)
	}
}
