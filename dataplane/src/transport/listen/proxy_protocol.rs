//! What a load balancer in front says of a connection before its first byte: the PROXY protocol,
//! versions 1 and 2 (HAProxy's proxy-protocol.txt).
//!
//! Here are only its bytes; `receive` waits for them. It is strict: what two readers could read
//! differently is refused. Extensions (TLVs) must be whole, and are not read. Tested
//! in `tests`, over sockets in `tests/http/proxy_protocol.rs`, and fuzzed beside another parser.

mod receive;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use thiserror::Error;

pub use receive::{Received, is_expected, receive};

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
    /// Whose connection it is.
    pub source: Source,
    /// Its length in bytes.
    pub len: usize,
}

/// Whose connection it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A client's with this address.
    Client(SocketAddr),
    /// A client's that has no address, or one that means nothing here.
    Nameless,
    /// The load balancer's own, such as a health check's.
    LoadBalancer,
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
    let source = said.and_then(addresses).ok_or(Malformed::Line)?;
    Ok(Some(Header {
        source,
        len: end + 1,
    }))
}

/// Of `TCP4 192.0.2.1 192.0.2.2 4711 80`.
fn addresses(said: &str) -> Option<Source> {
    let mut parts = said.split(' ');
    let client = match parts.next()? {
        // What follows it means nothing.
        "UNKNOWN" => return Some(Source::Nameless),
        "TCP4" => both(&mut parts, ip::<Ipv4Addr>)?,
        "TCP6" => both(&mut parts, ip::<Ipv6Addr>)?,
        _ => return None,
    };
    let [client_port, _] = both(&mut parts, port)?;
    let is_over = parts.next().is_none();
    is_over.then(|| Source::Client(SocketAddr::new(client[0], client_port)))
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
    let source = match is_clients {
        true => client(prefix[13], block)?,
        // What follows means nothing.
        false => Source::LoadBalancer,
    };
    Ok(Some(Header {
        source,
        len: PREFIX_BYTES + len,
    }))
}

fn client(family: u8, block: &[u8]) -> Result<Source, Malformed> {
    const UNIX_BYTES: usize = 216;
    let (client, extensions) = match family {
        0x00 => (Source::Nameless, Some(block)),
        0x11 => {
            let (client, rest) = address::<4>(block)?;
            (Source::Client(client), Some(rest))
        }
        0x21 => {
            let (client, rest) = address::<16>(block)?;
            (Source::Client(client), Some(rest))
        }
        0x31 => (Source::Nameless, block.get(UNIX_BYTES..)),
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
