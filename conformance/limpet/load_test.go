package limpet

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// How much load.
type pace struct {
	// From one request to the next.
	interval time.Duration
	// Of both kinds, pinned ones and strangers: half of each keeps its connections.
	clientsOfAKind int
	// However long what disturbs them takes.
	max time.Duration
}

// 50 requests a second.
var steadyPace = pace{interval: 20 * time.Millisecond, clientsOfAKind: 10, max: 2 * time.Minute}

const (
	// Before it begins, and after it has ended.
	margin = 50
	// What nobody notices: of 99 in a hundred requests, and of all. By itself the p99 is below 100 ms, and
	// the slowest, which waited for a pod that was gone, takes 300; two cores carry two nodes, one of which
	// may be starting, and one lost packet is sent again after a second.
	answerP99Max = time.Second
	answerMax    = 2500 * time.Millisecond
)

// A steady load of few clients, and what became of it.
type load struct {
	address  string
	interval time.Duration
	clients  []*loadClient
	// How long requests were sent.
	lasted time.Duration

	lock sync.Mutex
	// From a request to its answer, of each.
	took []time.Duration
	// Requests that failed, and pins that did not hold.
	failed, lost []mishap
}

// An answer that is not what it should be.
type mishap struct {
	since, until time.Time
	// The pod of the client's pin.
	from  string
	found answer
	err   error
}

// Asks one request at a time.
type loadClient struct {
	visitor  *http.Client
	isPinned bool

	lock     sync.Mutex
	pin, pod string
}

// Runs `disturb` under load, and fails unless every request was answered and every pin held.
func steadily(t *testing.T, address string, disturb func()) {
	t.Helper()
	found := underLoad(t, address, disturb)
	mustBeNone(t, "failed requests", found.failed)
	mustBeNone(t, "lost pins", found.lost)
}

// Runs `disturb` under load, fails where answers are late, and tells what became of the others.
func underLoad(t *testing.T, address string, disturb func()) *load {
	t.Helper()
	return underLoadOf(t, steadyPace, address, disturb)
}

func underLoadOf(t *testing.T, of pace, address string, disturb func()) *load {
	t.Helper()
	running := &load{address: address, interval: of.interval, clients: loadClients(t, of.clientsOfAKind, address)}
	ctx, stop := context.WithTimeout(t.Context(), of.max)
	defer stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		running.run(ctx)
	}()
	running.waitForFurther(t, margin)
	disturb()
	running.waitForFurther(t, margin)
	stop()
	<-done
	slices.Sort(running.took)
	p99, slowest := quantile(running.took, 99), running.took[len(running.took)-1]
	t.Logf("counted %d requests, %d failed, %d lost pins, p99 %d ms, the slowest took %d ms",
		len(running.took), len(running.failed), len(running.lost), p99.Milliseconds(), slowest.Milliseconds())
	if p99 > answerP99Max || slowest > answerMax {
		t.Errorf("answers may take %s (p99) and %s at most", answerP99Max, answerMax)
	}
	return running
}

func loadClients(t *testing.T, ofAKind int, address string) []*loadClient {
	t.Helper()
	var found []*loadClient
	for index := range 2 * ofAKind {
		next := &loadClient{visitor: newVisitor(index%4 < 2), isPinned: index%2 == 0}
		t.Cleanup(next.visitor.CloseIdleConnections)
		if next.isPinned {
			first := firstPin(t, address)
			next.pin, next.pod = first.pin, first.pod
		}
		found = append(found, next)
	}
	return found
}

// A ticker leaves out what its reader is late for; here that is sent all the same, as people do not wait
// for a busy machine.
func (running *load) run(ctx context.Context) {
	since := time.Now()
	tick := time.NewTicker(running.interval)
	defer tick.Stop()
	var requests sync.WaitGroup
	defer requests.Wait()
	for sent := 0; ; {
		select {
		case <-ctx.Done():
			running.lasted = time.Since(since)
			return
		case <-tick.C:
			for due := int(time.Since(since) / running.interval); sent < due; sent++ {
				next := running.clients[sent%len(running.clients)]
				requests.Go(func() { running.ask(next) })
			}
		}
	}
}

// A request that is on its way is not taken back when the load ends.
func (running *load) ask(from *loadClient) {
	from.lock.Lock()
	defer from.lock.Unlock()
	odd := mishap{since: time.Now(), from: from.pod}
	odd.found, odd.err = ask(context.Background(), from.visitor, running.address, from.pin)
	odd.until = time.Now()
	running.lock.Lock()
	defer running.lock.Unlock()
	running.took = append(running.took, odd.until.Sub(odd.since))
	switch found := odd.found; {
	case odd.err != nil || found.status != http.StatusOK || found.pod == "":
		running.failed = append(running.failed, odd)
	case from.isPinned && (found.pod != from.pod || found.pin != ""):
		running.lost = append(running.lost, odd)
		from.pin, from.pod = found.pin, found.pod
	case !from.isPinned && found.pin == "":
		running.failed = append(running.failed, odd)
	}
}

// Waits until so many more are answered.
func (running *load) waitForFurther(t *testing.T, requests int) {
	t.Helper()
	count := func() int {
		running.lock.Lock()
		defer running.lock.Unlock()
		return len(running.took)
	}
	enough := count() + requests
	eventually(t, "the load goes on", func(context.Context) error {
		if now := count(); now < enough {
			return fmt.Errorf("%d of %d", now, enough)
		}
		return nil
	})
}

// Fails where there are any, and shows the first.
func mustBeNone(t *testing.T, what string, mishaps []mishap) {
	t.Helper()
	if len(mishaps) > 0 {
		t.Errorf("%d %s", len(mishaps), what)
	}
	for _, odd := range mishaps[:min(len(mishaps), 10)] {
		t.Logf("%s, pin of %q: %+v, %v", odd.since.UTC().Format("15:04:05.000"), odd.from, odd.found, odd.err)
	}
}
