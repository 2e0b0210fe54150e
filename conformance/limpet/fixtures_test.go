package limpet

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// A generated manifest, and what its head says.
type fixture struct {
	name    string
	isValid bool
	// `field: text [id]`, or `field: [id]` where the text is left open.
	mustGive []string
	object   *unstructured.Unstructured
}

func fixtures(t *testing.T) []fixture {
	t.Helper()
	var found []fixture
	for _, folder := range []string{"valid", "invalid"} {
		paths, err := filepath.Glob(filepath.Join(*root, "schema", "fixtures", folder, "*.yaml"))
		if err != nil || len(paths) < 10 {
			t.Fatalf("%d %s fixtures, %v", len(paths), folder, err)
		}
		for _, path := range paths {
			name := filepath.Base(path)
			text := file(t, "schema", "fixtures", folder, name)
			found = append(found, fixture{name, folder == "valid", mustGive(text), parse(t, text)})
		}
	}
	return found
}

func mustGive(text string) []string {
	var given []string
	for line := range strings.Lines(text) {
		if problem, isOne := strings.CutPrefix(line, "#   "); isOne {
			given = append(given, strings.TrimSpace(problem))
		}
	}
	return given
}

// A copy to create in this namespace.
func (f fixture) in(namespace string) *unstructured.Unstructured {
	object := f.object.DeepCopy()
	object.SetNamespace(namespace)
	return object
}

// Whether what it has wrong is in its status, which is written by itself.
func (f fixture) isAboutStatus() bool {
	return slices.ContainsFunc(f.mustGive, func(problem string) bool { return strings.HasPrefix(problem, "status.") })
}

// Its head as `field [id]`.
func (f fixture) fieldsAndIDs() []string {
	var found []string
	for _, problem := range f.mustGive {
		field, text, _ := strings.Cut(problem, ": ")
		found = append(found, field+" "+id(text))
	}
	return found
}

// A cause as `field [id]`.
func fieldAndID(cause metav1.StatusCause) string { return cause.Field + " " + id(cause.Message) }

// The `[id]` at the end of a message, or nothing.
func id(message string) string {
	at := strings.LastIndex(message, "[")
	if at < 0 || !strings.HasSuffix(message, "]") {
		return ""
	}
	return message[at:]
}
