//! What one listener shows to its clients.

use std::fmt;
use std::sync::{Arc, LazyLock};

use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::ServerName;
use rustls::server::{
    ClientHello, NoServerSessionStorage, ParsedCertificate, ResolvesServerCert, ServerConfig,
};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};

use super::store::Certified;
use super::tickets::Tickets;

/// Given out by a handshake of TLS 1.3: a client may use each once, and opens connections in pairs.
const TICKETS: usize = 2;
/// The one protocol that is offered.
const ALPN: &[u8] = b"http/1.1";

static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| Arc::new(default_provider()));

/// A listener's half of every handshake.
#[derive(Clone, Debug)]
pub struct Identity(Arc<ServerConfig>);

impl Identity {
    /// Of a listener with these certificates, in its order; `None` when there are none. Without
    /// tickets no session is resumed.
    #[must_use]
    pub fn new(certificates: &[Arc<Certified>], tickets: Option<Tickets>) -> Option<Self> {
        if certificates.is_empty() {
            return None;
        }
        let keys = certificates.iter().map(|certified| &certified.key);
        let resolver = Resolver(keys.cloned().collect());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&PROVIDER))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .expect("the provider has cipher suites for both versions");
        let mut config = builder
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(resolver));
        config.alpn_protocols = vec![ALPN.to_vec()];
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = if tickets.is_some() { TICKETS } else { 0 };
        if let Some(tickets) = tickets {
            config.ticketer = Arc::new(tickets);
        }
        Some(Self(Arc::new(config)))
    }

    /// For one more handshake.
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.0)
    }
}

/// Not empty.
struct Resolver(Vec<Arc<CertifiedKey>>);

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} certificates", self.0.len())
    }
}

impl ResolvesServerCert for Resolver {
    /// The first whose key and names fit, else the first whose key does. With none of them the
    /// first of all, so that the client is told what it has no scheme for.
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let has_scheme = |certified: &&Arc<CertifiedKey>| {
            let schemes = hello.signature_schemes();
            certified.key.choose_scheme(schemes).is_some()
        };
        let mut usable = self.0.iter().filter(has_scheme);
        let first = usable.next();
        let named = match (first, hello.server_name()) {
            // One that is usable needs no look at its names.
            (Some(first), Some(name)) if self.0.len() > 1 => std::iter::once(first)
                .chain(usable)
                .find(|certified| is_for(certified, name)),
            _ => None,
        };
        named.or(first).or(self.0.first()).cloned()
    }
}

fn is_for(certified: &CertifiedKey, name: &str) -> bool {
    let leaf = certified.cert.first().map(ParsedCertificate::try_from);
    match (leaf, ServerName::try_from(name)) {
        (Some(Ok(leaf)), Ok(name)) => verify_server_name(&leaf, &name).is_ok(),
        _ => false,
    }
}
