//! What a client gets when a backend, a route or the client itself is at fault.

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};

use limpet_schema::snapshot::{Action, Forward, WeightedBackend};

use crate::on_both_drivers;
use crate::support::{Backend, Client, Gateway, PATIENCE, forward_to, rule_of, snapshot_of};

/// An address where nobody listens.
fn closed_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("bound")
}

/// An endpoint that ends with a request: that is closed first, the next connection is accepted and closed
/// unseen, and the third refused.
fn ending() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a connection");
        Client::over(stream).until(b"\r\n\r\n");
        let unseen = listener.accept();
        drop(listener);
        drop(unseen);
    });
    address
}

/// A backend that answers the first request of each connection like this, then closes.
fn once(answer: &str) -> Backend {
    let answer = answer.to_owned();
    Backend::start(move |peer| {
        if peer.receive_head().is_some() {
            peer.raw.send(&answer);
        }
    })
}

/// Checks status and the first words of the text of an answer made by the gateway.
fn check(gateway: &Gateway, status: u16, words: &str) {
    let response = gateway.get("/");
    assert_eq!(response.status, status, "{response:?}");
    assert!(response.text().starts_with(words), "{response:?}");
    assert!(response.text().ends_with("]\n"), "{response:?}");
    assert_eq!(response.header("set-cookie"), None);
    assert_eq!(
        response.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
}

on_both_drivers! {
    fn nothing_matched_is_404(driver) {
        let mut snapshot = forward_to(&[]);
        snapshot.listeners[0].hosts.clear();
        let gateway = Gateway::start(driver, snapshot);
        check(&gateway, 404, "No route matches this host and path. [no-route]");
        let mut client = gateway.connect();
        assert_eq!((client.get("/").status, client.get("/").status), (404, 404));
        let response = client.send("HEAD / HTTP/1.1|host: a||").response_head();
        assert_eq!(response.status, 404);
        client.send("POST / HTTP/1.1|host: a|content-length: 4||abcd");
        assert_eq!(client.response().header("connection"), Some("close"));
        client.expect_closed();
    }

    fn a_missing_backend_is_500_and_one_without_endpoints_503(driver) {
        let missing = WeightedBackend { weight: 1, ..WeightedBackend::default() };
        let forward = Forward { backends: vec![missing], ..Forward::default() };
        let gateway = Gateway::start(driver, snapshot_of(rule_of(Action::Forward(forward))));
        check(&gateway, 500, "The backend of this route does not exist");
        gateway.apply(forward_to(&[]));
        check(&gateway, 503, "The backend has no ready endpoint");
    }

    fn a_refused_connection_leads_to_another_endpoint(driver) {
        let backend = Backend::named("two");
        let gateway = Gateway::start(driver, forward_to(&[closed_port(), backend.address]));
        for _ in 0..6 {
            assert_eq!(gateway.get("/").text(), "two");
        }
        gateway.apply(forward_to(&[closed_port(), closed_port()]));
        check(&gateway, 502, "No endpoint of the backend accepts connections");
    }

    fn a_backend_that_closes_without_an_answer_is_502(driver) {
        let backend = once("");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        check(&gateway, 502, "The endpoint closed the connection without an answer");
        let backend = once("HTTP/1.1 200 OK|content-le");
        gateway.apply(forward_to(&[backend.address]));
        check(&gateway, 502, "The endpoint closed the connection without an answer");
    }

    fn an_endpoint_that_closes_unheard_is_asked_twice_more_if_that_is_harmless(driver) {
        let closing_first = || {
            let closed = AtomicUsize::new(0);
            Backend::start(move |peer| {
                if peer.receive().is_some() && closed.fetch_add(1, Ordering::Relaxed) == 2 {
                    peer.raw.send("HTTP/1.1 200 OK|content-length: 3||yes");
                }
            })
        };
        let backend = closing_first();
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let response = gateway.get("/");
        assert_eq!((response.status, response.text()), (200, "yes"));
        assert_eq!(backend.connections(), 3);
        let backend = closing_first();
        gateway.apply(forward_to(&[backend.address]));
        let post = gateway.connect().send("POST / HTTP/1.1|host: test|content-length: 0||").response();
        assert_eq!((post.status, backend.connections()), (502, 1));
        let backend = once("");
        gateway.apply(forward_to(&[backend.address]));
        check(&gateway, 502, "The endpoint closed the connection without an answer");
        assert_eq!(backend.connections(), 3);
    }

    fn where_one_endpoint_after_the_other_ends_a_third_is_asked(driver) {
        let last = Backend::named("last");
        let gateway = Gateway::start(driver, forward_to(&[]));
        // Chance says which of the three is asked first.
        for _ in 0..12 {
            gateway.apply(forward_to(&[ending(), ending(), last.address]));
            assert_eq!(gateway.get("/").text(), "last");
        }
    }

    fn an_answer_that_breaks_http_is_502(driver) {
        let gateway = Gateway::start(driver, forward_to(&[]));
        for answer in [
            "HTTP/2 200 OK||",
            "nonsense||",
            "HTTP/1.1 200 OK\n\n",
            "HTTP/1.1 200 OK|content-length: 3|content-length: 4||abcd",
            "HTTP/1.1 200 OK|content-length: 3|transfer-encoding: chunked||abcd",
            "HTTP/1.1 200 OK|transfer-encoding: gzip||",
            "HTTP/1.0 200 OK|transfer-encoding: chunked||0||",
            "HTTP/1.1 200 OK|a: b| folded||",
            "HTTP/1.1 200 OK|bad name: b||",
            "HTTP/1.1 200 OK|transfer-encoding: chunked||3|abc|x|",
            "HTTP/1.1 101 Switching Protocols|connection: upgrade|upgrade: websocket||",
        ] {
            let backend = once(answer);
            gateway.apply(forward_to(&[backend.address]));
            check(&gateway, 502, "The endpoint's answer cannot be forwarded");
        }
        let long = format!("HTTP/1.1 200 OK|{}|", "a: b|".repeat(97));
        let backend = once(&long);
        gateway.apply(forward_to(&[backend.address]));
        check(&gateway, 502, "The endpoint's answer cannot be forwarded: it has more");
    }

    fn a_body_that_breaks_off_never_looks_whole(driver) {
        let gateway = Gateway::start(driver, forward_to(&[]));
        for answer in [
            "HTTP/1.1 200 OK|content-length: 9||abc",
            "HTTP/1.1 200 OK|transfer-encoding: chunked||3|abc|",
        ] {
            let backend = once(answer);
            gateway.apply(forward_to(&[backend.address]));
            let came = gateway.connect().send("GET / HTTP/1.1|host: a||").rest();
            let came = String::from_utf8(came).expect("text");
            assert!(came.starts_with("HTTP/1.1 200 OK") && !came.ends_with("0\r\n\r\n"), "{came:?}");
        }
    }

    fn a_body_that_breaks_off_is_a_reset_where_its_end_is_the_connections(driver) {
        let backend = once("HTTP/1.1 200 OK|transfer-encoding: chunked||3|abc|");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        gateway.connect().send("GET / HTTP/1.0|host: a||").expect_reset();
    }

    fn surplus_bytes_reach_nobody(driver) {
        let smuggled = "HTTP/1.1 200 OK|content-length: 4||evil";
        let backend = Backend::start(move |peer| {
            while peer.receive().is_some() {
                peer.raw.send(&format!("HTTP/1.1 200 OK|content-length: 4||good{smuggled}"));
            }
        });
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        for number in 1..5 {
            assert_eq!(client.get("/").text(), "good");
            assert_eq!(backend.connections(), number, "such a connection is not used again");
        }
    }

    fn bytes_that_come_late_reach_nobody(driver) {
        let (said, heard) = mpsc::channel();
        let said = Mutex::new(said);
        let backend = Backend::start(move |peer| {
            peer.receive().expect("a request");
            peer.raw.send("HTTP/1.1 204 No Content||");
            peer.raw.send("HTTP/1.1 200 OK|content-length: 4||evil");
            let _ = said.lock().expect("not poisoned").send(());
            while peer.receive().is_some() {}
        });
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        for _ in 0..4 {
            assert_eq!(client.get("/").status, 204);
            heard.recv_timeout(PATIENCE).expect("the evil bytes are sent");
        }
    }

    fn a_connection_that_died_in_the_pool_is_replaced(driver) {
        // Each connection serves one request, claims to go on, and closes without an answer.
        let backend = Backend::start(|peer| {
            peer.receive().expect("a request");
            peer.raw.send("HTTP/1.1 200 OK|content-length: 2||ok");
        });
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        for _ in 0..5 {
            assert_eq!(client.get("/").text(), "ok");
        }
    }

    fn a_request_lost_on_a_kept_connection_is_sent_once_more(driver) {
        let backend = Backend::start(|peer| {
            peer.receive().expect("a request");
            peer.raw.send("HTTP/1.1 200 OK|content-length: 2||ok");
            // Takes the second request and dies with it.
            peer.receive();
        });
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        assert_eq!((client.get("/").text(), client.get("/").text()), ("ok", "ok"));
        assert_eq!(backend.connections(), 2);
        // Sending it again could do it twice.
        let post = "POST / HTTP/1.1|host: a|content-length: 1||x";
        assert_eq!(client.send(post).response().status, 502);
    }

    fn surplus_and_truncated_bodies_of_heads_without_body_are_noticed(driver) {
        let backend = Backend::start(|peer| {
            while peer.receive().is_some() {
                peer.raw.send("HTTP/1.1 204 No Content|content-length: 4||evil");
            }
        });
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        assert_eq!((client.get("/").status, client.get("/").status), (204, 204));
        assert_eq!(backend.connections(), 2);
    }
}
