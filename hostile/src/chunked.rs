//! Chunked bodies: read alike however they are cut, and as an independent decoder reads them.
//!
//! The decoder here is written from RFC 9112 7.1 for the whole text at once, line by line, where
//! the data plane's goes byte by byte.

use limpet_dataplane::testing::{self, Chunked, Fields};

use crate::cuts;

const SIZE_DIGITS_MAX: usize = 15;
const EXTENSION_BYTES_MAX: usize = 4 * 1024;
const TRAILER_BYTES_MAX: usize = 8 * 1024;
const FIELDS_MAX: usize = 96;
const NAME_BYTES_MAX: usize = 256;

/// Judges a chunked body and what follows it.
pub fn chunked(bytes: &[u8]) {
    let whole = testing::chunked([bytes]);
    for pieces in cuts::ways(bytes) {
        let cut = testing::chunked(pieces.iter().copied());
        assert_eq!(cut, whole, "cut into {pieces:?}");
    }
    match (whole, read(bytes)) {
        (Ok(ours), Ok(theirs)) => agree(&ours, &theirs),
        (Ok(ours), Err(Broken::Short | Broken::Trailers)) => {
            assert_eq!(ours.rest, None, "it is not whole")
        }
        // We refuse what is wrong before all of it is here.
        (Err(_), Err(_)) => {}
        (ours, theirs) => panic!("ours {ours:?}, theirs {theirs:?}"),
    }
}

fn agree(ours: &Chunked, theirs: &Chunked) {
    assert_eq!(ours.data, theirs.data);
    assert_eq!(ours.rest, theirs.rest);
    for trailer in &ours.trailers {
        assert!(theirs.trailers.contains(trailer), "{trailer:?}");
        let decides = ["content-length", "host", "set-cookie", "transfer-encoding"];
        assert!(!decides.contains(&trailer.0.as_str()), "{trailer:?}");
    }
}

#[derive(Debug)]
enum Broken {
    /// It may become a body.
    Short,
    /// It never will.
    Wrong,
    /// It never will, but we judge trailers only once they are whole.
    Trailers,
}

fn read(mut rest: &[u8]) -> Result<Chunked, Broken> {
    let mut body = Chunked::default();
    loop {
        let (line, after) = line(rest)?;
        let size = size(line)?;
        rest = after;
        if size == 0 {
            let (trailers, rest) = trailers(rest).map_err(|broken| match broken {
                Broken::Wrong => Broken::Trailers,
                broken => broken,
            })?;
            body.trailers = trailers;
            body.rest = Some(rest.to_vec());
            return Ok(body);
        }
        let data = rest.get(..size).ok_or(Broken::Short)?;
        body.data.extend_from_slice(data);
        rest = rest[size..].strip_prefix(b"\r\n").ok_or({
            let is_start = b"\r\n".starts_with(&rest[size..]);
            if is_start {
                Broken::Short
            } else {
                Broken::Wrong
            }
        })?;
    }
}

/// `chunk-size [chunk-ext]`, the extensions unread.
fn size(line: &[u8]) -> Result<usize, Broken> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit());
    let (digits, extension) = line.split_at(digits.count());
    // Whitespace may stand before an extension, and not alone.
    let is_extension = match extension.trim_ascii_start() {
        [] => extension.is_empty(),
        [b';', ..] => extension.len() <= EXTENSION_BYTES_MAX,
        _ => false,
    };
    if !(1..=SIZE_DIGITS_MAX).contains(&digits.len()) || !is_extension {
        return Err(Broken::Wrong);
    }
    let digits = std::str::from_utf8(digits).expect("they are ASCII");
    Ok(usize::from_str_radix(digits, 16).expect("15 digits fit"))
}

fn trailers(mut rest: &[u8]) -> Result<(Fields, &[u8]), Broken> {
    let (mut fields, whole) = (Fields::new(), rest.len());
    loop {
        let (line, after) = line(rest)?;
        rest = after;
        if whole - rest.len() > TRAILER_BYTES_MAX {
            return Err(Broken::Wrong);
        }
        if line.is_empty() {
            return Ok((fields, rest));
        }
        fields.push(field(line)?);
        if fields.len() > FIELDS_MAX {
            return Err(Broken::Wrong);
        }
    }
}

fn field(line: &[u8]) -> Result<(String, Vec<u8>), Broken> {
    let colon = line.iter().position(|byte| *byte == b':');
    let (name, value) = line.split_at(colon.ok_or(Broken::Wrong)?);
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.iter().all(is_token) {
        return Err(Broken::Wrong);
    }
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    Ok((name, value[1..].trim_ascii().to_vec()))
}

/// A line without its CR LF, and what follows it. No other control character may stand in it.
fn line(rest: &[u8]) -> Result<(&[u8], &[u8]), Broken> {
    let is_text = |byte: &u8| *byte == b'\t' || !byte.is_ascii_control();
    let len = rest.iter().take_while(|byte| is_text(byte)).count();
    match &rest[len..] {
        [b'\r', b'\n', after @ ..] => Ok((&rest[..len], after)),
        [] | [b'\r'] => Err(Broken::Short),
        _ => Err(Broken::Wrong),
    }
}
