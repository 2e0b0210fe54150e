//! One client that keeps its core as busy as it can, beside others that want little.
//!
//! Each flood has an end, and must not have reached it when the others have had their answers.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use limpet_dataplane::{Driver, Settings};
use limpet_schema::snapshot::Snapshot;

use crate::on_both_drivers;
use crate::support::{Backend, Client, Gateway, PATIENCE, Peer, forward_to, settings};

/// How often a bystander asks while the flood goes on.
const ROUNDS: usize = 10;
/// What a stream carries, in pieces of [`PIECE_BYTES`].
const STREAM_BYTES: usize = 3 << 30;
const PIECE_BYTES: usize = 256 << 10;
/// More than the buffers of its sockets hold.
const REQUESTS: usize = 100_000;

/// Serves the host `test` alone.
fn snapshot(backend: &Backend) -> Snapshot {
    let mut snapshot = forward_to(&[backend.address]);
    snapshot.listeners[0].hosts[0].hostname = "test".into();
    snapshot
}

/// One core that forgives no slow head.
fn one_core(driver: Driver, backend: &Backend) -> Gateway {
    let settings = Settings {
        workers: 1,
        header_timeout: Duration::from_millis(200),
        ..settings(driver)
    };
    Gateway::with(settings, snapshot(backend))
}

/// Reads what is posted, answers `GET /stream` with a stream, `GET /tunnel` with one both ways and
/// anything else with `one`.
fn backend() -> Backend {
    Backend::start(|peer| {
        while let Some(head) = peer.receive_head() {
            match head.split(' ').take(2).collect::<Vec<_>>()[..] {
                ["POST", _] => return read_stream(&mut peer.raw.stream),
                ["GET", "/stream"] => {
                    let length = format!("HTTP/1.1 200 OK|content-length: {STREAM_BYTES}||");
                    peer.raw.send(&length);
                    return write_stream(&mut peer.raw.stream);
                }
                ["GET", "/tunnel"] => return tunnel(peer),
                _ => drop(peer.raw.send("HTTP/1.1 200 OK|content-length: 3||one")),
            }
        }
    })
}

fn tunnel(peer: &mut Peer) {
    peer.raw
        .send("HTTP/1.1 101 Switching Protocols|connection: upgrade|upgrade: raw||");
    let mut copy = peer.raw.stream.try_clone().expect("a descriptor");
    let writing = thread::spawn(move || write_stream(&mut copy));
    read_stream(&mut peer.raw.stream);
    writing.join().expect("the other way is written");
}

/// Ends early when the other side does.
fn write_stream(stream: &mut TcpStream) {
    let piece = vec![b'x'; PIECE_BYTES];
    let mut pieces = 0..STREAM_BYTES / PIECE_BYTES;
    while pieces.next().is_some() && stream.write_all(&piece).is_ok() {}
}

fn read_stream(stream: &mut TcpStream) {
    let (mut piece, mut left) = (vec![0; PIECE_BYTES], STREAM_BYTES);
    while left > 0 {
        match stream.read(&mut piece) {
            Ok(len) if len > 0 => left = left.saturating_sub(len),
            _ => return,
        }
    }
}

/// Runs `flood` on a connection of its own and, before it has come to its end, everything that
/// others may ask of its core.
fn check(gateway: &Gateway, flood: impl FnOnce(&mut Client) + Send + 'static) {
    let mut bystander = gateway.connect();
    assert_eq!(bystander.get("/").text(), "one");
    let mut busy = gateway.connect();
    let kept = busy.stream.try_clone().expect("a descriptor");
    let is_over = Arc::new(AtomicBool::new(false));
    let over = Arc::clone(&is_over);
    let flooding = thread::spawn(move || {
        flood(&mut busy);
        over.store(true, Ordering::SeqCst);
    });
    let mut slow = gateway.connect();
    slow.send("GET / HTTP/1.1|host:");
    for _ in 0..ROUNDS {
        assert_eq!(bystander.get("/").text(), "one");
        assert_eq!(gateway.get("/").text(), "one");
    }
    assert_eq!(slow.response().status, 408, "limits in time are kept");
    let answers = gateway.plane.ask_affinity(|_| ());
    assert!(answers.iter().all(Option::is_some), "the core answers");
    assert!(!is_over.load(Ordering::SeqCst), "the flood was over first");
    kept.shutdown(Shutdown::Both).expect("shut down");
    // What it does then is no matter.
    let _ = flooding.join();
}

/// Requests that the core has begun so far.
fn requests(gateway: &Gateway) -> usize {
    let metrics = gateway.plane.metrics();
    let mut lines = metrics.lines();
    let count = lines.find_map(|line| line.strip_prefix("limpet_requests_total "));
    count.expect("it is counted").parse().expect("a number")
}

/// Sends requests that the gateway answers itself, all in one write, and reads the answers.
fn pipeline(busy: &mut Client) {
    let mut reading = busy.stream.try_clone().expect("a descriptor");
    let answers = thread::spawn(move || {
        let mut piece = vec![0; PIECE_BYTES];
        while matches!(reading.read(&mut piece), Ok(len) if len > 0) {}
    });
    let request = b"GET / HTTP/1.1\r\nhost: unknown\r\n\r\n";
    let _ = busy.stream.write_all(&request.repeat(REQUESTS));
    let _ = answers.join();
}

on_both_drivers! {
    fn a_client_waits_for_few_requests_of_a_flood(driver) {
        let backend = backend();
        let gateway = one_core(driver, &backend);
        let mut bystander = gateway.connect();
        let mut busy = gateway.connect();
        let kept = busy.stream.try_clone().expect("a descriptor");
        let flooding = thread::spawn(move || pipeline(&mut busy));
        let until = Instant::now() + PATIENCE;
        while requests(&gateway) < ROUNDS {
            assert!(Instant::now() < until, "the flood does not begin");
            thread::yield_now();
        }
        let mut waits: Vec<usize> = (0..ROUNDS)
            .map(|_| {
                let before = requests(&gateway);
                assert_eq!(bystander.get("/").text(), "one");
                requests(&gateway) - before
            })
            .collect();
        kept.shutdown(Shutdown::Both).expect("shut down");
        let _ = flooding.join();
        waits.sort_unstable();
        // Some more may pass while this thread does not run.
        assert!(waits[ROUNDS / 2] < REQUESTS / 100, "{waits:?}");
    }

    fn a_fast_upload_leaves_others_their_turns(driver) {
        let backend = backend();
        let gateway = one_core(driver, &backend);
        check(&gateway, |busy| {
            busy.send(&format!("POST / HTTP/1.1|host: test|content-length: {STREAM_BYTES}||"));
            write_stream(&mut busy.stream);
        });
    }

    fn a_fast_download_leaves_others_their_turns(driver) {
        let backend = backend();
        let gateway = one_core(driver, &backend);
        check(&gateway, |busy| {
            busy.send("GET /stream HTTP/1.1|host: test||");
            read_stream(&mut busy.stream);
        });
    }

    fn a_fast_tunnel_leaves_others_their_turns(driver) {
        let backend = backend();
        let gateway = one_core(driver, &backend);
        check(&gateway, |busy| {
            busy.send("GET /tunnel HTTP/1.1|host: test|connection: upgrade|upgrade: raw||");
            let mut reading = busy.stream.try_clone().expect("a descriptor");
            let answers = thread::spawn(move || read_stream(&mut reading));
            write_stream(&mut busy.stream);
            answers.join().expect("the other way is read");
        });
    }

    fn a_change_is_live_under_a_flood(driver) {
        let backends = [backend(), Backend::named("two")];
        let gateway = one_core(driver, &backends[0]);
        let mut busy = gateway.connect();
        let kept = busy.stream.try_clone().expect("a descriptor");
        busy.send("GET /stream HTTP/1.1|host: test||");
        let flooding = thread::spawn(move || read_stream(&mut busy.stream));
        gateway.apply(snapshot(&backends[1]));
        assert_eq!(gateway.get("/").text(), "two");
        assert!(!flooding.is_finished(), "the flood was over first");
        kept.shutdown(Shutdown::Both).expect("shut down");
        flooding.join().expect("it ends with its connection");
    }
}
