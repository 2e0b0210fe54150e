package limpet

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Until another operator writes: the lease, its renewal by a replica that waited for its end, and as
// much again for a machine that is busy.
const leaderMax = 20 * time.Second

// As many as the chart installs.
const operators = 2

// None of these is parallel: they take the operator and the API server from all others.

func TestTheEndOfTheOperatorsLeaderIsNotNoticed(t *testing.T) {
	loseLeader(t, func(*corev1.Pod) {})
}

// Its process can do nothing more, so that its lease runs out.
func TestTheDeathOfTheOperatorsLeaderIsNotNoticed(t *testing.T) {
	loseLeader(t, func(pod *corev1.Pod) {
		if err := syscall.Kill(processOf(t, pod), syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
	})
}

func loseLeader(t *testing.T, before func(*corev1.Pod)) {
	t.Helper()
	namespace := ownNamespace(t)
	address := makeStickySite(t, namespace)
	steadily(t, address, func() {
		pod := leader(t)
		before(pod)
		since := time.Now()
		if err := cluster.Delete(t.Context(), pod, client.GracePeriodSeconds(0)); err != nil {
			t.Fatal(err)
		}
		written := changeAndWait(t, namespace, address, since)
		if next := leader(t); next.Name == pod.Name || written > leaderMax {
			t.Errorf("after %s %s leads", written, next.Name)
		}
	})
}

// Changes the route; how long after `since` its status was written.
func changeAndWait(t *testing.T, namespace, address string, since time.Time) time.Duration {
	t.Helper()
	changeRoute(t, namespace, address, "after")
	served := time.Since(since)
	waitForRoute(t, namespace, "http-route")
	written := time.Since(since)
	t.Logf("counted %d ms until a change was served, %d ms until its status was written",
		served.Milliseconds(), written.Milliseconds())
	return written
}

// The pod of the operator that writes.
func leader(t *testing.T) *corev1.Pod {
	t.Helper()
	pod := &corev1.Pod{}
	eventually(t, "an operator leads", func(ctx context.Context) error {
		lease := &coordinationv1.Lease{}
		err := cluster.Get(ctx, client.ObjectKey{Namespace: installation, Name: operator}, lease)
		if err != nil {
			return err
		}
		if lease.Spec.HolderIdentity == nil {
			return errors.New("the lease is nobody's")
		}
		name, _, _ := strings.Cut(*lease.Spec.HolderIdentity, "/")
		return cluster.Get(ctx, client.ObjectKey{Namespace: installation, Name: name}, pod)
	})
	return pod
}

func TestARestartOfTheAPIServerIsNotNoticed(t *testing.T) {
	namespace := ownNamespace(t)
	address := makeStickySite(t, namespace)
	steadily(t, address, func() {
		restartAPIServer(t)
		changeAndWait(t, namespace, address, time.Now())
	})
}

// Kills it; the node starts it again.
func restartAPIServer(t *testing.T) {
	t.Helper()
	script := filepath.Join(*root, "conformance", "cluster", "cluster")
	if output, err := exec.Command(script, "restart", "kube-apiserver").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
}

// Waits until all that Limpet says about a route, as it is now, is good.
func waitForRoute(t *testing.T, namespace, name string) {
	t.Helper()
	route := named("gateway.networking.k8s.io/v1", "HTTPRoute", namespace, name)
	eventually(t, "the status of "+name+" is written", func(ctx context.Context) error {
		if err := cluster.Get(ctx, client.ObjectKeyFromObject(route), route); err != nil {
			return err
		}
		conditions := parentConditions(route, controllerName)
		for _, found := range conditions {
			if found.Status != metav1.ConditionTrue || found.ObservedGeneration != route.GetGeneration() {
				return fmt.Errorf("%+v at generation %d", found, route.GetGeneration())
			}
		}
		if len(conditions) == 0 {
			return errors.New("nothing is said")
		}
		return nil
	})
}
