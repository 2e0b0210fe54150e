// Package limpet tests what the official suite does not ask: Limpet's own kinds, and that clients stay
// on their pods whatever happens around them. It wants the node that `setup` makes, and is run by `own`.
//
// Tests that disturb what others use (the webhook, the operator, the data planes) run one at a time
// and first; all others run together after them. Each makes a namespace and removes it.
package limpet

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/go-logr/logr"
)

// Where `setup` installs Limpet.
const installation = "limpet-system"

// How long the cluster may take for any one thing, and how often it is asked meanwhile.
const (
	patience = 90 * time.Second
	pause    = 100 * time.Millisecond
)

// The API server, asked without a cache.
var cluster client.WithWatch

// The repository, of which manifests and fixtures are read.
var root = flag.String("root", "../..", "the folder of the repository")

func TestMain(m *testing.M) {
	flag.Parse()
	log.SetLogger(logr.Discard())
	if err := connect(); err != nil {
		fmt.Fprintf(os.Stderr, "no cluster: %v\nconformance/own starts one\n", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func connect() (err error) {
	if err := gatewayv1.Install(scheme.Scheme); err != nil {
		return err
	}
	cluster, err = newClient(rest.NoWarnings{})
	return err
}

func newClient(warned rest.WarningHandler) (client.WithWatch, error) {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 200, 200
	config.WarningHandler = warned
	return client.NewWithWatch(config, client.Options{})
}

// Warnings that the API server gave.
type warnings struct{ texts []string }

func (heard *warnings) HandleWarningHeader(_ int, _ string, text string) {
	heard.texts = append(heard.texts, text)
}

// Tries until it works; its last error is what the test says. Cleanups wait too, when the test's own
// context has ended.
func eventually(t *testing.T, what string, try func(ctx context.Context) error) {
	t.Helper()
	var last error
	attempt := func(ctx context.Context) (bool, error) {
		err := try(ctx)
		// The deadline itself tells nothing.
		if err == nil || ctx.Err() == nil {
			last = err
		}
		return err == nil, nil
	}
	err := wait.PollUntilContextTimeout(context.Background(), pause, patience, true, attempt)
	if err != nil {
		t.Fatalf("%s: not within %s: %v", what, patience, last)
	}
}

// What kubectl prints, for what is about kubectl.
func kubectl(t *testing.T, args ...string) string {
	t.Helper()
	output, err := exec.Command("kubectl", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, output)
	}
	return string(output)
}
