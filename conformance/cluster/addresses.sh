# The node's addresses, the same for every node: each has a network of its own.
# shellcheck shell=bash disable=SC2034
NODE_IP=10.89.0.1
POD_CIDR=10.90.0.0/16
SERVICE_CIDR=10.96.0.0/16
# The Service `kubernetes`, the first address of SERVICE_CIDR.
API_IP=10.96.0.1
