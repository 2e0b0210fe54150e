package limpet

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// The operator reads its Secrets every 30 seconds, but sees each change at once.
const seenMax = 10 * time.Second

func soon(t *testing.T, what string, try func(ctx context.Context) error) {
	t.Helper()
	since := time.Now()
	eventually(t, what, try)
	if took := time.Since(since); took > seenMax {
		t.Errorf("%s: only after %s", what, took)
	}
}

// Certificates and keys last for months. Here they are made older than they are, one step after the other,
// and the operator does what it would do then. Neither is parallel: they are everybody's.

// A pin outlives one rotation: a key is dropped as the second one after it comes, 400 days later, and no
// session lasts longer. So each rotation has clients of its own.
func TestTwoRotationsOfTheAffinityKeysMoveNobody(t *testing.T) {
	namespace := ownNamespace(t)
	address := makeStickySite(t, namespace)
	for rotation := range 2 {
		steadily(t, address, func() {
			sealing, before := keysNow(t)
			ageKeys(t, 401)
			published := untilKeys(t, func(first, second string) bool { return first == sealing && second != before })
			ageKeys(t, 2)
			untilKeys(t, func(first, second string) bool { return first == published && second == sealing })
			changeRoute(t, namespace, address, fmt.Sprint(rotation))
			untilPinsAreOf(t, address, keyID(published))
			// Pins of the new key, beside those of the one before.
			mustAllStay(t, address, clientsOf(t, address, 3))
		})
	}
}

func ageKeys(t *testing.T, days int) {
	t.Helper()
	changeSecret(t, affinityKeys, func(keys *corev1.Secret) {
		then := time.Now().AddDate(0, 0, -days).UTC().Format(time.RFC3339)
		keys.Annotations["limpet.dev/rotated-at"] = then
	})
}

// The key that seals, and the other, each behind its id, which is no secret.
func keysNow(t *testing.T) (first, second string) {
	t.Helper()
	lines := strings.Split(string(installedSecret(t, affinityKeys).Data["affinity.key"])+"\n", "\n")
	return lines[0], lines[1]
}

// Waits for the keys; the second of them.
func untilKeys(t *testing.T, are func(first, second string) bool) string {
	t.Helper()
	var second string
	soon(t, "the keys are renewed", func(context.Context) error {
		first, other := keysNow(t)
		if second = other; !are(first, other) {
			return fmt.Errorf("there are key %s and key %s", keyID(first), keyID(other))
		}
		return nil
	})
	return second
}

func keyID(key string) string {
	id, _, _ := strings.Cut(key, " ")
	return id
}

// Waits until a new pin is sealed with the key of this id, which its first byte tells.
func untilPinsAreOf(t *testing.T, address, key string) {
	t.Helper()
	eventually(t, "pins are sealed with key "+key, func(ctx context.Context) error {
		found, err := ask(ctx, stranger, address, "")
		if err != nil {
			return err
		}
		_, pin, _ := strings.Cut(found.pin, "=")
		sealed, err := base64.RawURLEncoding.DecodeString(pin[:min(len(pin), 4)])
		if err == nil && (len(sealed) == 0 || fmt.Sprint(sealed[0]&0x0f) != key) {
			err = fmt.Errorf("%x", sealed)
		}
		return err
	})
}

func TestRenewalsOfCertificatesAreNotNoticed(t *testing.T) {
	namespace := ownNamespace(t)
	address := makeStickySite(t, namespace)
	steadily(t, address, func() {
		for range 2 {
			ageLeaves(t, 61)
			untilRenewed(t, namespace, "leaves are signed", func(operator, dataPlane *corev1.Secret) bool {
				return isOfThisWeek(t, operator) && isOfThisWeek(t, dataPlane)
			})
		}
		ageAuthority(t, 250)
		untilRenewed(t, namespace, "a second authority is trusted", func(operator, dataPlane *corev1.Secret) bool {
			return certificatesIn(operator.Data["ca.crt"]) == 2 && certificatesIn(dataPlane.Data["ca.crt"]) == 2
		})
		ageAuthority(t, 3)
		untilRenewed(t, namespace, "it signs", func(operator, dataPlane *corev1.Secret) bool {
			return isSignedByTheNewest(t, operator) && isSignedByTheNewest(t, dataPlane)
		})
		untilDataPlanesHave(t, installedSecret(t, dataPlaneTLS))
		// They come to the other, with new handshakes.
		if err := cluster.Delete(t.Context(), leader(t), client.GracePeriodSeconds(0)); err != nil {
			t.Fatal(err)
		}
		changeAndWait(t, namespace, address, time.Now())
		ageAuthority(t, 90)
		untilRenewed(t, namespace, "the old one is dropped", func(operator, dataPlane *corev1.Secret) bool {
			return certificatesIn(operator.Data["ca.crt"]) == 1 && certificatesIn(dataPlane.Data["ca.crt"]) == 1
		})
	})
}

func ageLeaves(t *testing.T, days int) {
	t.Helper()
	authority := operatorAuthority(t)
	for _, name := range []string{dataPlaneTLS, operatorTLS} {
		leaf := pairOf(t, installedSecret(t, name), "tls.crt", "tls.key").Leaf
		aged := sign(t, earlier(leaf, days), authority)
		changeSecret(t, name, func(found *corev1.Secret) {
			found.Data["tls.crt"] = certificatePEM(aged.Certificate[0])
			found.Data["tls.key"] = keyPEM(t, aged.PrivateKey)
		})
	}
}

// The newest authority, which keeps its key: what it signed is as good as before.
func ageAuthority(t *testing.T, days int) {
	t.Helper()
	authority := operatorAuthority(t)
	aged := earlier(authority.Leaf, days)
	aged.SerialNumber = big.NewInt(time.Now().UnixNano())
	signed, err := x509.CreateCertificate(rand.Reader, aged, aged, authority.Leaf.PublicKey, authority.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	changeSecret(t, operatorTLS, func(found *corev1.Secret) {
		newest := certificatePEM(authority.Certificate[0])
		found.Data["ca.crt"] = bytes.Replace(found.Data["ca.crt"], newest, certificatePEM(signed), 1)
	})
}

func isOfThisWeek(t *testing.T, found *corev1.Secret) bool {
	leaf := pairOf(t, found, "tls.crt", "tls.key").Leaf
	return time.Since(leaf.NotBefore) < 7*24*time.Hour
}

func isSignedByTheNewest(t *testing.T, found *corev1.Secret) bool {
	leaf := pairOf(t, found, "tls.crt", "tls.key").Leaf
	newest := operatorAuthority(t).Leaf
	return bytes.Equal(leaf.RawIssuer, newest.RawSubject)
}

// Waits until the operator has done it. The webhook is asked all the while.
func untilRenewed(t *testing.T, namespace, what string, is func(operator, dataPlane *corev1.Secret) bool) {
	t.Helper()
	soon(t, what, func(context.Context) error {
		if err := isWarned(context.Background(), namespace, true); err != nil {
			t.Fatalf("the webhook: %v", err)
		}
		if !is(installedSecret(t, operatorTLS), installedSecret(t, dataPlaneTLS)) {
			return errors.New("not yet")
		}
		return nil
	})
}

// The kubelet brings it to them in its time.
func untilDataPlanesHave(t *testing.T, wanted *corev1.Secret) {
	t.Helper()
	for _, pod := range installedPods(t, dataPlane) {
		folder := fmt.Sprintf("/proc/%d/root/etc/limpet/tls/", processOf(t, &pod))
		eventually(t, pod.Name+" has the new certificates", func(context.Context) error {
			for name, content := range wanted.Data {
				if there, err := os.ReadFile(folder + name); err != nil || !bytes.Equal(there, content) {
					return fmt.Errorf("%s: not yet, %v", name, err)
				}
			}
			return nil
		})
	}
}
