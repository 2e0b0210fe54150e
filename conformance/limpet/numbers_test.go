package limpet

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// What an operator counts of its writes.
const (
	statusWrites = "limpet_operator_status_writes_total"
	infraWrites  = "limpet_operator_infra_writes_total"
	conflicts    = "limpet_operator_write_conflicts_total"
	failures     = "limpet_operator_write_failures_total"
	refusals     = "limpet_operator_refusals_total"
)

// Counters of all operators together, by name.
type numbers map[string]int

func operatorNumbers(t *testing.T) numbers {
	t.Helper()
	found := numbers{}
	eventually(t, "the operators tell what they count", func(ctx context.Context) error {
		clear(found)
		has := appsv1.Deployment{}
		err := cluster.Get(ctx, client.ObjectKey{Namespace: installation, Name: operator}, &has)
		if err != nil {
			return err
		}
		pods, err := podsOf(ctx, &has)
		for _, pod := range pods {
			if err == nil {
				err = found.add(ctx, pod.Status.PodIP)
			}
		}
		return err
	})
	return found
}

// Adds what one pod counts.
func (found numbers) add(ctx context.Context, ip string) error {
	url := fmt.Sprintf("http://%s/metrics", net.JoinHostPort(ip, "9900"))
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := stranger.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if count, err := strconv.Atoi(value); err == nil {
			found[name] += count
		}
	}
	return lines.Err()
}

// How much more they are than before.
func (found numbers) since(before numbers) numbers {
	risen := numbers{}
	for name, value := range found {
		risen[name] = value - before[name]
	}
	return risen
}
