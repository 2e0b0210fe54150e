//! A gateway with HTTPS listeners, certificates made for it, and a client that trusts them.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use limpet_dataplane::{DataPlane, Driver};
use limpet_schema::secrets::{Certificate, Certificates};
use limpet_schema::snapshot::{
    Action, Backend, Entry, Forward, Host, Listener, Match, PathMatch, Protocol, Rule, Snapshot,
    WeightedBackend,
};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, SignatureAlgorithm};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme, StreamOwned,
};

use crate::support::{Client, endpoint, settings};

/// A client whose bytes are encrypted.
pub type TlsClient = Client<StreamOwned<ClientConnection, TcpStream>>;

/// A self-signed certificate for these names.
pub fn certificate(names: &[&str]) -> Certificate {
    certificate_with(names, &PKCS_ECDSA_P256_SHA256)
}

pub fn certificate_with(names: &[&str], algorithm: &'static SignatureAlgorithm) -> Certificate {
    let key = KeyPair::generate_for(algorithm).expect("a key");
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let parameters = rcgen::CertificateParams::new(names).expect("names");
    Certificate {
        chain_pem: parameters.self_signed(&key).expect("signed").pem(),
        key_pem: key.serialize_pem(),
    }
}

/// The leaf as it comes over the wire.
pub fn leaf(certificate: &Certificate) -> Vec<u8> {
    let leaf = CertificateDer::from_pem_slice(certificate.chain_pem.as_bytes());
    leaf.expect("a certificate").to_vec()
}

/// One address with a listener for each hostname; each has one rule, to a backend of its own. The
/// certificate of a listener is named after its hostname.
pub fn snapshot(listeners: &[(&str, SocketAddr)]) -> Snapshot {
    let mut snapshot = Snapshot::default();
    for (hostname, backend) in listeners {
        let rule = format!("HTTPRoute/test/{hostname}/0");
        snapshot.listeners.push(listener(hostname, &rule));
        let backends = vec![WeightedBackend {
            backend: Some((*hostname).into()),
            weight: 1,
            ..WeightedBackend::default()
        }];
        let forward = Forward {
            backends,
            ..Forward::default()
        };
        snapshot.rules.insert(
            rule,
            Rule {
                route: "HTTPRoute/test/route".into(),
                filters: Vec::new(),
                action: Action::Forward(forward),
            },
        );
        let endpoints = vec![endpoint(*backend)];
        snapshot
            .backends
            .insert((*hostname).into(), Backend { endpoints });
    }
    snapshot
}

fn listener(hostname: &str, rule: &str) -> Listener {
    let when = Match {
        path: PathMatch::Prefix("/".into()),
        method: None,
        headers: Vec::new(),
        query: Vec::new(),
    };
    let entries = vec![Entry {
        when,
        rule: rule.into(),
    }];
    Listener {
        name: format!("Gateway/test/gateway/{hostname}"),
        address: ([127, 0, 0, 1], 0).into(),
        port: 443,
        protocol: Protocol::Https,
        hostname: hostname.into(),
        certificates: vec![hostname.into()],
        hosts: vec![Host {
            hostname: hostname.into(),
            entries,
        }],
    }
}

/// A certificate of its own for each listener.
pub fn certificates(hostnames: &[&str]) -> Certificates {
    let made = hostnames
        .iter()
        .map(|name| ((*name).to_owned(), certificate(&[name])));
    made.collect::<BTreeMap<_, _>>()
}

/// A data plane that serves HTTPS.
pub struct Gateway {
    pub plane: DataPlane,
    pub address: SocketAddr,
}

impl Gateway {
    pub fn start(driver: Driver, snapshot: Snapshot, certificates: &Certificates) -> Self {
        Self::with(settings(driver), snapshot, certificates)
    }

    pub fn with(
        settings: limpet_dataplane::Settings,
        snapshot: Snapshot,
        certificates: &Certificates,
    ) -> Self {
        let plane = DataPlane::start(settings).expect("the data plane starts");
        let applied = plane.apply_with(snapshot, certificates).expect("accepted");
        let (_, served) = applied.listeners.first_key_value().expect("a listener");
        Self {
            address: *served.as_ref().expect("a free port"),
            plane,
        }
    }

    pub fn apply(&self, snapshot: Snapshot, certificates: &Certificates) {
        let applied = self.plane.apply_with(snapshot, certificates);
        drop(applied.expect("accepted"));
    }

    /// A plain connection.
    pub fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    /// A connection whose client names this server.
    pub fn connect_to(&self, name: &str) -> TlsClient {
        connect(self.address, name)
    }

    /// The same, which may fail.
    pub fn try_connect(&self, name: &str, offer: Offer) -> Result<TlsClient, std::io::Error> {
        try_connect(self.address, name, offer)
    }

    /// Which certificate a client that names this server is shown.
    pub fn shown(&self, name: &str) -> Vec<u8> {
        shown(&self.connect_to(name))
    }

    /// Waits until a metric has a value: it is counted after the client sees the end.
    pub fn expect_metric(&self, line: &str) {
        let until = std::time::Instant::now() + crate::support::PATIENCE;
        while !self.plane.metrics().contains(&format!("{line}\n")) {
            assert!(
                std::time::Instant::now() < until,
                "{line}: {}",
                self.plane.metrics()
            );
            std::thread::yield_now();
        }
    }
}

/// A connection to a gateway of another process, whose client names this server.
pub fn connect(gateway: SocketAddr, name: &str) -> TlsClient {
    try_connect(gateway, name, Offer::default()).expect("a handshake")
}

fn try_connect(gateway: SocketAddr, name: &str, offer: Offer) -> std::io::Result<TlsClient> {
    let connection = offer.connection(name);
    let mut stream = StreamOwned::new(connection, Client::connect(gateway).stream);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(Client::new(stream))
}

/// Which certificate a client was shown.
pub fn shown(client: &TlsClient) -> Vec<u8> {
    let chain = client.stream.conn.peer_certificates();
    chain.expect("a handshake")[0].to_vec()
}

/// What a client offers in its handshake.
#[derive(Clone, Default)]
pub struct Offer {
    /// No server name.
    pub is_nameless: bool,
    /// None: all.
    pub schemes: Option<Vec<SignatureScheme>>,
    /// None: both.
    pub version: Option<&'static rustls::SupportedProtocolVersion>,
    pub alpn: Vec<Vec<u8>>,
}

impl Offer {
    pub fn connection(self, name: &str) -> ClientConnection {
        Self::connection_of(&Arc::new(self.config()), name)
    }

    /// A connection of a client that may remember others.
    pub fn connection_of(config: &Arc<ClientConfig>, name: &str) -> ClientConnection {
        let name = ServerName::try_from(name.to_owned()).expect("a name");
        ClientConnection::new(Arc::clone(config), name).expect("a connection")
    }

    pub fn config(self) -> ClientConfig {
        let provider = Arc::new(default_provider());
        let versions = match self.version {
            Some(version) => vec![version],
            None => rustls::ALL_VERSIONS.to_vec(),
        };
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&versions)
            .expect("versions");
        let mut config = builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Trusting {
                provider,
                schemes: self.schemes,
            }))
            .with_no_client_auth();
        config.enable_sni = !self.is_nameless;
        config.alpn_protocols = self.alpn;
        config
    }
}

/// Believes any certificate, and checks signatures.
#[derive(Debug)]
struct Trusting {
    provider: Arc<CryptoProvider>,
    schemes: Option<Vec<SignatureScheme>>,
}

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        self.schemes
            .clone()
            .unwrap_or_else(|| algorithms.supported_schemes())
    }
}
