//! Decides whether the bytes of a head may be read at all.
//!
//! Everything here works on bytes that a peer sent: where the head ends, and that it holds nothing two parsers could
//! read differently (RFC 9112 2.2, 3, 5). It refuses rather than repairs. What the fields *mean* is `framing` and `host`.
//!
//! Most heads come whole and good: `whole` looks them over and reads them in one pass.
//!
//! Tested by one `check` per kind of head and a line for each case, below.

mod whole;

use bytes::{Buf, BytesMut};

use super::protocol_error::ProtocolError;
use super::start_line;
use super::start_line::control_or;
use crate::proto::field_name::NAME_BYTES_MAX;
use crate::proto::text::{is_token_byte, text_len};
pub use whole::{Whole, whole_request, whole_response};

/// Bound of a request's or response's head.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Bound of the fields in one head, and in one trailer section.
pub const FIELDS_MAX: usize = 96;

/// Looks for the end of a request's head in bytes that trickle in.
#[derive(Debug, Default)]
pub struct Search {
    /// Bytes that were looked at before.
    searched: usize,
    has_skipped: bool,
}

impl Search {
    /// Whether nothing was looked at yet. From then on every byte is looked at once only, however
    /// few come at a time.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.searched == 0
    }

    /// The head's length, once all of it is in the buffer.
    ///
    /// One empty line before it is dropped: some clients send one behind a body (RFC 9112 2.2). No
    /// more than one, as a drip of them would hold a connection for nothing.
    pub fn end(&mut self, buffer: &mut BytesMut) -> Result<Option<usize>, ProtocolError> {
        if !self.has_skipped && buffer.starts_with(b"\r\n") {
            buffer.advance(2);
            *self = Self {
                searched: 0,
                has_skipped: true,
            };
        }
        let end = find_end(buffer, self.searched)?;
        self.searched = buffer.len();
        Ok(end)
    }
}

/// Finds where a head ends: the index after its empty line.
///
/// `searched` bytes were looked at before, so that a head that trickles in costs linear time.
pub fn find_end(buffer: &[u8], searched: usize) -> Result<Option<usize>, ProtocolError> {
    for offset in memchr::memchr_iter(b'\n', &buffer[searched..]) {
        let line_feed = searched + offset;
        // What is beyond the bound may be here or not, as the bytes were cut.
        if line_feed >= HEAD_BYTES_MAX {
            return Err(too_large(buffer));
        }
        if line_feed == 0 || buffer[line_feed - 1] != b'\r' {
            return Err(ProtocolError::BareLineBreak);
        }
        if line_feed >= 3 && &buffer[line_feed - 3..=line_feed] == b"\r\n\r\n" {
            return Ok(Some(line_feed + 1));
        }
    }
    if buffer.len() >= HEAD_BYTES_MAX {
        return Err(too_large(buffer));
    }
    Ok(None)
}

/// Checks a request's head, from its first byte to its empty line.
pub fn check_request(head: &[u8]) -> Result<(), ProtocolError> {
    let (line, fields) = split_line(head)?;
    start_line::request(line)?;
    check_fields(fields)
}

/// Checks a response's head, from its first byte to its empty line.
pub fn check_response(head: &[u8]) -> Result<(), ProtocolError> {
    let (line, fields) = split_line(head)?;
    start_line::status(line)?;
    check_fields(fields)
}

/// Checks field lines up to and with their empty line. Trailer sections come here too.
pub fn check_fields(mut rest: &[u8]) -> Result<(), ProtocolError> {
    let mut count = 0;
    loop {
        let (line, after) = split_line(rest)?;
        if line.is_empty() {
            return if after.is_empty() {
                Ok(())
            } else {
                Err(ProtocolError::StartLineMalformed)
            };
        }
        count += 1;
        if count > FIELDS_MAX {
            return Err(ProtocolError::TooManyFields);
        }
        check_field(line)?;
        rest = after;
    }
}

fn check_field(line: &[u8]) -> Result<(), ProtocolError> {
    if matches!(line[0], b' ' | b'\t') {
        return Err(ProtocolError::FieldFolded);
    }
    let name_len = line.iter().take_while(|byte| is_token_byte(**byte)).count();
    if name_len > NAME_BYTES_MAX {
        return Err(ProtocolError::FieldNameTooLong);
    }
    if name_len == 0 || line.get(name_len) != Some(&b':') {
        return Err(control_or(line, ProtocolError::FieldNameInvalid));
    }
    check_text(&line[name_len + 1..])
}

fn check_text(text: &[u8]) -> Result<(), ProtocolError> {
    if text_len(text) == text.len() {
        return Ok(());
    }
    Err(control_or(text, ProtocolError::ControlCharacter))
}

/// Takes a line without its CR LF.
fn split_line(rest: &[u8]) -> Result<(&[u8], &[u8]), ProtocolError> {
    let line_feed = memchr::memchr(b'\n', rest).ok_or(ProtocolError::BareLineBreak)?;
    match rest[..line_feed].split_last() {
        Some((b'\r', line)) => Ok((line, &rest[line_feed + 1..])),
        _ => Err(ProtocolError::BareLineBreak),
    }
}

fn too_large(buffer: &[u8]) -> ProtocolError {
    if memchr::memchr(b'\n', &buffer[..HEAD_BYTES_MAX.min(buffer.len())]).is_none() {
        return ProtocolError::TargetTooLong;
    }
    ProtocolError::HeadTooLarge
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(head: &str, expected: Result<(), ProtocolError>) {
        let head = head.replace('|', "\r\n");
        assert_eq!(check_request(head.as_bytes()), expected, "{head:?}");
    }

    fn check_fields_of(fields: &str, expected: Result<(), ProtocolError>) {
        check(&format!("GET / HTTP/1.1|{fields}|"), expected);
    }

    #[test]
    fn a_plain_request_passes() {
        check("GET / HTTP/1.1|host: a||", Ok(()));
        check("GET / HTTP/1.0||", Ok(()));
        check("OPTIONS * HTTP/1.1|host: a||", Ok(()));
        check("GET http://a/b?c=d HTTP/1.1|host: a||", Ok(()));
        check("M-SEARCH /%20 HTTP/1.1|host: a||", Ok(()));
    }

    #[test]
    fn a_request_line_has_three_parts_and_two_spaces() {
        check("GET / ||", Err(ProtocolError::StartLineMalformed));
        check("GET /||", Err(ProtocolError::StartLineMalformed));
        check("GET  / HTTP/1.1||", Err(ProtocolError::StartLineMalformed));
        check("GET / HTTP/1.1 ||", Err(ProtocolError::StartLineMalformed));
        check("GET\t/ HTTP/1.1||", Err(ProtocolError::StartLineMalformed));
        check(" GET / HTTP/1.1||", Err(ProtocolError::StartLineMalformed));
        check("||", Err(ProtocolError::StartLineMalformed));
    }

    #[test]
    fn a_method_is_a_token_and_not_connect() {
        check("G(T / HTTP/1.1||", Err(ProtocolError::MethodInvalid));
        check("GET: / HTTP/1.1||", Err(ProtocolError::MethodInvalid));
        check(
            "CONNECT a:80 HTTP/1.1||",
            Err(ProtocolError::MethodUnsupported),
        );
    }

    #[test]
    fn a_target_is_visible_ascii_without_a_fragment() {
        check("GET /a#b HTTP/1.1||", Err(ProtocolError::TargetInvalid));
        check("GET /\u{e9} HTTP/1.1||", Err(ProtocolError::TargetInvalid));
        check("GET /\0 HTTP/1.1||", Err(ProtocolError::ControlCharacter));
        check("GET /\r HTTP/1.1||", Err(ProtocolError::BareLineBreak));
    }

    #[test]
    fn only_two_versions_are_spoken() {
        check("GET / HTTP/2.0||", Err(ProtocolError::VersionUnsupported));
        check("GET / HTTP/1.2||", Err(ProtocolError::VersionUnsupported));
        check("GET / HTTP/0.9||", Err(ProtocolError::VersionUnsupported));
        check("GET / http/1.1||", Err(ProtocolError::StartLineMalformed));
        check("GET / HTTP/1||", Err(ProtocolError::StartLineMalformed));
        check("GET / HTTP/1.10||", Err(ProtocolError::StartLineMalformed));
    }

    #[test]
    fn field_names_are_tokens_right_before_their_colon() {
        check_fields_of("a: b|", Ok(()));
        check_fields_of("a:|", Ok(()));
        check_fields_of(": b|", Err(ProtocolError::FieldNameInvalid));
        check_fields_of("a : b|", Err(ProtocolError::FieldNameInvalid));
        check_fields_of("a\t: b|", Err(ProtocolError::FieldNameInvalid));
        check_fields_of("a b: c|", Err(ProtocolError::FieldNameInvalid));
        check_fields_of("a|", Err(ProtocolError::FieldNameInvalid));
        check_fields_of("a\u{e9}: b|", Err(ProtocolError::FieldNameInvalid));
        check_fields_of("a\0: b|", Err(ProtocolError::ControlCharacter));
    }

    #[test]
    fn field_values_hold_no_control_character() {
        check_fields_of("a: \tb \u{e9}|", Ok(()));
        check_fields_of("a: b\0|", Err(ProtocolError::ControlCharacter));
        check_fields_of("a: \u{7f}|", Err(ProtocolError::ControlCharacter));
        check_fields_of("a: b\u{b}c|", Err(ProtocolError::ControlCharacter));
        check_fields_of("a: b\rc: d|", Err(ProtocolError::BareLineBreak));
    }

    #[test]
    fn folded_fields_are_refused() {
        check_fields_of("a: b| c|", Err(ProtocolError::FieldFolded));
        check_fields_of(" a: b|", Err(ProtocolError::FieldFolded));
        check_fields_of("a: b|\tc: d|", Err(ProtocolError::FieldFolded));
    }

    #[test]
    fn bounds_are_exact() {
        check_fields_of(&"a: b|".repeat(FIELDS_MAX), Ok(()));
        check_fields_of(
            &"a: b|".repeat(FIELDS_MAX + 1),
            Err(ProtocolError::TooManyFields),
        );
        check_fields_of(&format!("{}: b|", "a".repeat(NAME_BYTES_MAX)), Ok(()));
        let long = format!("{}: b|", "a".repeat(NAME_BYTES_MAX + 1));
        check_fields_of(&long, Err(ProtocolError::FieldNameTooLong));
    }

    #[test]
    fn the_end_of_a_head_is_found_wherever_it_was_cut() {
        let head = b"GET / HTTP/1.1\r\nhost: a\r\n\r\nnext";
        for cut in 0..head.len() - 4 {
            assert_eq!(find_end(&head[..cut], 0), Ok(None), "cut at {cut}");
            assert_eq!(
                find_end(head, cut),
                Ok(Some(head.len() - 4)),
                "searched {cut}"
            );
        }
    }

    #[test]
    fn one_empty_line_before_a_head_is_dropped_wherever_it_was_cut() {
        let head = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";
        for piece in 1..5 {
            let mut search = Search::default();
            let mut buffer = BytesMut::new();
            let mut ends = [b"\r\n", &head[..]].concat();
            ends.extend(b"next");
            let end = ends.chunks(piece).find_map(|piece| {
                buffer.extend_from_slice(piece);
                search.end(&mut buffer).expect("nothing is refused")
            });
            assert_eq!(end, Some(head.len()), "{piece} bytes at once");
            assert!(buffer.starts_with(head));
        }
        let mut buffer = BytesMut::from("\r\n\r\nGET");
        let end = Search::default().end(&mut buffer);
        assert_eq!((end, &buffer[..]), (Ok(None), &b"\r\nGET"[..]));
    }

    #[test]
    fn a_line_feed_alone_is_refused_at_once() {
        assert_eq!(
            find_end(b"GET / HTTP/1.1\nhost", 0),
            Err(ProtocolError::BareLineBreak)
        );
        assert_eq!(find_end(b"\n", 0), Err(ProtocolError::BareLineBreak));
    }

    #[test]
    fn an_endless_head_is_cut_off() {
        let endless_line = vec![b'a'; HEAD_BYTES_MAX];
        assert_eq!(
            find_end(&endless_line, 0),
            Err(ProtocolError::TargetTooLong)
        );
        let endless_fields = b"a: b\r\n".repeat(HEAD_BYTES_MAX / 6 + 1);
        assert_eq!(
            find_end(&endless_fields, 0),
            Err(ProtocolError::HeadTooLarge)
        );
        let mut bare_beyond = b"a: b\r\n".repeat(HEAD_BYTES_MAX / 6);
        bare_beyond.extend(b"aaaa\n");
        assert_eq!(find_end(&bare_beyond, 0), Err(ProtocolError::HeadTooLarge));
    }

    #[test]
    fn status_lines() {
        let check = |line: &str, expected| {
            let head = format!("{line}\r\na: b\r\n\r\n");
            assert_eq!(check_response(head.as_bytes()), expected, "{line:?}");
        };
        check("HTTP/1.1 200 OK", Ok(()));
        check("HTTP/1.0 599 ", Ok(()));
        check("HTTP/1.1 204", Ok(()));
        check("HTTP/1.1 200 Tr\u{e9}s bien", Ok(()));
        check("HTTP/1.1 020 OK", Err(ProtocolError::StartLineMalformed));
        check("HTTP/1.1 2000 OK", Err(ProtocolError::StartLineMalformed));
        check("HTTP/1.1  200 OK", Err(ProtocolError::StartLineMalformed));
        check("HTTP/2.0 200 OK", Err(ProtocolError::VersionUnsupported));
        check("ICY 200 OK", Err(ProtocolError::StartLineMalformed));
        check("HTTP/1.1 200 O\0K", Err(ProtocolError::ControlCharacter));
    }
}
