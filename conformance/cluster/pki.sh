#!/usr/bin/env bash
# Makes a node's certificates and the administrator's kubeconfig in CLUSTER_DIR.
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/addresses.sh"
mkdir -p "$CLUSTER_DIR/pki"
cd "$CLUSTER_DIR/pki"

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }

authority() {
  key ca.key
  openssl req -x509 -key ca.key -days 3650 -out ca.crt -subj /CN=cluster-ca
}

issue() { # NAME SUBJECT EXTENSIONS
  key "$1.key"
  openssl req -new -key "$1.key" -subj "$2" |
    openssl x509 -req -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -out "$1.crt" -extfile <(printf '%s\n' "$3") 2>/dev/null
}

# Signs the tokens of service accounts.
service_accounts() {
  openssl genrsa -out sa.key 2048 2>/dev/null
  openssl rsa -in sa.key -pubout -out sa.pub 2>/dev/null
}

kubeconfig() {
  cat <<YAML
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://$NODE_IP:6443", certificate-authority: $PWD/ca.crt}}]
users: [{name: admin, user: {client-certificate: $PWD/admin.crt, client-key: $PWD/admin.key}}]
contexts: [{name: c, context: {cluster: c, user: admin}}]
current-context: c
YAML
}

authority
service_accounts
issue apiserver /CN=kube-apiserver "subjectAltName=DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,IP:$API_IP,IP:$NODE_IP
extendedKeyUsage=serverAuth"
issue admin /O=system:masters/CN=admin extendedKeyUsage=clientAuth
issue kubelet /O=system:nodes/CN=node "subjectAltName=DNS:node,IP:$NODE_IP
extendedKeyUsage=serverAuth,clientAuth"
kubeconfig >"$CLUSTER_DIR/kubeconfig"
