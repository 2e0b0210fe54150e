//! The flags of `limpet dataplane`. The chart sets them.

use std::net::{AddrParseError, IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::PathBuf;

use ipnet::IpNet;

use super::{Driver, LogArgs};

/// An address to listen on. `[::]` is every address of the machine, of both families; where there is no
/// IPv6, those of IPv4.
pub(super) fn listening(text: &str) -> Result<SocketAddr, AddrParseError> {
    let address: SocketAddr = text.parse()?;
    let is_had = || TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0)).is_ok();
    match address.ip() {
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) if !is_had() => {
            Ok((Ipv4Addr::UNSPECIFIED, address.port()).into())
        }
        _ => Ok(address),
    }
}

/// `<ip>:<port>`. Kubernetes puts an address of IPv6 into variables without brackets.
fn host_and_port(text: &str) -> Result<SocketAddr, AddrParseError> {
    let bare = || {
        let (ip, port) = text.rsplit_once(':')?;
        let ip: Ipv6Addr = ip.parse().ok()?;
        Some(SocketAddr::new(ip.into(), port.parse().ok()?))
    };
    text.parse().or_else(|error| bare().ok_or(error))
}

/// What `dataplane` is told.
#[derive(Debug, clap::Args)]
pub struct DataplaneArgs {
    /// Address of the operators' Service
    #[arg(long, value_name = "ADDR", env = "LIMPET_OPERATOR", value_parser = host_and_port)]
    pub operator: SocketAddr,
    /// Name in the operator's certificate
    #[arg(long, env = "LIMPET_OPERATOR_NAME")]
    pub operator_name: String,
    /// Folder with ca.crt, tls.crt and tls.key
    #[arg(
        long,
        value_name = "DIR",
        env = "LIMPET_TLS",
        default_value = "/etc/limpet/tls"
    )]
    pub tls: PathBuf,
    /// Fleet that this data plane belongs to
    #[arg(long, env = "LIMPET_FLEET", default_value = "default")]
    pub fleet: String,
    /// Name of this pod
    #[arg(long, env = "LIMPET_POD")]
    pub pod: String,
    /// Folder where what is served is kept for the next start
    #[arg(
        long,
        value_name = "DIR",
        env = "LIMPET_STATE",
        default_value = "/var/lib/limpet"
    )]
    pub state: PathBuf,
    /// Serving threads [default: one per CPU]
    #[arg(long, value_name = "N", env = "LIMPET_WORKERS")]
    pub workers: Option<usize>,
    /// How the kernel is asked for I/O
    #[arg(long, env = "LIMPET_DRIVER", value_enum, default_value_t)]
    pub driver: Driver,
    /// Address of /metrics, /livez, /readyz, /config and /sessions
    #[arg(
        long,
        value_name = "ADDR",
        env = "LIMPET_ADMIN",
        default_value = "[::]:9900",
        value_parser = listening
    )]
    pub admin: SocketAddr,
    /// File that gets one JSON line a request [default: none]
    #[arg(long, value_name = "FILE", env = "LIMPET_ACCESS_LOG")]
    pub access_log: Option<PathBuf>,
    /// Seconds that requests in flight get at the end
    #[arg(
        long,
        value_name = "SECS",
        env = "LIMPET_DRAIN_TIMEOUT_SECS",
        default_value_t = 30
    )]
    pub drain_timeout_secs: u64,
    /// Seconds to go on serving after SIGTERM, until the cluster sends no more connections
    #[arg(
        long,
        value_name = "SECS",
        env = "LIMPET_LEAVE_SECS",
        default_value_t = 5
    )]
    pub leave_secs: u64,
    /// Limits
    #[command(flatten)]
    pub limits: LimitArgs,
    /// What is logged
    #[command(flatten)]
    pub log: LogArgs,
}

/// Limits of a data plane; 0 is none.
#[derive(Debug, clap::Args)]
pub struct LimitArgs {
    /// Requests of one session that a core serves at a time; past it 429; 0 is no limit
    #[arg(
        long,
        value_name = "N",
        env = "LIMPET_REQUESTS_PER_SESSION_MAX",
        default_value_t = 1024
    )]
    pub requests_per_session_max: u32,
    /// Seconds that an endpoint may take to begin its answer, where the route says nothing; 0 is no limit
    #[arg(
        long,
        value_name = "SECS",
        env = "LIMPET_REQUEST_TIMEOUT_SECS",
        default_value_t = 60
    )]
    pub request_timeout_secs: u64,
    /// Seconds that a request's head and a TLS handshake may take; 0 is no limit
    #[arg(
        long,
        value_name = "SECS",
        env = "LIMPET_HEADER_TIMEOUT_SECS",
        default_value_t = 10
    )]
    pub header_timeout_secs: u64,
    /// Seconds without a byte after which a connection, a body, an event stream or a tunnel ends; 0 is no limit
    #[arg(
        long,
        value_name = "SECS",
        env = "LIMPET_IDLE_TIMEOUT_SECS",
        default_value_t = 60
    )]
    pub idle_timeout_secs: u64,
    /// Seconds that connecting to an endpoint may take; 0 is no limit
    #[arg(
        long,
        value_name = "SECS",
        env = "LIMPET_CONNECT_TIMEOUT_SECS",
        default_value_t = 2
    )]
    pub connect_timeout_secs: u64,
    /// Networks of proxies in front, which are believed what they say of a client, such as 10.0.0.0/8
    #[arg(
        long,
        value_name = "CIDR",
        value_delimiter = ',',
        env = "LIMPET_TRUSTED_PROXIES"
    )]
    pub trusted_proxies: Vec<IpNet>,
    /// Networks of load balancers in front that begin each connection with a PROXY header (versions 1 and
    /// 2), such as 10.0.7.0/28; one without it is closed
    #[arg(
        long,
        value_name = "CIDR",
        value_delimiter = ',',
        env = "LIMPET_PROXY_PROTOCOL_FROM"
    )]
    pub proxy_protocol_from: Vec<IpNet>,
    /// Whether messages say by a Via field that they came through Limpet
    #[arg(
        long,
        value_name = "BOOL",
        env = "LIMPET_VIA",
        default_value_t = true,
        action = clap::ArgAction::Set
    )]
    pub via: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operators_address_may_be_of_either_family_and_without_brackets() {
        let check = |text: &str, expected: Option<&str>| {
            let expected = expected.map(|text| text.parse().expect("an address"));
            assert_eq!(host_and_port(text).ok(), expected, "{text}");
        };
        check("10.96.0.1:9443", Some("10.96.0.1:9443"));
        check("[fd00::1]:9443", Some("[fd00::1]:9443"));
        check("fd00::1:9443", Some("[fd00::1]:9443"));
        check("fd00:1:2:3:4:5:6:7:9443", Some("[fd00:1:2:3:4:5:6:7]:9443"));
        check(":9443", None);
        check("$(LIMPET_OPERATOR_SERVICE_HOST):9443", None);
        check("10.96.0.1", None);
    }
}
