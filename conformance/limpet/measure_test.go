package limpet

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

var measures = flag.String("measures", "", "measure the control plane, and write what is found to this file")

const (
	measuredRoutes  = 1000
	measuredAtMost  = 5000
	measuredChanges = 20
	creators        = 8
	// How often the gateway is asked for a route that it may not know yet.
	askAgain = time.Millisecond
	// Longer than processes take to give back what they have freed.
	givenBack = 15 * time.Second
)

// A benchmark, not a test: nothing fails for being slow. `make bench-control` runs it.
func TestMeasures(t *testing.T) {
	if *measures == "" {
		t.Skip("make bench-control measures")
	}
	namespace := ownNamespace(t)
	address := makeStickySite(t, namespace)
	create(t, namespace, measuredGateway)
	waitFor(t, gateway(namespace, "measured"), "True", "Programmed")
	measured := net.JoinHostPort(firstAddress(gatewayNow(t, namespace, "measured"), "value", "status", "addresses"), "8080")
	idle := memory(t)
	table := &table{}
	table.row("change of a route, until it is served, median of 20", "< 300 ms", "%.1f ms",
		millis(quantile(changeTimes(t, namespace, address), 50)))

	var times []time.Duration
	underLoad(t, address, func() { times = routesOneByOne(t, namespace, measured) })
	table.row("1000 new routes one by one under load, from create to the first 200, median", "<= 30 ms", "%.1f ms",
		millis(quantile(times, 50)))
	table.row("the same, p99", "<= 200 ms", "%.1f ms", millis(quantile(times, 99)))

	atOnce := routesAtOnce(t, namespace, measuredRoutes, 2*measuredRoutes)
	table.row("1000 more routes at once, until the API server has them", "", "%.0f ms", millis(atOnce.created))
	table.row("the same, until attachedRoutes is right", "", "%.0f ms", millis(atOnce.counted))
	table.row("the same, until each is Accepted", "", "%.0f ms", millis(atOnce.accepted))
	table.row("statuses written for these", "", "%d", atOnce.writes)

	routesAtOnce(t, namespace, 2*measuredRoutes, measuredAtMost)
	table.row("change of a route among 5000, until it is served, median of 20", "< 300 ms", "%.1f ms",
		millis(quantile(changeTimes(t, namespace, address), 50)))
	// What a change took on its way goes back once it is over.
	time.Sleep(givenBack)
	full := memory(t)
	table.row("memory of a data plane at 5000 routes, above idle", "<= 40 MB", "%d MB", (full[dataPlane]-idle[dataPlane])/1e6)
	table.row("memory of the operator at 5000 routes, above idle", "", "%d MB", (full[operator]-idle[operator])/1e6)
	table.write(t)
}

// Rows in Markdown.
type table struct{ rows strings.Builder }

func (t *table) row(what, goal, format string, found any) {
	fmt.Fprintf(&t.rows, "| %s | %s | %s |\n", what, fmt.Sprintf(format, found), goal)
}

func (t *table) write(test *testing.T) {
	test.Helper()
	text := fmt.Sprintf("# The control plane\n\nWritten by `make bench-control`; on %d processors, which the whole cluster shares.\n\n",
		runtime.NumCPU())
	text += "| measured | found | goal |\n|---|---|---|\n" + t.rows.String()
	test.Logf("counted:\n%s", text)
	if err := os.WriteFile(*measures, []byte(text), 0o600); err != nil {
		test.Fatal(err)
	}
}

func gatewayNow(t *testing.T, namespace, name string) *unstructured.Unstructured {
	t.Helper()
	found := gateway(namespace, name)
	if err := cluster.Get(t.Context(), client.ObjectKeyFromObject(found), found); err != nil {
		t.Fatal(err)
	}
	return found
}

func changeTimes(t *testing.T, namespace, address string) []time.Duration {
	t.Helper()
	var found []time.Duration
	route := named("gateway.networking.k8s.io/v1", "HTTPRoute", namespace, "http-route")
	for turn := range measuredChanges {
		value := strconv.Itoa(turn)
		since := time.Now()
		patch := client.RawPatch(types.JSONPatchType, headerPatch(value))
		if err := cluster.Patch(t.Context(), route, patch); err != nil {
			t.Fatal(err)
		}
		for {
			answer, err := ask(t.Context(), stranger, address, "")
			if err != nil {
				t.Fatal(err)
			}
			if answer.change == value {
				break
			}
		}
		found = append(found, time.Since(since))
	}
	return found
}

// The Gateway of the measured routes; the load goes to another.
const measuredGateway = `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: measured}
spec:
  gatewayClassName: limpet
  listeners: [{name: http, protocol: HTTP, port: 8080}]
`

func measuredRoute(namespace string, number int) *gatewayv1.HTTPRoute {
	port := gatewayv1.PortNumber(80)
	backend := gatewayv1.BackendObjectReference{Name: "echo", Port: &port}
	route := &gatewayv1.HTTPRoute{}
	route.Namespace, route.Name = namespace, fmt.Sprintf("measured-%d", number)
	route.Spec.ParentRefs = []gatewayv1.ParentReference{{Name: "measured"}}
	route.Spec.Hostnames = []gatewayv1.Hostname{gatewayv1.Hostname(measuredHost(number))}
	route.Spec.Rules = []gatewayv1.HTTPRouteRule{{
		BackendRefs: []gatewayv1.HTTPBackendRef{{BackendRef: gatewayv1.BackendRef{BackendObjectReference: backend}}},
	}}
	return route
}

func measuredHost(number int) string { return fmt.Sprintf("measured-%d.example", number) }

// Each is created once the one before is served.
func routesOneByOne(t *testing.T, namespace, address string) []time.Duration {
	t.Helper()
	var found []time.Duration
	visitor := newVisitor(false)
	for number := range measuredRoutes {
		since := time.Now()
		if err := cluster.Create(t.Context(), measuredRoute(namespace, number)); err != nil {
			t.Fatal(err)
		}
		untilServed(t, visitor, address, measuredHost(number))
		found = append(found, time.Since(since))
	}
	return found
}

// Nothing but 404 may be seen before, and nothing else after the first 200.
func untilServed(t *testing.T, visitor *http.Client, address, host string) {
	t.Helper()
	pause := time.NewTicker(askAgain)
	defer pause.Stop()
	for {
		status := statusAt(t, visitor, address, host)
		if status == http.StatusOK {
			break
		}
		if status != http.StatusNotFound {
			t.Fatalf("%s: %d", host, status)
		}
		<-pause.C
	}
	if status := statusAt(t, visitor, address, host); status != http.StatusOK {
		t.Errorf("%s: %d after its first 200", host, status)
	}
}

func statusAt(t *testing.T, visitor *http.Client, address, host string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = host
	response, err := visitor.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode
}

// How long it takes until all routes are there, are counted, and have their status, and how many
// statuses are written meanwhile.
type creation struct {
	created, counted, accepted time.Duration
	writes                     int
}

// Creates the routes from one number up to another as fast as the API server takes them.
func routesAtOnce(t *testing.T, namespace string, from, to int) creation {
	t.Helper()
	before, since := operatorNumbers(t), time.Now()
	next, wait := make(chan int), sync.WaitGroup{}
	for range creators {
		wait.Go(func() {
			for number := range next {
				if err := cluster.Create(context.Background(), measuredRoute(namespace, number)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for number := from; number < to; number++ {
		next <- number
	}
	close(next)
	wait.Wait()
	found := creation{created: time.Since(since)}
	eventually(t, fmt.Sprintf("%d routes are counted", to), func(ctx context.Context) error {
		has := &gatewayv1.Gateway{}
		err := cluster.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "measured"}, has)
		if err == nil && (len(has.Status.Listeners) != 1 || int(has.Status.Listeners[0].AttachedRoutes) != to) {
			err = fmt.Errorf("its listeners are %+v", has.Status.Listeners)
		}
		return err
	})
	found.counted = time.Since(since)
	eventually(t, fmt.Sprintf("%d routes are Accepted", to), func(ctx context.Context) error {
		routes := &gatewayv1.HTTPRouteList{}
		if err := cluster.List(ctx, routes, client.InNamespace(namespace)); err != nil {
			return err
		}
		for _, route := range routes.Items {
			parents := route.Status.Parents
			if len(parents) == 0 || !meta.IsStatusConditionTrue(parents[0].Conditions, "Accepted") {
				return fmt.Errorf("%s is not", route.Name)
			}
		}
		return nil
	})
	found.accepted = time.Since(since)
	found.writes = operatorNumbers(t).since(before)[statusWrites]
	return found
}

// Resident bytes of the largest pod of each Deployment.
func memory(t *testing.T) map[string]int {
	t.Helper()
	found := map[string]int{}
	for _, name := range []string{dataPlane, operator} {
		for _, pod := range installedPods(t, name) {
			found[name] = max(found[name], resident(t, processOf(t, &pod)))
		}
	}
	return found
}

func resident(t *testing.T, process int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(text), "VmRSS:")
	kibibytes, err := strconv.Atoi(strings.Fields(line)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kibibytes << 10
}

func quantile(times []time.Duration, percent int) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)]
}

func millis(time time.Duration) float64 { return float64(time.Microseconds()) / 1000 }
