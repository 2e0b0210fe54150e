package persistence

import (
	"testing"

	"sigs.k8s.io/gateway-api/conformance/utils/suite"
)

// XBackend keeps sessions itself, since v1.7.
var XBackend = suite.ConformanceTest{
	ShortName:   "XBackendSessionPersistence",
	Description: "An XBackend that selects pods keeps its sessions inside it, each in a split on its own",
	Features:    needs(SupportXBackend),
	Manifests:   []string{"manifests/xbackend.yaml"},
	Parallel:    true,
	Test: func(t *testing.T, s *suite.ConformanceTestSuite) {
		site := newSite(t, s, "session-xbackend", "/one", "/split")
		t.Run("A session stays on its pod", func(t *testing.T) {
			clients := onePerPod(site.sessions(t, "/one", followUps, 2))
			for _, cookie := range clients[0].cookies {
				if cookie.Name != "one" {
					t.Errorf("the cookie is not named as it is asked: Set-Cookie: %s", cookie.Raw)
				}
				mustHaveNoEnd(t, cookie)
			}
			mustAllHold(t, clients, followUps)
		})
		t.Run("In a split, requests follow the weights, with one pod in each", func(t *testing.T) {
			mustSplit(t, site, "/split")
		})
	},
}
