package limpet

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	reviewv1 "k8s.io/api/admission/v1"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Asked as the API server asks, over TLS, with the certificate authority that the operator registered.
func TestWebhookGivesEveryFixtureItsVerdictAndIDs(t *testing.T) {
	t.Parallel()
	asked, url := webhook(t)
	for _, given := range fixtures(t) {
		t.Run(given.name, func(t *testing.T) {
			answer := review(t, asked, url, given)
			if answer.Allowed != given.isValid {
				t.Fatalf("allowed is %t: %+v", answer.Allowed, answer.Result)
			}
			if !given.isValid {
				denies(t, answer.Result, given)
			}
		})
	}
}

func denies(t *testing.T, result *metav1.Status, given fixture) {
	t.Helper()
	if result.Code != 422 || result.Reason != metav1.StatusReasonInvalid {
		t.Errorf("denied with %d %s", result.Code, result.Reason)
	}
	var found []string
	for _, cause := range result.Details.Causes {
		found = append(found, fieldAndID(cause))
	}
	if wanted := given.fieldsAndIDs(); !slices.Equal(found, wanted) {
		t.Errorf("causes are %q, not %q", found, wanted)
	}
	for _, problem := range given.mustGive {
		_, text, _ := strings.Cut(problem, ": ")
		if !strings.Contains(result.Message, text) {
			t.Errorf("%q is not said: %s", text, result.Message)
		}
	}
}

// A client that trusts what the configuration says, and the operator's address.
func webhook(t *testing.T) (*http.Client, string) {
	t.Helper()
	has := admissionv1.ValidatingWebhookConfiguration{}
	service := corev1.Service{}
	err := cluster.Get(t.Context(), client.ObjectKey{Name: "limpet"}, &has)
	if err != nil {
		t.Fatal(err)
	}
	asks := has.Webhooks[0].ClientConfig
	key := client.ObjectKey{Namespace: asks.Service.Namespace, Name: asks.Service.Name}
	if err := cluster.Get(t.Context(), key, &service); err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(asks.CABundle) {
		t.Fatalf("no certificate in caBundle: %q", asks.CABundle)
	}
	name := fmt.Sprintf("%s.%s.svc", key.Name, key.Namespace)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted, ServerName: name}}
	t.Cleanup(transport.CloseIdleConnections)
	url := fmt.Sprintf("https://%s:%d%s", service.Spec.ClusterIP, *asks.Service.Port, *asks.Service.Path)
	return &http.Client{Transport: transport, Timeout: patience}, url
}

func review(t *testing.T, asked *http.Client, url string, given fixture) *reviewv1.AdmissionResponse {
	t.Helper()
	object, err := given.object.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	kind := given.object.GroupVersionKind()
	request := reviewv1.AdmissionReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"},
		Request: &reviewv1.AdmissionRequest{
			UID:       "uid-1",
			Kind:      metav1.GroupVersionKind{Group: kind.Group, Version: kind.Version, Kind: kind.Kind},
			Operation: reviewv1.Create,
			Object:    runtime.RawExtension{Raw: object},
		},
	}
	body, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	response, err := asked.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer := reviewv1.AdmissionReview{}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Response == nil {
		t.Fatalf("HTTP status %d, %v", response.StatusCode, err)
	}
	return answer.Response
}
