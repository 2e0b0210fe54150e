package limpet

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// The two manifests of the specification page, with the SHA-256 of their bytes on the page.
const (
	policySample = "route-policy.yaml"
	policyHash   = "459b8af85248ca3290d961ca886b591cd38abda991352f7f1b3d191e8b028e4c"

	extensionSample = "ingress-extension.yaml"
	extensionHash   = "73f215aea1a31cfff3d84f0c12dee55416ded6922eee524fe6a10f9df395b940"
)

const (
	infra = "test-infra"
	// What the page asks for.
	cookieName       = "nomnom"
	cookieAttributes = "Path=/; Max-Age=3600; HttpOnly; SameSite=Lax"
	followUps        = 50
	// What binds an IngressExtension to an Ingress.
	binding = "alb.networking.azure.io/alb-ingress-extension"
)

// One after another, as the page names the namespace.
func TestSamplesOfTheSpecificationPage(t *testing.T) {
	t.Parallel()
	makeNamespace(t, metav1.ObjectMeta{Name: infra})
	makeEcho(t, infra)
	t.Run("RoutePolicy", routePolicySample)
	t.Run("IngressExtension", ingressExtensionSample)
}

func routePolicySample(t *testing.T) {
	create(t, infra, file(t, "examples", "session-affinity", "gateway.yaml"))
	apply(t, policySample, policyHash)
	sample := policy(infra, "session-affinity-route-policy")
	waitFor(t, sample, "True", "Accepted", "ResolvedRefs", "Programmed")
	hasReason(t, condition(sample, "Accepted"), "Accepted")
	prints(t, "routepolicies", sample.GetName(), "NAME ACCEPTED AGE", "True")
	address := gatewayAddress(t, infra)
	sticks(t, address)

	remove(t, sample)
	setsNoCookieAnyMore(t, address)
}

func ingressExtensionSample(t *testing.T) {
	create(t, infra, file(t, "examples", "session-affinity", "ingress.yaml"))
	apply(t, extensionSample, extensionHash)
	sample := extension(infra, "session-affinity-ingress-extension")
	waitFor(t, sample, "True", "Accepted")
	waitFor(t, sample, "False", "Errors")
	hasReason(t, condition(sample, "Accepted"), "Accepted")
	prints(t, "ingressextension", sample.GetName(), "NAME ACCEPTED ERRORS", "True False")
	address := ingressAddress(t, "echo")
	sticks(t, address)

	remove(t, sample)
	setsNoCookieAnyMore(t, address)
}

// As the page's reader would.
func apply(t *testing.T, sample, hash string) {
	t.Helper()
	path := filepath.Join("examples", "session-affinity", sample)
	if found := fmt.Sprintf("%x", sha256.Sum256([]byte(file(t, path)))); found != hash {
		t.Fatalf("%s is not the page's manifest: its hash is %s", path, found)
	}
	kubectl(t, "apply", "-n", infra, "-f", filepath.Join(*root, path))
}

func hasReason(t *testing.T, found *metav1.Condition, reason string) {
	t.Helper()
	if found.Reason != reason {
		t.Errorf("%s has reason %s, not %s: %s", found.Type, found.Reason, reason, found.Message)
	}
}

// The columns of `kubectl get`, and what is in the row after the name.
func prints(t *testing.T, kind, name, header, row string) {
	t.Helper()
	output := kubectl(t, "get", "-n", infra, kind, name)
	lines := strings.Split(strings.TrimSpace(output), "\n")
	fields := func(line string) string { return strings.Join(strings.Fields(line), " ") }
	if len(lines) != 2 || fields(lines[0]) != header || !strings.HasPrefix(fields(lines[1]), name+" "+row) {
		t.Errorf("kubectl get %s: want %q and %q, got:\n%s", kind, header, row, output)
	}
}

func sticks(t *testing.T, address string) {
	t.Helper()
	first := firstPin(t, address)
	pair, attributes, _ := strings.Cut(first.setCookie, "; ")
	if !strings.HasPrefix(pair, cookieName+"=") || attributes != cookieAttributes {
		t.Errorf("Set-Cookie: %s", first.setCookie)
	}
	mustStay(t, address, first, followUps)
	spreads(t, address)
}

// Else a single pod would look sticky.
func spreads(t *testing.T, address string) {
	t.Helper()
	pods := map[string]bool{}
	for range followUps {
		pods[mustAsk(t, address, "").pod] = true
	}
	if len(pods) != 3 {
		t.Errorf("%d strangers met %d of 3 pods", followUps, len(pods))
	}
}

func setsNoCookieAnyMore(t *testing.T, address string) {
	t.Helper()
	eventually(t, "no cookie without the policy", func(ctx context.Context) error {
		found, err := ask(ctx, stranger, address, "")
		if err == nil && (found.setCookie != "" || found.pod == "") {
			err = fmt.Errorf("%+v", found)
		}
		return err
	})
}

// Waits until the Ingress has an address, which is where and as its clients reach it.
func ingressAddress(t *testing.T, name string) string {
	t.Helper()
	ingress := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: infra, Name: name}}
	var found networkingv1.IngressLoadBalancerIngress
	eventually(t, "Ingress "+name+" has an address", func(ctx context.Context) error {
		err := cluster.Get(ctx, client.ObjectKeyFromObject(ingress), ingress)
		if addresses := ingress.Status.LoadBalancer.Ingress; err == nil && len(addresses) == 1 {
			found = addresses[0]
			return nil
		}
		return errors.Join(err, fmt.Errorf("its status is %+v", ingress.Status))
	})
	if len(found.Ports) != 1 || found.Ports[0].Port != 80 {
		t.Errorf("the Service of Ingresses has port 80, but the status says %+v", found.Ports)
	}
	if ingress.Annotations[binding] == "" {
		t.Errorf("its status was written, and its annotation %s is gone: %v", binding, ingress.Annotations)
	}
	return net.JoinHostPort(found.IP, "80")
}
