package limpet

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	// One request each: 50 a second.
	interval = 20 * time.Millisecond
	// Of both kinds, pinned ones and strangers: half of each keeps its connections.
	clientsOfAKind = 10
	// However long what disturbs them takes.
	loadMax = 2 * time.Minute
	// Before it begins, and after it has ended.
	margin = 50
)

// A steady load of few clients, and what became of it.
type load struct {
	address string
	clients []*loadClient

	lock                    sync.Mutex
	asked, failed, lostPins int
	// The first of what went wrong.
	noted []string
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
	running := &load{address: address, clients: loadClients(t, address)}
	ctx, stop := context.WithTimeout(t.Context(), loadMax)
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
	running.report(t)
}

func loadClients(t *testing.T, address string) []*loadClient {
	t.Helper()
	var found []*loadClient
	for index := range 2 * clientsOfAKind {
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

func (running *load) run(ctx context.Context) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	var requests sync.WaitGroup
	defer requests.Wait()
	for turn := 0; ; turn++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			next := running.clients[turn%len(running.clients)]
			requests.Go(func() { running.ask(next) })
		}
	}
}

// A request that is on its way is not taken back when the load ends.
func (running *load) ask(from *loadClient) {
	from.lock.Lock()
	defer from.lock.Unlock()
	found, err := ask(context.Background(), from.visitor, running.address, from.pin)
	running.lock.Lock()
	defer running.lock.Unlock()
	running.asked++
	switch {
	case err != nil || found.status != http.StatusOK || found.pod == "":
		running.failed++
		running.note("failed: %+v, %v", found, err)
	case from.isPinned && (found.pod != from.pod || found.pin != ""):
		running.lostPins++
		running.note("lost: from %s to %s, Set-Cookie %q", from.pod, found.pod, found.setCookie)
		from.pin, from.pod = found.pin, found.pod
	case !from.isPinned && found.pin == "":
		running.failed++
		running.note("a stranger got no cookie at %s", found.pod)
	}
}

func (running *load) note(format string, values ...any) {
	if len(running.noted) < 10 {
		at := time.Now().UTC().Format("15:04:05.000 ")
		running.noted = append(running.noted, at+fmt.Sprintf(format, values...))
	}
}

// Waits until so many more are answered.
func (running *load) waitForFurther(t *testing.T, requests int) {
	t.Helper()
	count := func() int {
		running.lock.Lock()
		defer running.lock.Unlock()
		return running.asked
	}
	enough := count() + requests
	eventually(t, "the load goes on", func(context.Context) error {
		if now := count(); now < enough {
			return fmt.Errorf("%d of %d", now, enough)
		}
		return nil
	})
}

func (running *load) report(t *testing.T) {
	t.Helper()
	t.Logf("counted %d requests, %d failed, %d lost pins", running.asked, running.failed, running.lostPins)
	if running.failed+running.lostPins > 0 {
		t.Errorf("of these none may be:\n%s", strings.Join(running.noted, "\n"))
	}
}
