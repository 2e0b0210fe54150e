package limpet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// The API server asks the CRD's rules first and the webhook after them, so what reaches the webhook
// has passed the rules already. That the webhook gives all verdicts by itself is webhook_test.go's.
func TestFixturesGetTheirVerdictFromTheAPIServer(t *testing.T) {
	t.Parallel()
	judgeAll(t, ownNamespace(t))
}

// Not parallel: it takes the webhook away from everybody.
func TestFixturesGetTheSameVerdictWithoutTheWebhook(t *testing.T) {
	namespace := ownNamespace(t)
	removeWebhook(t)
	eventually(t, "the API server asks no webhook", func(ctx context.Context) error {
		return isWarned(ctx, namespace, false)
	})
	judgeAll(t, namespace)
}

// What rules cannot refuse is refused by the translator: of a policy that asks for what is reserved,
// the status says so. No invalid fixture is the translator's alone: each is refused by rules.
func TestWhatOnlyTheTranslatorRefusesIsNotAccepted(t *testing.T) {
	t.Parallel()
	namespace := ownNamespace(t)
	makeEcho(t, namespace)
	create(t, namespace, file(t, "examples", "session-affinity", "gateway.yaml"))
	create(t, namespace, strings.Replace(managedCookie, "default:", "override:", 1))
	reserved := policy(namespace, "sticky")
	waitFor(t, reserved, "False", "Accepted", "Programmed")
	if found := condition(reserved, "Accepted"); found.Reason != "OverrideNotSupported" {
		t.Errorf("it says %s: %s", found.Reason, found.Message)
	}
}

func judgeAll(t *testing.T, namespace string) {
	t.Helper()
	for _, given := range fixtures(t) {
		t.Run(given.name, func(t *testing.T) { judge(t, namespace, given) })
	}
}

func judge(t *testing.T, namespace string, given fixture) {
	err := dryRun(t, namespace, given)
	if given.isValid {
		if err != nil {
			t.Errorf("it is valid, and refused: %v", err)
		}
		return
	}
	status := apierrors.APIStatus(nil)
	if !errors.As(err, &status) {
		t.Fatalf("it must be refused for %v, and is not: %v", given.mustGive, err)
	}
	if code := status.Status().Code; code != 422 || !apierrors.IsInvalid(err) {
		t.Errorf("refused with %d: %v", code, err)
	}
	names(t, given, status.Status().Details.Causes)
}

func dryRun(t *testing.T, namespace string, given fixture) error {
	t.Helper()
	object := given.in(namespace)
	if !given.isAboutStatus() {
		return cluster.Create(t.Context(), object, client.DryRunAll)
	}
	// A creation drops the status.
	if err := cluster.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remove(t, object) })
	// Of no version: the operator writes to it too.
	status, err := json.Marshal(map[string]any{"status": given.object.Object["status"]})
	if err != nil {
		t.Fatal(err)
	}
	patch := client.RawPatch(types.MergePatchType, status)
	return cluster.Status().Patch(t.Context(), given.in(namespace), patch, client.DryRunAll)
}

// What the head of a fixture gives no text for, though it is a rule in CEL nearly everywhere.
var bounds = []string{"[field-pattern]", "[field-length]", "[field-range]", "[field-duration]"}

// Every field is named that the head names. Rules in CEL are ours and carry their text; what the
// schema says by itself is told in the API server's words.
func names(t *testing.T, given fixture, causes []metav1.StatusCause) {
	t.Helper()
	// CEL is not asked about an object of the wrong shape.
	isShapeWrong := slices.ContainsFunc(causes, func(cause metav1.StatusCause) bool {
		return strings.Contains(cause.Message, "some validation rules were not checked")
	})
	for _, problem := range given.mustGive {
		field, text, _ := strings.Cut(problem, ": ")
		isGiven := func(cause metav1.StatusCause) bool {
			isText := strings.HasPrefix(text, "[") || strings.Contains(cause.Message, text)
			return cause.Field == field && isText
		}
		isCEL := !strings.HasPrefix(text, "[") || slices.Contains(bounds, text)
		if !slices.ContainsFunc(causes, isGiven) && !(isCEL && isShapeWrong) {
			t.Errorf("nothing says %q:\n%+v", problem, causes)
		}
	}
}

// Only the webhook warns.
func isWarned(ctx context.Context, namespace string, isWanted bool) error {
	heard := &warnings{}
	managed := &unstructured.Unstructured{}
	managed.SetUnstructuredContent(policyWithDiscardedName(namespace))
	asking, err := newClient(heard)
	if err == nil {
		err = asking.Create(ctx, managed, client.DryRunAll)
	}
	if err == nil && (len(heard.texts) > 0) != isWanted {
		err = fmt.Errorf("warnings: %q", heard.texts)
	}
	return err
}

func policyWithDiscardedName(namespace string) map[string]any {
	affinity := map[string]any{"affinityType": "managed-cookie", "cookieName": "mine"}
	object := policy(namespace, "warned")
	object.Object["spec"] = map[string]any{
		"targetRef": map[string]any{"group": "", "kind": "HTTPRoute", "name": "http-route"},
		"default":   map[string]any{"sessionAffinity": affinity},
	}
	return object.Object
}

// Takes the webhook away, and puts it back when the test ends.
func removeWebhook(t *testing.T) {
	t.Helper()
	webhook := &admissionv1.ValidatingWebhookConfiguration{}
	if err := cluster.Get(t.Context(), client.ObjectKey{Name: "limpet"}, webhook); err != nil {
		t.Fatal(err)
	}
	if err := cluster.Delete(t.Context(), webhook); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { restoreWebhook(t, webhook) })
}

func restoreWebhook(t *testing.T, webhook *admissionv1.ValidatingWebhookConfiguration) {
	webhook.ObjectMeta = metav1.ObjectMeta{Name: webhook.Name, Labels: webhook.Labels, Annotations: webhook.Annotations}
	ctx := context.Background()
	if err := cluster.Create(ctx, webhook); err != nil {
		t.Errorf("the webhook is not put back: %v", err)
	}
}
