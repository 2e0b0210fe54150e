package limpet

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	// Until traffic is right again after a node was lost with the operator's leader and a data plane on
	// it. Kubernetes itself says so of pods after 40 seconds.
	nodeLossMax = 15 * time.Second
	// How long it must be right, to be called so.
	rightFor = 5 * time.Second
)

// A node that is lost closes no connection, and nobody says that its pods are not ready: what is sent to
// them is swallowed, and its kubelet does nothing more. Not parallel: it stops what serves all others.
func TestTheLossOfANodeWithTheLeaderAndADataPlaneIsOver(t *testing.T) {
	namespace := ownNamespace(t)
	address := makeStickySite(t, namespace)
	firstPin(t, address)
	planes := installedPods(t, dataPlane)
	if len(planes) < 2 || len(installedPods(t, operator)) < 2 {
		t.Fatalf("%d data planes and %d operators are installed: it takes two of each", len(planes), len(installedPods(t, operator)))
	}
	t.Cleanup(func() {
		waitForRollout(t, installation, operator)
		waitForRollout(t, installation, dataPlane)
	})
	freeze(t, kubeletProcess(t))
	cutOff(t, processOf(t, leader(t)))
	cutOff(t, processOf(t, &planes[0]))
	since := time.Now()
	hurried := &http.Client{Timeout: time.Second, Transport: &http.Transport{
		DialContext: (&net.Dialer{Timeout: time.Second}).DialContext, DisableKeepAlives: true,
	}}
	lost, wrong := 0, time.Duration(0)
	// Few, as the kernel leads a connection from a port that it remembers to where that port's last one went.
	paced := time.NewTicker(pause)
	defer paced.Stop()
	for time.Since(since) < wrong+rightFor {
		<-paced.C
		if found, err := ask(t.Context(), hurried, address, ""); err != nil || found.status != http.StatusOK {
			lost, wrong = lost+1, time.Since(since)
		}
		if wrong > nodeLossMax {
			t.Fatalf("after %s requests still fail, %d by now", wrong, lost)
		}
	}
	if lost == 0 {
		t.Error("nobody was led to the data plane that was lost")
	}
	t.Logf("counted %d requests without an answer, the last one after %d ms", lost, wrong.Milliseconds())
}

// Stops a process until the test ends.
func freeze(t *testing.T, process int) {
	t.Helper()
	if err := syscall.Kill(process, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Kill(process, syscall.SIGCONT); err != nil {
			t.Error(err)
		}
	})
}

// Drops everything from and to the network of a process until the test ends.
func cutOff(t *testing.T, process int) {
	t.Helper()
	nft := func(rules string) {
		t.Helper()
		command := exec.Command("nsenter", fmt.Sprintf("--net=/proc/%d/ns/net", process), "nft", "-f", "-")
		command.Stdin = strings.NewReader(rules)
		if output, err := command.CombinedOutput(); err != nil {
			t.Errorf("nft: %v\n%s", err, output)
		}
	}
	nft(`table inet lost {
		chain in { type filter hook input priority 0; policy drop; }
		chain out { type filter hook output priority 0; policy drop; }
	}`)
	t.Cleanup(func() { nft("delete table inet lost") })
}

// The kubelet of the node whose network the tests are in: other nodes may run beside it.
func kubeletProcess(t *testing.T) int {
	t.Helper()
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	own, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		folder := filepath.Dir(file)
		arguments, _ := os.ReadFile(file)
		network, _ := os.Readlink(filepath.Join(folder, "ns", "net"))
		if process, err := strconv.Atoi(filepath.Base(folder)); err == nil &&
			bytes.Contains(arguments, []byte("\x00kubelet\x00")) && network == own {
			return process
		}
	}
	t.Fatal("no process of the kubelet is found")
	return 0
}
