package limpet

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// The pods of the site end on the spot when they are told to, while requests are on their way. What
// one of them had begun to answer it alone can break; every other request has a pod that can take it.
func TestARollingUpdateOfTheBackendsFailsNoRequest(t *testing.T) {
	namespace := ownNamespace(t)
	address := makeStickySite(t, namespace)
	ends := watchEnds(t, namespace, "echo")
	found := underLoad(t, address, func() { restart(t, namespace, "echo") })
	broken, failed := split(found.failed, isBrokenOff)
	moved, lost := split(found.lost, ends.isGone)
	t.Logf("counted %d responses that a pod broke off, %d pins of pods that were gone", len(broken), len(moved))
	mustBeNone(t, "failed requests", failed)
	mustBeNone(t, "lost pins of pods that lived on", lost)
}

// Those that are so, and the others.
func split(mishaps []mishap, is func(mishap) bool) (so, others []mishap) {
	for _, odd := range mishaps {
		if is(odd) {
			so = append(so, odd)
		} else {
			others = append(others, odd)
		}
	}
	return so, others
}

// Whether the answer had begun. A gateway that answers for a pod does so with a status.
func isBrokenOff(odd mishap) bool { return errors.Is(odd.err, io.ErrUnexpectedEOF) }

// When the pods of a Deployment were told to end.
type ends struct {
	lock sync.Mutex
	// By pod.
	since map[string]time.Time
}

// Looks until the test ends.
func watchEnds(t *testing.T, namespace, name string) *ends {
	t.Helper()
	has := appsv1.Deployment{}
	if err := cluster.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, &has); err != nil {
		t.Fatal(err)
	}
	seen := &ends{since: map[string]time.Time{}}
	go func() {
		for tick := time.NewTicker(pause / 2); t.Context().Err() == nil; <-tick.C {
			seen.look(t.Context(), &has)
		}
	}()
	return seen
}

func (seen *ends) look(ctx context.Context, has *appsv1.Deployment) {
	pods, _ := podsOf(ctx, has)
	seen.lock.Lock()
	defer seen.lock.Unlock()
	for _, pod := range pods {
		if pod.DeletionTimestamp != nil {
			// It tells when the pod's time is up.
			grace := time.Duration(*pod.DeletionGracePeriodSeconds) * time.Second
			seen.since[pod.Name] = pod.DeletionTimestamp.Add(-grace)
		}
	}
}

// Whether the pod of a lost pin was told to end before the answer.
func (seen *ends) isGone(lost mishap) bool {
	seen.lock.Lock()
	defer seen.lock.Unlock()
	since, isOne := seen.since[lost.from]
	return isOne && !since.After(lost.until)
}
