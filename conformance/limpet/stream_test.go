package limpet

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// All that data planes get, private keys among it, goes over this stream.
func TestTheConfigurationStreamIsForDataPlanesOfItsFleetAlone(t *testing.T) {
	t.Parallel()
	ours := pairOf(t, installedSecret(t, dataPlaneTLS), "tls.crt", "tls.key")
	ofAnotherFleet := *ours.Leaf
	ofAnotherFleet.URIs = []*url.URL{{Scheme: "limpet", Host: "fleet", Path: "/another"}}
	ofNoFleet := *ours.Leaf
	ofNoFleet.URIs = nil
	authority := operatorAuthority(t)
	for what, given := range map[string]struct {
		shows *tls.Certificate
		ends  string
	}{
		"a data plane's certificate":            {&ours, "served"},
		"no certificate":                        {nil, "no connection"},
		"a certificate of another authority":    {new(sign(t, ours.Leaf, impostor(t, authority))), "no connection"},
		"a certificate of another fleet":        {new(sign(t, &ofAnotherFleet, authority)), "grpc-status 7"},
		"a certificate that names no fleet":     {new(sign(t, &ofNoFleet, authority)), "grpc-status 16"},
		"the operator's own, as a data plane's": {new(pairOf(t, installedSecret(t, operatorTLS), "tls.crt", "tls.key")), "no connection"},
	} {
		t.Run(what, func(t *testing.T) {
			for _, pod := range installedPods(t, operator) {
				if found := subscribe(t, pod.Status.PodIP+":9443", given.shows); !strings.Contains(found, given.ends) {
					t.Errorf("%s says %q, not %q", pod.Name, found, given.ends)
				}
			}
		})
	}
}

// An authority that looks like another and has a key of its own.
func impostor(t *testing.T, of tls.Certificate) tls.Certificate {
	t.Helper()
	like, key := *of.Leaf, newKey(t)
	like.PublicKey = &key.PublicKey
	return tls.Certificate{Leaf: &like, PrivateKey: key}
}

// What becomes of a subscription of the fleet `default` that shows this certificate: `served` once the
// operator says something.
func subscribe(t *testing.T, address string, shows *tls.Certificate) string {
	t.Helper()
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(installedSecret(t, dataPlaneTLS).Data["ca.crt"])
	config := &tls.Config{RootCAs: trusted, ServerName: operator + "." + installation + ".svc"}
	if shows != nil {
		// Whatever authorities the server names.
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return shows, nil }
	}
	transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	// The stream stays open.
	said, saying := io.Pipe()
	defer saying.Close()
	go func() { _, _ = saying.Write(hello()) }()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		"https://"+address+"/limpet.v1.Configuration/Subscribe", said)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/grpc")
	request.Header.Set("Te", "trailers")
	asking := &http.Client{Transport: transport, Timeout: 20 * time.Second}
	response, err := asking.Do(request)
	if err != nil {
		// With an alert, or a reset where more was written before that was read.
		return "no connection: " + err.Error()
	}
	defer response.Body.Close()
	if status := response.Header.Get("Grpc-Status"); status != "" {
		return "grpc-status " + status
	}
	if _, err := response.Body.Read(make([]byte, 1)); err != nil {
		return "grpc-status " + response.Trailer.Get("Grpc-Status")
	}
	return "served"
}

// A Hello as gRPC frames it: its fields are numbered, and each is a text with its length.
func hello() []byte {
	var fields []byte
	for number, text := range []string{"default", "a-test", "0.1.0"} {
		fields = append(fields, byte(number+1)<<3|2, byte(len(text)))
		fields = append(fields, text...)
	}
	message := append([]byte{1<<3 | 2, byte(len(fields))}, fields...)
	frame := bytes.NewBuffer([]byte{0})
	_ = binary.Write(frame, binary.BigEndian, uint32(len(message)))
	frame.Write(message)
	return frame.Bytes()
}
