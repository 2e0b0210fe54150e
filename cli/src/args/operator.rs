//! The flags of `limpet operator`. The chart sets them.

use std::net::{IpAddr, SocketAddr};

use clap::ValueEnum;

use super::LogArgs;
use super::dataplane::listening;

/// What `operator` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Runs in a cluster, as the chart installs it: `helm install limpet charts/limpet`. \
Outside, it uses the current context of the kubeconfig."
)]
pub struct OperatorArgs {
    /// Namespace of the release
    #[arg(long, env = "LIMPET_NAMESPACE", default_value = "limpet-system")]
    pub namespace: String,
    /// Name of the release; the names of its Services, Secrets and Lease begin with it
    #[arg(long, env = "LIMPET_RELEASE", default_value = "limpet")]
    pub release: String,
    /// Name of this pod
    #[arg(long, env = "LIMPET_IDENTITY")]
    pub identity: String,
    /// Address of this pod
    #[arg(long, env = "LIMPET_POD_IP", default_value = "127.0.0.1")]
    pub pod_ip: IpAddr,
    /// Who Limpet is in GatewayClasses, IngressClasses and route statuses
    #[arg(
        long,
        env = "LIMPET_CONTROLLER_NAME",
        default_value = "limpet.dev/gateway-controller"
    )]
    pub controller_name: String,
    /// Classes served even where there is no GatewayClass or IngressClass of that name
    #[arg(
        long,
        env = "LIMPET_CLASS_NAME",
        default_value = "limpet",
        value_delimiter = ','
    )]
    pub class_name: Vec<String>,
    /// Type of Gateways' Services
    #[arg(
        long,
        env = "LIMPET_SERVICE_TYPE",
        value_enum,
        default_value = "LoadBalancer"
    )]
    pub service_type: ServiceType,
    /// Name of the fleet of data planes
    #[arg(long, env = "LIMPET_FLEET", default_value = "default")]
    pub fleet: String,
    /// Address of the admission webhook (HTTPS)
    #[arg(long, env = "LIMPET_WEBHOOK", default_value = "[::]:8443", value_parser = listening)]
    pub webhook: SocketAddr,
    /// Serve no webhook
    #[arg(long, env = "LIMPET_NO_WEBHOOK")]
    pub no_webhook: bool,
    /// Address of the configuration stream (mutual TLS)
    #[arg(long, env = "LIMPET_STREAM", default_value = "[::]:9443", value_parser = listening)]
    pub stream: SocketAddr,
    /// Address of /metrics, /livez and /readyz
    #[arg(long, env = "LIMPET_ADMIN", default_value = "[::]:9900", value_parser = listening)]
    pub admin: SocketAddr,
    /// What is logged
    #[command(flatten)]
    pub log: LogArgs,
}

/// Type of a Service.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub enum ServiceType {
    /// An address from outside, given by the cluster's load balancer
    LoadBalancer,
    /// An address inside the cluster
    #[value(name = "ClusterIP")]
    ClusterIp,
    /// A port on every node
    NodePort,
}
