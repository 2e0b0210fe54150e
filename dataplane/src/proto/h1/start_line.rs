//! The first line of a head (RFC 9112 3 and 4), without its line break.

use std::ops::Range;

use http::{Method, StatusCode, Version};

use super::protocol_error::ProtocolError;
use crate::proto::target::Target;
use crate::proto::text::{is_text_byte, text_len};

/// `method SP target SP version`.
#[derive(Debug)]
pub struct RequestLine {
    /// A token, and not CONNECT.
    pub method: Method,
    /// Taken apart, and where it begins in the line.
    pub target: (Target, usize),
    /// HTTP/1.0 or HTTP/1.1.
    pub version: Version,
}

/// `version SP status [SP reason]`.
#[derive(Debug)]
pub struct StatusLine {
    /// HTTP/1.0 or HTTP/1.1.
    pub version: Version,
    /// 100 to 999.
    pub status: StatusCode,
    /// Where it stands in the line; it may be empty.
    pub reason: Range<usize>,
}

/// Reads a request line.
pub fn request(line: &[u8]) -> Result<RequestLine, ProtocolError> {
    let Some((method, start, version)) = parts(line) else {
        return Err(malformed(line));
    };
    let method = Method::from_bytes(method).map_err(|_| ProtocolError::MethodInvalid)?;
    if method == Method::CONNECT {
        return Err(ProtocolError::MethodUnsupported);
    }
    let target = &line[start..line.len() - version.len() - 1];
    let target =
        Target::parse(target).ok_or_else(|| control_or(line, ProtocolError::TargetInvalid))?;
    Ok(RequestLine {
        method,
        target: (target, start),
        version: read_version(version)?,
    })
}

/// Method, where the target begins, and version, between exactly two spaces.
fn parts(line: &[u8]) -> Option<(&[u8], usize, &[u8])> {
    let method_len = line.iter().position(|byte| *byte == b' ')?;
    let start = method_len + 1;
    let target_len = memchr::memchr(b' ', &line[start..])?;
    let version = &line[start + target_len + 1..];
    (!version.contains(&b' ')).then_some((&line[..method_len], start, version))
}

fn malformed(line: &[u8]) -> ProtocolError {
    control_or(line, ProtocolError::StartLineMalformed)
}

/// Reads a status line.
pub fn status(line: &[u8]) -> Result<StatusLine, ProtocolError> {
    let Some((version, rest)) = line.split_at_checked(8) else {
        return Err(ProtocolError::StartLineMalformed);
    };
    let version = read_version(version)?;
    let status = match rest {
        [b' ', status @ ..] if matches!(status.get(3), None | Some(b' ')) => status.get(..3),
        _ => None,
    };
    let status = status.and_then(|status| StatusCode::from_bytes(status).ok());
    let status = status.ok_or(ProtocolError::StartLineMalformed)?;
    if text_len(rest) < rest.len() {
        return Err(control_or(rest, ProtocolError::ControlCharacter));
    }
    Ok(StatusLine {
        version,
        status,
        reason: line.len().min(13)..line.len(),
    })
}

/// Names the worst thing about a line that is wrong anyway.
pub fn control_or(line: &[u8], otherwise: ProtocolError) -> ProtocolError {
    match line.iter().find(|byte| !is_text_byte(**byte)) {
        Some(b'\r') => ProtocolError::BareLineBreak,
        Some(_) => ProtocolError::ControlCharacter,
        None => otherwise,
    }
}

fn read_version(version: &[u8]) -> Result<Version, ProtocolError> {
    match version {
        b"HTTP/1.1" => Ok(Version::HTTP_11),
        b"HTTP/1.0" => Ok(Version::HTTP_10),
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            Err(ProtocolError::VersionUnsupported)
        }
        _ => Err(ProtocolError::StartLineMalformed),
    }
}
