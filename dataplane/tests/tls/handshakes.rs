//! Peers that wait, break off, or speak something else.

use std::io::{Read, Write};
use std::time::Duration;

use limpet_dataplane::Settings;

use super::scene::{Gateway, Offer, TlsClient, certificates, snapshot};
use crate::on_both_drivers;
use crate::support::{Backend, Client, settings};

const NAME: &str = "a.example";

fn gateway(settings: Settings, backend: &Backend) -> Gateway {
    let snapshot = snapshot(&[(NAME, backend.address)]);
    Gateway::with(settings, snapshot, &certificates(&[NAME]))
}

fn failed(gateway: &Gateway, reason: &str) {
    gateway.expect_metric(&format!(
        "limpet_tls_handshake_failures_total{{reason=\"{reason}\"}} 1"
    ));
}

/// What a client says first.
fn hello(offer: Offer) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut connection = offer.connection(NAME);
    connection
        .write_tls(&mut bytes)
        .expect("a vector takes all");
    bytes
}

on_both_drivers! {
    fn both_versions_are_spoken_and_http_1_1_alone(driver) {
        let backend = Backend::named("served");
        let gateway = gateway(settings(driver), &backend);
        for version in rustls::ALL_VERSIONS {
            let offer = Offer {
                version: Some(version),
                alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()],
                ..Offer::default()
            };
            let mut client = gateway.try_connect(NAME, offer).expect("a handshake");
            assert_eq!(client.get_at(NAME).text(), "served");
            assert_eq!(client.stream.conn.protocol_version(), Some(version.version));
            assert_eq!(client.stream.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
        }
        let offer = Offer { alpn: vec![b"h2".to_vec()], ..Offer::default() };
        let error = gateway.try_connect(NAME, offer).err().expect("no handshake");
        assert!(error.to_string().contains("NoApplicationProtocol"), "{error}");
        gateway.expect_metric("limpet_tls_handshakes_total 2");
    }

    fn a_client_hello_may_come_byte_by_byte(driver) {
        let backend = Backend::named("served");
        let gateway = gateway(settings(driver), &backend);
        let connection = Offer::default().connection(NAME);
        let dripping = Dripping(gateway.connect().stream);
        let mut stream = rustls::StreamOwned::new(connection, dripping);
        stream.conn.complete_io(&mut stream.sock).expect("a handshake");
        assert_eq!(Client::new(stream).get_at(NAME).text(), "served");
    }

    fn a_client_hello_may_follow_a_proxy_header(driver) {
        let backend = Backend::echo();
        let settings = Settings {
            proxy_protocol_from: vec!["127.0.0.1/32".parse().expect("a network")],
            ..settings(driver)
        };
        let gateway = gateway(settings, &backend);
        let mut connection = Offer::default().connection(NAME);
        let mut begun = b"PROXY TCP6 2001:db8::7 ::1 4711 443\r\n".to_vec();
        connection.write_tls(&mut begun).expect("a vector takes all");
        let mut client = gateway.connect();
        client.send_bytes(&begun);
        let mut stream = rustls::StreamOwned::new(connection, client.stream);
        stream.conn.complete_io(&mut stream.sock).expect("a handshake");
        let response = Client::new(stream).get_at(NAME);
        let received = response.text();
        assert!(received.contains("x-forwarded-for: 2001:db8::7\r\n"), "{received}");
    }

    fn a_client_hello_may_come_in_two_pieces_split_anywhere(driver) {
        let backend = Backend::named("served");
        let gateway = gateway(settings(driver), &backend);
        let len = hello(Offer::default()).len();
        for split in 1..len {
            let mut connection = Offer::default().connection(NAME);
            let mut hello = Vec::new();
            connection.write_tls(&mut hello).expect("a vector takes all");
            let mut client = gateway.connect();
            client.send_bytes(&hello[..split]).send_bytes(&hello[split..]);
            let mut stream = rustls::StreamOwned::new(connection, client.stream);
            stream.conn.complete_io(&mut stream.sock).expect("a handshake");
        }
        gateway.expect_metric(&format!("limpet_tls_handshakes_total {}", len - 1));
    }

    fn what_is_no_client_hello_gets_an_alert(driver) {
        let backend = Backend::named("served");
        let gateway = gateway(settings(driver), &backend);
        let mut client = gateway.connect();
        client.send("GET / HTTP/1.1|host: a.example||");
        let alert = client.take(7);
        assert_eq!(alert[..6], [21, 3, 3, 0, 2, 2], "a fatal alert");
        client.end().expect_closed();
        failed(&gateway, "malformed");
    }

    fn garbage_at_any_place_of_the_client_hello_ends_the_connection_alone(driver) {
        let backend = Backend::named("served");
        let gateway = gateway(settings(driver), &backend);
        let hello = hello(Offer::default());
        for at in 0..hello.len() {
            let mut broken = hello.clone();
            broken[at] ^= 0xff;
            let mut client = gateway.connect();
            client.send_bytes(&broken).end();
            // An alert or a server's part of a handshake: nothing that hangs.
            client.until_over();
        }
        assert_eq!(gateway.connect_to(NAME).get_at(NAME).text(), "served");
        assert!(gateway.plane.metrics().contains("limpet_connection_panics_total 0\n"));
    }

    fn a_client_that_says_nothing_is_cut_off(driver) {
        let backend = Backend::named("served");
        let header_timeout = Duration::from_millis(200);
        let settings = Settings { header_timeout, ..settings(driver) };
        let gateway = gateway(settings, &backend);
        gateway.connect().expect_closed();
        failed(&gateway, "timeout");
        gateway.expect_metric("limpet_timeouts_total{reason=\"handshake\"} 1");
    }

    fn a_client_that_says_half_a_hello_is_cut_off(driver) {
        let backend = Backend::named("served");
        let header_timeout = Duration::from_millis(200);
        let settings = Settings { header_timeout, ..settings(driver) };
        let gateway = gateway(settings, &backend);
        let hello = hello(Offer::default());
        let mut client = gateway.connect();
        client.send_bytes(&hello[..hello.len() / 2]);
        client.expect_closed();
        failed(&gateway, "timeout");
    }

    fn a_client_that_stops_after_the_server_has_spoken_is_cut_off(driver) {
        let backend = Backend::named("served");
        let header_timeout = Duration::from_millis(200);
        let settings = Settings { header_timeout, ..settings(driver) };
        let gateway = gateway(settings, &backend);
        let mut client = gateway.connect();
        client.send_bytes(&hello(Offer::default()));
        assert!(!client.rest().is_empty(), "the server's part");
        failed(&gateway, "timeout");
    }

    fn a_client_that_goes_away_is_counted(driver) {
        let backend = Backend::named("served");
        let gateway = gateway(settings(driver), &backend);
        let hello = hello(Offer::default());
        gateway.connect().send_bytes(&hello[..hello.len() / 2]).end().expect_closed();
        failed(&gateway, "closed");
    }

    fn a_broken_record_while_an_answer_waits_ends_the_connection_alone(driver) {
        let backend = Backend::start(|peer| {
            if peer.receive_head().is_some() {
                peer.raw.send("HTTP/1.1 200 OK|content-length: 1000000000||");
                // More than all buffers on the way hold, to a client that reads nothing.
                let piece = vec![b'x'; 1 << 20];
                while peer.raw.stream.write_all(&piece).is_ok() {}
            }
        });
        let gateway = gateway(settings(driver), &backend);
        let mut client: TlsClient = gateway.connect_to(NAME);
        client.send("POST / HTTP/1.1|host: a.example|content-length: 10||12345");
        assert_eq!(client.response_head().status, 200);
        // A record of application data that no key opens.
        let socket = &mut client.stream.sock;
        socket.write_all(&[23, 3, 3, 0, 20]).expect("sent");
        socket.write_all(&[0; 20]).expect("sent");
        Client::new(socket).until_over();
        gateway.expect_metric("limpet_connections_open 0");
        assert!(gateway.plane.metrics().contains("limpet_connection_panics_total 0\n"));
    }
}

/// Sends each byte by itself.
struct Dripping(std::net::TcpStream);

impl Write for Dripping {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(&bytes[..bytes.len().min(1)])
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

impl Read for Dripping {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(bytes)
    }
}
