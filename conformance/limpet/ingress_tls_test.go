package limpet

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const tlsHost = "tls.limpet.example"

const tlsIngress = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: tls, annotations: {alb.networking.azure.io/alb-ingress-extension: sticky}}
spec:
  ingressClassName: limpet
  tls: [{hosts: [tls.limpet.example], secretName: shown}]
  rules:
    - host: tls.limpet.example
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: echo, port: {number: 80}}}}]}
---
apiVersion: alb.networking.azure.io/v1
kind: IngressExtension
metadata: {name: sticky}
spec: {backendSettings: [{service: echo, sessionAffinity: {affinityType: managed-cookie}}]}
`

func TestAnIngressIsServedOverTLSAndItsPinsAreSecure(t *testing.T) {
	t.Parallel()
	namespace := ownNamespace(t)
	makeEcho(t, namespace)
	trusted := makeSecret(t, namespace, "shown", tlsHost)
	create(t, namespace, tlsIngress)
	address := tlsAddress(t, namespace, "tls")
	visitor := overTLS(address, trusted)
	var first answer
	eventually(t, "a client is pinned over TLS", func(ctx context.Context) (err error) {
		first, err = askHost(ctx, visitor, "")
		if err == nil && first.pin == "" {
			err = fmt.Errorf("it answers %+v", first)
		}
		return err
	})
	if !strings.HasSuffix(first.setCookie, "; Secure") {
		t.Errorf("Set-Cookie: %s", first.setCookie)
	}
	for range followUps {
		next, err := askHost(t.Context(), visitor, first.pin)
		if err != nil || next.pod != first.pod || next.setCookie != "" {
			t.Fatalf("moved from %s to %+v, %v", first.pod, next, err)
		}
	}
}

// Where the Ingress says it is reached over TLS.
func tlsAddress(t *testing.T, namespace, name string) string {
	t.Helper()
	ingress := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	var address string
	eventually(t, "Ingress "+name+" has a port for TLS", func(ctx context.Context) error {
		if err := cluster.Get(ctx, client.ObjectKeyFromObject(ingress), ingress); err != nil {
			return err
		}
		for _, at := range ingress.Status.LoadBalancer.Ingress {
			for _, port := range at.Ports {
				if port.Port == 443 {
					address = net.JoinHostPort(at.IP, "443")
					return nil
				}
			}
		}
		return fmt.Errorf("its status is %+v", ingress.Status)
	})
	return address
}

// A Secret with a certificate for a host; what trusts it.
func makeSecret(t *testing.T, namespace, name, host string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	wanted := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
	}
	signed, signing := x509.CreateCertificate(rand.Reader, wanted, wanted, key.Public(), key)
	private, marshalling := x509.MarshalPKCS8PrivateKey(key)
	if err := errors.Join(err, signing, marshalling); err != nil {
		t.Fatal(err)
	}
	shown := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed})
	secret := &corev1.Secret{Type: corev1.SecretTypeTLS, Data: map[string][]byte{
		corev1.TLSCertKey:       shown,
		corev1.TLSPrivateKeyKey: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
	}}
	secret.Namespace, secret.Name = namespace, name
	if err := cluster.Create(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(shown)
	return trusted
}

// Comes to this address, whatever the host, over a new connection each time.
func overTLS(address string, trusted *x509.CertPool) *http.Client {
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	transport := &http.Transport{
		DialContext: dial, DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: trusted},
	}
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}
}

func askHost(ctx context.Context, visitor *http.Client, pin string) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+tlsHost+"/", nil)
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
