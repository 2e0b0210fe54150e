//! That memory does not grow with what is carried. Alone in its process, which it measures.

mod support;

use std::io::{ErrorKind, Read, Write};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use limpet_dataplane::Driver;
use support::{Backend, Client, Gateway, PATIENCE, Peer, forward_to, resident_bytes};

const CARRIED: usize = 300 * 1024 * 1024;
/// What one transfer may add, the test's own buffers and the allocator's slack included.
const GROWTH_MAX: usize = 1024 * 1024;
const PIECE: usize = 64 * 1024;

/// Takes the rest of a body; returns the most memory that was in use.
fn drain(peer: &mut Peer, length: usize) -> usize {
    let mut piece = [0; PIECE];
    let mut left = length - std::mem::take(&mut peer.raw.buffer).len();
    let mut most = 0;
    while left > 0 {
        let wanted = PIECE.min(left);
        let len = peer.raw.stream.read(&mut piece[..wanted]);
        let len = len.expect("bytes in time");
        assert!(len > 0, "{left} bytes early");
        left -= len;
        most = most.max(resident_bytes());
    }
    most
}

fn length_of(head: &str) -> usize {
    let (_, length) = head.split_once("content-length: ").expect("a length");
    let (length, _) = length.split_once("\r\n").unwrap_or((length, ""));
    length.parse().expect("a number")
}

/// Sends until nobody takes more for a while: how much was taken.
fn send_until_full(client: &mut Client, len: usize) -> usize {
    let piece = [b'x'; PIECE];
    let short = Some(Duration::from_millis(300));
    client.stream.set_write_timeout(short).expect("a limit");
    let mut sent = 0;
    while sent < len {
        match client.stream.write(&piece[..PIECE.min(len - sent)]) {
            Ok(len) => sent += len,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => panic!("{error}"),
        }
    }
    client
        .stream
        .set_write_timeout(Some(PATIENCE))
        .expect("a limit");
    sent
}

/// A backend that begins to take a body when it is told to, and says how much memory was in use.
struct Slow {
    backend: Backend,
    go: mpsc::Sender<()>,
    most: mpsc::Receiver<usize>,
}

impl Slow {
    fn start() -> Self {
        let (go, gone) = mpsc::channel::<()>();
        let (said, most) = mpsc::channel();
        let ends = Mutex::new((gone, said));
        let backend = Backend::start(move |peer| {
            while let Some(head) = peer.receive_head() {
                let ends = ends.lock().expect("one at a time");
                ends.0.recv_timeout(PATIENCE).expect("told to go on");
                let _ = ends.1.send(drain(peer, length_of(&head)));
                peer.raw.send("HTTP/1.1 200 OK|content-length: 0||");
            }
        });
        Self { backend, go, most }
    }

    /// Uploads so much to it: the most memory that was in use, before and after it began to read.
    fn upload(&self, gateway: &Gateway, len: usize) -> usize {
        let mut client = gateway.connect();
        client.send(&format!("PUT / HTTP/1.1|host: a|content-length: {len}||"));
        let sent = send_until_full(&mut client, len);
        let held_back = resident_bytes();
        self.go.send(()).expect("it waits");
        let piece = [b'x'; PIECE];
        let mut left = len - sent;
        while left > 0 {
            let piece = &piece[..PIECE.min(left)];
            client.stream.write_all(piece).expect("sent");
            left -= piece.len();
        }
        assert_eq!(client.response().status, 200);
        let drained = self.most.recv_timeout(PATIENCE).expect("an upload");
        held_back.max(drained)
    }
}

fn a_large_upload_costs_a_window(driver: Driver) {
    let slow = Slow::start();
    let gateway = Gateway::start(driver, forward_to(&[slow.backend.address]));
    slow.upload(&gateway, 16 * PIECE);
    let before = resident_bytes();
    let most = slow.upload(&gateway, CARRIED);
    let growth = most.saturating_sub(before);
    assert!(growth <= GROWTH_MAX, "{driver:?}: grew by {growth} bytes");
}

#[test]
fn an_upload_of_300_mib_to_a_slow_endpoint_grows_memory_by_no_more_than_1_mib() {
    for driver in [Driver::IoUring, Driver::Epoll] {
        a_large_upload_costs_a_window(driver);
    }
}
