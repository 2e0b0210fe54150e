//! What a load balancer in front says of a connection before its first byte: the PROXY protocol,
//! versions 1 and 2 (HAProxy's proxy-protocol.txt).
//!
//! Here are only its bytes; `receive` waits for them. It is strict: what two readers could read
//! differently is refused. Extensions (TLVs) must be whole, and are not read. Tested
//! here, over sockets in `tests/http/proxy_protocol.rs`, and fuzzed beside another parser.

mod receive;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use thiserror::Error;

pub use receive::{Begun, is_expected, receive};

/// The longest line of version 1, with its end.
const LINE_BYTES_MAX: usize = 107;
/// What version 2 says after its first 16 bytes, at most: addresses and extensions.
const BLOCK_BYTES_MAX: usize = 4096;

const LINE_START: &[u8] = b"PROXY ";
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// Of version 2, up to its block.
const PREFIX_BYTES: usize = 16;

/// A whole header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The client's address; `None`: the connection is the load balancer's own, or of a client that has no
    /// address.
    pub client: Option<SocketAddr>,
    /// Its length in bytes.
    pub len: usize,
}

/// Why these bytes are no header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Malformed {
    /// They begin otherwise.
    #[error("it begins with something else")]
    Missing,
    /// A line of version 1 has no end within its bound.
    #[error("its line is longer than 107 bytes")]
    LineTooLong,
    /// A line of version 1 says something else than addresses.
    #[error("its line is malformed")]
    Line,
    /// Neither version 1 nor 2, or an unknown command or family.
    #[error("its version, command or family of addresses is unknown")]
    Unknown,
    /// More of version 2 than is read.
    #[error("it is longer than 4 KiB")]
    BlockTooLong,
    /// What version 2 says is cut off.
    #[error("its addresses or extensions are cut off")]
    Block,
}

impl Malformed {
    /// The label in metrics.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            _ => "malformed",
        }
    }
}

/// The header that these bytes begin with; `None`: more bytes must come.
pub fn find(bytes: &[u8]) -> Result<Option<Header>, Malformed> {
    if is_begun(bytes, LINE_START) {
        return line(bytes);
    }
    if is_begun(bytes, SIGNATURE) {
        return block(bytes);
    }
    Err(Malformed::Missing)
}

fn is_begun(bytes: &[u8], start: &[u8]) -> bool {
    let len = bytes.len().min(start.len());
    bytes[..len] == start[..len]
}

fn line(bytes: &[u8]) -> Result<Option<Header>, Malformed> {
    let window = &bytes[..bytes.len().min(LINE_BYTES_MAX)];
    let Some(end) = window.iter().position(|byte| *byte == b'\n') else {
        return match window.len() {
            LINE_BYTES_MAX => Err(Malformed::LineTooLong),
            _ => Ok(None),
        };
    };
    let said = bytes[..end]
        .strip_prefix(LINE_START)
        .and_then(|said| said.strip_suffix(b"\r"));
    let said = said.and_then(|said| std::str::from_utf8(said).ok());
    // Some take a return alone for the line's end.
    let said = said.filter(|said| !said.contains('\r'));
    let client = said.and_then(addresses).ok_or(Malformed::Line)?;
    Ok(Some(Header {
        client,
        len: end + 1,
    }))
}

/// `TCP4 192.0.2.1 192.0.2.2 4711 80`, and what its client is.
fn addresses(said: &str) -> Option<Option<SocketAddr>> {
    let mut parts = said.split(' ');
    let client = match parts.next()? {
        // What follows it means nothing.
        "UNKNOWN" => return Some(None),
        "TCP4" => both(&mut parts, ip::<Ipv4Addr>)?,
        "TCP6" => both(&mut parts, ip::<Ipv6Addr>)?,
        _ => return None,
    };
    let [client_port, _] = both(&mut parts, port)?;
    let is_over = parts.next().is_none();
    is_over.then(|| Some(SocketAddr::new(client[0], client_port)))
}

/// The client's, and where it connected to.
fn both<'s, T>(
    parts: &mut impl Iterator<Item = &'s str>,
    read: impl Fn(&str) -> Option<T>,
) -> Option<[T; 2]> {
    Some([read(parts.next()?)?, read(parts.next()?)?])
}

fn ip<A: FromStr + Into<IpAddr>>(text: &str) -> Option<IpAddr> {
    text.parse().ok().map(A::into)
}

/// Digits alone, without leading zeros.
fn port(text: &str) -> Option<u16> {
    let port: u16 = text.parse().ok()?;
    (port.to_string() == text).then_some(port)
}

fn block(bytes: &[u8]) -> Result<Option<Header>, Malformed> {
    const COMMAND: usize = SIGNATURE.len();
    let command = bytes.get(COMMAND).map(|byte| match byte {
        0x20 => Ok(false),
        0x21 => Ok(true),
        _ => Err(Malformed::Unknown),
    });
    let Some(is_clients) = command.transpose()? else {
        return Ok(None);
    };
    let Some(prefix) = bytes.first_chunk::<PREFIX_BYTES>() else {
        return Ok(None);
    };
    let len = usize::from(u16::from_be_bytes([prefix[14], prefix[15]]));
    if len > BLOCK_BYTES_MAX {
        return Err(Malformed::BlockTooLong);
    }
    let Some(block) = bytes.get(PREFIX_BYTES..PREFIX_BYTES + len) else {
        return Ok(None);
    };
    let client = match is_clients {
        true => client(prefix[13], block)?,
        // A health check of its own: what follows means nothing.
        false => None,
    };
    Ok(Some(Header {
        client,
        len: PREFIX_BYTES + len,
    }))
}

fn client(family: u8, block: &[u8]) -> Result<Option<SocketAddr>, Malformed> {
    const UNIX_BYTES: usize = 216;
    let (client, extensions) = match family {
        0x00 => (None, Some(block)),
        0x11 => {
            let (client, rest) = address::<4>(block)?;
            (Some(client), rest.get(..))
        }
        0x21 => {
            let (client, rest) = address::<16>(block)?;
            (Some(client), rest.get(..))
        }
        0x31 => (None, block.get(UNIX_BYTES..)),
        _ => return Err(Malformed::Unknown),
    };
    match extensions.is_some_and(are_whole) {
        true => Ok(client),
        false => Err(Malformed::Block),
    }
}

/// The client's address of two that are `N` bytes long, before their ports; and what follows them.
fn address<const N: usize>(block: &[u8]) -> Result<(SocketAddr, &[u8]), Malformed>
where
    IpAddr: From<[u8; N]>,
{
    let read = || {
        let (ip, rest) = block.split_first_chunk::<N>()?;
        let (_, rest) = rest.split_first_chunk::<N>()?;
        let (port, rest) = rest.split_first_chunk::<2>()?;
        let (_, rest) = rest.split_first_chunk::<2>()?;
        Some((
            SocketAddr::new((*ip).into(), u16::from_be_bytes(*port)),
            rest,
        ))
    };
    read().ok_or(Malformed::Block)
}

/// Each is a type, a length of two bytes, and as much.
fn are_whole(mut extensions: &[u8]) -> bool {
    while let Some(([_, length @ ..], rest)) = extensions.split_first_chunk::<3>() {
        let Some(rest) = rest.get(usize::from(u16::from_be_bytes(*length))..) else {
            return false;
        };
        extensions = rest;
    }
    extensions.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header of version 2: its command, its family, its block.
    fn version_2(command: u8, family: u8, block: &[u8]) -> Vec<u8> {
        let len = u16::try_from(block.len()).expect("short").to_be_bytes();
        [SIGNATURE, &[command, family], &len, block].concat()
    }

    fn tcp4(extensions: &[u8]) -> Vec<u8> {
        let addresses = [192, 0, 2, 1, 192, 0, 2, 2, 0x12, 0x67, 0, 80];
        version_2(0x21, 0x11, &[&addresses, extensions].concat())
    }

    fn address_of(bytes: &[u8]) -> Result<Option<String>, Malformed> {
        let header = find(bytes)?.expect("it is whole");
        assert_eq!(header.len, bytes.len());
        Ok(header.client.map(|client| client.to_string()))
    }

    #[test]
    fn a_line_says_who_the_client_is() {
        let check = |line: &str, expected: Option<&str>| {
            let found = address_of(format!("PROXY {line}\r\n").as_bytes());
            assert_eq!(found, Ok(expected.map(str::to_owned)), "{line}");
        };
        check("TCP4 192.0.2.1 192.0.2.2 4711 80", Some("192.0.2.1:4711"));
        check("TCP4 192.0.2.1 192.0.2.2 0 65535", Some("192.0.2.1:0"));
        check("TCP6 2001:db8::1 ::1 4711 80", Some("[2001:db8::1]:4711"));
        check("UNKNOWN", None);
        check("UNKNOWN what ever", None);
    }

    #[test]
    fn a_line_that_could_be_read_in_two_ways_is_refused() {
        for line in [
            "TCP4 192.0.2.1 192.0.2.2 4711 80",
            "TCP4 192.0.2.1 192.0.2.2 4711 80 \r",
            "TCP4  192.0.2.1 192.0.2.2 4711 80\r",
            "TCP4 192.0.2.01 192.0.2.2 4711 80\r",
            "TCP4 192.0.2.1 192.0.2.2 04711 80\r",
            "TCP4 192.0.2.1 192.0.2.2 +4711 80\r",
            "TCP4 192.0.2.1 192.0.2.2 4711 65536\r",
            "TCP4 192.0.2.1 192.0.2.2 4711\r",
            "TCP4 2001:db8::1 ::1 4711 80\r",
            "TCP6 192.0.2.1 192.0.2.2 4711 80\r",
            "TCP6 fe80::1%eth0 ::1 4711 80\r",
            "tcp4 192.0.2.1 192.0.2.2 4711 80\r",
            "UDP4 192.0.2.1 192.0.2.2 4711 80\r",
            "UNKNOWNS\r",
            "UNKNOWN\rx\r",
            "\r",
        ] {
            let found = find(format!("PROXY {line}\n").as_bytes());
            assert_eq!(found, Err(Malformed::Line), "{line:?}");
        }
        let long = format!("PROXY UNKNOWN {}", "x".repeat(LINE_BYTES_MAX));
        assert_eq!(find(long.as_bytes()), Err(Malformed::LineTooLong));
    }

    #[test]
    fn a_block_says_who_the_client_is() {
        let address = Ok(Some("192.0.2.1:4711".to_owned()));
        assert_eq!(address_of(&tcp4(b"")), address);
        assert_eq!(address_of(&tcp4(b"\x04\0\0\xea\0\x02ab")), address);
        let mut addresses = [0; 36];
        addresses[15] = 1;
        let tcp6 = version_2(0x21, 0x21, &addresses);
        assert_eq!(address_of(&tcp6), Ok(Some("[::1]:0".to_owned())));
        for without_client in [
            version_2(0x20, 0x11, b"any"),
            version_2(0x21, 0x00, b""),
            version_2(0x21, 0x31, &[0; 216]),
        ] {
            assert_eq!(address_of(&without_client), Ok(None));
        }
    }

    #[test]
    fn a_block_that_is_cut_off_or_unknown_is_refused() {
        for (bytes, expected) in [
            (version_2(0x21, 0x11, &[0; 11]), Malformed::Block),
            (version_2(0x21, 0x21, &[0; 35]), Malformed::Block),
            (version_2(0x21, 0x31, &[0; 215]), Malformed::Block),
            (tcp4(b"\x04\0"), Malformed::Block),
            (tcp4(b"\x04\0\x02a"), Malformed::Block),
            (version_2(0x22, 0x11, &[0; 12]), Malformed::Unknown),
            (version_2(0x11, 0x11, &[0; 12]), Malformed::Unknown),
            (version_2(0x21, 0x12, &[0; 12]), Malformed::Unknown),
            (version_2(0x21, 0x41, &[0; 12]), Malformed::Unknown),
            (version_2(0x21, 0x11, &[0; 4097]), Malformed::BlockTooLong),
        ] {
            assert_eq!(find(&bytes), Err(expected), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn a_header_may_come_in_pieces_and_ends_where_it_ends() {
        for header in [
            b"PROXY TCP4 192.0.2.1 192.0.2.2 4711 80\r\n".to_vec(),
            tcp4(b"\x04\0\0"),
        ] {
            for len in 0..header.len() {
                assert_eq!(find(&header[..len]), Ok(None), "{len}");
            }
            let followed = [&header, b"GET / HTTP/1.1\r\n".as_slice()].concat();
            let found = find(&followed).expect("well-formed").expect("whole");
            assert_eq!(found.len, header.len());
        }
    }

    #[test]
    fn what_begins_otherwise_is_no_header() {
        for bytes in [
            "GET / HTTP/1.1\r\n",
            "PROXY\t",
            "P ",
            "\r\n\r\n\r",
            "\x16\x03",
        ] {
            assert_eq!(find(bytes.as_bytes()), Err(Malformed::Missing), "{bytes:?}");
        }
    }
}
