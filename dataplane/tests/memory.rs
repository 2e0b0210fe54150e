//! That memory does not grow with what is carried. Alone in its process, which it measures.

mod support;

use std::io::{Read, Write};

use limpet_dataplane::Driver;
use support::{Backend, Gateway, forward_to};

const CARRIED: usize = 300 * 1024 * 1024;
/// What one transfer may add, both sockets' windows and the allocator's slack included.
const GROWTH_MAX: usize = 1024 * 1024;
const PIECE: usize = 256 * 1024;

fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("a file");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .expect("a line");
    let kib = line.split_whitespace().nth(1).expect("a number");
    kib.parse::<usize>().expect("a number") * 1024
}

/// Reads so many bytes into one buffer; returns the most memory that was in use.
fn drain(source: &mut impl Read, mut left: usize) -> usize {
    let mut piece = vec![0; PIECE];
    let mut most = 0;
    while left > 0 {
        let len = source
            .read(&mut piece[..PIECE.min(left)])
            .expect("bytes in time");
        assert!(len > 0, "{left} bytes early");
        left -= len;
        most = most.max(resident_bytes());
    }
    most
}

fn fill(sink: &mut impl Write, len: usize) {
    let piece = vec![b'x'; PIECE];
    for start in (0..len).step_by(PIECE) {
        sink.write_all(&piece[..PIECE.min(len - start)])
            .expect("sent");
    }
}

fn upload(gateway: &Gateway, len: usize) {
    let mut client = gateway.connect();
    client.send(&format!("PUT / HTTP/1.1|host: a|content-length: {len}||"));
    fill(&mut client.stream, len);
    assert_eq!(client.response().status, 200);
}

fn a_large_upload_costs_a_window(driver: Driver) {
    let (said, heard) = std::sync::mpsc::channel();
    let said = std::sync::Mutex::new(said);
    let backend = Backend::start(move |peer| {
        while let Some(head) = peer.receive_head() {
            let length = head.split("content-length: ").nth(1).expect("a length");
            let length: usize = length
                .split("\r\n")
                .next()
                .expect("a line")
                .parse()
                .expect("a number");
            let buffered = std::mem::take(&mut peer.raw.buffer);
            let most = drain(&mut peer.raw.stream, length - buffered.len());
            let _ = said.lock().expect("one at a time").send(most);
            peer.raw.send("HTTP/1.1 200 OK|content-length: 0||");
        }
    });
    let gateway = Gateway::start(driver, forward_to(&[backend.address]));
    upload(&gateway, 4 * PIECE);
    heard.recv().expect("an upload");
    let before = resident_bytes();
    upload(&gateway, CARRIED);
    let growth = heard.recv().expect("an upload").saturating_sub(before);
    assert!(growth <= GROWTH_MAX, "{driver:?}: grew by {growth} bytes");
}

#[test]
fn an_upload_of_300_mib_grows_memory_by_no_more_than_1_mib() {
    for driver in [Driver::IoUring, Driver::Epoll] {
        a_large_upload_costs_a_window(driver);
    }
}
