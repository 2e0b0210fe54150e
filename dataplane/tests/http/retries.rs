//! Requests that are sent again, as Gateway API's retry has it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use limpet_dataplane::Settings;
use limpet_schema::snapshot::{Retry, Snapshot, Timeouts};

use crate::on_both_drivers;
use crate::support::{Backend, Gateway, forward_of, forward_to, settings};

/// Answers so many requests with that status, and then 200; how many came.
fn failing(times: usize, status: u16) -> (Backend, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let backend = Backend::start(move |peer| {
        while let Some(received) = peer.receive() {
            let number = counted.fetch_add(1, Ordering::SeqCst);
            let status = if number < times { status } else { 200 };
            let body = String::from_utf8(received.body).expect("text");
            let length = body.len();
            peer.raw.send(&format!(
                "HTTP/1.1 {status} Said|content-length: {length}||{body}"
            ));
        }
    });
    (backend, count)
}

fn with_retry(backends: &[&Backend], codes: &[u16], attempts: u32) -> Snapshot {
    let addresses: Vec<_> = backends.iter().map(|backend| backend.address).collect();
    let mut snapshot = forward_to(&addresses);
    forward_of(&mut snapshot).retry = Some(Retry {
        codes: codes.to_vec(),
        attempts,
        backoff_ms: 1,
    });
    snapshot
}

on_both_drivers! {
    fn a_listed_status_is_tried_again_until_the_attempts_are_used_up(driver) {
        for (times, status, attempts, expected, sent) in [
            (2, 500, 3, 200, 3),
            (4, 500, 3, 500, 4),
            (2, 503, 3, 503, 1),
            (1, 500, 0, 500, 1),
        ] {
            let (backend, count) = failing(times, status);
            let gateway = Gateway::start(driver, with_retry(&[&backend], &[500, 502], attempts));
            assert_eq!(gateway.get("/").status, expected, "{times} times {status}");
            assert_eq!(count.load(Ordering::SeqCst), sent, "{times} times {status}");
        }
    }

    fn a_body_that_was_kept_is_sent_again(driver) {
        let (backend, count) = failing(2, 503);
        let gateway = Gateway::start(driver, with_retry(&[&backend], &[503], 5));
        let mut client = gateway.connect();
        client.send("POST / HTTP/1.1|host: a|content-length: 6||abcdef");
        let response = client.response();
        assert_eq!((response.status, response.text()), (200, "abcdef"));
        assert_eq!(count.load(Ordering::SeqCst), 3);
        assert_eq!(client.get("/").status, 200, "the connection goes on");
    }

    fn a_chunked_body_that_comes_in_pieces_is_sent_again(driver) {
        let (backend, count) = failing(1, 503);
        let gateway = Gateway::start(driver, with_retry(&[&backend], &[503], 5));
        let mut client = gateway.connect();
        client.send("POST / HTTP/1.1|host: a|expect: 100-continue|transfer-encoding: chunked||");
        client.send("3|abc|");
        client.send("3|def|0||");
        let response = client.response();
        assert_eq!((response.status, response.text()), (200, "abcdef"));
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }

    fn a_body_too_long_to_keep_is_sent_once(driver) {
        let (backend, count) = failing(1, 503);
        let gateway = Gateway::start(driver, with_retry(&[&backend], &[503], 5));
        let mut client = gateway.connect();
        let body = "a".repeat(64 * 1024 + 1);
        client.send(&format!("POST / HTTP/1.1|host: a|content-length: {}||{body}", body.len()));
        assert_eq!(client.response().status, 503);
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    fn a_body_for_which_the_core_has_no_memory_is_sent_once(driver) {
        let (backend, count) = failing(1, 503);
        let settings = Settings { replay_bytes_max: 5, ..settings(driver) };
        let gateway = Gateway::with(settings, with_retry(&[&backend], &[503], 5));
        let mut client = gateway.connect();
        client.send("POST / HTTP/1.1|host: a|content-length: 6||abcdef");
        assert_eq!(client.response().status, 503);
        assert_eq!(count.load(Ordering::SeqCst), 1);
        gateway.wait_for_metric("limpet_bounds_hit_total{reason=\"replay-bodies\"} 1");
    }

    fn the_next_try_goes_to_another_endpoint(driver) {
        let (bad, count) = failing(usize::MAX, 500);
        let good = Backend::named("good");
        let gateway = Gateway::start(driver, with_retry(&[&bad, &good], &[500], 1));
        for _ in 0..4 {
            assert_eq!(gateway.get("/").text(), "good");
        }
        assert!(count.load(Ordering::SeqCst) > 0, "the bad one was asked");
    }

    fn all_tries_together_take_no_longer_than_the_request_may(driver) {
        let (backend, _) = failing(usize::MAX, 500);
        let mut snapshot = with_retry(&[&backend], &[500], 1000);
        let forward = forward_of(&mut snapshot);
        forward.retry.as_mut().expect("set").backoff_ms = 100;
        forward.timeouts = Timeouts { request_ms: Some(300), backend_request_ms: None };
        let gateway = Gateway::start(driver, snapshot);
        let start = Instant::now();
        assert_eq!(gateway.get("/").status, 504);
        let took = start.elapsed();
        assert!(took >= Duration::from_millis(300) && took < Duration::from_secs(2), "{took:?}");
    }

    fn a_try_that_takes_too_long_is_followed_by_another(driver) {
        let backend = Backend::start(|peer| {
            let is_first = peer.number == 0;
            while peer.receive().is_some() {
                if !is_first {
                    peer.raw.send("HTTP/1.1 204 No Content||");
                }
            }
        });
        let mut snapshot = with_retry(&[&backend], &[], 1);
        let timeouts = Timeouts { request_ms: Some(5_000), backend_request_ms: Some(200) };
        forward_of(&mut snapshot).timeouts = timeouts;
        let gateway = Gateway::start(driver, snapshot);
        assert_eq!(gateway.get("/").status, 204);
        assert_eq!(backend.connections(), 2);
    }

    fn a_post_that_took_too_long_is_not_sent_twice(driver) {
        let backend = Backend::start(|peer| while peer.receive().is_some() {});
        let mut snapshot = with_retry(&[&backend], &[], 3);
        let timeouts = Timeouts { request_ms: None, backend_request_ms: Some(200) };
        forward_of(&mut snapshot).timeouts = timeouts;
        let gateway = Gateway::start(driver, snapshot);
        let mut client = gateway.connect();
        assert_eq!(client.send("POST / HTTP/1.1|host: a||").response().status, 504);
        assert_eq!(backend.connections(), 1);
    }
}
