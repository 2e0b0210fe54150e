package persistence

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"sigs.k8s.io/gateway-api/conformance/utils/suite"
)

// ScaleOut tells persistence from affinity: the GEP calls only the former strong.
var ScaleOut = suite.ConformanceTest{
	ShortName:   "HTTPRouteSessionPersistenceScaleOut",
	Description: "All clients stay on their pods when there are more",
	Features:    needs(),
	Manifests:   []string{"manifests/scale-out.yaml"},
	Parallel:    true,
	Test: func(t *testing.T, s *suite.ConformanceTestSuite) {
		pods := newWorkload(t, s, "session-scale-out")
		site := newSite(t, s, "session-scale-out", "/")
		clients := site.sessions(t, "/", 100, 2)
		old := pods.mustHavePods(t)
		pods.scale(t, 4)
		site.eventually(t, "a stranger meets a new pod", func(context.Context) error {
			found, err := site.begin(t, "/")
			if err == nil && old[found.pod] {
				err = fmt.Errorf("it met %s", found.pod)
			}
			return err
		})
		mustAllHold(t, clients, 3)
	},
}

// PodDeletion is what the GEP says should be.
var PodDeletion = suite.ConformanceTest{
	ShortName:   "HTTPRouteSessionPersistencePodDeletion",
	Description: "Of a deleted pod the clients alone move, once, and no request fails",
	Features:    needs(SupportFallback),
	Manifests:   []string{"manifests/pod-deletion.yaml"},
	Parallel:    true,
	Test: func(t *testing.T, s *suite.ConformanceTestSuite) {
		pods := newWorkload(t, s, "session-deletion")
		site := newSite(t, s, "session-deletion", "/")
		clients := site.sessions(t, "/", 30, 3)
		gone := clients[0].pod
		must := movesOf(clients, gone)
		pods.deletePod(t, gone)
		keepAsking(t, s, clients, "its clients move", func(ctx context.Context) error {
			return errors.Join(pods.isReady(ctx), mustHaveLeft(clients, map[string]bool{gone: true}))
		})
		mustAllHold(t, clients, 10)
		for number, client := range clients {
			if client.moves != must[number] {
				t.Errorf("client %d, now on %s, has moved %d times for %d", number, client.pod, client.moves, must[number])
			}
		}
	},
}

// How often each is to move when this pod goes.
func movesOf(clients []*session, gone string) []int {
	found := make([]int, len(clients))
	for number, client := range clients {
		if client.pod == gone {
			found[number] = 1
		}
	}
	return found
}

func mustHaveLeft(clients []*session, pods map[string]bool) error {
	for number, client := range clients {
		if pods[client.pod] {
			return fmt.Errorf("client %d is on %s", number, client.pod)
		}
	}
	return nil
}

// RollingUpdate replaces all pods.
var RollingUpdate = suite.ConformanceTest{
	ShortName:   "HTTPRouteSessionPersistenceRollingUpdate",
	Description: "A client whose pod is replaced gets another one and stays there, and no request fails",
	Features:    needs(SupportFallback),
	Manifests:   []string{"manifests/rolling-update.yaml"},
	Parallel:    true,
	Test: func(t *testing.T, s *suite.ConformanceTestSuite) {
		pods := newWorkload(t, s, "session-update")
		site := newSite(t, s, "session-update", "/")
		clients := site.sessions(t, "/", 20, 3)
		old := pods.mustHavePods(t)
		pods.restart(t)
		keepAsking(t, s, clients, "the pods are replaced", func(ctx context.Context) error {
			return errors.Join(pods.isReady(ctx), mustHaveLeft(clients, old))
		})
		mustAllHold(t, clients, 10)
	},
}

// All clients ask, again and again, until this is so. None of them may be refused.
func keepAsking(t *testing.T, of *suite.ConformanceTestSuite, clients []*session, what string,
	isDone func(ctx context.Context) error) {
	t.Helper()
	within(t, of, of.TimeoutConfig.NamespacesMustBeReady, what, func(ctx context.Context) error {
		for number, client := range clients {
			if _, err := client.again(t); err != nil {
				t.Fatalf("client %d, last on %s: %v", number, client.pod, err)
			}
		}
		return isDone(ctx)
	})
}
