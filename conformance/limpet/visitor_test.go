package limpet

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// What came back from an echo pod, or from a gateway that had none.
type answer struct {
	status int
	pod    string
	// `name=value`, where one was set; the line with its attributes.
	pin, setCookie string
	// What the route gave the request, if it does.
	change string
	// What a gateway that had none said about it.
	said string
}

// A header that tells one version of a route from the next.
const changeHeader = "X-Change"

// Comes over a new connection each time, as a stranger would.
var stranger = newVisitor(true)

// Keeps its connections, as a browser would.
func newVisitor(leaves bool) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	transport := &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: leaves}
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}
}

func ask(ctx context.Context, visitor *http.Client, address, pin string) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/", nil)
	if err != nil {
		return answer{}, err
	}
	if pin != "" {
		request.Header.Set("Cookie", pin)
	}
	response, err := visitor.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	return read(response)
}

func read(response *http.Response) (answer, error) {
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, err
	}
	found := answer{status: response.StatusCode, setCookie: response.Header.Get("Set-Cookie")}
	for _, cookie := range response.Cookies() {
		found.pin = cookie.Name + "=" + cookie.Value
	}
	var echo struct {
		Pod     string
		Headers http.Header
	}
	if response.StatusCode == http.StatusOK {
		err = json.Unmarshal(body, &echo)
	} else {
		found.said = strings.TrimSpace(string(body))
	}
	found.pod, found.change = echo.Pod, echo.Headers.Get(changeHeader)
	return found, err
}

// Fails unless the gateway serves.
func mustAsk(t *testing.T, address, pin string) answer {
	t.Helper()
	found, err := ask(t.Context(), stranger, address, pin)
	if err != nil || found.status != http.StatusOK || found.pod == "" {
		t.Fatalf("%s: %+v, %v", address, found, err)
	}
	return found
}

// Waits for the first answer that sets a cookie.
func firstPin(t *testing.T, address string) answer {
	t.Helper()
	var found answer
	eventually(t, address+" sets a cookie", func(ctx context.Context) (err error) {
		found, err = ask(ctx, stranger, address, "")
		if err == nil && found.pin == "" {
			err = fmt.Errorf("it answers %+v", found)
		}
		return err
	})
	return found
}

// A client stays: on this pod, with the cookie that it has, over as many new connections.
func mustStay(t *testing.T, address string, first answer, times int) {
	t.Helper()
	for range times {
		if next := mustAsk(t, address, first.pin); next.pod != first.pod || next.setCookie != "" {
			t.Fatalf("moved from %s to %s, Set-Cookie %q", first.pod, next.pod, next.setCookie)
		}
	}
}
