//! A client that sends exactly the bytes it is told.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use super::PATIENCE;

/// A connection to the data plane, plain or encrypted.
pub struct Client<S = TcpStream> {
    pub stream: S,
    /// Read and not yet taken.
    pub buffer: Vec<u8>,
}

/// A response as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// The head without its empty line.
    pub head: String,
    /// Decoded.
    pub body: Vec<u8>,
    pub trailers: String,
}

impl Response {
    /// The first value of a field.
    pub fn header<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.headers(name).next()
    }

    /// All values of a field.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.head.lines().skip(1).filter_map(move |line| {
            let (field, value) = line.split_once(':')?;
            field.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }
}

impl Client {
    pub fn connect(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).expect("the listener accepts"))
    }

    pub fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
        stream.set_write_timeout(Some(PATIENCE)).expect("a limit");
        stream.set_nodelay(true).expect("an option");
        Self::new(stream)
    }

    /// No more will be sent.
    pub fn end(&mut self) -> &mut Self {
        self.stream.shutdown(Shutdown::Write).expect("shut down");
        self
    }
}

impl<S: Read + Write> Client<S> {
    pub fn new(stream: S) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
        }
    }

    /// Sends text in which `|` stands for CR LF.
    pub fn send(&mut self, text: &str) -> &mut Self {
        self.send_bytes(text.replace('|', "\r\n").as_bytes())
    }

    pub fn send_bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.stream.write_all(bytes).expect("sent");
        self
    }

    pub fn get(&mut self, path: &str) -> Response {
        self.send(&format!("GET {path} HTTP/1.1|host: test||"))
            .response()
    }

    /// The same for another Host than `test`.
    pub fn get_at(&mut self, host: &str) -> Response {
        self.send(&format!("GET / HTTP/1.1|host: {host}||"))
            .response()
    }

    /// The response to a request that is not HEAD.
    pub fn response(&mut self) -> Response {
        let mut response = self.response_head();
        if response.status < 200 || matches!(response.status, 204 | 304) {
            return response;
        }
        if response.header("transfer-encoding") == Some("chunked") {
            (response.body, response.trailers) = self.chunks();
        } else if let Some(length) = response.header("content-length") {
            response.body = self.take(length.parse().expect("a length"));
        } else {
            response.body = self.rest();
        }
        response
    }

    /// A response's head alone, without the Date that all have.
    pub fn response_head(&mut self) -> Response {
        let head = self.until(b"\r\n\r\n");
        let head = String::from_utf8_lossy(&head);
        let lines = head.trim_end().split("\r\n");
        let lines: Vec<&str> = lines.filter(|line| !line.starts_with("date: ")).collect();
        let head = lines.join("\r\n");
        let status = head
            .get(9..12)
            .unwrap_or_else(|| panic!("a status line: {head:?}"));
        let status = status.parse().expect("a status");
        Response {
            status,
            head,
            body: Vec::new(),
            trailers: String::new(),
        }
    }

    /// Everything until the other side closes; a reset ends the test.
    pub fn rest(&mut self) -> Vec<u8> {
        while self.fill() {}
        std::mem::take(&mut self.buffer)
    }

    /// Checks that the other side has closed and sent nothing more.
    pub fn expect_closed(&mut self) {
        let rest = self.rest();
        assert!(
            rest.is_empty(),
            "unexpected: {:?}",
            String::from_utf8_lossy(&rest)
        );
    }

    /// Reads until the connection breaks: what came before it.
    pub fn expect_reset(&mut self) -> Vec<u8> {
        let error = self
            .stream
            .read_to_end(&mut self.buffer)
            .expect_err("a reset");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        std::mem::take(&mut self.buffer)
    }

    /// Everything until the connection is over, closed or broken: one that stays fails the test.
    pub fn until_over(&mut self) -> Vec<u8> {
        if let Err(error) = self.stream.read_to_end(&mut self.buffer) {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset, "it stays open");
        }
        std::mem::take(&mut self.buffer)
    }

    /// Exactly so many bytes.
    pub fn take(&mut self, len: usize) -> Vec<u8> {
        while self.buffer.len() < len {
            assert!(
                self.fill(),
                "closed {} bytes early",
                len - self.buffer.len()
            );
        }
        self.buffer.drain(..len).collect()
    }

    /// Bytes up to and with a mark.
    pub fn until(&mut self, mark: &[u8]) -> Vec<u8> {
        loop {
            let found = self
                .buffer
                .windows(mark.len())
                .position(|window| window == mark);
            if let Some(at) = found {
                return self.buffer.drain(..at + mark.len()).collect();
            }
            assert!(
                self.fill(),
                "closed: {:?}",
                String::from_utf8_lossy(&self.buffer)
            );
        }
    }

    /// A chunked body with its trailers.
    pub fn chunks(&mut self) -> (Vec<u8>, String) {
        let mut body = Vec::new();
        loop {
            let line = String::from_utf8(self.until(b"\r\n")).expect("text");
            let size =
                usize::from_str_radix(line.trim_end(), 16).expect("a size without extension");
            if size == 0 {
                break;
            }
            body.extend(self.take(size));
            assert_eq!(self.take(2), b"\r\n");
        }
        let mut trailers = String::new();
        loop {
            let line = String::from_utf8(self.until(b"\r\n")).expect("text");
            if line == "\r\n" {
                return (body, trailers);
            }
            trailers.push_str(&line);
        }
    }

    /// Reads once; `false` at the end.
    fn fill(&mut self) -> bool {
        let mut piece = vec![0; 64 * 1024];
        let len = loop {
            match self.stream.read(&mut piece) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read.expect("bytes in time"),
            }
        };
        self.buffer.extend_from_slice(&piece[..len]);
        len > 0
    }
}
