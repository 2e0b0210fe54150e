package persistence

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// How often a client asks that must stay; GEP-1619 wants 50.
const followUps = 50

// A visitor that was given a session, and where it is.
type session struct {
	*visitor
	path, pod string
	// Those that it began with.
	cookies []*http.Cookie
	// How often it has met another pod since.
	moves int
}

// A stranger asks, and must be given a cookie.
func (s *site) begin(t *testing.T, path string) (*session, error) {
	t.Helper()
	return s.stranger().begin(t, path, nil)
}

// Asks, with these headers, and must be given a cookie.
func (v *visitor) begin(t *testing.T, path string, headers map[string]string) (*session, error) {
	t.Helper()
	found, err := v.ask(t, path, headers)
	if err == nil && len(found.cookies) == 0 {
		err = fmt.Errorf("GET %s: pod %s answers and no cookie is set", path, found.pod)
	}
	return &session{visitor: v, path: path, pod: found.pod, cookies: found.cookies}, err
}

func (s *site) mustBegin(t *testing.T, path string) *session {
	t.Helper()
	found, err := s.begin(t, path)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// So many sessions, on all of so many pods: fewer would not tell a session from a load balancer that
// always chooses the same.
func (s *site) sessions(t *testing.T, path string, count, pods int) []*session {
	t.Helper()
	var found []*session
	s.eventually(t, fmt.Sprintf("strangers at %s meet %d pods", path, pods), func(context.Context) (err error) {
		// Anew each time: a gateway may hear of a pod after its first strangers.
		found, err = s.strangers(t, path, count)
		if met := len(onePerPod(found)); err == nil && met < pods {
			err = fmt.Errorf("%d met %d", len(found), met)
		}
		return err
	})
	return found
}

func (s *site) strangers(t *testing.T, path string, count int) ([]*session, error) {
	t.Helper()
	var found []*session
	for range count {
		next, err := s.begin(t, path)
		if err != nil {
			return nil, err
		}
		found = append(found, next)
	}
	return found, nil
}

// Asks once more, and notes where it is then.
func (s *session) again(t *testing.T) (answer, error) {
	t.Helper()
	found, err := s.ask(t, s.path, nil)
	if err == nil && found.pod != s.pod {
		s.pod = found.pod
		s.moves++
	}
	return found, err
}

// A client stays on its pod, whatever its cookies become meanwhile.
func (s *session) mustHold(t *testing.T, times int) {
	t.Helper()
	at := s.pod
	for turn := range times {
		if _, err := s.again(t); err != nil {
			t.Fatal(err)
		}
		if s.pod != at {
			t.Fatalf("GET %s: moved from %s to %s with request %d of its session", s.path, at, s.pod, turn+1)
		}
	}
}

func mustAllHold(t *testing.T, clients []*session, times int) {
	t.Helper()
	for _, client := range clients {
		client.mustHold(t, times)
	}
}

// One of the sessions for each pod that they are on.
func onePerPod(clients []*session) []*session {
	var found []*session
	met := map[string]bool{}
	for _, client := range clients {
		if !met[client.pod] {
			found, met[client.pod] = append(found, client), true
		}
	}
	return found
}

// The Deployment of a pod.
func backend(pod string) string {
	parts := strings.Split(pod, "-")
	return strings.Join(parts[:max(len(parts)-2, 0)], "-")
}
