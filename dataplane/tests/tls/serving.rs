//! What is served over TLS, and what changes while it is.

use std::io::Read;
use std::sync::mpsc;

use limpet_dataplane::{Key, Keyring};
use limpet_schema::secrets::{Certificate, Certificates};
use limpet_schema::snapshot::{Action, Affinity, Protocol, Redirect, Snapshot};

use super::scene::{Gateway, certificate, certificates, leaf, shown, snapshot};
use crate::on_both_drivers;
use crate::support::Backend;

const NAME: &str = "a.example";

fn change(snapshot: &mut Snapshot, change: impl FnOnce(&mut Action)) {
    let mut rules = snapshot.rules.values_mut();
    change(&mut rules.next().expect("a rule").action);
}

fn start(driver: limpet_dataplane::Driver, backend: &Backend) -> Gateway {
    let snapshot = snapshot(&[(NAME, backend.address)]);
    Gateway::start(driver, snapshot, &certificates(&[NAME]))
}

on_both_drivers! {
    fn the_backend_learns_that_the_client_came_encrypted(driver) {
        let backend = Backend::echo();
        let gateway = start(driver, &backend);
        let response = gateway.connect_to(NAME).get_at(NAME);
        assert!(response.text().contains("x-forwarded-proto: https\r\n"), "{}", response.text());
    }

    fn an_https_target_is_at_home_here(driver) {
        let backend = Backend::named("served");
        let gateway = start(driver, &backend);
        let mut client = gateway.connect_to(NAME);
        client.send("GET https://a.example/ HTTP/1.1|host: a.example||");
        assert_eq!(client.response().text(), "served");
    }

    fn a_redirect_keeps_scheme_and_port(driver) {
        let backend = Backend::named("served");
        let mut snapshot = snapshot(&[(NAME, backend.address)]);
        change(&mut snapshot, |action| {
            *action = Action::Redirect(Redirect {
                scheme: None,
                hostname: Some("b.example".into()),
                port: None,
                path: None,
                status: 302,
            });
        });
        let gateway = Gateway::start(driver, snapshot, &certificates(&[NAME]));
        let response = gateway.connect_to(NAME).get_at(NAME);
        assert_eq!(response.header("location"), Some("https://b.example/"));
    }

    fn a_pin_is_for_encrypted_connections(driver) {
        let backend = Backend::named("served");
        let mut snapshot = snapshot(&[(NAME, backend.address)]);
        change(&mut snapshot, |action| {
            let Action::Forward(forward) = action else { panic!("it forwards") };
            forward.affinity = Some(Affinity {
                scope: "HTTPRoute/test/route".into(),
                cookie_name: "nomnom".into(),
                cookie_duration_secs: 3600,
                ..Affinity::default()
            });
        });
        let gateway = Gateway::start(driver, snapshot, &certificates(&[NAME]));
        gateway.plane.set_keys(Keyring::new(Key::new(1, [7; 32]), None)).expect("served");
        let response = gateway.connect_to(NAME).get_at(NAME);
        let cookie = response.header("set-cookie").expect("a pin");
        assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
    }

    fn many_requests_on_one_connection_and_bodies_of_megabytes(driver) {
        let backend = Backend::echo();
        let gateway = start(driver, &backend);
        let mut client = gateway.connect_to(NAME);
        for len in [0, 1, 16_384, 16_385, 3_000_000] {
            let body = vec![b'x'; len];
            client.send(&format!("POST / HTTP/1.1|host: a.example|content-length: {len}||"));
            std::thread::scope(|scope| {
                // Both directions at once: neither waits until the other is through.
                let (mut reading, sending) = (gateway.connect_to(NAME), &body);
                scope.spawn(move || {
                    reading.send(&format!("POST / HTTP/1.1|host: a.example|content-length: {len}||"));
                    reading.send_bytes(sending);
                    assert!(reading.response().body.ends_with(sending));
                });
                client.send_bytes(&body);
                assert!(client.response().body.ends_with(&body), "{len}");
            });
        }
    }

    fn a_websocket_goes_both_ways(driver) {
        let backend = Backend::start(|peer| {
            if peer.receive_head().is_some() {
                peer.raw.send("HTTP/1.1 101 Switching Protocols|connection: upgrade|upgrade: websocket||");
                while !peer.is_over() {
                    let said = peer.raw.take(4);
                    peer.raw.send_bytes(&said);
                }
            }
        });
        let gateway = start(driver, &backend);
        let mut client = gateway.connect_to(NAME);
        client.send("GET / HTTP/1.1|host: a.example|connection: upgrade|upgrade: websocket||");
        assert_eq!(client.response_head().status, 101);
        for said in [b"ping", b"pong"] {
            client.send_bytes(said);
            assert_eq!(client.take(4), said);
        }
    }

    fn an_answer_that_ends_with_the_connection_ends_cleanly(driver) {
        let backend = Backend::start(|peer| {
            if peer.receive().is_some() {
                peer.raw.send("HTTP/1.1 200 OK|connection: close||until the end");
            }
        });
        let gateway = start(driver, &backend);
        let mut client = gateway.connect_to(NAME);
        client.send("GET / HTTP/1.0|host: a.example||");
        // An end without a goodbye would be an error here.
        assert_eq!(client.response().text(), "until the end");
    }

    fn an_answer_that_breaks_off_does_not_end_cleanly(driver) {
        let backend = Backend::start(|peer| {
            if peer.receive().is_some() {
                peer.raw.send("HTTP/1.1 200 OK|transfer-encoding: chunked||5|12345|");
            }
        });
        let gateway = start(driver, &backend);
        let mut client = gateway.connect_to(NAME);
        client.send("GET / HTTP/1.0|host: a.example||");
        assert_eq!(client.response_head().status, 200);
        client.stream.read_to_end(&mut Vec::new()).expect_err("no clean end");
    }

    fn new_certificates_are_for_new_connections(driver) {
        let backend = Backend::named("served");
        let snapshot = snapshot(&[(NAME, backend.address)]);
        let (old, new) = (certificate(&[NAME]), certificate(&[NAME]));
        let as_map = |certificate: &Certificate| Certificates::from([(NAME.into(), certificate.clone())]);
        let gateway = Gateway::start(driver, snapshot.clone(), &as_map(&old));
        let mut open = gateway.connect_to(NAME);
        assert_eq!(shown(&open), leaf(&old));
        gateway.apply(snapshot.clone(), &as_map(&new));
        assert_eq!(gateway.shown(NAME), leaf(&new));
        assert_eq!(open.get_at(NAME).text(), "served");
        gateway.plane.apply(snapshot).expect("accepted");
        assert_eq!(gateway.shown(NAME), leaf(&new), "apply keeps the certificates");
    }

    fn a_certificate_that_cannot_be_read_changes_nothing_and_is_not_shown(driver) {
        let backend = Backend::named("served");
        let snapshot = snapshot(&[(NAME, backend.address)]);
        let good = certificates(&[NAME]);
        let gateway = Gateway::start(driver, snapshot.clone(), &good);
        let mut broken = good.clone();
        let entry = broken.get_mut(NAME).expect("it is there");
        entry.key_pem = entry.key_pem.replace("PRIVATE", "SECRET");
        let refused = gateway.plane.apply_with(snapshot, &broken).expect_err("unreadable");
        assert_eq!(
            refused.to_string(),
            "the snapshot is refused:\n  a.example: the private key is not PEM of PKCS #1, PKCS #8 or SEC1"
        );
        assert_eq!(gateway.shown(NAME), leaf(&good[NAME]));
    }

    fn an_address_that_becomes_plain_serves_no_encrypted_connection_any_more(driver) {
        let backend = Backend::named("served");
        let encrypted = snapshot(&[(NAME, backend.address)]);
        let mut plain = encrypted.clone();
        plain.listeners[0].protocol = Protocol::Http;
        plain.listeners[0].certificates.clear();
        let gateway = Gateway::start(driver, encrypted.clone(), &certificates(&[NAME]));
        let mut client = gateway.connect_to(NAME);
        assert_eq!(client.get_at(NAME).text(), "served");
        gateway.plane.apply(plain).expect("accepted");
        let mut unencrypted = gateway.connect();
        assert_eq!(unencrypted.get_at(NAME).text(), "served");
        client.send("GET / HTTP/1.1|host: a.example||").expect_closed();
        gateway.apply(encrypted, &certificates(&[NAME]));
        unencrypted.send("GET / HTTP/1.1|host: a.example||").expect_closed();
    }

    fn plain_and_encrypted_listeners_do_not_share_an_address(driver) {
        let backend = Backend::named("served");
        let mut mixed = snapshot(&[(NAME, backend.address), ("b.example", backend.address)]);
        mixed.listeners[1].protocol = Protocol::Http;
        let plane = limpet_dataplane::DataPlane::start(crate::support::settings(driver));
        let refused = plane.expect("it starts").apply(mixed).expect_err("mixed");
        assert_eq!(
            refused.to_string(),
            "the snapshot is refused:\n  Gateway/test/gateway/b.example and Gateway/test/gateway/a.example \
             have one address, and only one of them is HTTPS"
        );
    }

    fn a_connection_in_its_handshake_does_not_hold_up_a_drain(driver) {
        let backend = Backend::named("served");
        let gateway = start(driver, &backend);
        let mut client = gateway.connect();
        gateway.expect_metric("limpet_connections_open 1");
        let (done, drained) = mpsc::channel();
        let plane = gateway.plane;
        std::thread::spawn(move || {
            plane.drain();
            let _ = done.send(());
        });
        client.expect_closed();
        drained.recv_timeout(crate::support::PATIENCE).expect("drained");
    }
}
