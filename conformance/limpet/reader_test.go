package limpet

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Pages with commands for a cluster, in the order in which a reader may follow them.
var nodePages = []string{"README.md", "charts/limpet/README.md", "docs/kubernetes.md"}

// Each page's `sh node` blocks work, and print what the `text node` block after them says. Limpet is as
// before afterwards.
func TestCommandsOfTheDocsWork(t *testing.T) {
	values := strings.TrimSpace(mustRun(t, t.TempDir(), "helm get values limpet -n limpet-system -o yaml"))
	mustRun(t, t.TempDir(), "helm uninstall limpet -n limpet-system --wait")
	t.Cleanup(func() { reinstall(t, values) })
	for _, page := range nodePages {
		t.Run(page, func(t *testing.T) { follow(t, page) })
	}
}

func reinstall(t *testing.T, values string) {
	folder := t.TempDir()
	mustRun(t, folder, "helm uninstall limpet -n limpet-system --wait --ignore-not-found")
	if err := os.WriteFile(filepath.Join(folder, "values.yaml"), []byte(values), 0o600); err != nil {
		t.Fatal(err)
	}
	checkout(t, folder)
	mustRun(t, folder, "helm install limpet charts/limpet -n limpet-system -f values.yaml --wait --timeout 120s")
	// Until the new leader has told the API server whom to trust, no policy is let in.
	sample, err := filepath.Abs(filepath.Join(*root, "examples", "session-affinity", policySample))
	if err != nil {
		t.Fatal(err)
	}
	works(t, folder, "kubectl apply --dry-run=server -n default -f "+sample, "")
}

// Does what a page says, in a folder with the checkout's chart.
func follow(t *testing.T, page string) {
	folder := t.TempDir()
	checkout(t, folder)
	blocks, ran := blocksOf(file(t, page)), 0
	for index, block := range blocks {
		name := fileOf(block)
		switch {
		case block.info == "sh node":
			printed := ""
			if index+1 < len(blocks) && blocks[index+1].info == "text node" {
				printed = blocks[index+1].text
			}
			works(t, folder, block.text, printed)
			ran++
		case name != "":
			path := filepath.Join(folder, name)
			if err := os.WriteFile(path, []byte(block.text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if ran == 0 {
		t.Error("it has no command for a cluster")
	}
}

// Once its output is like the page's, as a cluster needs a moment.
func works(t *testing.T, folder, script, printed string) {
	t.Helper()
	wanted := likeness(printed)
	eventually(t, script, func(ctx context.Context) error {
		said, err := shell(ctx, folder, script)
		if err == nil && printed != "" && !wanted.MatchString(strings.TrimSpace(said)) {
			err = fmt.Errorf("the page says\n%s", printed)
		}
		if err != nil {
			err = fmt.Errorf("%w; it was\n%s", err, said)
		}
		return err
	})
}

// `…` on a page stands for anything.
func likeness(printed string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(strings.TrimSpace(printed))
	return regexp.MustCompile("(?s)^" + strings.ReplaceAll(quoted, "…", ".*") + "$")
}

func checkout(t *testing.T, folder string) {
	t.Helper()
	chart, err := filepath.Abs(filepath.Join(*root, "charts"))
	if err == nil {
		err = os.Symlink(chart, filepath.Join(folder, "charts"))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func mustRun(t *testing.T, folder, script string) string {
	t.Helper()
	said, err := shell(context.Background(), folder, script)
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, said)
	}
	return said
}

func shell(ctx context.Context, folder, script string) (string, error) {
	command := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", "helm() { "+*helmPath+" \"$@\"; }\n"+script)
	command.Dir = folder
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	err := command.Run()
	return said.String(), err
}

// A fenced block of a page: what stands behind its fence, and what is inside.
type fenced struct{ info, text string }

func blocksOf(page string) (blocks []fenced) {
	for index, part := range strings.Split("\n"+page, "\n```") {
		if index%2 == 1 {
			info, text, _ := strings.Cut(part, "\n")
			blocks = append(blocks, fenced{info, text + "\n"})
		}
	}
	return blocks
}

// The file that a block's first line names: `# shop.yaml`.
func fileOf(block fenced) string {
	first, _, _ := strings.Cut(block.text, "\n")
	name, isComment := strings.CutPrefix(first, "# ")
	if isComment && !strings.Contains(name, " ") && strings.HasSuffix(name, "."+block.info) {
		return name
	}
	return ""
}
