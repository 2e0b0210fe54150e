package persistence

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	conformancehttp "sigs.k8s.io/gateway-api/conformance/utils/http"
	"sigs.k8s.io/gateway-api/conformance/utils/roundtripper"
)

// A client as GEP-1619 plans its tests: over a new connection each time, with the cookies it was given.
type visitor struct {
	site *site
	jar  http.CookieJar
}

// What came back from a pod.
type answer struct {
	pod string
	// Those that the answer sets.
	cookies []*http.Cookie
	// As the pod got them.
	headers http.Header
}

func (s *site) stranger() *visitor {
	// It fails only on options.
	jar, _ := cookiejar.New(nil)
	return &visitor{s, jar}
}

// Asks with its cookies, and with these headers in their place where they have the same name. What no
// pod answered with 200 is an error.
func (v *visitor) ask(t *testing.T, path string, headers map[string]string) (answer, error) {
	t.Helper()
	asked, replied, err := v.site.suite.RoundTripper.CaptureRoundTrip(v.request(t, path, headers))
	if err != nil {
		return answer{}, err
	}
	response := http.Response{Header: replied.Headers}
	found := answer{asked.Pod, response.Cookies(), asked.Headers}
	v.jar.SetCookies(v.page(path), found.cookies)
	if replied.StatusCode != http.StatusOK || found.pod == "" {
		err = fmt.Errorf("GET %s: %d of pod %q", path, replied.StatusCode, found.pod)
	}
	return found, err
}

func (v *visitor) request(t *testing.T, path string, headers map[string]string) roundtripper.Request {
	request := roundtripper.Request{
		T:        t,
		URL:      url.URL{Scheme: "http", Host: conformancehttp.CalculateHost(t, v.site.address, "http"), Path: path},
		Host:     v.site.host,
		Protocol: "HTTP",
		Method:   http.MethodGet,
		Headers:  map[string][]string{},
	}
	if kept := v.cookieHeader(path); kept != "" {
		request.Headers["Cookie"] = []string{kept}
	}
	for name, value := range headers {
		request.Headers[name] = []string{value}
	}
	return request
}

func (v *visitor) cookieHeader(path string) string {
	var pairs []string
	for _, cookie := range v.jar.Cookies(v.page(path)) {
		pairs = append(pairs, pair(cookie))
	}
	return strings.Join(pairs, "; ")
}

func pair(cookie *http.Cookie) string { return cookie.Name + "=" + cookie.Value }

// As if asked over TLS: a cookie that is Secure counts, though the tests ask in the clear.
func (v *visitor) page(path string) *url.URL {
	return &url.URL{Scheme: "https", Host: v.site.host, Path: path}
}
