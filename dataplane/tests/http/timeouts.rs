//! Limits in time. They are short here, and a test that has to wait longer than one has failed.

use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use limpet_dataplane::Settings;
use limpet_schema::snapshot::{Action, Snapshot, Timeouts};

use crate::on_both_drivers;
use crate::support::{Backend, Gateway, PATIENCE, RULE, forward_to, settings};

const SHORT: Duration = Duration::from_millis(200);

/// A backend that reads everything and says nothing.
fn silent() -> Backend {
    Backend::start(|peer| while peer.receive().is_some() {})
}

fn with_timeouts(mut snapshot: Snapshot, timeouts: Timeouts) -> Snapshot {
    let rule = snapshot.rules.get_mut(RULE).expect("the rule");
    if let Action::Forward(forward) = &mut rule.action {
        forward.timeouts = timeouts;
    }
    snapshot
}

/// Lets time pass.
fn pass(time: Duration) {
    let (_nobody, word) = mpsc::channel::<()>();
    let _ = word.recv_timeout(time);
}

/// A backend whose answer takes twice [`SHORT`], bit by bit.
fn slow() -> Backend {
    Backend::start(|peer| {
        while peer.receive().is_some() {
            peer.raw.send("HTTP/1.1 200 OK|content-length: 8||");
            for _ in 0..8 {
                pass(SHORT / 4);
                let _ = std::io::Write::write_all(&mut peer.raw.stream, b"a");
            }
        }
    })
}

on_both_drivers! {
    fn what_flows_is_cut_by_no_default(driver) {
        let backend = slow();
        let settings = Settings { request_timeout: SHORT, ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        assert_eq!(gateway.get("/").text(), "aaaaaaaa");
        // An upload that takes as long, and an answer right behind it.
        let mut client = gateway.connect();
        client.send("POST / HTTP/1.1|host: a|content-length: 8||");
        for _ in 0..8 {
            pass(SHORT / 4);
            client.send("a");
        }
        assert_eq!(client.response().text(), "aaaaaaaa");
    }

    fn a_rules_limit_ends_what_flows(driver) {
        let backend = slow();
        let timeouts = Timeouts { request_ms: Some(200), backend_request_ms: None };
        let snapshot = with_timeouts(forward_to(&[backend.address]), timeouts);
        let gateway = Gateway::start(driver, snapshot);
        let mut client = gateway.connect();
        let all = client.send("GET / HTTP/1.1|host: a||").rest();
        assert!(all.starts_with(b"HTTP/1.1 200 OK") && !all.ends_with(b"aaaaaaaa"));
    }

    fn thinking_is_limited_after_an_upload_too(driver) {
        let backend = silent();
        let settings = Settings { request_timeout: SHORT, ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send("POST / HTTP/1.1|host: a|content-length: 4||a");
        for _ in 0..3 {
            pass(SHORT / 2);
            client.send("a");
        }
        let start = Instant::now();
        assert_eq!(client.response().status, 504);
        assert!(start.elapsed() >= SHORT / 2);
    }

    fn a_head_that_never_ends_is_408(driver) {
        let settings = Settings { header_timeout: SHORT, ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[]));
        let mut client = gateway.connect();
        let start = Instant::now();
        client.send("GET / HTTP/1.1|host:");
        assert_eq!(client.response().status, 408);
        client.expect_closed();
        assert!(start.elapsed() >= SHORT);
    }

    fn a_client_that_says_nothing_is_closed(driver) {
        let backend = Backend::named("one");
        let settings =
            Settings { header_timeout: SHORT, idle_timeout: SHORT, ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        gateway.connect().expect_closed();
        let mut client = gateway.connect();
        assert_eq!(client.get("/").text(), "one");
        client.expect_closed();
    }

    fn a_body_that_never_comes_is_408(driver) {
        let backend = silent();
        let settings = Settings { idle_timeout: SHORT, ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send("POST / HTTP/1.1|host: a|content-length: 10||abc");
        assert_eq!(client.response().status, 408);
        client.expect_closed();
    }

    fn a_backend_that_never_answers_is_504(driver) {
        let backend = silent();
        let settings = Settings { request_timeout: SHORT, ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        for _ in 0..2 {
            let start = Instant::now();
            let response = client.get("/");
            assert_eq!(response.status, 504, "{response:?}");
            assert!(start.elapsed() >= SHORT);
        }
        let timeouts = Timeouts { request_ms: Some(200), backend_request_ms: None };
        gateway.apply(with_timeouts(forward_to(&[backend.address]), timeouts));
        client.send("POST / HTTP/1.1|host: a|content-length: 10||abc");
        assert_eq!(client.response().status, 504);
        client.expect_closed();
    }

    fn a_rules_limits_override_the_default(driver) {
        let backend = silent();
        let settings = Settings { request_timeout: SHORT, ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        for timeouts in [
            Timeouts { request_ms: Some(400), backend_request_ms: None },
            Timeouts { request_ms: Some(0), backend_request_ms: Some(400) },
            Timeouts { request_ms: Some(5_000), backend_request_ms: Some(400) },
        ] {
            gateway.apply(with_timeouts(forward_to(&[backend.address]), timeouts));
            let start = Instant::now();
            assert_eq!(gateway.get("/").status, 504);
            let took = start.elapsed().as_millis();
            assert!((400..1_000).contains(&took), "{timeouts:?} took {took} ms");
        }
    }

    fn a_body_that_stalls_is_cut_off(driver) {
        let backend = Backend::start(|peer| {
            peer.receive().expect("a request");
            peer.raw.send("HTTP/1.1 200 OK|content-length: 10||abc");
            peer.raw.rest();
        });
        let settings = Settings { idle_timeout: SHORT, ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        assert!(client.send("GET / HTTP/1.1|host: a||").rest().ends_with(b"abc"));
    }

    fn a_silent_tunnel_is_closed(driver) {
        let backend = Backend::start(|peer| {
            peer.receive_head().expect("a request");
            peer.raw.send("HTTP/1.1 101 Switching|connection: upgrade|upgrade: websocket||");
            peer.raw.rest();
        });
        let settings =
            Settings { idle_timeout: SHORT, request_timeout: SHORT / 2, ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        let start = Instant::now();
        client.send("GET / HTTP/1.1|host: a|connection: upgrade|upgrade: websocket||");
        assert_eq!(client.response().status, 101);
        client.expect_closed();
        assert!(start.elapsed() >= SHORT, "the request's limit does not hold in a tunnel");
    }

    fn idle_connections_to_backends_are_given_up(driver) {
        let (said, heard) = mpsc::channel();
        let said = Mutex::new(said);
        let backend = Backend::start(move |peer| {
            peer.receive().expect("a request");
            peer.raw.send("HTTP/1.1 204 No Content||");
            peer.raw.expect_closed();
            let _ = said.lock().expect("one connection").send(());
        });
        let settings = Settings { upstream_idle_timeout: SHORT, ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        assert_eq!(client.get("/").status, 204);
        heard.recv_timeout(PATIENCE).expect("the idle connection is closed");
        assert_eq!(client.get("/").status, 204);
    }
}
