package persistence

import (
	"testing"

	"sigs.k8s.io/gateway-api/conformance"
)

// Named as the official suite's, so that both are run and read alike.
func TestConformance(t *testing.T) { Run(t, conformance.DefaultOptions(t)) }
