//! What a request leaves behind: a line in the log and counts.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use limpet_dataplane::Settings;
use serde_json::Value;

use crate::on_both_drivers;
use crate::support::{Backend, Gateway, PATIENCE, forward_to, settings};

/// The log once it has so many lines, each without what differs from run to run.
fn lines(path: &Path, count: usize) -> Vec<Value> {
    let until = Instant::now() + PATIENCE;
    loop {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        if text.lines().count() >= count {
            return text.lines().map(line).collect();
        }
        assert!(
            Instant::now() < until,
            "{count} lines, of which came: {text}"
        );
        std::thread::yield_now();
    }
}

fn line(text: &str) -> Value {
    let mut line: Value = serde_json::from_str(text).expect("each line is JSON");
    let fields = line.as_object_mut().expect("an object");
    let time = fields.remove("time").expect("a time");
    assert!(
        time.as_str().is_some_and(|time| time.ends_with('Z')),
        "{time}"
    );
    assert!(
        fields
            .remove("duration_us")
            .is_some_and(|took| took.is_u64())
    );
    line
}

/// A folder of its own, and the log in it.
fn log_file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("access.log");
    (folder, path)
}

/// Waits until the metrics hold this line.
fn expect_metric(gateway: &Gateway, expected: &str) {
    let until = Instant::now() + PATIENCE;
    loop {
        let metrics = gateway.plane.metrics();
        if metrics.lines().any(|line| line == expected) {
            return;
        }
        assert!(Instant::now() < until, "{expected} not in {metrics}");
        std::thread::yield_now();
    }
}

on_both_drivers! {
    fn a_forwarded_request_leaves_a_line(driver) {
        let (_folder, path) = log_file();
        let backend = Backend::start(|peer| {
            while peer.receive().is_some() {
                peer.raw.send("HTTP/1.1 201 Created|content-length: 5||hello");
            }
        });
        let settings = Settings { access_log: Some(path.clone()), ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send("POST /a?secret HTTP/1.1|host: test:80|content-length: 3||abc").response();
        let expected = serde_json::json!({
            "client": "127.0.0.1",
            "listener": "Gateway/test/gateway/http",
            "host": "test:80",
            "method": "POST",
            "path": "/a",
            "status": 201,
            "request_bytes": 3,
            "response_bytes": 5,
            "route": "HTTPRoute/test/route",
            "rule": "HTTPRoute/test/route/0",
            "endpoint": { "id": backend.address.to_string(), "address": backend.address },
            "attempts": 1,
        });
        assert_eq!(lines(&path, 1), [expected]);
    }

    fn a_refused_request_leaves_a_line_and_a_count(driver) {
        let (_folder, path) = log_file();
        let settings = Settings { access_log: Some(path.clone()), ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[]));
        gateway.connect().send("GET / HTTP/1.1|host: a b||").response();
        gateway.get("/x");
        let lines = lines(&path, 2);
        let check = |status: u16, refusal: &str| {
            let line = lines.iter().find(|line| line["refusal"] == refusal);
            assert_eq!(line.expect("logged")["status"], status, "{lines:?}");
            let metric = format!("limpet_refusals_total{{reason=\"{refusal}\"}} 1");
            expect_metric(&gateway, &metric);
        };
        check(400, "host-invalid");
        check(503, "no-endpoint");
        let is_counted = |line: &serde_json::Value| line["response_bytes"].as_u64() > Some(20);
        assert!(lines.iter().all(is_counted), "what the gateway says has a length: {lines:?}");
    }

    fn a_limit_inside_an_answer_is_told_from_an_answer_that_broke_off(driver) {
        let (_folder, path) = log_file();
        let backend = Backend::start(|peer| {
            peer.receive().expect("a request");
            peer.raw.send("HTTP/1.1 200 OK|content-length: 9||abc");
            peer.raw.until_over();
        });
        let idle_timeout = Duration::from_millis(100);
        let settings = Settings { access_log: Some(path.clone()), idle_timeout, ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        gateway.connect().send("GET / HTTP/1.1|host: a||").rest();
        let line = &lines(&path, 1)[0];
        assert_eq!((&line["status"], &line["refusal"]), (&200.into(), &"upstream-timeout".into()));
    }

    fn a_client_that_left_is_a_request_of_its_route(driver) {
        let backend = Backend::start(|peer| drop(peer.raw.until_over()));
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        gateway.connect().send("GET / HTTP/1.1|host: a||");
        expect_metric(&gateway, "limpet_route_responses_total{route=\"HTTPRoute/test/route\",code=\"4xx\"} 1");
    }

    fn the_last_lines_are_in_the_file_when_a_drain_has_ended(driver) {
        let (_folder, path) = log_file();
        let backend = Backend::named("one");
        let settings = Settings { access_log: Some(path.clone()), ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        let mut clients: Vec<_> = (0..5).map(|_| gateway.connect()).collect();
        for client in &mut clients {
            assert_eq!(client.get("/").text(), "one");
        }
        gateway.plane.drain();
        let text = std::fs::read_to_string(&path).expect("it is there");
        assert_eq!(text.lines().count(), 5, "{text}");
    }

    fn a_broken_answer_is_told_from_a_whole_one(driver) {
        let (_folder, path) = log_file();
        let backend = Backend::start(|peer| {
            peer.receive().expect("a request");
            peer.raw.send("HTTP/1.1 200 OK|content-length: 9||abc");
        });
        let settings = Settings { access_log: Some(path.clone()), ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        gateway.connect().send("GET / HTTP/1.1|host: a||").rest();
        let line = &lines(&path, 1)[0];
        assert_eq!((&line["status"], &line["refusal"]), (&200.into(), &"upstream-broke-off".into()));
        assert_eq!(line["endpoint"]["address"], backend.address.to_string());
    }

    fn what_happens_is_counted(driver) {
        let backend = Backend::named("one");
        let settings = Settings { workers: 1, idle_timeout: Duration::from_millis(100), ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        for _ in 0..3 {
            client.get("/");
        }
        client.send("GET / HTTP/1.1|host: a|x-limpet-panic: 1||").expect_closed();
        let mut idle = gateway.connect();
        idle.get("/");
        idle.expect_closed();
        for expected in [
            "limpet_connections_total 2",
            "limpet_connections_open 0",
            "limpet_requests_total 4",
            "limpet_upstream_connects_total 1",
            "limpet_upstream_reuses_total 3",
            "limpet_connection_panics_total 1",
            "limpet_timeouts_total{reason=\"idle\"} 1",
            "limpet_route_responses_total{route=\"HTTPRoute/test/route\",code=\"2xx\"} 4",
        ] {
            expect_metric(&gateway, expected);
        }
        gateway.plane.kill_workers();
        expect_metric(&gateway, "limpet_worker_restarts_total 1");
    }
}
