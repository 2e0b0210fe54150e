//! Where requests come in, and which hosts are known there.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::{CertificateId, Entry};

/// The hostname that every request matches.
pub const ANY_HOST: &str = "*";

/// One listener of a Gateway, or the one that serves Ingress.
///
/// Several listeners may share an address; a request belongs to the one with the most specific
/// matching hostname, and to no other (Gateway API, listener isolation).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// `Gateway/<namespace>/<name>/<listener>`, `ListenerSet/<namespace>/<name>/<listener>` or
    /// `Ingress`. Unique.
    pub name: String,
    /// The socket it is served on.
    pub address: SocketAddr,
    /// The port a client sees: what redirects name when nothing else is said.
    pub port: u16,
    /// How the connection's bytes are understood.
    pub protocol: Protocol,
    /// [`ANY_HOST`], `*.example.com` or `www.example.com`; lower case.
    pub hostname: String,
    /// What an HTTPS listener shows, in the manifest's order; the first that fits the client's
    /// server name and signature schemes. Listeners of one address are told apart by the server
    /// name as they are by the Host.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<CertificateId>,
    /// The hosts of the routes attached here, most specific first: exact names, then wildcards by
    /// falling length, then [`ANY_HOST`]. When none of a host's entries match, the next matching
    /// host is tried.
    pub hosts: Vec<Host>,
}

/// How a listener's bytes are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// HTTP/1.1 over plain TCP.
    Http,
    /// HTTP/1.1 over TLS 1.2 or 1.3.
    Https,
}

/// A hostname with what is served under it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// As [`Listener::hostname`].
    pub hostname: String,
    /// In order of precedence: the first entry that matches decides.
    pub entries: Vec<Entry>,
}
