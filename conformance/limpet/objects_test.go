package limpet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// Makes a namespace of the test's own, which goes with the test.
func ownNamespace(t *testing.T) string {
	t.Helper()
	return makeNamespace(t, metav1.ObjectMeta{GenerateName: "limpet-own-"})
}

func makeNamespace(t *testing.T, metadata metav1.ObjectMeta) string {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metadata}
	if err := cluster.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remove(t, namespace) })
	return namespace.Name
}

// Deletes an object and waits until it is gone.
func remove(t *testing.T, object client.Object) {
	t.Helper()
	if err := client.IgnoreNotFound(cluster.Delete(context.Background(), object)); err != nil {
		t.Fatalf("%s is not removed: %v", object.GetName(), err)
	}
	eventually(t, object.GetName()+" is gone", func(ctx context.Context) error {
		err := cluster.Get(ctx, client.ObjectKeyFromObject(object), object)
		if err == nil {
			err = errors.New("it is there")
		}
		return client.IgnoreNotFound(err)
	})
}

// A file of the repository.
func file(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{*root}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func parse(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	json, err := yaml.YAMLToJSON([]byte(text))
	object := &unstructured.Unstructured{}
	if err = errors.Join(err, object.UnmarshalJSON(json)); err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	return object
}

// Creates the objects of a manifest in one namespace.
func create(t *testing.T, namespace, manifest string) {
	t.Helper()
	for _, text := range strings.Split(manifest, "\n---\n") {
		object := parse(t, text)
		object.SetNamespace(namespace)
		if err := cluster.Create(t.Context(), object); err != nil {
			t.Fatalf("%s %s: %v", object.GetKind(), object.GetName(), err)
		}
	}
}

// An object to ask for, or to delete.
func named(apiVersion, kind, namespace, name string) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetAPIVersion(apiVersion)
	object.SetKind(kind)
	object.SetNamespace(namespace)
	object.SetName(name)
	return object
}

func policy(namespace, name string) *unstructured.Unstructured {
	return named("alb.networking.azure.io/v1", "RoutePolicy", namespace, name)
}

func extension(namespace, name string) *unstructured.Unstructured {
	return named("alb.networking.azure.io/v1", "IngressExtension", namespace, name)
}

func gateway(namespace, name string) *unstructured.Unstructured {
	return named("gateway.networking.k8s.io/v1", "Gateway", namespace, name)
}

// Waits until each of these conditions has this status, for the object as it is now.
func waitFor(t *testing.T, object *unstructured.Unstructured, status metav1.ConditionStatus, conditions ...string) {
	t.Helper()
	what := fmt.Sprintf("%s %s is %s=%s", object.GetKind(), object.GetName(), strings.Join(conditions, ", "), status)
	eventually(t, what, func(ctx context.Context) error {
		if err := cluster.Get(ctx, client.ObjectKeyFromObject(object), object); err != nil {
			return err
		}
		for _, name := range conditions {
			found := condition(object, name)
			if found == nil || found.Status != status || found.ObservedGeneration != object.GetGeneration() {
				return fmt.Errorf("%s is %+v at generation %d", name, found, object.GetGeneration())
			}
		}
		return nil
	})
}

// Waits until a condition has a reason: others may be said on the way there.
func waitForReason(t *testing.T, object *unstructured.Unstructured, name, reason string) {
	t.Helper()
	what := fmt.Sprintf("%s %s has %s for reason %s", object.GetKind(), object.GetName(), name, reason)
	eventually(t, what, func(ctx context.Context) error {
		if err := cluster.Get(ctx, client.ObjectKeyFromObject(object), object); err != nil {
			return err
		}
		if found := condition(object, name); found == nil || found.Reason != reason {
			return fmt.Errorf("%s is %+v", name, found)
		}
		return nil
	})
}

// A condition of the object itself, or nil.
func condition(object *unstructured.Unstructured, name string) *metav1.Condition {
	var has struct {
		Status struct {
			Conditions []metav1.Condition `json:"conditions"`
		} `json:"status"`
	}
	if runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &has) != nil {
		return nil
	}
	return meta.FindStatusCondition(has.Status.Conditions, name)
}
