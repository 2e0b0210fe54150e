//! Bodies that somebody takes slowly, and how much memory is in use meanwhile.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use rustls::{ClientConnection, StreamOwned};

use crate::support::{Backend, Client, PATIENCE, resident_bytes};

pub const PIECE: usize = 64 * 1024;
/// Of all who send, so that none has memory of its own for it.
static SENT: [u8; PIECE] = [b'x'; PIECE];

/// What a client's bytes go over.
pub trait Wire: Read + Write {
    fn socket(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Wire for StreamOwned<ClientConnection, TcpStream> {
    fn socket(&self) -> &TcpStream {
        &self.sock
    }
}

/// Takes the rest of a body; returns the most memory that was in use.
pub fn drain(peer: &mut Client<impl Wire>, length: usize) -> usize {
    let mut piece = [0; PIECE];
    let mut left = length - std::mem::take(&mut peer.buffer).len();
    let mut most = 0;
    while left > 0 {
        let wanted = PIECE.min(left);
        let len = peer.stream.read(&mut piece[..wanted]);
        let len = len.expect("bytes in time");
        assert!(len > 0, "{left} bytes early");
        left -= len;
        most = most.max(resident_bytes());
    }
    most
}

fn limit(peer: &Client<impl Wire>, limit: Duration) {
    let socket = peer.stream.socket();
    socket.set_write_timeout(Some(limit)).expect("a limit");
    // A TLS client that cannot write looks for something to read.
    socket.set_read_timeout(Some(limit)).expect("a limit");
}

/// Sends until nobody takes more for a while: how much was taken.
pub fn send_until_full(peer: &mut Client<impl Wire>, len: usize) -> usize {
    limit(peer, Duration::from_millis(300));
    let mut sent = 0;
    while sent < len {
        match peer.stream.write(&SENT[..PIECE.min(len - sent)]) {
            Ok(len) => sent += len,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => panic!("{error}"),
        }
    }
    limit(peer, PATIENCE);
    sent
}

/// Sends so many bytes; whether the other side took them.
pub fn send(peer: &mut Client<impl Wire>, len: usize) -> bool {
    let pieces = (0..len).step_by(PIECE).map(|at| PIECE.min(len - at));
    let mut sent = pieces.map(|piece| peer.stream.write_all(&SENT[..piece]));
    sent.all(|sent| sent.is_ok())
}

/// A backend that takes no body, but for the one that it is told to, and says how much memory was in use.
pub struct SlowBackend {
    pub backend: Backend,
    go: mpsc::Sender<()>,
    most: mpsc::Receiver<usize>,
}

impl SlowBackend {
    pub fn start() -> Self {
        let (go, gone) = mpsc::channel::<()>();
        let (said, most) = mpsc::channel();
        let ends = Mutex::new((gone, said));
        let left = Mutex::new(Vec::new());
        let backend = Backend::start(move |peer| {
            while let Some(head) = peer.receive_head() {
                if head.starts_with("PUT /left ") {
                    let stays_open = peer.raw.stream.try_clone().expect("a socket");
                    return left.lock().expect("whole").push(stays_open);
                }
                let ends = ends.lock().expect("one at a time");
                ends.0.recv_timeout(PATIENCE).expect("told to go on");
                let length = number_after(&head, "content-length: ");
                let _ = ends.1.send(drain(&mut peer.raw, length));
                peer.raw.send("HTTP/1.1 200 OK|content-length: 0||");
            }
        });
        Self { backend, go, most }
    }

    /// All clients upload so much, of which nothing is taken; then all but the last leave, and it is
    /// taken from that. The most memory that was in use.
    pub fn upload<S: Wire + Send>(
        &self,
        mut clients: Vec<Client<S>>,
        host: &str,
        len: usize,
    ) -> usize {
        let begin = |client: &mut Client<S>, path: &str| {
            client.send(&format!(
                "PUT {path} HTTP/1.1|host: {host}|content-length: {len}||"
            ));
            send_until_full(client, len)
        };
        let mut last = clients.pop().expect("a client");
        std::thread::scope(|scope| {
            for client in &mut clients {
                scope.spawn(|| begin(client, "/left"));
            }
        });
        let sent = begin(&mut last, "/");
        let held_back = resident_bytes();
        drop(clients);
        self.go.send(()).expect("it waits");
        assert!(send(&mut last, len - sent), "all is taken");
        assert_eq!(last.response().status, 200);
        let drained = self.most.recv_timeout(PATIENCE).expect("an upload");
        held_back.max(drained)
    }
}

/// A backend that sends as much as a path asks for, and says when nobody takes more.
pub struct LavishBackend {
    pub backend: Backend,
    full: mpsc::Receiver<()>,
}

impl LavishBackend {
    pub fn start() -> Self {
        let (said, full) = mpsc::channel();
        let said = Mutex::new(said);
        let backend = Backend::start(move |peer| {
            while let Some(head) = peer.receive_head() {
                let len = number_after(&head, "GET /");
                peer.raw
                    .send(&format!("HTTP/1.1 200 OK|content-length: {len}||"));
                let sent = send_until_full(&mut peer.raw, len);
                let _ = said.lock().expect("whole").send(());
                // Some clients leave.
                if !send(&mut peer.raw, len - sent) {
                    return;
                }
            }
        });
        Self { backend, full }
    }

    /// All clients ask for so much and take nothing; then all but the first leave, and it takes all. The
    /// most memory that was in use.
    pub fn download(&self, mut clients: Vec<Client<impl Wire>>, host: &str, len: usize) -> usize {
        for client in &mut clients {
            client.send(&format!("GET /{len} HTTP/1.1|host: {host}||"));
        }
        for _ in &clients {
            self.full.recv_timeout(PATIENCE).expect("its way is full");
        }
        let held_back = resident_bytes();
        clients.truncate(1);
        assert_eq!(clients[0].response_head().status, 200);
        held_back.max(drain(&mut clients[0], len))
    }
}

fn number_after(head: &str, mark: &str) -> usize {
    let (_, rest) = head.split_once(mark).expect(mark);
    let number = rest.split(|next: char| !next.is_ascii_digit()).next();
    number
        .and_then(|number| number.parse().ok())
        .expect("a number")
}
