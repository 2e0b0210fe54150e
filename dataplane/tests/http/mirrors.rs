//! Copies of requests, as Gateway API's RequestMirror has them.

use std::net::SocketAddr;
use std::sync::{Mutex, mpsc};

use limpet_dataplane::{Driver, Settings};
use limpet_schema::snapshot::{
    self, Filter, HeaderEdit, HeaderField, Mirror, PathEdit, Snapshot, UrlRewrite,
};

use crate::on_both_drivers;
use crate::support::{
    Backend, Gateway, PATIENCE, RULE, Received, endpoint, forward_of, forward_to,
    raise_descriptor_limit, settings, silent, swallowing,
};

const MIRROR: &str = "Service/test/mirror/80";

/// A backend that says what it received, and answers like this.
fn recording(answer: &'static str) -> (Backend, mpsc::Receiver<Received>) {
    let (said, heard) = mpsc::channel();
    let said = Mutex::new(said);
    let backend = Backend::start(move |peer| {
        while let Some(received) = peer.receive() {
            let _ = said.lock().expect("whole").send(received);
            peer.raw.send(answer);
        }
    });
    (backend, heard)
}

fn mirrored(primary: &Backend, mirror: &Backend, shares: &[(u32, u32)]) -> Snapshot {
    mirrored_to(primary, mirror.address, shares)
}

fn mirrored_to(primary: &Backend, mirror: SocketAddr, shares: &[(u32, u32)]) -> Snapshot {
    let mut snapshot = forward_to(&[primary.address]);
    let endpoints = vec![endpoint(mirror)];
    snapshot
        .backends
        .insert(MIRROR.into(), snapshot::Backend { endpoints });
    let rule = snapshot.rules.get_mut(RULE).expect("the rule");
    for (numerator, denominator) in shares {
        let (numerator, denominator) = (*numerator, *denominator);
        rule.filters.push(Filter::Mirror(Mirror {
            backend: MIRROR.into(),
            numerator,
            denominator,
        }));
    }
    snapshot
}

/// One core, so that shares are exact.
fn one_core(driver: Driver) -> Settings {
    Settings {
        workers: 1,
        ..settings(driver)
    }
}

on_both_drivers! {
    fn a_mirror_gets_the_request_as_the_rule_has_it(driver) {
        let primary = Backend::echo();
        let (mirror, heard) = recording("HTTP/1.1 500 Internal|set-cookie: a=b|content-length: 3||no!");
        let mut snapshot = mirrored(&primary, &mirror, &[(1, 1)]);
        let set = vec![HeaderField { name: "x-set".into(), value: "yes".into() }];
        let edit = Filter::RequestHeaders(HeaderEdit { set, ..HeaderEdit::default() });
        snapshot.rules.get_mut(RULE).expect("the rule").filters.push(edit.clone());
        let own = HeaderField { name: "x-own".into(), value: "yes".into() };
        let own = HeaderEdit { set: vec![own], ..HeaderEdit::default() };
        forward_of(&mut snapshot).backends[0].filters.push(Filter::RequestHeaders(own));
        let gateway = Gateway::start(driver, snapshot);
        let mut client = gateway.connect();
        for (framing, body) in [
            ("", ""),
            ("content-length: 4|", "abcd"),
            ("transfer-encoding: chunked|", "2|ab|2|cd|0|x-trailer: 1||"),
        ] {
            client.send(&format!("PUT /path?q=1 HTTP/1.1|host: a|{framing}|{body}"));
            let response = client.response();
            assert_eq!((response.status, response.header("set-cookie")), (200, None));
            assert!(response.text().contains("x-own"), "{response:?}");
            let copy = heard.recv_timeout(PATIENCE).expect("a copy");
            assert!(copy.head.starts_with("PUT /path?q=1 HTTP/1.1\r\nhost: a\r\n"), "{}", copy.head);
            assert_eq!((copy.header("x-set"), copy.header("x-own")), (Some("yes"), None));
            assert_eq!(copy.body, if body.is_empty() { "" } else { "abcd" }.as_bytes());
        }
    }

    fn a_body_that_comes_late_reaches_the_mirror_too(driver) {
        let primary = Backend::named("one");
        let (mirror, heard) = recording("HTTP/1.1 204 No Content||");
        let gateway = Gateway::start(driver, mirrored(&primary, &mirror, &[(1, 1)]));
        let mut client = gateway.connect();
        client.send("POST / HTTP/1.1|host: a|expect: 100-continue|content-length: 6||");
        client.send("abc");
        client.send("def");
        assert_eq!(client.response().text(), "one");
        assert_eq!(heard.recv_timeout(PATIENCE).expect("a copy").body, b"abcdef");
    }

    fn a_body_too_long_to_keep_is_not_mirrored(driver) {
        let primary = Backend::named("one");
        let (mirror, heard) = recording("HTTP/1.1 204 No Content||");
        let gateway = Gateway::start(driver, mirrored(&primary, &mirror, &[(1, 1)]));
        let mut client = gateway.connect();
        let body = "a".repeat(64 * 1024 + 1);
        let length = body.len();
        client.send(&format!("POST /long HTTP/1.1|host: a|content-length: {length}||{body}"));
        assert_eq!(client.response().text(), "one");
        let chunk = format!("{length:x}|{body}|0||");
        client.send(&format!("POST /long HTTP/1.1|host: a|transfer-encoding: chunked||{chunk}"));
        assert_eq!(client.response().text(), "one");
        client.send("GET /short HTTP/1.1|host: a||");
        assert_eq!(client.response().text(), "one");
        let copy = heard.recv_timeout(PATIENCE).expect("a copy");
        assert!(copy.head.starts_with("GET /short "), "{}", copy.head);
    }

    fn a_mirror_that_is_gone_or_silent_is_not_noticed(driver) {
        let primary = Backend::named("one");
        let silent = Backend::start(|peer| drop(peer.raw.rest()));
        let gateway = Gateway::start(driver, mirrored(&primary, &silent, &[(1, 1)]));
        let mut client = gateway.connect();
        assert_eq!((client.get("/").text(), client.get("/").text()), ("one", "one"));
        let address = silent.address;
        drop(silent);
        let mut snapshot = forward_to(&[primary.address]);
        let gone = snapshot::Backend { endpoints: vec![endpoint(address)] };
        let nobody = snapshot::Backend { endpoints: Vec::new() };
        for (name, backend) in [("gone", gone), ("nobody", nobody)] {
            snapshot.backends.insert(name.into(), backend);
            let mirror = Mirror { backend: name.into(), numerator: 1, denominator: 1 };
            snapshot.rules.get_mut(RULE).expect("the rule").filters.push(Filter::Mirror(mirror));
        }
        gateway.apply(snapshot);
        assert_eq!((client.get("/").text(), client.get("/").text()), ("one", "one"));
    }

    fn mirrors_get_their_shares(driver) {
        let primary = Backend::named("one");
        let (mirror, heard) = recording("HTTP/1.1 204 No Content||");
        let snapshot = mirrored(&primary, &mirror, &[(20, 100), (25, 50)]);
        let gateway = Gateway::with(one_core(driver), snapshot);
        let mut client = gateway.connect();
        for number in 0..100 {
            client.get(&format!("/{number}"));
        }
        // A mirror without a share ends the count.
        gateway.apply(mirrored(&primary, &mirror, &[(0, 1), (1, 1)]));
        client.get("/end");
        let mut count = 0;
        let mut ends = 0;
        while ends == 0 || count < 66 {
            let copy = heard.recv_timeout(PATIENCE).expect("a copy");
            if copy.head.starts_with("GET /end ") { ends += 1 } else { count += 1 }
        }
        assert!((66..=74).contains(&count) && ends == 1, "{count} of 100, {ends}");
    }

    fn a_backend_may_have_a_rewrite_of_its_own(driver) {
        let backend = Backend::echo();
        let mut snapshot = forward_to(&[backend.address]);
        let rewrite = |hostname: Option<&str>, path: Option<PathEdit>| UrlRewrite {
            hostname: hostname.map(Into::into),
            path,
        };
        let forward = forward_of(&mut snapshot);
        forward.rewrite = Some(rewrite(Some("rule"), Some(PathEdit::Full("/rule".into()))));
        let own = rewrite(None, Some(PathEdit::Full("/own".into())));
        forward.backends[0].filters.push(Filter::Rewrite(own));
        let gateway = Gateway::start(driver, snapshot);
        let received = gateway.get("/path?q=1").text().replace("\r\n", "|");
        assert!(received.starts_with("GET /own?q=1 HTTP/1.1|host: rule|"), "{received}");
    }

    fn no_more_than_256_copies_are_on_their_way(driver) {
        const ON_THEIR_WAY_MAX: usize = 256;
        raise_descriptor_limit(4096);
        let (primary, mirror) = (Backend::named("one"), silent(512));
        let address = mirror.local_addr().expect("bound");
        let settings = Settings { connect_timeout: PATIENCE, ..one_core(driver) };
        let gateway = Gateway::with(settings, mirrored_to(&primary, address, &[(1, 1)]));
        let mut client = gateway.connect();
        for _ in 0..ON_THEIR_WAY_MAX + 2 {
            assert_eq!(client.get("/").text(), "one");
        }
        gateway.wait_for_metric("limpet_mirrors_total{reason=\"too-many\"} 2");
        gateway.wait_for_metric("limpet_bounds_hit_total{reason=\"mirrors\"} 2");
        // Those that come back make room for others.
        drop(mirror);
        gateway.wait_for_metric(&format!("limpet_mirrors_total{{reason=\"failed\"}} {ON_THEIR_WAY_MAX}"));
        assert_eq!(client.get("/").text(), "one");
        gateway.wait_for_metric(&format!("limpet_mirrors_total{{reason=\"failed\"}} {}", ON_THEIR_WAY_MAX + 1));
    }

    fn a_copy_waits_for_its_mirror_no_longer_than_the_connect_limit(driver) {
        let (primary, gone) = (Backend::named("one"), swallowing());
        let gateway = Gateway::start(driver, mirrored_to(&primary, gone.address, &[(1, 1)]));
        assert_eq!(gateway.get("/").text(), "one");
        // By default two seconds, where the test waits for ten.
        gateway.wait_for_metric("limpet_mirrors_total{reason=\"failed\"} 1");
    }
}
