package limpet

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

var helmPath = flag.String("helm", "helm", "the helm that installs further releases")

// A release beside the one that `setup` installs; its classes are named as it is.
const (
	second       = "second"
	secondValues = "gatewayClass.name=second,ingressClass.name=second,controllerName=example.com/second," +
		"crds.enabled=false,dataplane.replicas=1,gateway.service.type=ClusterIP"
	// They replace all pods.
	upgradedValues = "operator.log=debug,dataplane.workers=1"
)

// What the operator makes for itself, of which helm knows nothing.
var secondSecrets = []string{"second-affinity-keys", "second-dataplane-tls", "second-operator-tls"}

// None is parallel: the webhook of a second release judges all policies, and the first one's writes
// are counted.

func TestASecondReleaseComesAndGoesBesideTheFirst(t *testing.T) {
	beside, site, namespace := ownNamespace(t), ownNamespace(t), ownNamespace(t)
	firstAddress := makeStickySite(t, beside)
	first := firstPin(t, firstAddress)
	waitForRoute(t, beside, "http-route")
	makeSecondSite(t, site)
	before, writes := everything(t), operatorNumbers(t)

	install(t, namespace)
	firstPin(t, gatewayAddress(t, site))
	waitFor(t, policy(site, "sticky"), "True", "Accepted", "Programmed")
	mustHaveWrittenNothing(t, writes)
	takeCRDs(t, namespace)
	uninstall(t, namespace)

	own := []string{"+Lease " + namespace + "/second-operator", "+ConfigMap " + namespace + "/second-ports"}
	for _, name := range secondSecrets {
		own = append(own, "+Secret "+namespace+"/"+name)
	}
	waitForDifference(t, before, append(own,
		"+Service "+site+"/gateway-limpet", "+EndpointSlice "+site+"/gateway-limpet-8080-ipv4"))
	mustHaveWrittenNothing(t, writes)
	mustStay(t, firstAddress, first, followUps)

	remove(t, gateway(site, "gateway"))
	waitForDifference(t, before, append(own, "-Gateway "+site+"/gateway"))
}

func TestUpgradeRollbackAndANewInstallationMoveNobody(t *testing.T) {
	site, namespace := ownNamespace(t), ownNamespace(t)
	makeSecondSite(t, site)
	install(t, namespace)
	address := gatewayAddress(t, site)
	clients, secrets := clientsOf(t, address, 3), secretsOf(t, namespace)
	mustBeKept := func() {
		t.Helper()
		waitForSecond(t, namespace)
		firstPin(t, address)
		mustAllStay(t, address, clients)
		if now := secretsOf(t, namespace); !reflect.DeepEqual(now, secrets) {
			t.Error("certificates or affinity keys are others")
		}
	}
	upgrade(t, second, namespace, "--set", upgradedValues)
	mustBeKept()
	helm(t, "rollback", second, "--namespace", namespace, "--wait")
	mustBeKept()
	uninstall(t, namespace)
	install(t, namespace)
	mustBeKept()
}

// Both parts are replaced at once, and the one data plane goes while the operators change.
func TestAnUpgradeAndItsRollbackAreNotNoticed(t *testing.T) {
	site, namespace := ownNamespace(t), ownNamespace(t)
	makeSecondSite(t, site)
	install(t, namespace)
	address := gatewayAddress(t, site)
	steadily(t, address, func() {
		upgrade(t, second, namespace, "--set", upgradedValues)
		waitForSecond(t, namespace)
	})
	steadily(t, address, func() {
		helm(t, "rollback", second, "--namespace", namespace, "--wait")
		waitForSecond(t, namespace)
	})
}

func helm(t *testing.T, args ...string) {
	t.Helper()
	output, err := exec.Command(*helmPath, append(args, "--timeout", patience.String())...).CombinedOutput()
	if err != nil {
		t.Fatalf("helm %s: %v\n%s", strings.Join(args, " "), err, output)
	}
}

func chart() string { return filepath.Join(*root, "charts", "limpet") }

// Installs the second release, which goes with the test.
func install(t *testing.T, namespace string) {
	t.Helper()
	t.Cleanup(func() { uninstall(t, namespace) })
	helm(t, "install", second, chart(), "--namespace", namespace, "--set", secondValues, "--wait")
}

func upgrade(t *testing.T, release, namespace string, flags ...string) {
	t.Helper()
	args := []string{"upgrade", release, chart(), "--namespace", namespace, "--reset-then-reuse-values", "--wait"}
	helm(t, append(args, flags...)...)
}

func uninstall(t *testing.T, namespace string) {
	t.Helper()
	helm(t, "uninstall", second, "--namespace", namespace, "--ignore-not-found", "--wait")
}

// Lets the second release own the CRDs, as else its end says nothing about theirs; the first one gets
// them back.
func takeCRDs(t *testing.T, namespace string) {
	t.Helper()
	t.Cleanup(func() { upgrade(t, "limpet", installation, "--take-ownership") })
	upgrade(t, second, namespace, "--set", "crds.enabled=true", "--take-ownership")
}

func waitForSecond(t *testing.T, namespace string) {
	t.Helper()
	waitForRollout(t, namespace, "second-operator")
	waitForRollout(t, namespace, "second-dataplane")
}

// The sticky site, of the second release's class.
func makeSecondSite(t *testing.T, namespace string) {
	t.Helper()
	makeEcho(t, namespace)
	example := file(t, "examples", "session-affinity", "gateway.yaml")
	create(t, namespace, strings.Replace(example, "gatewayClassName: limpet", "gatewayClassName: "+second, 1))
	create(t, namespace, managedCookie)
}

func secretsOf(t *testing.T, namespace string) map[string]map[string][]byte {
	t.Helper()
	found := map[string]map[string][]byte{}
	for _, name := range secondSecrets {
		secret := corev1.Secret{}
		if err := cluster.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, &secret); err != nil {
			t.Fatal(err)
		}
		found[name] = secret.Data
	}
	return found
}

// Fails where the first release's operator has written something.
func mustHaveWrittenNothing(t *testing.T, before numbers) {
	t.Helper()
	risen := operatorNumbers(t).since(before)
	if risen[statusWrites]+risen[infraWrites]+risen[failures] != 0 {
		t.Errorf("the first release's operator wrote: %v", risen)
	}
}

// Waits until what is there differs from before in just this: `+` is there and was not, `-` was.
func waitForDifference(t *testing.T, before map[string]types.UID, expected []string) {
	t.Helper()
	expected = slices.Sorted(slices.Values(expected))
	eventually(t, "nothing else is left", func(context.Context) error {
		if found := difference(before, everything(t)); !slices.Equal(found, expected) {
			return fmt.Errorf("the difference is\n%s\nand not\n%s", strings.Join(found, "\n"), strings.Join(expected, "\n"))
		}
		return nil
	})
}

func difference(before, after map[string]types.UID) []string {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if before[name] != after[name] {
			found = append(found, "+"+name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if after[name] != before[name] {
			found = append(found, "-"+name)
		}
	}
	return found
}

// All objects of the cluster, as `Kind namespace/name`.
func everything(t *testing.T) map[string]types.UID {
	t.Helper()
	found := map[string]types.UID{}
	for _, kind := range listableKinds(t) {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(kind)
		if err := cluster.List(t.Context(), list); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		for _, object := range list.Items {
			found[fmt.Sprintf("%s %s/%s", kind.Kind, object.Namespace, object.Name)] = object.UID
		}
	}
	return found
}

// Events come by themselves, and an IPAddress with its Service.
var uncounted = []string{"Event", "IPAddress"}

func listableKinds(t *testing.T) []schema.GroupVersionKind {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		t.Fatal(err)
	}
	groups, err := discovery.NewDiscoveryClientForConfigOrDie(config).ServerPreferredResources()
	if err != nil {
		t.Fatal(err)
	}
	var found []schema.GroupVersionKind
	groups = discovery.FilteredBy(discovery.SupportsAllVerbs{Verbs: []string{"list", "watch"}}, groups)
	for _, group := range groups {
		version, _ := schema.ParseGroupVersion(group.GroupVersion)
		for _, resource := range group.APIResources {
			if !slices.Contains(uncounted, resource.Kind) {
				found = append(found, version.WithKind(resource.Kind))
			}
		}
	}
	return found
}
