package limpet

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// Whoever is on the network may ask how a data plane is, and not what it serves or whom.
func TestADataPlaneTellsWhatItServesToItsOwnMachineOnly(t *testing.T) {
	t.Parallel()
	pod := installedPods(t, dataPlane)[0]
	for path, expected := range map[string]int{
		"/metrics": http.StatusOK, "/readyz": http.StatusOK,
		"/config": http.StatusForbidden, "/sessions": http.StatusForbidden,
	} {
		response, err := http.Get(fmt.Sprintf("http://%s:9900%s", pod.Status.PodIP, path))
		if err != nil {
			t.Fatal(err)
		}
		said, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != expected {
			t.Errorf("%s: %d and not %d: %s", path, response.StatusCode, expected, said)
		}
		if expected == http.StatusForbidden && !strings.Contains(string(said), "port-forward") {
			t.Errorf("%s does not say what to do: %s", path, said)
		}
	}
}
