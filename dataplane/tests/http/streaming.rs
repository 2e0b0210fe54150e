//! Large bodies, and both directions at once.

use std::io::Write;
use std::net::TcpStream;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use limpet_dataplane::Settings;

use crate::on_both_drivers;
use crate::support::{Backend, Gateway, PATIENCE, forward_to, settings};

const LARGE: usize = 20 * 1024 * 1024;

/// Bytes whose order shows.
fn pattern(len: usize) -> Vec<u8> {
    (0..len)
        .map(|index| (index / 7 + index / 65_536) as u8)
        .collect()
}

on_both_drivers! {
    fn a_large_download_arrives_whole(driver) {
        let backend = Backend::start(|peer| {
            while peer.receive().is_some() {
                peer.raw.send(&format!("HTTP/1.1 200 OK|content-length: {LARGE}||"));
                peer.raw.send_bytes(&pattern(LARGE));
            }
        });
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        for _ in 0..2 {
            assert!(client.get("/").body == pattern(LARGE));
        }
        assert_eq!(backend.connections(), 1);
    }

    fn without_memory_for_wide_windows_large_bodies_arrive_whole_all_the_same(driver) {
        const LARGE: usize = 512 * 1024;
        let backend = Backend::start(|peer| {
            let received = peer.receive().expect("a request");
            let length = received.body.len();
            peer.raw.send(&format!("HTTP/1.1 200 OK|content-length: {length}||"));
            peer.raw.send_bytes(&received.body);
        });
        let settings = Settings { window_bytes_max: 0, ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send(&format!("PUT / HTTP/1.1|host: a|content-length: {LARGE}||"));
        client.send_bytes(&pattern(LARGE));
        assert!(client.response().body == pattern(LARGE));
        gateway.wait_for_metric("limpet_bounds_hit_total{reason=\"windows\"} 2");
    }

    fn a_tunnel_carries_much_both_ways_with_memory_for_wide_windows_and_without(driver) {
        const LARGE: usize = 512 * 1024;
        let backend = Backend::start(|peer| {
            peer.receive_head().expect("a request");
            peer.raw.send("HTTP/1.1 101 Switching Protocols|connection: upgrade|upgrade: raw||");
            let received = peer.raw.take(LARGE);
            peer.raw.send_bytes(&received);
        });
        for window_bytes_max in [0, usize::MAX] {
            let settings = Settings { window_bytes_max, ..settings(driver) };
            let gateway = Gateway::with(settings, forward_to(&[backend.address]));
            let mut client = gateway.connect();
            client.send("GET / HTTP/1.1|host: a|connection: upgrade|upgrade: raw||");
            assert_eq!(client.response_head().status, 101);
            client.send_bytes(&pattern(LARGE));
            assert!(client.take(LARGE) == pattern(LARGE));
            if window_bytes_max == 0 {
                gateway.wait_for_metric("limpet_bounds_hit_total{reason=\"windows\"} 2");
            }
        }
    }

    fn a_large_chunked_download_arrives_whole(driver) {
        let backend = Backend::start(|peer| {
            peer.receive().expect("a request");
            peer.raw.send("HTTP/1.1 200 OK|transfer-encoding: chunked||");
            for chunk in pattern(LARGE).chunks(70_000) {
                peer.raw.send(&format!("{:X}|", chunk.len()));
                peer.raw.send_bytes(chunk).send("|");
            }
            peer.raw.send("0||");
        });
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        assert!(gateway.get("/").body == pattern(LARGE));
    }

    fn a_large_upload_arrives_whole(driver) {
        let backend = Backend::start(|peer| {
            while let Some(received) = peer.receive() {
                let verdict = if received.body == pattern(LARGE) { 200 } else { 400 };
                peer.raw.send(&format!("HTTP/1.1 {verdict} X|content-length: 0||"));
            }
        });
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send(&format!("PUT / HTTP/1.1|host: a|content-length: {LARGE}||"));
        client.send_bytes(&pattern(LARGE));
        assert_eq!(client.response().status, 200);
        client.send("PUT / HTTP/1.1|host: a|transfer-encoding: chunked||");
        for chunk in pattern(LARGE).chunks(100_000) {
            client.send(&format!("{:x}|", chunk.len()));
            client.send_bytes(chunk).send("|");
        }
        assert_eq!(client.send("0||").response().status, 200);
    }

    fn a_response_streams_while_the_request_still_does(driver) {
        let backend = Backend::start(|peer| {
            peer.receive_head().expect("a request");
            peer.raw.send("HTTP/1.1 200 OK|transfer-encoding: chunked||");
            for _ in 0..3 {
                let ping = peer.raw.take(1);
                peer.raw.send("1|").send_bytes(&ping).send("|");
            }
            peer.raw.send("0||");
        });
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send("POST / HTTP/1.1|host: a|content-length: 3||");
        assert_eq!(client.response_head().status, 200);
        for ping in ["a", "b", "c"] {
            client.send(ping);
            assert_eq!(client.until(b"\r\n"), b"1\r\n");
            assert_eq!(client.take(3), format!("{ping}\r\n").as_bytes());
        }
        assert_eq!(client.until(b"0\r\n\r\n"), b"0\r\n\r\n");
    }

    fn an_answer_before_the_body_is_complete_reaches_the_client(driver) {
        let backend = Backend::start(|peer| {
            peer.receive_head().expect("a request");
            peer.raw.send("HTTP/1.1 413 Too Large|content-length: 3||big");
        });
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send("POST / HTTP/1.1|host: a|content-length: 1000000||some");
        let response = client.response();
        assert_eq!((response.status, response.text()), (413, "big"));
        assert_eq!(response.header("connection"), Some("close"));
        client.expect_closed();
    }

    fn an_early_answer_survives_a_client_that_sends_on(driver) {
        let backend = Backend::start(|peer| {
            peer.receive_head().expect("a request");
            peer.raw.send("HTTP/1.1 403 No|content-length: 2|connection: close||no");
        });
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send("POST / HTTP/1.1|host: a|content-length: 3000000||");
        client.send_bytes(&vec![b'x'; 3_000_000]);
        assert_eq!(client.response().text(), "no");
    }

    fn a_slow_backend_holds_an_upload_back(driver) {
        let (go, gone) = mpsc::channel::<()>();
        let gone = Mutex::new(gone);
        let backend = Backend::start(move |peer| {
            peer.receive_head().expect("a request");
            let _ = gone.lock().expect("one connection").recv_timeout(PATIENCE);
            peer.raw.take(LARGE);
            peer.raw.send("HTTP/1.1 204 No Content||");
        });
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send(&format!("POST / HTTP/1.1|host: a|content-length: {LARGE}||"));
        let sent = send_until_full(&mut client.stream);
        assert!(sent < LARGE, "the data plane took {sent} bytes that nobody reads");
        go.send(()).expect("the backend waits");
        client.send_bytes(&vec![b'x'; LARGE - sent]);
        assert_eq!(client.response().status, 204);
    }

    fn a_client_that_goes_away_ends_the_request_at_the_backend(driver) {
        let (said, heard) = mpsc::channel();
        let said = Arc::new(Mutex::new(said));
        let backend = Backend::start(move |peer| {
            peer.receive_head().expect("a request");
            assert_eq!(peer.raw.take(3), b"abc");
            let end = peer.raw.until_over().is_empty();
            let _ = said.lock().expect("one connection").send(end);
        });
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send("POST / HTTP/1.1|host: a|content-length: 10||abc").end();
        assert_eq!(heard.recv_timeout(PATIENCE), Ok(true));
        client.expect_closed();
    }
}

/// Writes until nothing more was taken for a while.
fn send_until_full(stream: &mut TcpStream) -> usize {
    let piece = vec![b'x'; 64 * 1024];
    let mut sent = 0;
    stream
        .set_write_timeout(Some(Duration::from_millis(300)))
        .expect("a limit");
    while sent < LARGE {
        match stream.write(&piece[..piece.len().min(LARGE - sent)]) {
            Ok(len) => sent += len,
            Err(_) => break,
        }
    }
    stream.set_write_timeout(Some(PATIENCE)).expect("a limit");
    sent
}
