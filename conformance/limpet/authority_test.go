package limpet

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	operatorTLS  = "limpet-operator-tls"
	dataPlaneTLS = "limpet-dataplane-tls"
	affinityKeys = "limpet-affinity-keys"
)

// A Secret of the installation, as it is now.
func installedSecret(t *testing.T, name string) *corev1.Secret {
	t.Helper()
	found := &corev1.Secret{}
	if err := cluster.Get(t.Context(), client.ObjectKey{Namespace: installation, Name: name}, found); err != nil {
		t.Fatal(err)
	}
	return found
}

func changeSecret(t *testing.T, name string, change func(*corev1.Secret)) {
	t.Helper()
	changed := installedSecret(t, name)
	before := changed.DeepCopy()
	change(changed)
	if err := cluster.Patch(context.Background(), changed, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
}

// The authority that the operator signs with, and its key.
func operatorAuthority(t *testing.T) tls.Certificate {
	t.Helper()
	return pairOf(t, installedSecret(t, operatorTLS), "ca.crt", "ca.key")
}

// The first certificate of one field, with the key of another.
func pairOf(t *testing.T, from *corev1.Secret, certificate, key string) tls.Certificate {
	t.Helper()
	pair, err := tls.X509KeyPair(from.Data[certificate], from.Data[key])
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// A certificate like another but for its key.
func sign(t *testing.T, wanted *x509.Certificate, by tls.Certificate) tls.Certificate {
	t.Helper()
	like, key := *wanted, newKey(t)
	like.SerialNumber = big.NewInt(time.Now().UnixNano())
	signed, err := x509.CreateCertificate(rand.Reader, &like, by.Leaf, &key.PublicKey, by.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{signed}, PrivateKey: key}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// The same, as if it had been made so many days earlier.
func earlier(certificate *x509.Certificate, days int) *x509.Certificate {
	aged := *certificate
	aged.NotBefore = aged.NotBefore.AddDate(0, 0, -days)
	aged.NotAfter = aged.NotAfter.AddDate(0, 0, -days)
	return &aged
}

func certificatePEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func keyPEM(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func certificatesIn(text []byte) int { return bytes.Count(text, []byte("BEGIN CERTIFICATE")) }
