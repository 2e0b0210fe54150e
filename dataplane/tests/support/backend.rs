//! Backends that do exactly what a test's script says.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::Client;

/// A backend on a free port, with one thread per connection.
pub struct Backend {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
}

/// The data plane as a backend sees it.
pub struct Peer {
    /// Sends and reads bytes.
    pub raw: Client,
    /// How many connections came before this one.
    pub number: usize,
}

/// A request as a backend received it.
#[derive(Clone, Debug)]
pub struct Received {
    /// Request line and fields, without the empty line.
    pub head: String,
    /// Decoded.
    pub body: Vec<u8>,
    pub trailers: String,
}

impl Received {
    /// The first value of a field.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (field, value) = line.split_once(':')?;
            field.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

impl Backend {
    /// Runs the script on every connection.
    pub fn start(script: impl Fn(&mut Peer) + Send + Sync + 'static) -> Self {
        Self::start_on(Ipv4Addr::LOCALHOST.into(), script)
    }

    fn start_on(ip: IpAddr, script: impl Fn(&mut Peer) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((ip, 0)).expect("a free port");
        let address = listener.local_addr().expect("bound");
        let connections = Arc::new(AtomicUsize::new(0));
        let is_over = Arc::new(AtomicBool::new(false));
        let (counted, over) = (Arc::clone(&connections), Arc::clone(&is_over));
        let script = Arc::new(script);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                let number = counted.fetch_add(1, Ordering::SeqCst);
                let raw = Client::over(stream.expect("accepted"));
                let script = Arc::clone(&script);
                std::thread::spawn(move || script(&mut Peer { raw, number }));
            }
        });
        Self {
            address,
            connections,
            is_over,
        }
    }

    /// Answers each request with its name, for as long as the connection lasts.
    pub fn named(name: &str) -> Self {
        let name = name.to_owned();
        Self::start(move |peer| {
            while peer.receive().is_some() {
                let length = name.len();
                peer.raw
                    .send(&format!("HTTP/1.1 200 OK|content-length: {length}||{name}"));
            }
        })
    }

    /// Answers each request with its head and body.
    pub fn echo() -> Self {
        Self::echo_on(Ipv4Addr::LOCALHOST.into())
    }

    /// The same, at a free port of this address.
    pub fn echo_on(ip: IpAddr) -> Self {
        Self::start_on(ip, |peer| {
            while let Some(received) = peer.receive() {
                let length = received.head.len() + 4 + received.body.len();
                peer.raw
                    .send(&format!("HTTP/1.1 200 OK|content-length: {length}||"));
                peer.raw
                    .send_bytes(format!("{}\r\n\r\n", received.head).as_bytes());
                peer.raw.send_bytes(&received.body);
            }
        })
    }

    /// How many connections came so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Backend {
    /// The port is closed when this returns, or soon after.
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

impl Peer {
    /// The next whole request; `None` when the connection is over.
    pub fn receive(&mut self) -> Option<Received> {
        let head = self.receive_head()?;
        let mut received = Received {
            head,
            body: Vec::new(),
            trailers: String::new(),
        };
        if received.header("transfer-encoding").is_some() {
            (received.body, received.trailers) = self.raw.chunks();
        } else if let Some(length) = received.header("content-length") {
            received.body = self.raw.take(length.parse().expect("a length"));
        }
        Some(received)
    }

    /// A request's head alone.
    pub fn receive_head(&mut self) -> Option<String> {
        if self.raw.buffer.is_empty() && self.is_over() {
            return None;
        }
        let head = self.raw.until(b"\r\n\r\n");
        Some(String::from_utf8(head).expect("text").trim_end().to_owned())
    }

    /// Waits for the next byte; whether there is none, as the data plane closed.
    pub fn is_over(&mut self) -> bool {
        self.raw.stream.peek(&mut [0]).map_or(true, |len| len == 0)
    }
}
