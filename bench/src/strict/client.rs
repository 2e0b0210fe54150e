//! The client: sends a case's bytes and takes what comes, whatever it is.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use super::corpus::Case;
use crate::probe;

/// How long the first byte of an answer may take.
const FIRST_TIMEOUT: Duration = Duration::from_millis(1500);
/// How long a proxy must be silent to be done.
const QUIET: Duration = Duration::from_millis(250);
/// More than any answer here.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// What the client saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Of every final answer, in order.
    pub statuses: Vec<u16>,
    /// Whether the proxy ended the connection.
    pub is_closed: bool,
}

/// Sends a case on a connection of its own.
pub fn send(to: SocketAddr, case: &Case) -> Seen {
    let (received, is_closed) = exchange(to, case).unwrap_or((Vec::new(), true));
    Seen {
        statuses: statuses(&received),
        is_closed,
    }
}

/// Whether the next client gets the answer to its own request.
pub fn next_client(to: SocketAddr) -> bool {
    // The recorder answers with the path.
    const PATH: &str = "/the-answer-of-the-next-client";
    let answer = probe::get(to, PATH, None);
    answer.is_ok_and(|answer| answer.status == 200 && answer.body == PATH.as_bytes())
}

fn exchange(to: SocketAddr, case: &Case) -> std::io::Result<(Vec<u8>, bool)> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_write_timeout(Some(FIRST_TIMEOUT))?;
    // A proxy may refuse, and close, before it has read all.
    let _ = stream.write_all(&case.bytes);
    if case.ends {
        let _ = stream.shutdown(Shutdown::Write);
    }
    let (mut received, mut buffer) = (Vec::new(), [0; 16 * 1024]);
    stream.set_read_timeout(Some(FIRST_TIMEOUT))?;
    while received.len() < ANSWER_BYTES_MAX {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok((received, true)),
            Ok(len) => received.extend_from_slice(&buffer[..len]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return Ok((received, false));
            }
            // A reset ends the connection as well.
            Err(_) => return Ok((received, true)),
        }
        stream.set_read_timeout(Some(QUIET))?;
    }
    Ok((received, false))
}

/// Every final status line; no body here holds anything like one.
fn statuses(received: &[u8]) -> Vec<u16> {
    let starts = memchr::memmem::find_iter(received, b"HTTP/1.");
    let status = |start: usize| {
        let digits = received.get(start + 9..start + 12)?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    };
    starts
        .filter_map(status)
        .filter(|code| *code >= 200 || *code == 101)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::statuses;

    #[test]
    fn interim_answers_are_no_answers() {
        let received = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nxHTTP/1.0 400 Bad";
        assert_eq!(statuses(received), [200, 400]);
        assert_eq!(statuses(b"HTTP/1.1 2"), [0u16; 0]);
    }
}
