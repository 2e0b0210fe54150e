//! Whom the configuration stream lets in, and whom a data plane listens to: real handshakes, with
//! certificates as the operator makes them.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::serve::Listener as _;
use futures::StreamExt;
use k8s_openapi::jiff::Timestamp;
use limpet_dataplane::subscription::{Source, Subscription};
use limpet_dataplane::{DataPlane, Settings};
use limpet_operator::certs::{self, Bundle, Clients, Leaf, Names};
use limpet_operator::publish::{Board, Server};
use limpet_operator::serve;
use limpet_schema::secrets::AffinityKeys;
use limpet_schema::stream::client::ConfigurationClient;
use limpet_schema::stream::{Assignment, FromDataPlane, Hello, Said, ToDataPlane};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{AlertDescription, ClientConfig, RootCertStore, SupportedProtocolVersion};
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Status};

const KEYS: &str = "0 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const SERVER: &str = "limpet-operator.limpet-system.svc";
const FLEET: &str = "default";

/// How long anything may take before a test fails.
const PATIENCE: Duration = Duration::from_secs(20);

async fn in_time<T>(wait: impl Future<Output = T>) -> T {
    let waited = tokio::time::timeout(PATIENCE, wait).await;
    waited.expect("it happens in time")
}

/// A new authority's bundles: the operator's and the data planes'.
fn bundles() -> (Bundle, Bundle) {
    certs::renew(None, None, &names(FLEET), Timestamp::now()).expect("made")
}

/// What the same authority makes for the data planes of a fleet.
fn of_fleet(operator: &Bundle, fleet: &str) -> Bundle {
    let made = certs::renew(Some(operator), None, &names(fleet), Timestamp::now());
    let (same, data_plane) = made.expect("made");
    assert_eq!(&same, operator, "nothing of the operator's is due");
    data_plane
}

fn names(fleet: &str) -> Names {
    Names {
        server: SERVER.to_owned(),
        fleet: fleet.to_owned(),
    }
}

/// A data planes' bundle whose certificate is good and names no fleet.
fn of_no_fleet(operator: &Bundle, data_plane: &Bundle) -> Bundle {
    let key = KeyPair::from_pem(&operator.authority_key.0).expect("a key");
    let issuer = Issuer::from_ca_cert_pem(&operator.authorities[0], key).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::default();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let certificate = params.signed_by(&key, &issuer).expect("signed");
    let leaf = Leaf {
        cert_pem: certificate.pem(),
        key_pem: key.serialize_pem(),
    };
    Bundle {
        leaf,
        ..data_plane.clone()
    }
}

/// An operator's stream with something to serve, as `run` puts it together; and its version.
async fn operator(shown: &Bundle) -> (Arc<Board>, SocketAddr, u64) {
    let config = certs::config(shown, Clients::DataPlanes).expect("a server's settings");
    let config = Arc::new(ArcSwap::from_pointee(config));
    let listener = serve::Listener::bind((Ipv4Addr::LOCALHOST, 0).into(), config).await;
    let listener = listener.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let board = Arc::new(Board::default());
    let version = board.publish(Assignment {
        affinity_keys: AffinityKeys(KEYS.to_owned()),
        ..Assignment::default()
    });
    let server = tonic::transport::Server::builder().add_service(Server::new(Arc::clone(&board)));
    tokio::spawn(server.serve_with_incoming(listener.into_stream()));
    (board, address, version)
}

/// What a client with this bundle that says it is of this fleet is told first.
async fn ask(address: SocketAddr, bundle: &Bundle, fleet: &str) -> Result<ToDataPlane, Status> {
    let tls = ClientTlsConfig::new()
        .domain_name(SERVER)
        .ca_certificate(Certificate::from_pem(bundle.authorities.concat()))
        .identity(Identity::from_pem(
            &bundle.leaf.cert_pem,
            &bundle.leaf.key_pem,
        ));
    let endpoint = Endpoint::from_shared(format!("https://{address}")).expect("an address");
    let endpoint = endpoint.tls_config(tls).expect("PEM");
    let hello = Said::Hello(Hello {
        fleet: fleet.to_owned(),
        pod: "a".to_owned(),
        release: String::new(),
    });
    let hello = FromDataPlane { said: Some(hello) };
    // It says no more, and does not end.
    let said = futures::stream::iter([hello]).chain(futures::stream::pending());
    in_time(async {
        let channel = endpoint.connect().await.expect("a handshake");
        let told = ConfigurationClient::new(channel).subscribe(said).await?;
        let message = told.into_inner().message().await?;
        Ok::<_, Status>(message.expect("there is something to serve"))
    })
    .await
}

/// Whoever is right is let in, by the same server.
async fn expect_served(address: SocketAddr, bundle: &Bundle, fleet: &str, version: u64) {
    let told = ask(address, bundle, fleet).await.expect("it is let in");
    assert_eq!((told.version, told.is_whole), (version, true));
}

/// The alert that ends the handshake of a client that trusts the operator and shows this.
async fn alert_to(
    address: SocketAddr,
    trusted: &Bundle,
    shown: Option<&Leaf>,
    version: &'static SupportedProtocolVersion,
) -> AlertDescription {
    let config = Arc::new(offering(trusted, shown, version));
    let name = ServerName::try_from(SERVER).expect("a name");
    let talk = async {
        let socket = TcpStream::connect(address).await?;
        let mut stream = TlsConnector::from(config).connect(name, socket).await?;
        // A client of TLS 1.3 hears of it after its own part.
        stream.read_u8().await
    };
    alert(&in_time(talk).await.expect_err("it is let in"))
}

fn offering(
    trusted: &Bundle,
    shown: Option<&Leaf>,
    version: &'static SupportedProtocolVersion,
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    for pem in &trusted.authorities {
        roots.add(certificate(pem)).expect("an authority");
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_root_certificates(roots);
    let Some(leaf) = shown else {
        return builder.with_no_client_auth();
    };
    let key = PrivateKeyDer::from_pem_slice(leaf.key_pem.as_bytes()).expect("a key");
    let config = builder.with_client_auth_cert(vec![certificate(&leaf.cert_pem)], key);
    config.expect("key and certificate fit")
}

fn certificate(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate")
}

/// What the peer said as it ended a handshake.
fn alert(error: &io::Error) -> AlertDescription {
    let cause = error.get_ref();
    match cause.and_then(|cause| cause.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::AlertReceived(alert)) => *alert,
        _ => panic!("no alert: {error}"),
    }
}

/// A data plane that subscribes for as long as this lives.
struct Pod {
    _subscription: Subscription,
    _data_plane: Arc<DataPlane>,
    _folders: [TempDir; 2],
}

impl Pod {
    /// Expects this name of the operator.
    fn start(operator: SocketAddr, operator_name: &str, bundle: &Bundle) -> Self {
        let settings = Settings {
            workers: 1,
            ..Settings::default()
        };
        let data_plane = Arc::new(DataPlane::start(settings).expect("it starts"));
        let (secret, state) = (mounted(bundle), tempfile::tempdir().expect("a folder"));
        let source = Source {
            operator,
            operator_name: operator_name.to_owned(),
            tls: Some(secret.path().to_owned()),
            fleet: FLEET.to_owned(),
            pod: "a".to_owned(),
            state: state.path().to_owned(),
        };
        let subscription = Subscription::start(source, Arc::clone(&data_plane));
        Self {
            _subscription: subscription.expect("a thread"),
            _data_plane: data_plane,
            _folders: [secret, state],
        }
    }
}

/// A Secret as a pod sees it.
fn mounted(bundle: &Bundle) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in bundle.data() {
        std::fs::write(folder.path().join(name), bytes.0).expect("the folder is ours");
    }
    folder
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_data_plane_with_the_certificate_of_its_fleet_is_served() {
    let (shown, bundle) = bundles();
    let (board, address, version) = operator(&shown).await;
    let _pod = Pod::start(address, SERVER, &bundle);
    in_time(async {
        while board.report(version).is_pending {
            board.answered().await;
        }
    })
    .await;
    assert_eq!(board.report(version).refused, None);
    assert_eq!(board.connected(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_without_a_certificate_is_refused() {
    let (shown, bundle) = bundles();
    let (board, address, version) = operator(&shown).await;
    for tls in rustls::ALL_VERSIONS {
        let told = alert_to(address, &bundle, None, tls).await;
        assert_eq!(told, AlertDescription::CertificateRequired, "{tls:?}");
    }
    assert_eq!(board.connected(), 0);
    expect_served(address, &bundle, FLEET, version).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_with_a_certificate_of_another_authority_is_refused() {
    let (shown, bundle) = bundles();
    let (_, of_another) = bundles();
    let (board, address, version) = operator(&shown).await;
    for tls in rustls::ALL_VERSIONS {
        let told = alert_to(address, &bundle, Some(&of_another.leaf), tls).await;
        assert_eq!(told, AlertDescription::UnknownCA, "{tls:?}");
    }
    assert_eq!(board.connected(), 0);
    expect_served(address, &bundle, FLEET, version).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_servers_certificate_is_no_clients() {
    let (shown, bundle) = bundles();
    let (board, address, version) = operator(&shown).await;
    for tls in rustls::ALL_VERSIONS {
        let told = alert_to(address, &bundle, Some(&shown.leaf), tls).await;
        assert_eq!(told, AlertDescription::UnsupportedCertificate, "{tls:?}");
    }
    assert_eq!(board.connected(), 0);
    expect_served(address, &bundle, FLEET, version).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_asks_for_another_fleet_than_its_certificate_names_is_refused() {
    let (shown, bundle) = bundles();
    let of_another = of_fleet(&shown, "another");
    let (board, address, version) = operator(&shown).await;
    for (bundle, asked) in [(&of_another, FLEET), (&bundle, "another"), (&bundle, "")] {
        let refused = ask(address, bundle, asked).await.expect_err("it is let in");
        assert_eq!(refused.code(), Code::PermissionDenied, "{refused}");
        let text = "the certificate is not one of fleet";
        assert!(refused.message().starts_with(text), "{refused}");
    }
    assert_eq!(board.connected(), 0);
    expect_served(address, &bundle, FLEET, version).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_whose_certificate_names_no_fleet_is_refused() {
    let (shown, bundle) = bundles();
    let nameless = of_no_fleet(&shown, &bundle);
    let (board, address, version) = operator(&shown).await;
    for asked in [FLEET, ""] {
        let refused = ask(address, &nameless, asked).await;
        let refused = refused.expect_err("it is let in");
        assert_eq!(refused.code(), Code::Unauthenticated, "{refused}");
    }
    assert_eq!(board.connected(), 0);
    expect_served(address, &bundle, FLEET, version).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_data_plane_listens_to_no_operator_of_another_authority_or_name() {
    let ((shown, bundle), (of_another, _)) = (bundles(), bundles());
    let elsewhere = "limpet-operator.elsewhere.svc";
    for (shown, expected, told) in [
        (&of_another, SERVER, AlertDescription::UnknownCA),
        (&shown, elsewhere, AlertDescription::BadCertificate),
    ] {
        // This one would let the data plane in: it trusts both authorities.
        let trusting = Bundle {
            authorities: [&of_another.authorities[..], &bundle.authorities[..]].concat(),
            ..shown.clone()
        };
        let config = certs::config(&trusting, Clients::DataPlanes).expect("a server's settings");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let socket = socket.expect("a free port");
        let _pod = Pod::start(socket.local_addr().expect("bound"), expected, &bundle);
        let (stream, _) = in_time(socket.accept()).await.expect("it comes");
        let talked = in_time(acceptor.accept(stream)).await;
        assert_eq!(alert(&talked.expect_err("it listens")), told);
    }
}
