package limpet

import (
	"context"
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Not parallel: there is one Gateway API.
func TestTheClassSaysWhetherTheGatewayAPIsVersionIsSupported(t *testing.T) {
	const definition, version = "crd/gatewayclasses.gateway.networking.k8s.io", "gateway.networking.k8s.io/bundle-version"
	installed := strings.Trim(kubectl(t, "get", definition,
		"-o", `jsonpath={.metadata.annotations.gateway\.networking\.k8s\.io/bundle-version}`), "\n")
	say := func(what string) { kubectl(t, "annotate", "--overwrite", definition, version+"="+what) }
	t.Cleanup(func() { say(installed) })
	classSays(t, metav1.ConditionTrue, installed)
	say("v1.5.1")
	classSays(t, metav1.ConditionFalse, "v1.5.1")
	say(installed)
	classSays(t, metav1.ConditionTrue, installed)
}

func classSays(t *testing.T, status metav1.ConditionStatus, version string) {
	t.Helper()
	class := named("gateway.networking.k8s.io/v1", "GatewayClass", "", "limpet")
	eventually(t, fmt.Sprintf("SupportedVersion is %s and tells of %s", status, version), func(ctx context.Context) error {
		if err := cluster.Get(ctx, client.ObjectKeyFromObject(class), class); err != nil {
			return err
		}
		if found := condition(class, "SupportedVersion"); found == nil || found.Status != status || !strings.Contains(found.Message, version) {
			return fmt.Errorf("it is %+v", found)
		}
		return nil
	})
}
