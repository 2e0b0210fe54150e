//! Sessions that clients resume, at whichever data plane has the key.

use std::sync::Arc;

use limpet_dataplane::Driver;
use limpet_dataplane::{Key, Keyring};
use limpet_schema::secrets::Certificates;
use rustls::{ClientConfig, HandshakeKind, StreamOwned};

use super::scene::{Gateway, Offer, TlsClient, certificates, snapshot};
use crate::on_both_drivers;
use crate::support::{Backend, Client, raise_descriptor_limit, settings};

const NAME: &str = "a.example";

fn gateway(
    driver: Driver,
    backend: &Backend,
    certificates: &Certificates,
    keys: &Keyring,
) -> Gateway {
    let gateway = Gateway::with(
        settings(driver),
        snapshot(&[(NAME, backend.address)]),
        certificates,
    );
    gateway.plane.set_keys(keys.clone()).expect("accepted");
    gateway
}

fn keys(byte: u8) -> Keyring {
    Keyring::new(Key::new(byte, [byte; 32]), None)
}

/// A client that remembers its sessions, of one version.
fn remembering(version: &'static rustls::SupportedProtocolVersion) -> Arc<ClientConfig> {
    let offer = Offer {
        version: Some(version),
        ..Offer::default()
    };
    Arc::new(offer.config())
}

/// How a client's handshake went. Its answer brings the tickets along.
fn visit(gateway: &Gateway, config: &Arc<ClientConfig>) -> Option<HandshakeKind> {
    let mut client = connect(gateway, config);
    assert_eq!(client.get_at(NAME).text(), "served");
    client.stream.conn.handshake_kind()
}

fn connect(gateway: &Gateway, config: &Arc<ClientConfig>) -> TlsClient {
    let connection = Offer::connection_of(config, NAME);
    let mut stream = StreamOwned::new(connection, gateway.connect().stream);
    while stream.conn.is_handshaking() {
        stream
            .conn
            .complete_io(&mut stream.sock)
            .expect("a handshake");
    }
    Client::new(stream)
}

on_both_drivers! {
    fn a_client_resumes_at_every_data_plane_with_the_key(driver) {
        let (backend, certificates) = (Backend::named("served"), certificates(&[NAME]));
        let replicas = [1, 1, 2].map(|byte| gateway(driver, &backend, &certificates, &keys(byte)));
        for version in rustls::ALL_VERSIONS {
            let config = remembering(version);
            assert_eq!(visit(&replicas[0], &config), Some(HandshakeKind::Full));
            assert_eq!(visit(&replicas[0], &config), Some(HandshakeKind::Resumed), "{version:?}");
            assert_eq!(visit(&replicas[1], &config), Some(HandshakeKind::Resumed), "{version:?}");
            assert_eq!(visit(&replicas[2], &config), Some(HandshakeKind::Full), "{version:?}");
        }
        replicas[0].expect_metric("limpet_tls_handshakes_total 4");
        replicas[0].expect_metric("limpet_tls_resumptions_total 2");
        replicas[2].expect_metric("limpet_tls_resumptions_total 0");
    }

    fn a_session_outlives_one_rotation_of_the_key_and_no_change_of_the_certificate(driver) {
        let backend = Backend::named("served");
        let gateway = gateway(driver, &backend, &certificates(&[NAME]), &keys(1));
        let config = remembering(&rustls::version::TLS13);
        visit(&gateway, &config);
        let rotated = Keyring::new(Key::new(2, [2; 32]), Some(Key::new(1, [1; 32])));
        gateway.plane.set_keys(rotated).expect("accepted");
        assert_eq!(visit(&gateway, &config), Some(HandshakeKind::Resumed));
        gateway.apply(snapshot(&[(NAME, backend.address)]), &certificates(&[NAME]));
        assert_eq!(visit(&gateway, &config), Some(HandshakeKind::Full));
    }

    fn without_a_key_nothing_is_resumed(driver) {
        let backend = Backend::named("served");
        let snapshot = snapshot(&[(NAME, backend.address)]);
        let gateway = Gateway::start(driver, snapshot, &certificates(&[NAME]));
        let config = remembering(&rustls::version::TLS13);
        assert_eq!(visit(&gateway, &config), Some(HandshakeKind::Full));
        assert_eq!(visit(&gateway, &config), Some(HandshakeKind::Full));
    }

    fn a_client_has_its_tickets_before_it_asks_for_anything(driver) {
        let (backend, certificates) = (Backend::named("served"), certificates(&[NAME]));
        let gateway = gateway(driver, &backend, &certificates, &keys(1));
        let connection = Offer::connection_of(&remembering(&rustls::version::TLS13), NAME);
        let mut client = StreamOwned::new(connection, gateway.connect().stream);
        while client.conn.is_handshaking() {
            client.conn.complete_io(&mut client.sock).expect("a handshake");
        }
        while client.conn.tls13_tickets_received() == 0 {
            assert!(client.conn.read_tls(&mut client.sock).expect("bytes in time") > 0);
            client.conn.process_new_packets().expect("a ticket");
        }
    }

    fn who_says_nothing_keeps_nobody_from_a_handshake(driver) {
        const SILENT: usize = 1024 + 8;
        raise_descriptor_limit(4096);
        let (backend, certificates) = (Backend::named("served"), certificates(&[NAME]));
        let settings = limpet_dataplane::Settings { workers: 1, ..settings(driver) };
        let snapshot = snapshot(&[(NAME, backend.address)]);
        let gateway = Gateway::with(settings, snapshot, &certificates);
        let mut served = gateway.connect_to(NAME);
        let mut silent: Vec<Client> = (0..SILENT).map(|_| gateway.connect()).collect();
        assert_eq!(gateway.connect_to(NAME).get_at(NAME).text(), "served");
        assert_eq!(served.get_at(NAME).text(), "served");
        gateway.expect_metric("limpet_bounds_hit_total{reason=\"handshakes\"} 9");
        silent[0].expect_closed();
    }
}
