#!/usr/bin/env bash
# The first process inside a node's namespaces: makes the network, writes the components'
# configuration and keeps them running. `cluster up` starts it, with CLUSTER_DIR and BIN set.
set -euo pipefail
HERE=$(dirname "$(readlink -f "$0")")
. "$HERE/addresses.sh"
PKI=$CLUSTER_DIR/pki
KUBECONFIG=$CLUSTER_DIR/kubeconfig

# Hides from the machine what the components write to places that no option moves.
hide_machine() {
  mount --make-rshared /
  mkdir -p /var/lib/cni
  local dir
  for dir in /run /var/log /var/lib/cni; do mount -t tmpfs node "$dir"; done
}

# The kubelet sets these, which no namespace keeps apart: it is given files in their place.
hide_sysctls() {
  local name fake
  mkdir -p "$CLUSTER_DIR/sysctl"
  for name in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_max{keys,bytes}; do
    fake=$CLUSTER_DIR/sysctl/${name//\//.}
    cat "/proc/sys/$name" >"$fake"
    mount --bind "$fake" "/proc/sys/$name"
  done
}

# A bridge with one port stands for the machine's network card; nothing leads out of it.
network() {
  ip link set lo up
  ip link add node0 type bridge
  ip link add port0 type veth peer name port1
  ip link set port0 master node0
  ip link set port0 up
  ip link set port1 up
  ip link set node0 up
  ip addr add "$NODE_IP/24" dev node0
  ip route add default dev node0
  sysctl -qw net.ipv4.ip_forward=1
}

# Containers cannot lie on an overlay when the state's own file system is one.
snapshotter() { if [ "$(stat -f -c %T "$CLUSTER_DIR")" = overlayfs ]; then echo native; else echo overlayfs; fi; }

pod_network() {
  cat <<JSON
{"cniVersion":"1.0.0","name":"pods","plugins":[
 {"type":"bridge","bridge":"pods0","isGateway":true,"ipMasq":false,"hairpinMode":true,
  "ipam":{"type":"host-local","ranges":[[{"subnet":"$POD_CIDR"}]],"dataDir":"$CLUSTER_DIR/cni-ipam","routes":[{"dst":"0.0.0.0/0"}]}},
 {"type":"loopback"}]}
JSON
}

# Without restrict_oom_score_adj every sandbox dies where this process may not lower its own score.
containerd_config() {
  cat <<TOML
version = 2
root = "$CLUSTER_DIR/containerd/root"
state = "$CLUSTER_DIR/containerd/state"
[grpc]
  address = "$CLUSTER_DIR/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$CLUSTER_DIR/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.k8s.io/pause:3.10"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$CLUSTER_DIR/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "$(snapshotter)"
TOML
}

# Rates are far above the defaults: tests make and end pods by the dozen.
kubelet_config() {
  cat <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: false}, webhook: {enabled: false}, x509: {clientCAFile: $PKI/ca.crt}}
authorization: {mode: AlwaysAllow}
tlsCertFile: $PKI/kubelet.crt
tlsPrivateKeyFile: $PKI/kubelet.key
containerRuntimeEndpoint: unix://$CLUSTER_DIR/containerd.sock
podLogsDir: $CLUSTER_DIR/log/pods
cgroupDriver: cgroupfs
cgroupsPerQOS: false
enforceNodeAllocatable: []
failCgroupV1: false
failSwapOn: false
maxPods: 500
podPidsLimit: -1
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: "100Mi", nodefs.available: "1%", imagefs.available: "1%"}
registryPullQPS: 100
registryBurst: 200
eventRecordQPS: 100
kubeAPIQPS: 200
kubeAPIBurst: 400
syncFrequency: 10s
nodeStatusUpdateFrequency: 5s
resolvConf: ""
makeIPTablesUtilChains: false
YAML
}

proxy_config() {
  cat <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: $KUBECONFIG, qps: 200, burst: 400}
mode: nftables
clusterCIDR: $POD_CIDR
hostnameOverride: node
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
nftables: {minSyncPeriod: 50ms, masqueradeAll: false}
YAML
}

write_configs() {
  mkdir -p "$CLUSTER_DIR"/{cni,containerd}
  pod_network >"$CLUSTER_DIR/cni/10-bridge.conflist"
  containerd_config >"$CLUSTER_DIR/containerd.toml"
  kubelet_config >"$CLUSTER_DIR/kubelet.yaml"
  proxy_config >"$CLUSTER_DIR/kube-proxy.yaml"
}

# Keeps a component running until the node ends.
start() { # NAME CMD…
  local name=$1
  shift
  while :; do
    "$@" &
    echo $! >"$CLUSTER_DIR/run/$name.pid"
    wait $! || true
    echo "node.sh: $name ended and is started again"
    sleep 0.2
  done >>"$CLUSTER_DIR/log/$name.log" 2>&1 </dev/null &
}

component() { # NAME FLAGS…
  start "$1" "$BIN/node" "$@"
}

# In memory only, so to say: the node does not outlive its machine.
etcd() {
  component etcd --data-dir "$CLUSTER_DIR/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380
}

api_server() {
  component kube-apiserver --etcd-servers=http://127.0.0.1:2379 \
    --advertise-address=$NODE_IP --bind-address=0.0.0.0 --secure-port=6443 --service-cluster-ip-range=$SERVICE_CIDR \
    --tls-cert-file="$PKI/apiserver.crt" --tls-private-key-file="$PKI/apiserver.key" --client-ca-file="$PKI/ca.crt" \
    --service-account-issuer=https://kubernetes.default.svc \
    --service-account-key-file="$PKI/sa.pub" --service-account-signing-key-file="$PKI/sa.key" \
    --authorization-mode=Node,RBAC --allow-privileged=true \
    --kubelet-client-certificate="$PKI/admin.crt" --kubelet-client-key="$PKI/admin.key" \
    --kubelet-certificate-authority="$PKI/ca.crt" --kubelet-preferred-address-types=InternalIP
}

controllers() {
  component kube-controller-manager --kubeconfig="$KUBECONFIG" --leader-elect=false --use-service-account-credentials=true \
    --service-account-private-key-file="$PKI/sa.key" --root-ca-file="$PKI/ca.crt" \
    --cluster-signing-cert-file="$PKI/ca.crt" --cluster-signing-key-file="$PKI/ca.key" \
    --concurrent-deployment-syncs=10 --concurrent-replicaset-syncs=10 --concurrent-service-endpoint-syncs=10 \
    --kube-api-qps=200 --kube-api-burst=400
}

kubelet() {
  component kubelet --config="$CLUSTER_DIR/kubelet.yaml" --kubeconfig="$KUBECONFIG" --hostname-override=node \
    --node-ip=$NODE_IP --root-dir="$CLUSTER_DIR/kubelet" --cert-dir="$PKI"
}

hide_machine
hide_sysctls
network
write_configs
start containerd containerd --config "$CLUSTER_DIR/containerd.toml"
etcd
api_server
until "$BIN/kubectl" --kubeconfig "$KUBECONFIG" get --raw /readyz >/dev/null 2>&1; do sleep 0.2; done
controllers
component kube-scheduler --kubeconfig="$KUBECONFIG" --leader-elect=false --kube-api-qps=200 --kube-api-burst=400
kubelet
component kube-proxy --config="$CLUSTER_DIR/kube-proxy.yaml"
wait
