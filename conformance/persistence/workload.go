package persistence

import (
	"context"
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/gateway-api/conformance/utils/suite"
)

// A Deployment of one test alone, whose pods may come and go.
type workload struct {
	suite *suite.ConformanceTestSuite
	name  types.NamespacedName
}

// Waits until its pods are there.
func newWorkload(t *testing.T, of *suite.ConformanceTestSuite, name string) *workload {
	t.Helper()
	found := &workload{of, infra(name)}
	found.mustBeReady(t)
	return found
}

func (w *workload) mustBeReady(t *testing.T) {
	t.Helper()
	within(t, w.suite, w.suite.TimeoutConfig.NamespacesMustBeReady, w.name.Name+" is ready", w.isReady)
}

// An error unless all its pods are Ready, of its newest template, and no other of them is left.
func (w *workload) isReady(ctx context.Context) error {
	has := appsv1.Deployment{}
	if err := w.suite.Client.Get(ctx, w.name, &has); err != nil {
		return err
	}
	pods, err := w.pods(ctx)
	wanted, status := *has.Spec.Replicas, has.Status
	if err == nil && (status.ObservedGeneration < has.Generation || status.UpdatedReplicas != wanted ||
		status.AvailableReplicas != wanted || len(pods) != int(wanted)) {
		err = fmt.Errorf("%d replicas wanted, %d pods there, status %+v", wanted, len(pods), status)
	}
	return err
}

// The names of all its pods, ending ones too.
func (w *workload) pods(ctx context.Context) (map[string]bool, error) {
	listed := corev1.PodList{}
	labels := client.MatchingLabels{"app": w.name.Name}
	err := w.suite.Client.List(ctx, &listed, client.InNamespace(w.name.Namespace), labels)
	found := map[string]bool{}
	for _, pod := range listed.Items {
		found[pod.Name] = true
	}
	return found, err
}

func (w *workload) mustHavePods(t *testing.T) map[string]bool {
	t.Helper()
	found, err := w.pods(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (w *workload) scale(t *testing.T, replicas int) {
	t.Helper()
	w.patch(t, fmt.Sprintf(`{"spec": {"replicas": %d}}`, replicas))
	w.mustBeReady(t)
}

// Begins a rolling update.
func (w *workload) restart(t *testing.T) {
	t.Helper()
	w.patch(t, `{"spec": {"template": {"metadata": {"annotations": {"restarted": "yes"}}}}}`)
}

func (w *workload) patch(t *testing.T, merge string) {
	t.Helper()
	has := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: w.name.Namespace, Name: w.name.Name}}
	patch := client.RawPatch(types.MergePatchType, []byte(merge))
	if err := w.suite.Client.Patch(t.Context(), has, patch); err != nil {
		t.Fatal(err)
	}
}

func (w *workload) deletePod(t *testing.T, name string) {
	t.Helper()
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: w.name.Namespace, Name: name}}
	if err := w.suite.Client.Delete(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
}
