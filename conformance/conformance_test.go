// Package conformance runs the official Gateway API conformance suite against the Limpet that is
// installed in the cluster of KUBECONFIG. `run` brings that cluster; options.yaml says what is tested.
package conformance

import (
	"testing"

	"sigs.k8s.io/gateway-api/conformance"
	"sigs.k8s.io/gateway-api/conformance/utils/flags"
)

func TestConformance(t *testing.T) {
	if *flags.ConformanceOptionsFile == "" {
		*flags.ConformanceOptionsFile = "options.yaml"
	}
	conformance.RunConformanceWithOptions(t, conformance.DefaultOptions(t))
}
