//! Who is at the other end of a connection.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;

use super::tls::Session;
use crate::base::settings::Settings;

/// How long a client may go on sending after it was answered for the last time. Closing at once
/// would reset the connection and could destroy the answer on its way.
pub const LINGER: Duration = Duration::from_secs(2);

/// Who is at the other end, and where they came in.
#[derive(Clone, Debug)]
pub struct Client {
    /// The client's address without its port, as X-Forwarded-For says it.
    pub peer_ip: Box<str>,
    /// The address the listening socket was asked for.
    pub socket: SocketAddr,
    /// Whether it is a proxy that the operator trusts.
    pub is_trusted: bool,
    /// What the handshake settled; `None`: the transport is plain.
    pub tls: Option<Box<Session>>,
}

impl Client {
    /// Who has connected to this socket; whether it speaks TLS is not known yet.
    pub fn new(peer: SocketAddr, socket: SocketAddr, settings: &Settings) -> Self {
        // A socket of both families says an address of IPv4 in IPv6's form.
        let peer = peer.ip().to_canonical();
        Self {
            peer_ip: peer.to_string().into(),
            socket,
            is_trusted: is_trusted(peer, &settings.trusted_proxies),
            tls: None,
        }
    }

    /// Whether the transport is encrypted.
    pub fn is_tls(&self) -> bool {
        self.tls.is_some()
    }
}

/// Whether this address is one of the operator's proxies.
pub fn is_trusted(peer: IpAddr, trusted: &[IpNet]) -> bool {
    let peer = peer.to_canonical();
    trusted.iter().any(|network| network.contains(&peer))
}
