//! One request after another, each answer read to its last byte.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;

use crate::tls;

const TIMEOUT: Duration = Duration::from_secs(5);

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// First line and fields, in lower case.
    pub head: String,
    /// The `Set-Cookie` fields' values.
    pub set_cookies: Vec<String>,
    /// The body.
    pub body: Vec<u8>,
    /// Bytes of everything.
    pub bytes: usize,
}

impl Answer {
    /// Whether it has that field, `name: value` in lower case.
    pub fn has(&self, field: &str) -> bool {
        self.head.split("\r\n").any(|line| line == field)
    }

    /// The cookie as a client sends it back: `NAME=VALUE`.
    pub fn cookie(&self) -> Option<&str> {
        self.set_cookies.first()?.split(';').next()
    }
}

/// A GET.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// The target's path.
    pub path: &'a str,
    /// The Cookie field.
    pub cookie: Option<String>,
    /// More fields.
    pub fields: &'a [(&'a str, &'a str)],
}

/// Sends it for the address itself, on a connection of its own.
pub fn ask(to: SocketAddr, ask: &Ask<'_>) -> io::Result<Answer> {
    Connection::open(to)?.ask(&to.to_string(), ask)
}

/// Sends one GET for the address itself on a connection of its own; see [`Connection::get`].
pub fn get(to: SocketAddr, path: &str, cookie: Option<&str>) -> io::Result<Answer> {
    get_of_host(to, &to.to_string(), path, cookie)
}

/// The same for a host.
pub fn get_of_host(
    to: SocketAddr,
    host: &str,
    path: &str,
    cookie: Option<&str>,
) -> io::Result<Answer> {
    Connection::open(to)?.get(host, path, cookie)
}

/// The same, encrypted.
pub fn ask_encrypted(
    to: SocketAddr,
    client: &Arc<ClientConfig>,
    ask: &Ask<'_>,
) -> io::Result<Answer> {
    let mut stream = tls::stream(client, to, Connection::open(to)?.0)?;
    ask_over(&mut stream, &to.to_string(), ask)
}

/// Sends it over an open connection, and reads the answer.
pub fn ask_over(stream: &mut (impl Read + Write), host: &str, ask: &Ask<'_>) -> io::Result<Answer> {
    let cookie = ask.cookie.as_deref().map(|cookie| ("Cookie", cookie));
    let fields = cookie.iter().chain(ask.fields);
    let fields: String = fields
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let path = ask.path;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n");
    stream.write_all(request.as_bytes())?;
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        if let Some(answer) = parse(&bytes)? {
            return Ok(answer);
        }
        let len = stream.read(&mut buffer)?;
        if len == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&buffer[..len]);
    }
}

/// A client that keeps its connection.
#[derive(Debug)]
pub struct Connection(TcpStream);

impl Connection {
    /// Connects.
    pub fn open(to: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&to, TIMEOUT)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(Self(stream))
    }

    /// Sends one GET, with the cookie where there is one. The connection is kept alive, so that the
    /// answer's head is the one a load sees.
    pub fn get(&mut self, host: &str, path: &str, cookie: Option<&str>) -> io::Result<Answer> {
        let ask = Ask {
            path,
            cookie: cookie.map(str::to_owned),
            fields: &[],
        };
        self.ask(host, &ask)
    }

    fn ask(&mut self, host: &str, ask: &Ask<'_>) -> io::Result<Answer> {
        ask_over(&mut self.0, host, ask)
    }
}

/// `None`: more is to come. Knows only answers with a length, which is what the backend sends.
pub fn parse(bytes: &[u8]) -> io::Result<Option<Answer>> {
    let Some(head_len) = memchr::memmem::find(bytes, b"\r\n\r\n") else {
        return Ok(None);
    };
    let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let head = std::str::from_utf8(&bytes[..head_len]).map_err(|_| invalid("head is not ASCII"))?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let status = status
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| invalid("no status line"))?;
    let (mut set_cookies, mut length) = (Vec::new(), None);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        match name.to_ascii_lowercase().as_str() {
            "set-cookie" => set_cookies.push(value.trim().to_owned()),
            "content-length" => length = value.trim().parse::<usize>().ok(),
            _ => {}
        }
    }
    let body_bytes = length.ok_or_else(|| invalid("no content-length"))?;
    let whole = head_len + 4 + body_bytes;
    Ok((bytes.len() >= whole).then_some(Answer {
        status,
        head: head.to_ascii_lowercase(),
        set_cookies,
        body: bytes[head_len + 4..].to_vec(),
        bytes: bytes.len(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_only_with_its_last_byte() {
        let bytes = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 3\r\n\r\nxyz";
        for cut in 0..bytes.len() {
            assert_eq!(parse(&bytes[..cut]).expect("no fault yet"), None);
        }
        let answer = parse(bytes).expect("right").expect("whole");
        assert_eq!((answer.status, answer.body.as_slice()), (200, &b"xyz"[..]));
        assert_eq!(answer.cookie(), Some("a=b"));
        assert_eq!(answer.bytes, bytes.len());
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        assert!(parse(b"hello\r\n\r\n").is_err());
        assert!(parse(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
