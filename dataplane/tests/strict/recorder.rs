//! A backend that judges smuggling: it writes down every whole request that reaches it.
//!
//! Its reader is a second opinion, simpler and stricter than the data plane's: whatever it cannot
//! read is written down as such, and no request may hide in it.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use crate::support::{Client, PATIENCE};

/// The backend.
pub struct Recorder {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    accepted: Arc<AtomicUsize>,
    /// Once for each connection that has ended.
    ended: mpsc::Receiver<()>,
}

impl Recorder {
    /// Answers each whole request with an empty 200, and anything else with nothing.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let (written, accepted) = (Arc::clone(&seen), Arc::new(AtomicUsize::new(0)));
        let (counted, (say, ended)) = (Arc::clone(&accepted), mpsc::channel());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, written) = (stream.expect("accepted"), Arc::clone(&written));
                let say = say.clone();
                counted.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || {
                    record(stream, &written);
                    let _ = say.send(());
                });
            }
        });
        Self {
            address,
            seen,
            accepted,
            ended,
        }
    }

    /// The same as [`Self::take`], once all connections have ended: the gateway is gone.
    pub fn finish(self) -> Vec<String> {
        // Connections are accepted in their order: all others came before this one.
        let mut last = Client::connect(self.address);
        assert_eq!(last.get("/last").status, 200);
        drop(last);
        for _ in 0..self.accepted.load(Ordering::SeqCst) {
            let ended = self.ended.recv_timeout(PATIENCE);
            ended.expect("each connection ends, and its reader did not panic");
        }
        let mut seen = self.take();
        let last = seen.iter().position(|line| line == "GET /last HTTP/1.1");
        seen.remove(last.expect("what comes is written down"));
        seen
    }

    /// The first lines of all whole requests since the last look.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.seen.lock().expect("no writer panics"))
    }
}

fn record(mut stream: TcpStream, seen: &Mutex<Vec<String>>) {
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    let mut buffer = Vec::new();
    loop {
        while let Some(len) = whole(&buffer) {
            let request: Vec<u8> = buffer.drain(..len).collect();
            let line = request.split(|byte| *byte == b'\r').next();
            let line = String::from_utf8_lossy(line.unwrap_or_default()).into_owned();
            seen.lock().expect("no writer panics").push(line);
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
            if stream.write_all(answer).is_err() {
                return;
            }
        }
        let mut piece = [0; 16 * 1024];
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(len) => buffer.extend_from_slice(&piece[..len]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
}

/// The length of the whole request that the buffer begins with.
fn whole(buffer: &[u8]) -> Option<usize> {
    let head = find(buffer, b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&buffer[..head]).to_lowercase();
    let field = |name: &str| {
        let mut lines = text.split("\r\n").filter_map(|line| line.split_once(':'));
        let (_, value) = lines.find(|(field, _)| *field == name)?;
        Some(value.trim().to_owned())
    };
    let body = &buffer[head..];
    let length = match (field("transfer-encoding"), field("content-length")) {
        (Some(_), _) => chunked(body)?,
        (None, Some(length)) => length.parse().expect("the data plane frames anew"),
        (None, None) => 0,
    };
    (body.len() >= length).then_some(head + length)
}

/// The length of a whole chunked body.
fn chunked(body: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let line = find(&body[at..], b"\r\n")?;
        let digits = std::str::from_utf8(&body[at..at + line]).expect("no extensions come here");
        let size = usize::from_str_radix(digits, 16).expect("the data plane chunks anew");
        at += line + 2;
        if size == 0 {
            break;
        }
        at += size + 2;
        if body.len() < at {
            return None;
        }
    }
    loop {
        let line = find(&body[at..], b"\r\n")?;
        at += line + 2;
        if line == 0 {
            return Some(at);
        }
    }
}

fn find(bytes: &[u8], mark: &[u8]) -> Option<usize> {
    bytes.windows(mark.len()).position(|window| window == mark)
}
