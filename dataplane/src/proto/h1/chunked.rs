//! Reads a chunked body (RFC 9112 7.1), a byte at a time where it is framing, in one step where it
//! is data. Memory is bounded by what the caller buffers: a chunk is never waited for as a whole.
//!
//! Chunk extensions are dropped. Trailers are kept for [`Decoder::take_trailers`].

use bytes::{Buf, Bytes, BytesMut};

use super::claims::CLAIMS;
use super::connection::HOP_BY_HOP;
use super::guard;
use super::protocol_error::ProtocolError;
use crate::proto::field_name::{FieldName, Known, KnownSet};
use crate::proto::fields::Fields;

/// Bound of a chunk-size line with its extensions.
const LINE_BYTES_MAX: usize = 4 * 1024;
/// Bound of a trailer section.
const TRAILER_BYTES_MAX: usize = 8 * 1024;
/// Size digits: 60 bits, so that sizes never overflow.
const SIZE_DIGITS_MAX: u8 = 15;

/// Where in a chunked body we are.
#[derive(Debug, Default)]
pub struct Decoder {
    state: State,
    /// Bytes of the current chunk-size line.
    line_len: usize,
    trailers: Vec<u8>,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Start,
    Size {
        size: u64,
        digits: u8,
    },
    /// Whitespace behind a size, which only an extension may follow.
    Padding {
        size: u64,
    },
    Extension {
        size: u64,
    },
    SizeLineFeed {
        size: u64,
    },
    Data {
        left: u64,
    },
    DataReturn,
    DataLineFeed,
    Trailers,
    Done,
}

impl Decoder {
    /// Takes what can be taken off the buffer, and returns the data found, of all chunks together.
    ///
    /// Empty data means that more must be read, unless [`Decoder::is_done`].
    pub fn decode(&mut self, buffer: &mut BytesMut) -> Result<Bytes, ProtocolError> {
        let mut read = 0;
        // Data lies at `start..end`; later chunks are moved down to follow the first.
        let (mut start, mut end) = (0, 0);
        while read < buffer.len() && self.state != State::Done {
            let State::Data { left } = self.state else {
                self.step(buffer[read])?;
                read += 1;
                continue;
            };
            let len = usize::try_from(left)
                .unwrap_or(usize::MAX)
                .min(buffer.len() - read);
            if start == end {
                (start, end) = (read, read);
            } else {
                buffer.copy_within(read..read + len, end);
            }
            end += len;
            read += len;
            let left = left - len as u64;
            self.state = if left == 0 {
                State::DataReturn
            } else {
                State::Data { left }
            };
        }
        buffer.advance(start);
        let data = buffer.split_to(end - start).freeze();
        buffer.advance(read - end);
        Ok(data)
    }

    /// Whether the body and its trailers are complete; what follows is the next message.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// The trailers that may be forwarded (RFC 9110 6.5.1).
    pub fn take_trailers(&mut self) -> Result<Fields, ProtocolError> {
        let section = std::mem::take(&mut self.trailers);
        let mut trailers = Fields::default();
        for line in section.split(|byte| *byte == b'\n') {
            let Some(colon) = memchr::memchr(b':', line) else {
                continue;
            };
            let name = FieldName::parse(&line[..colon]).ok_or(ProtocolError::ChunkMalformed)?;
            if may_trail(&name) {
                trailers.add(&name, line[colon + 1..].trim_ascii());
            }
        }
        Ok(trailers)
    }

    fn step(&mut self, byte: u8) -> Result<(), ProtocolError> {
        self.state = match self.state {
            State::Start => {
                self.line_len = 0;
                State::Size {
                    size: hex(byte).ok_or(ProtocolError::ChunkMalformed)?,
                    digits: 1,
                }
            }
            State::Size { size, digits } => self.size(byte, size, digits)?,
            State::Padding { size } => self.padding(byte, size)?,
            State::Extension { size } => self.extension(byte, size)?,
            State::SizeLineFeed { size: 0 } if byte == b'\n' => State::Trailers,
            State::SizeLineFeed { size } if byte == b'\n' => State::Data { left: size },
            State::DataReturn if byte == b'\r' => State::DataLineFeed,
            State::DataLineFeed if byte == b'\n' => State::Start,
            State::Trailers => self.trailer(byte)?,
            _ => return Err(ProtocolError::ChunkMalformed),
        };
        Ok(())
    }

    fn size(&mut self, byte: u8, size: u64, digits: u8) -> Result<State, ProtocolError> {
        match (byte, hex(byte)) {
            (_, Some(_)) if digits == SIZE_DIGITS_MAX => Err(ProtocolError::ChunkTooLarge),
            (_, Some(digit)) => Ok(State::Size {
                size: size * 16 + digit,
                digits: digits + 1,
            }),
            (b'\r', None) => Ok(State::SizeLineFeed { size }),
            (b';', None) => Ok(State::Extension { size }),
            (b' ' | b'\t', None) => Ok(State::Padding { size }),
            _ => Err(ProtocolError::ChunkMalformed),
        }
    }

    fn padding(&mut self, byte: u8, size: u64) -> Result<State, ProtocolError> {
        self.lengthen_line()?;
        match byte {
            b';' => Ok(State::Extension { size }),
            b' ' | b'\t' => Ok(State::Padding { size }),
            _ => Err(ProtocolError::ChunkMalformed),
        }
    }

    fn lengthen_line(&mut self) -> Result<(), ProtocolError> {
        self.line_len += 1;
        if self.line_len > LINE_BYTES_MAX {
            return Err(ProtocolError::ChunkTooLarge);
        }
        Ok(())
    }

    fn extension(&mut self, byte: u8, size: u64) -> Result<State, ProtocolError> {
        self.lengthen_line()?;
        match byte {
            b'\r' => Ok(State::SizeLineFeed { size }),
            b'\t' | b' '..=b'~' | 0x80.. => Ok(State::Extension { size }),
            _ => Err(ProtocolError::ChunkMalformed),
        }
    }

    fn trailer(&mut self, byte: u8) -> Result<State, ProtocolError> {
        self.trailers.push(byte);
        if self.trailers == b"\r\n" || self.trailers.ends_with(b"\r\n\r\n") {
            guard::check_fields(&self.trailers)?;
            return Ok(State::Done);
        }
        if self.trailers.len() >= TRAILER_BYTES_MAX {
            return Err(ProtocolError::ChunkTooLarge);
        }
        Ok(State::Trailers)
    }
}

fn hex(byte: u8) -> Option<u64> {
    char::from(byte).to_digit(16).map(u64::from)
}

fn may_trail(name: &FieldName) -> bool {
    let is_never = name
        .known()
        .is_some_and(|known| NEVER_TRAILING.contains(known));
    !is_never && !name.text().starts_with("x-forwarded-")
}

/// Fields that decide about framing, routing, credentials or caching act only in a head.
const NEVER_TRAILING: KnownSet = HOP_BY_HOP.and(CLAIMS).and(KnownSet::of(&[
    Known::Age,
    Known::Authorization,
    Known::CacheControl,
    Known::ContentEncoding,
    Known::ContentRange,
    Known::ContentType,
    Known::Cookie,
    Known::Date,
    Known::Expires,
    Known::Host,
    Known::Location,
    Known::SetCookie,
    Known::Trailer,
    Known::Vary,
    Known::WwwAuthenticate,
]));

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes in pieces of `step` bytes: (data, trailers, what is left).
    fn decode(text: &[u8], step: usize) -> Result<(Vec<u8>, Fields, Vec<u8>), ProtocolError> {
        let mut decoder = Decoder::default();
        let (mut buffer, mut data) = (BytesMut::new(), Vec::new());
        for piece in text.chunks(step) {
            buffer.extend_from_slice(piece);
            data.extend_from_slice(&decoder.decode(&mut buffer)?);
        }
        assert!(decoder.is_done(), "{:?}", decoder.state);
        Ok((data, decoder.take_trailers()?, buffer.to_vec()))
    }

    fn check(text: &str, expected: &str, trailers: &[(&str, &str)], left: &str) {
        let text = text.replace('|', "\r\n");
        for step in 1..=text.len() {
            let (data, found, rest) = decode(text.as_bytes(), step).expect("valid");
            assert_eq!(data, expected.as_bytes(), "step {step} of {text:?}");
            let found: Vec<_> = found.iter().collect();
            let wanted: Vec<_> = trailers
                .iter()
                .map(|(k, v)| (k.as_bytes(), v.as_bytes()))
                .collect();
            assert_eq!(found, wanted, "step {step} of {text:?}");
            assert_eq!(rest, left.as_bytes(), "step {step} of {text:?}");
        }
    }

    fn check_refused(text: &str, expected: ProtocolError) {
        let text = text.replace('|', "\r\n");
        for step in [1, 2, 3, text.len()] {
            assert_eq!(
                decode(text.as_bytes(), step).err(),
                Some(expected),
                "{text:?}"
            );
        }
    }

    #[test]
    fn chunks_of_any_size_are_joined() {
        check("0||", "", &[], "");
        check("3|abc|0||", "abc", &[], "");
        check(
            "3|abc|00004|defg|a|0123456789|0||",
            "abcdefg0123456789",
            &[],
            "",
        );
        check("1|a|1|b|1|c|0||", "abc", &[], "");
    }

    #[test]
    fn extensions_are_dropped() {
        check("3;a=b|abc|0;x||", "abc", &[], "");
        check("3 \t;a=\"\u{e9};\"|abc|0 ;||", "abc", &[], "");
    }

    #[test]
    fn trailers_are_kept_but_for_those_that_act_only_in_a_head() {
        let text = "1|a|0|X-Sum:  1 |content-length: 5|host: x|set-cookie: a=b|grpc-status: 0||";
        check(text, "a", &[("x-sum", "1"), ("grpc-status", "0")], "");
    }

    #[test]
    fn what_follows_is_left_alone() {
        check("1|a|0||", "a", &[], "");
        let (_, _, left) = decode(b"1\r\na\r\n0\r\n\r\nGET / HTTP", 64).expect("valid");
        assert_eq!(left, b"GET / HTTP");
    }

    #[test]
    fn broken_framing_is_refused() {
        for text in [
            "|abc", "x|", "-1|", "+1|", "0x1|", " 1|", "1|ab|0||", "1|a0||", "1\n", "1|a\n0||",
            "1\rX", "g|", "1;a\0b|", "1;a\nb", "\t1|",
        ] {
            check_refused(text, ProtocolError::ChunkMalformed);
        }
    }

    #[test]
    fn lines_sizes_and_trailers_are_bounded() {
        check_refused("0000000000000001|", ProtocolError::ChunkTooLarge);
        check_refused(
            &format!("1;{}", "a".repeat(LINE_BYTES_MAX + 1)),
            ProtocolError::ChunkTooLarge,
        );
        let endless = "a: b|".repeat(TRAILER_BYTES_MAX / 6 + 1);
        check_refused(&format!("0|{endless}"), ProtocolError::ChunkTooLarge);
        let many = "a: b|".repeat(guard::FIELDS_MAX + 1);
        check_refused(&format!("0|{many}|"), ProtocolError::TooManyFields);
        check_refused("0|a : b||", ProtocolError::FieldNameInvalid);
    }

    #[test]
    fn a_chunk_is_passed_on_before_it_is_whole() {
        let mut decoder = Decoder::default();
        let mut buffer = BytesMut::from(&b"fffffff\r\nabc"[..]);
        assert_eq!(decoder.decode(&mut buffer).expect("valid"), "abc");
        assert!(buffer.is_empty() && !decoder.is_done());
    }

    #[test]
    fn what_only_a_gateway_may_say_never_trails() {
        let is_trailing =
            |name: &str| may_trail(&FieldName::parse(name.as_bytes()).expect("a token"));
        for name in [
            "x-forwarded-for",
            "x-forwarded-client-cert",
            "x-real-ip",
            "forwarded",
        ] {
            assert!(!is_trailing(name), "{name}");
        }
        assert!(is_trailing("x-sum"));
    }
}
