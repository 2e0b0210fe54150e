//! Requests that are not forwarded, each with its status, and the connection's end.

use std::sync::{Mutex, mpsc};

use crate::on_both_drivers;
use crate::support::{Backend, Client, Gateway, PATIENCE, forward_to};

/// Sends bytes where `|` is CR LF: the status, after which nothing more may come.
fn check(gateway: &Gateway, request: &str, status: u16) {
    let mut client = gateway.connect();
    client.send(request);
    let response = client.response();
    assert_eq!(response.status, status, "{request:?}: {response:?}");
    assert_eq!(response.header("connection"), Some("close"), "{request:?}");
    assert!(
        response.text().starts_with("The request was refused: "),
        "{response:?}"
    );
    client.expect_closed();
}

on_both_drivers! {
    fn hostile_requests_never_reach_a_backend(driver) {
        let (said, heard) = mpsc::channel();
        let said = Mutex::new(said);
        let backend = Backend::start(move |peer| {
            let bytes = peer.raw.until_over();
            let said = said.lock().expect("no script panics with it");
            let _ = said.send((peer.number, bytes));
        });
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        for (request, status) in [
            ("GET / HTTP/1.1||", 400),
            ("GET / HTTP/1.1|host: a|host: b||", 400),
            ("GET / HTTP/1.1|host: a b||", 400),
            ("GET http://b/ HTTP/1.1|host: a||", 400),
            ("GET / HTTP/1.1\nhost: a\n\n", 400),
            ("GET / HTTP/1.1|host: a|x: 1\r2||", 400),
            ("GET / HTTP/1.1|host: a|x: \0||", 400),
            ("GET / HTTP/1.1|host: a|x: 1| 2||", 400),
            ("GET / HTTP/1.1|host : a||", 400),
            ("GET / HTTP/1.1|host: a|: x||", 400),
            ("GET  / HTTP/1.1|host: a||", 400),
            ("G@T / HTTP/1.1|host: a||", 400),
            ("CONNECT a:80 HTTP/1.1|host: a:80||", 501),
            ("GET / HTTP/2.0|host: a||", 505),
            ("PRI * HTTP/2.0||SM||", 505),
            ("POST / HTTP/1.1|host: a|content-length: 3|transfer-encoding: chunked||0||", 400),
            ("POST / HTTP/1.1|host: a|content-length: 3|content-length: 4||abc", 400),
            ("POST / HTTP/1.1|host: a|content-length: 3, 3||abc", 400),
            ("POST / HTTP/1.1|host: a|content-length: -3||abc", 400),
            ("POST / HTTP/1.1|host: a|transfer-encoding: gzip, chunked||0||", 501),
            ("POST / HTTP/1.1|host: a|transfer-encoding: identity|transfer-encoding: chunked||0||", 501),
            ("POST / HTTP/1.0|host: a|transfer-encoding: chunked||0||", 400),
            ("POST / HTTP/1.1|host: a|transfer-encoding: chunked||x|", 400),
            ("POST / HTTP/1.1|host: a|transfer-encoding: chunked||1|ab|0||", 400),
        ] {
            check(&gateway, request, status);
        }
        drop(gateway);
        // Connections are accepted in their order: all of the gateway's came before this one.
        Client::connect(backend.address).send("the last").end().expect_closed();
        let (mut ended, mut before_last) = (0, None);
        while before_last.is_none_or(|before| ended <= before) {
            let (number, bytes) = heard.recv_timeout(PATIENCE).expect("each connection ends");
            ended += 1;
            match &bytes[..] {
                b"the last" => before_last = Some(number),
                _ => assert!(bytes.is_empty(), "{:?}", String::from_utf8_lossy(&bytes)),
            }
        }
    }

    fn heads_are_bounded(driver) {
        let backend = Backend::named("reached");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let fields = "a: b|".repeat(95);
        let fits = format!("GET / HTTP/1.1|host: a|{fields}|");
        assert_eq!(gateway.connect().send(&fits).response().text(), "reached");
        check(&gateway, &format!("GET / HTTP/1.1|host: a|{fields}a: b||"), 431);
        let name = "n".repeat(257);
        check(&gateway, &format!("GET / HTTP/1.1|host: a|{name}: b||"), 431);
        let value = "v".repeat(60 * 1024);
        let fits = format!("GET / HTTP/1.1|host: a|x: {value}||");
        assert_eq!(gateway.connect().send(&fits).response().text(), "reached");
        check(&gateway, &format!("GET / HTTP/1.1|host: a|x: {value}{value}||"), 431);
        check(&gateway, &format!("GET /{value}{value} HTTP/1.1|host: a||"), 414);
    }

    fn a_bad_chunk_ends_a_request_that_was_being_forwarded(driver) {
        let backend = Backend::start(|peer| {
            peer.receive_head().expect("a request");
            assert_eq!(peer.raw.until(b"a\r\n"), b"1\r\na\r\n");
            peer.raw.rest();
        });
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send("POST / HTTP/1.1|host: a|transfer-encoding: chunked||1|a|");
        client.send("1|bc|0||");
        assert_eq!(client.response().status, 400);
        client.expect_closed();
    }

    fn one_empty_line_before_a_request_is_forgiven(driver) {
        let backend = Backend::named("reached");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        assert_eq!(client.send("|GET / HTTP/1.1|host: a||").response().text(), "reached");
    }
}
