//! A backend that keeps what it is sent: every request, its head byte for byte, and whether it came
//! whole. Reads as a naive application would: the last transfer coding, then the first length.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::error::{Context, Result};
use crate::peers::{Backends, free_port};

/// How long a request that a proxy has sent may take to be here.
const SETTLE: Duration = Duration::from_millis(30);
/// More than any case's body.
const BODY_BYTES_MAX: usize = 1 << 20;

/// One request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// As it came, with its empty line if that came.
    pub head: Vec<u8>,
    /// Decoded.
    pub body: Vec<u8>,
    /// Whether head and body came to their end.
    pub is_whole: bool,
}

type Requests = Arc<Mutex<Vec<Request>>>;

/// Listens where the backends do, until the process ends.
#[derive(Debug)]
pub struct Recorder {
    /// The same on each address.
    pub port: u16,
    requests: Requests,
}

impl Recorder {
    /// Starts listening.
    pub fn start() -> Result<Self> {
        let port = free_port()?;
        let requests = Requests::default();
        for address in Backends::ADDRESSES {
            let address = SocketAddr::from((address, port));
            let listener =
                TcpListener::bind(address).context(|| format!("cannot listen on {address}"))?;
            let requests = Arc::clone(&requests);
            thread::spawn(move || accept(&listener, &requests));
        }
        Ok(Self { port, requests })
    }

    /// All since the last time, once the ones on their way are here.
    pub fn settle(&self) -> Vec<Request> {
        thread::sleep(SETTLE);
        self.take()
    }

    /// All since the last time.
    pub fn take(&self) -> Vec<Request> {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut requests)
    }
}

fn accept(listener: &TcpListener, requests: &Requests) {
    for stream in listener.incoming().flatten() {
        let requests = Arc::clone(requests);
        thread::spawn(move || serve(stream, &requests));
    }
}

fn serve(stream: TcpStream, requests: &Requests) {
    let Ok(mut writer) = stream.try_clone() else {
        return;
    };
    let mut reader = BufReader::new(stream);
    loop {
        let request = read_request(&mut reader, &mut writer);
        let is_whole = request.is_whole;
        let answer = answer_to(&request.head);
        if !request.head.is_empty() {
            let mut requests = requests.lock().unwrap_or_else(PoisonError::into_inner);
            requests.push(request);
        }
        if !is_whole || writer.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// 200 with the path as its body.
fn answer_to(head: &[u8]) -> String {
    let head = String::from_utf8_lossy(head);
    let mut words = head.split([' ', '\r', '\n']);
    let (method, path) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let body = if method == "HEAD" { "" } else { path };
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        path.len()
    )
}

fn read_request(reader: &mut impl BufRead, writer: &mut impl Write) -> Request {
    let mut request = Request::default();
    if read_head(reader, &mut request.head).is_none() {
        return request;
    }
    if field(&request.head, "expect").is_some() {
        // The proxy waits for it; an error shows at the next read.
        let _ = writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n");
    }
    let body = match framing(&request.head) {
        Framing::Chunked => read_chunks(reader, &mut request.body),
        Framing::Length(len) => read_exactly(reader, len, &mut request.body),
    };
    request.is_whole = body.is_some();
    request
}

/// `None`: the connection ended before the empty line.
fn read_head(reader: &mut impl BufRead, head: &mut Vec<u8>) -> Option<()> {
    loop {
        let start = head.len();
        reader.read_until(b'\n', head).ok().filter(|len| *len > 0)?;
        if matches!(&head[start..], b"\r\n" | b"\n") {
            return Some(());
        }
    }
}

enum Framing {
    Chunked,
    Length(usize),
}

fn framing(head: &[u8]) -> Framing {
    let coding = field(head, "transfer-encoding").unwrap_or_default();
    if coding.to_ascii_lowercase().ends_with("chunked") {
        return Framing::Chunked;
    }
    let length = field(head, "content-length").and_then(|value| value.parse().ok());
    Framing::Length(length.unwrap_or(0))
}

/// The first value of a field, without blanks around it.
fn field(head: &[u8], name: &str) -> Option<String> {
    let head = String::from_utf8_lossy(head);
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    let mut values = fields.filter(|(this, _)| this.trim().eq_ignore_ascii_case(name));
    values.next().map(|(_, value)| value.trim().to_owned())
}

fn read_exactly(reader: &mut impl BufRead, len: usize, body: &mut Vec<u8>) -> Option<()> {
    let len = len.min(BODY_BYTES_MAX);
    let read = reader.take(len as u64).read_to_end(body).ok()?;
    (read == len).then_some(())
}

fn read_chunks(reader: &mut impl BufRead, body: &mut Vec<u8>) -> Option<()> {
    loop {
        let mut line = Vec::new();
        reader.read_until(b'\n', &mut line).ok()?;
        let line = String::from_utf8_lossy(&line).into_owned();
        let digits = line.trim().split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(digits, 16).ok()?;
        if size == 0 {
            // Trailer fields up to an empty line.
            return read_head(reader, &mut Vec::new());
        }
        read_exactly(reader, size, body)?;
        read_exactly(reader, 2, &mut Vec::new())?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &str, body: &str, is_whole: bool) {
        let request = read_request(&mut bytes.as_bytes(), &mut Vec::new());
        assert_eq!(request.body, body.as_bytes(), "{bytes}");
        assert_eq!(request.is_whole, is_whole, "{bytes}");
    }

    #[test]
    fn bodies_are_read_by_length_and_by_chunks() {
        check("GET / HTTP/1.1\r\nhost: a\r\n\r\n", "", true);
        check(
            "POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nabcd",
            "abc",
            true,
        );
        check(
            "POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nab",
            "ab",
            false,
        );
        let chunked = "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n";
        check(
            &format!("{chunked}3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"),
            "abcd",
            true,
        );
        check(
            &format!("{chunked}3\r\nabc\r\n0\r\nx: y\r\n\r\n"),
            "abc",
            true,
        );
        check(&format!("{chunked}3\r\nabc\r\n"), "abc", false);
        check("GET / HTTP/1.1\r\nhost", "", false);
    }

    #[test]
    fn an_answer_holds_the_path() {
        assert!(answer_to(b"GET /abc HTTP/1.1\r\n\r\n").ends_with("Content-Length: 4\r\n\r\n/abc"));
        assert!(answer_to(b"HEAD /abc HTTP/1.1\r\n\r\n").ends_with("\r\n\r\n"));
    }
}
