//! 1xx responses: Expect, early hints, upgrades.

use std::io::Read;

use crate::on_both_drivers;
use crate::support::{Backend, Gateway, forward_to};

/// Sends 103 and then answers, for each request.
fn hinting(hints: usize) -> Backend {
    Backend::start(move |peer| {
        while peer.receive().is_some() {
            for _ in 0..hints {
                peer.raw
                    .send("HTTP/1.1 103 Early Hints|link: </a>|connection: close||");
            }
            peer.raw.send("HTTP/1.1 200 OK|content-length: 2||ok");
        }
    })
}

/// Switches to a protocol that answers each byte with its successor.
fn upgrading(protocol: &str) -> Backend {
    let protocol = protocol.to_owned();
    Backend::start(move |peer| {
        let head = peer.receive_head().expect("a request");
        assert!(head.contains("connection: upgrade"), "{head}");
        peer.raw
            .send("HTTP/1.1 101 Switching Protocols|connection: upgrade|upgrade: ");
        peer.raw.send(&format!("{protocol}||first"));
        let mut byte = [0];
        while peer.raw.stream.read(&mut byte).is_ok_and(|len| len == 1) {
            peer.raw.send_bytes(&[byte[0] + 1]);
        }
        peer.raw.send("bye");
    })
}

on_both_drivers! {
    fn a_client_that_expects_100_gets_the_backends(driver) {
        let backend = Backend::start(|peer| {
            let head = peer.receive_head().expect("a request");
            assert!(head.contains("expect: 100-continue"), "{head}");
            peer.raw.send("HTTP/1.1 100 Continue||");
            assert_eq!(peer.raw.take(5), b"hello");
            peer.raw.send("HTTP/1.1 200 OK|content-length: 0||");
        });
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send("PUT / HTTP/1.1|host: a|expect: 100-continue|content-length: 5||");
        assert_eq!(client.response().status, 100);
        assert_eq!(client.send("hello").response().status, 200);
    }

    fn a_backend_that_refuses_what_was_expected_is_heard(driver) {
        let backend = Backend::start(|peer| {
            peer.receive_head().expect("a request");
            peer.raw.send("HTTP/1.1 417 No|content-length: 0||");
        });
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send("PUT / HTTP/1.1|host: a|expect: 100-continue|content-length: 5||");
        let response = client.response();
        assert_eq!((response.status, response.header("connection")), (417, Some("close")));
        client.expect_closed();
    }

    fn clients_of_1_0_expect_nothing(driver) {
        let backend = Backend::echo();
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send("PUT / HTTP/1.0|expect: 100-continue|content-length: 2||ab");
        let response = client.response();
        assert!(!response.text().contains("expect"), "{response:?}");
    }

    fn a_100_nobody_expects_is_not_forwarded(driver) {
        let backend = Backend::start(|peer| {
            peer.receive().expect("a request");
            peer.raw.send("HTTP/1.1 100 Continue||HTTP/1.1 204 No Content||");
        });
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        assert_eq!(gateway.get("/").status, 204);
    }

    fn early_hints_come_before_the_answer_and_queue_nothing(driver) {
        let backend = hinting(2);
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        for _ in 0..3 {
            let hint = client.get("/");
            assert_eq!(hint.head, "HTTP/1.1 103 Early Hints\r\nlink: </a>");
            assert_eq!(client.response().status, 103);
            assert_eq!(client.response().text(), "ok");
        }
        assert_eq!(client.send("GET / HTTP/1.0||").response().text(), "ok");
        assert_eq!(backend.connections(), 1);
    }

    fn endless_hints_are_cut_off(driver) {
        let backend = hinting(17);
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        let mut response = client.get("/");
        while response.status == 103 {
            response = client.response();
        }
        assert_eq!(response.status, 502);
    }

    fn bytes_flow_both_ways_after_an_upgrade(driver) {
        let backend = upgrading("websocket");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send("GET / HTTP/1.1|host: a|connection: Upgrade|upgrade: WebSocket||A");
        let response = client.response();
        let expected = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket";
        assert_eq!(response.head, expected);
        assert_eq!(client.take(6), b"firstB");
        for byte in [b'a', b'x', 0] {
            client.send_bytes(&[byte]);
            assert_eq!(client.take(1), [byte + 1]);
        }
        client.end();
        assert_eq!(client.rest(), b"bye", "each direction ends by itself");
    }

    fn a_backend_that_does_not_upgrade_answers(driver) {
        let backend = Backend::named("plain");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        let request = "GET / HTTP/1.1|host: a|connection: upgrade|upgrade: websocket||";
        assert_eq!(client.send(request).response().text(), "plain");
        assert_eq!(client.get("/").text(), "plain");
    }

    fn a_switch_to_another_protocol_is_502(driver) {
        let backend = upgrading("something-else");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        let request = "GET / HTTP/1.1|host: a|connection: upgrade|upgrade: websocket||";
        assert_eq!(client.send(request).response().status, 502);
    }

    fn nothing_is_tunnelled_before_a_101(driver) {
        let backend = Backend::echo();
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        let upgrade = "GET /1 HTTP/1.1|host: a|connection: upgrade|upgrade: websocket||";
        client.send(&format!("{upgrade}GET /2 HTTP/1.1|host: evil host||"));
        assert_eq!(client.response().status, 200);
        assert_eq!(client.response().status, 400, "the bytes behind it are a request like any");
    }
}
