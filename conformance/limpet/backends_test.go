package limpet

import (
	"errors"
	"flag"
	"io"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

var restarts = flag.Int("restarts", 0, "restart the backends so many times under 500 requests a second")

// Of the requests whose pod has ended: from asking to the answer of another pod.
const movedP99Max = 350 * time.Millisecond

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

// The same at ten times the load, again and again: a restart takes some seconds.
func TestRollingRestartsAt500RequestsASecond(t *testing.T) {
	if *restarts == 0 {
		t.Skip("make test-restarts asks for it")
	}
	namespace := ownNamespace(t)
	address := makeStickySite(t, namespace)
	scale(t, namespace, "echo", 4)
	ends := watchEnds(t, namespace, "echo")
	fast := pace{interval: 2 * time.Millisecond, clientsOfAKind: 50, max: time.Duration(*restarts) * patience}
	found := underLoadOf(t, fast, address, func() {
		for range *restarts {
			restart(t, namespace, "echo")
		}
	})
	t.Logf("counted %.0f requests a second", float64(len(found.took))/found.lasted.Seconds())
	broken, failed := split(found.failed, isBrokenOff)
	moved, lost := split(found.lost, ends.isGone)
	var took []time.Duration
	for _, one := range moved {
		took = append(took, one.until.Sub(one.since))
	}
	mustBeNone(t, "failed requests", failed)
	mustBeNone(t, "lost pins of pods that lived on", lost)
	if len(took) == 0 {
		t.Fatal("no pin moved")
	}
	p99 := quantile(took, 99)
	t.Logf("counted %d restarts, %d responses that a pod broke off, %d pins of pods that were gone, p99 of these %d ms",
		*restarts, len(broken), len(moved), p99.Milliseconds())
	if p99 > movedP99Max {
		t.Errorf("a moved request may take %s at p99", movedP99Max)
	}
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

// When the pods of a Deployment were told to end, by the name of the pod.
type ends struct {
	lock  sync.Mutex
	since map[string]time.Time
}

// Watches until the test ends. A list now and then would miss a pod that is gone within a moment.
func watchEnds(t *testing.T, namespace, name string) *ends {
	t.Helper()
	has := appsv1.Deployment{}
	if err := cluster.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, &has); err != nil {
		t.Fatal(err)
	}
	labels := client.MatchingLabels(has.Spec.Selector.MatchLabels)
	watch, err := cluster.Watch(t.Context(), &corev1.PodList{}, client.InNamespace(namespace), labels)
	if err != nil {
		t.Fatal(err)
	}
	seen := &ends{since: map[string]time.Time{}}
	go func() {
		for event := range watch.ResultChan() {
			if pod, isPod := event.Object.(*corev1.Pod); isPod {
				seen.see(pod)
			}
		}
	}()
	return seen
}

func (seen *ends) see(pod *corev1.Pod) {
	if pod.DeletionTimestamp == nil {
		return
	}
	// It tells when the pod's time is up.
	grace := time.Duration(*pod.DeletionGracePeriodSeconds) * time.Second
	since := pod.DeletionTimestamp.Add(-grace)
	seen.lock.Lock()
	defer seen.lock.Unlock()
	if before, isKnown := seen.since[pod.Name]; !isKnown || since.Before(before) {
		seen.since[pod.Name] = since
	}
}

// Whether the pod of a lost pin was told to end before the answer.
func (seen *ends) isGone(lost mishap) bool {
	seen.lock.Lock()
	defer seen.lock.Unlock()
	since, isOne := seen.since[lost.from]
	return isOne && !since.After(lost.until)
}
