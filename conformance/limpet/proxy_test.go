package limpet

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Stands between the operator and the API server, and cuts a pod off after one of its writes: the API
// server does it, the pod never hears of it, and is heard no more.
type proxy struct {
	address string
	forward *httputil.ReverseProxy

	lock   sync.Mutex
	writes int
	// The write to cut after; 0: none.
	cutAfter int
	// Pods by address that are cut off.
	silent map[string]bool
	cut    chan struct{}
}

// Begins to forward, on an address of the node.
func startProxy(t *testing.T) *proxy {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		t.Fatal(err)
	}
	server, err := url.Parse(config.Host)
	if err != nil {
		t.Fatal(err)
	}
	found := &proxy{forward: httputil.NewSingleHostReverseProxy(server), silent: map[string]bool{}}
	found.forward.Transport = toServer(t, config)
	found.forward.FlushInterval = -1
	found.forward.ModifyResponse = found.answered
	// A pod that is gone breaks off its watches.
	found.forward.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	listener, err := tls.Listen("tcp", server.Hostname()+":0", &tls.Config{
		Certificates: []tls.Certificate{certificateFor(t, server.Hostname())},
	})
	if err != nil {
		t.Fatal(err)
	}
	found.address = listener.Addr().String()
	serving := &http.Server{Handler: found, ReadHeaderTimeout: patience}
	go func() { _ = serving.Serve(listener) }()
	t.Cleanup(func() { _ = serving.Close() })
	return found
}

// Pods say themselves who they are.
func toServer(t *testing.T, config *rest.Config) *http.Transport {
	t.Helper()
	trusted := x509.NewCertPool()
	authority, err := os.ReadFile(config.CAFile)
	if err != nil || !trusted.AppendCertsFromPEM(authority) {
		t.Fatalf("no authority in %s: %v", config.CAFile, err)
	}
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}, ForceAttemptHTTP2: true}
}

// By the cluster's authority, which pods trust.
func certificateFor(t *testing.T, address string) tls.Certificate {
	t.Helper()
	folder := filepath.Join(os.Getenv("CLUSTER_DIR"), "pki")
	authority, err := tls.LoadX509KeyPair(filepath.Join(folder, "ca.crt"), filepath.Join(folder, "ca.key"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	wanted := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		NotBefore:    time.Now().Add(-time.Minute),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.ParseIP(address)},
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	signed, err := x509.CreateCertificate(rand.Reader, wanted, authority.Leaf, &key.PublicKey, authority.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{signed}, PrivateKey: key}
}

// Counts from here; the channel is closed once a pod is cut off.
func (p *proxy) arm(cutAfter int) <-chan struct{} {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.writes, p.cutAfter, p.cut = 0, cutAfter, make(chan struct{})
	return p.cut
}

func (p *proxy) count() int {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.writes
}

func (p *proxy) ServeHTTP(to http.ResponseWriter, request *http.Request) {
	if p.isSilent(request) {
		hang(request.Context())
	}
	p.forward.ServeHTTP(to, request)
}

func (p *proxy) isSilent(request *http.Request) bool {
	pod, _, _ := net.SplitHostPort(request.RemoteAddr)
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.silent[pod]
}

// Until whoever asks is gone.
func hang(ctx context.Context) {
	<-ctx.Done()
	panic(http.ErrAbortHandler)
}

// Forwards the API server's answer, unless it is the one to cut after.
func (p *proxy) answered(response *http.Response) error {
	if isWrite(response.Request) && p.cutsNow(response.Request) {
		response.Body.Close()
		hang(response.Request.Context())
	}
	return nil
}

// Leases are renewed all the time and tell nothing.
func isWrite(request *http.Request) bool {
	return request.Method != http.MethodGet && !strings.Contains(request.URL.Path, "/leases")
}

func (p *proxy) cutsNow(request *http.Request) bool {
	pod, _, _ := net.SplitHostPort(request.RemoteAddr)
	p.lock.Lock()
	defer p.lock.Unlock()
	p.writes++
	if p.writes != p.cutAfter {
		return false
	}
	p.silent[pod] = true
	close(p.cut)
	return true
}
