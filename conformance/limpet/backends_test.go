package limpet

import (
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
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
