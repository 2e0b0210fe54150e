//! Peers that are slow, deaf or half gone: each meets a bound, and the bound is counted.
//!
//! Limits are short here; a test that has to wait longer than one has failed.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use limpet_dataplane::{Driver, Settings};
use socket2::{Domain, Socket, Type};

use crate::on_both_drivers;
use crate::support::{Backend, Client, Gateway, PATIENCE, forward_of, forward_to, settings};

const SHORT: Duration = Duration::from_millis(200);
const LARGE: usize = 64 * 1024 * 1024;

/// Waits until a line of the metrics begins so.
fn await_metric(gateway: &Gateway, line: &str) {
    let until = Instant::now() + PATIENCE;
    while !gateway.plane.metrics().contains(line) {
        assert!(
            Instant::now() < until,
            "{line}: {}",
            gateway.plane.metrics()
        );
        std::thread::yield_now();
    }
}

fn await_open_connections(gateway: &Gateway, count: usize) {
    await_metric(gateway, &format!("limpet_connections_open {count}\n"));
}

/// No limit of the request: an endpoint may think as long as it likes, but not be deaf.
fn only_idle_limit(driver: Driver) -> Settings {
    Settings {
        idle_timeout: SHORT,
        request_timeout: Duration::ZERO,
        ..settings(driver)
    }
}

/// Answers with a body of which only the beginning comes, and says when its connection has ended.
fn stalling() -> (Backend, mpsc::Receiver<()>) {
    let (said, heard) = mpsc::channel();
    let said = Mutex::new(said);
    let backend = Backend::start(move |peer| {
        if peer.receive().is_some() {
            peer.raw.send("HTTP/1.1 200 OK|content-length: 10||abc");
            let _ = peer.raw.stream.read_to_end(&mut Vec::new());
            let _ = said.lock().expect("not poisoned").send(());
        }
    });
    (backend, heard)
}

/// A client whose kernel takes little before it is read.
fn with_small_window(address: SocketAddr) -> Client {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.set_recv_buffer_size(4096).expect("an option");
    // The gateway's kernel holds back a multiple of a segment.
    socket.set_tcp_mss(536).expect("an option");
    socket
        .connect(&address.into())
        .expect("the listener accepts");
    Client::over(socket.into())
}

/// Sends `piece` again and again until the gateway has had enough of it.
fn send_until_refused(client: &mut Client, piece: &[u8]) {
    let until = Instant::now() + PATIENCE;
    client.stream.set_nonblocking(true).expect("an option");
    let mut byte = [0];
    while client.stream.peek(&mut byte).is_err() {
        let _ = client.stream.write(piece);
        assert!(Instant::now() < until, "it is never refused");
        std::thread::yield_now();
    }
    client.stream.set_nonblocking(false).expect("an option");
}

on_both_drivers! {
    fn a_drip_of_empty_lines_is_a_head_that_never_comes(driver) {
        let backend = Backend::named("one");
        let limits = Settings { header_timeout: SHORT, ..settings(driver) };
        let gateway = Gateway::with(limits, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        assert_eq!(client.get("/").text(), "one");
        assert_eq!(client.send("|").send("|").response().status, 408);
        client.expect_closed();
        await_metric(&gateway, "limpet_refusals_total{reason=\"head-timeout\"} 1\n");
    }

    fn a_head_byte_by_byte_is_bounded_as_a_whole(driver) {
        let limits = Settings { header_timeout: SHORT, ..settings(driver) };
        let gateway = Gateway::with(limits, forward_to(&[]));
        let mut client = gateway.connect();
        let start = Instant::now();
        client.send("GET / HTTP/1.1|host: a|x: ");
        send_until_refused(&mut client, b"y");
        let status = client.response().status;
        // A quick sender meets the bound in bytes before the one in time.
        assert!(status == 431 || (status == 408 && start.elapsed() >= SHORT), "{status}");
    }

    fn a_body_byte_by_byte_is_bounded_as_a_whole(driver) {
        let backend = Backend::start(|peer| while peer.receive().is_some() {});
        let mut snapshot = forward_to(&[backend.address]);
        forward_of(&mut snapshot).timeouts.request_ms = Some(SHORT.as_millis() as u64);
        let gateway = Gateway::start(driver, snapshot);
        let mut client = gateway.connect();
        client.send("POST / HTTP/1.1|host: a|content-length: 1000000000||");
        send_until_refused(&mut client, b"x");
        assert_eq!(client.response().status, 504);
        await_metric(&gateway, "limpet_refusals_total{reason=\"upstream-timeout\"} 1\n");
    }

    fn a_client_that_sends_on_after_its_answer_is_cut_off(driver) {
        let backend = Backend::start(|peer| {
            peer.receive_head().expect("a request");
            peer.raw.send("HTTP/1.1 413 Too Large|content-length: 0||");
            let _ = peer.raw.stream.read_to_end(&mut Vec::new());
        });
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send("POST / HTTP/1.1|host: a|content-length: 1000000000||");
        assert_eq!(client.response().status, 413);
        // Each byte would start the idle limit anew.
        let until = Instant::now() + PATIENCE;
        while client.stream.write_all(b"x").is_ok() {
            assert!(Instant::now() < until, "it is read for ever");
            std::thread::yield_now();
        }
        await_open_connections(&gateway, 0);
    }

    fn a_client_that_ends_its_side_behind_a_request_is_answered(driver) {
        let backend = Backend::named("one");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        let response = client.send("GET / HTTP/1.1|host: a||").end().response();
        assert_eq!(response.text(), "one");
        client.expect_closed();
        await_open_connections(&gateway, 0);
    }

    fn a_client_that_ends_inside_a_head_gets_nothing(driver) {
        let gateway = Gateway::start(driver, forward_to(&[]));
        gateway.connect().send("GET / HTTP/1.1|host").end().expect_closed();
        await_open_connections(&gateway, 0);
    }

    fn a_client_that_takes_nothing_is_cut_off(driver) {
        let (said, heard) = mpsc::channel();
        let said = Mutex::new(said);
        // Made before: a backend that is busy with it for longer than the limit would be cut off instead.
        let body = vec![b'x'; LARGE];
        let backend = Backend::start(move |peer| {
            peer.receive().expect("a request");
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {LARGE}\r\n\r\n");
            let _ = peer.raw.stream.write_all(head.as_bytes());
            let sent = peer.raw.stream.write_all(&body);
            let _ = said.lock().expect("one connection").send(sent.is_err());
        });
        let limits = Settings { idle_timeout: SHORT, ..settings(driver) };
        let gateway = Gateway::with(limits, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send("GET / HTTP/1.1|host: a||");
        assert_eq!(heard.recv_timeout(PATIENCE), Ok(true), "the backend is let go of");
        await_open_connections(&gateway, 0);
        await_metric(&gateway, "limpet_timeouts_total{reason=\"idle\"} 1\n");
    }

    fn a_client_that_takes_no_hints_is_cut_off(driver) {
        let backend = Backend::start(|peer| {
            peer.receive().expect("a request");
            let hint = format!("HTTP/1.1 103 Early Hints\r\nx: {}\r\n\r\n", "v".repeat(60_000));
            // More than both sockets' buffers hold, and fewer than there may be.
            for _ in 0..16 {
                let _ = peer.raw.stream.write_all(hint.as_bytes());
            }
            let _ = peer.raw.stream.read_to_end(&mut Vec::new());
        });
        let gateway = Gateway::with(only_idle_limit(driver), forward_to(&[backend.address]));
        let mut client = with_small_window(gateway.address);
        client.send("GET / HTTP/1.1|host: a||");
        await_metric(&gateway, "limpet_timeouts_total{reason=\"idle\"} 1\n");
        await_open_connections(&gateway, 0);
    }

    fn an_endpoint_that_takes_no_body_is_let_go_of(driver) {
        let (go, gone) = mpsc::channel::<()>();
        let gone = Mutex::new(gone);
        let backend = Backend::start(move |peer| {
            peer.receive_head().expect("a request");
            let _ = gone.lock().expect("one connection").recv();
        });
        let gateway = Gateway::with(only_idle_limit(driver), forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send(&format!("POST / HTTP/1.1|host: a|content-length: {LARGE}||"));
        send_until_refused(&mut client, &vec![b'x'; 64 * 1024]);
        assert_eq!(client.response().status, 504);
        drop(client);
        await_open_connections(&gateway, 0);
        drop(go);
    }

    fn an_endpoint_that_stalls_inside_its_answer_is_let_go_of(driver) {
        let (backend, ended) = stalling();
        let gateway = Gateway::with(only_idle_limit(driver), forward_to(&[backend.address]));
        let mut client = gateway.connect();
        assert!(client.send("GET / HTTP/1.1|host: a||").rest().ends_with(b"abc"));
        ended.recv_timeout(PATIENCE).expect("the endpoint's connection ends");
        await_open_connections(&gateway, 0);
    }

    fn an_endpoint_that_thinks_long_is_waited_for_where_there_is_no_limit(driver) {
        let (arrive, arrived) = mpsc::channel();
        let (go, gone) = mpsc::channel::<()>();
        let ends = Mutex::new((arrive, gone));
        let backend = Backend::start(move |peer| {
            let ends = ends.lock().expect("one connection");
            peer.receive_head().expect("a request");
            ends.0.send(()).expect("the test waits");
            assert_eq!(peer.raw.take(2), b"ab");
            ends.1.recv().expect("told to answer");
            peer.raw.send("HTTP/1.1 200 OK|content-length: 2||ok");
        });
        let limits = Settings { header_timeout: 2 * SHORT, ..only_idle_limit(driver) };
        let gateway = Gateway::with(limits, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send("POST / HTTP/1.1|host: a|content-length: 2||");
        arrived.recv_timeout(PATIENCE).expect("the head is there");
        client.send("ab");
        // This one comes later and is closed for its silence: idle's limit has passed by then.
        gateway.connect().expect_closed();
        go.send(()).expect("the backend waits");
        assert_eq!(client.response().text(), "ok");
    }

    fn a_reset_client_leaves_nothing_behind(driver) {
        let backend = Backend::named("one");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        for request in ["", "GET / HT", "POST / HTTP/1.1|host: a|content-length: 9||abc"] {
            let mut client = gateway.connect();
            client.send(request);
            let socket = socket2::SockRef::from(&client.stream);
            socket.set_linger(Some(Duration::ZERO)).expect("an option");
        }
        await_open_connections(&gateway, 0);
        assert_eq!(gateway.get("/").text(), "one");
    }

    fn an_endpoint_that_resets_inside_its_answer_never_makes_it_look_whole(driver) {
        let backend = Backend::start(|peer| {
            peer.receive().expect("a request");
            // The body's end is the connection's, which a reset is not.
            peer.raw.send("HTTP/1.1 200 OK||abc");
            let socket = socket2::SockRef::from(&peer.raw.stream);
            socket.set_linger(Some(Duration::ZERO)).expect("an option");
        });
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        let came = client.send("GET / HTTP/1.1|host: a||").rest();
        let came = String::from_utf8_lossy(&came);
        // The reset may come before the head was read.
        let is_cut = came.starts_with("HTTP/1.1 200") && !came.ends_with("0\r\n\r\n");
        assert!(is_cut || came.starts_with("HTTP/1.1 502"), "{came:?}");
        await_open_connections(&gateway, 0);
    }
}
