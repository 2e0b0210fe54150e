package limpet

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
)

// The process of a pod with one container, as it is numbered outside of it: images hold nothing that
// could be run inside.
func processOf(t *testing.T, pod *corev1.Pod) int {
	t.Helper()
	_, container, _ := strings.Cut(pod.Status.ContainerStatuses[0].ContainerID, "://")
	files, _ := filepath.Glob("/proc/[0-9]*/cgroup")
	for _, file := range files {
		groups, _ := os.ReadFile(file)
		if container == "" || !strings.Contains(string(groups), container) {
			continue
		}
		if process, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
			return process
		}
	}
	t.Fatalf("no process of %s is found", pod.Name)
	return 0
}

// Takes a port of a pod's network from it until it is given back.
func takePort(t *testing.T, pod *corev1.Pod, port int) net.Listener {
	t.Helper()
	type result struct {
		listener net.Listener
		err      error
	}
	process, done := processOf(t, pod), make(chan result)
	go func() {
		// Its thread is in another network from now on, and ends with it.
		runtime.LockOSThread()
		listener, err := listenIn(fmt.Sprintf("/proc/%d/ns/net", process), port)
		done <- result{listener, err}
	}()
	found := <-done
	if found.err != nil {
		t.Fatalf("port %d of %s: %v", port, pod.Name, found.err)
	}
	t.Cleanup(func() { _ = found.listener.Close() })
	return found.listener
}

func listenIn(network string, port int) (net.Listener, error) {
	file, err := os.Open(network)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := unix.Setns(int(file.Fd()), unix.CLONE_NEWNET); err != nil {
		return nil, err
	}
	return net.Listen("tcp4", fmt.Sprintf(":%d", port))
}
