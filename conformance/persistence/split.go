package persistence

import (
	"context"
	"fmt"
	"testing"

	"sigs.k8s.io/gateway-api/conformance/utils/suite"
	"sigs.k8s.io/gateway-api/conformance/utils/weight"
)

// Backends of the base manifests, with two pods each.
const (
	first  = suite.InfraBackendServiceNameV1
	second = suite.InfraBackendServiceNameV2
)

// Weight is the GEP's, whose v1.6 and v1.7 want opposite things of it. The route's CRD decides.
var Weight = suite.ConformanceTest{
	ShortName:   "HTTPRouteSessionPersistenceWeight",
	Description: "New sessions follow the weights; then the session decides (v1.6), or the weights still do (v1.7)",
	Features:    needs(),
	Manifests:   []string{"manifests/weight.yaml"},
	Parallel:    true,
	Test: func(t *testing.T, s *suite.ConformanceTestSuite) {
		site := newSite(t, s, "session-weight", "/")
		t.Run("First requests follow the weights", func(t *testing.T) {
			mustFollowWeights(t, func() (string, error) {
				begun, err := site.begin(t, "/")
				return begun.pod, err
			})
		})
		if site.isOfV17(t) {
			t.Run("Requests of a session follow them, with one pod in each backend", func(t *testing.T) {
				mustSplit(t, site, "/")
			})
			return
		}
		t.Run("A session stays on its pod whatever the weights", func(t *testing.T) {
			mustAllHold(t, onePerPod(site.sessions(t, "/", followUps, 4)), followUps)
		})
	},
}

// The manifest says 70 to 30.
func mustFollowWeights(t *testing.T, pod func() (string, error)) {
	t.Helper()
	shares := map[string]float64{first: 0.7, second: 0.3}
	var err error
	for range weight.MaxTestRetries {
		if err = weight.TestWeightedDistribution(weight.NewFunctionBasedSender(pod), shares); err == nil {
			return
		}
		t.Logf("once more: %v", err)
	}
	t.Fatal(err)
}

func mustSplit(t *testing.T, site *site, path string) {
	t.Helper()
	client, pods := metBoth(t, site, path)
	mustFollowWeights(t, func() (string, error) {
		found, err := client.ask(t, path, nil)
		if at := pods[backend(found.pod)]; err == nil && found.pod != at {
			err = fmt.Errorf("moved from %s to %s", at, found.pod)
		}
		return found.pod, err
	})
}

// A client that has a session with both backends, and its pod in each.
func metBoth(t *testing.T, site *site, path string) (*visitor, map[string]string) {
	t.Helper()
	client, pods := site.stranger(), map[string]string{}
	site.eventually(t, "a client meets both backends", func(context.Context) error {
		found, err := client.ask(t, path, nil)
		if err == nil && pods[backend(found.pod)] == "" {
			pods[backend(found.pod)] = found.pod
		}
		if err == nil && len(pods) < 2 {
			err = fmt.Errorf("it met %v", pods)
		}
		return err
	})
	return client, pods
}

// WeightChange takes one backend out of a split.
var WeightChange = suite.ConformanceTest{
	ShortName:   "HTTPRouteSessionPersistenceWeightZero",
	Description: "A backend whose weight becomes 0 keeps its sessions (v1.6), or loses them (v1.7), and gets no new ones",
	Features:    needs(),
	Manifests:   []string{"manifests/weight-zero.yaml"},
	Parallel:    true,
	Test: func(t *testing.T, s *suite.ConformanceTestSuite) {
		site := newSite(t, s, "session-weight-zero", "/")
		clients := onePerPod(site.sessions(t, "/", followUps, 4))
		site.patch(t, `[{"op": "replace", "path": "/spec/rules/0/backendRefs/0/weight", "value": 0}]`)
		mustGetNoStrangers(t, site, first)
		if site.isOfV17(t) {
			mustAllMoveTo(t, clients, second)
		}
		mustAllHold(t, clients, followUps)
	},
}

func mustGetNoStrangers(t *testing.T, site *site, without string) {
	t.Helper()
	const inARow = 30
	site.eventually(t, "strangers do not meet "+without, func(context.Context) error {
		for range inARow {
			if found, err := site.begin(t, "/"); err != nil || backend(found.pod) == without {
				return fmt.Errorf("one met %s, %v", found.pod, err)
			}
		}
		return nil
	})
}

func mustAllMoveTo(t *testing.T, clients []*session, to string) {
	t.Helper()
	for _, client := range clients {
		if _, err := client.again(t); err != nil || backend(client.pod) != to {
			t.Fatalf("a client is on %s and not in %s, %v", client.pod, to, err)
		}
	}
}
