//! One pass over a head that is whole and good, which reads it too. It never refuses: whatever it does not
//! accept is looked at again by the parent's functions, which know why not.
//!
//! Tested against these, with every byte changed and cut anywhere.

use std::rc::Rc;

use super::{FIELDS_MAX, HEAD_BYTES_MAX};
use crate::proto::field_name::NAME_BYTES_MAX;
use crate::proto::fields::{Fields, SpareFields};
use crate::proto::h1::protocol_error::ProtocolError;
use crate::proto::h1::start_line::{self, RequestLine, StatusLine};
use crate::proto::text::{is_token_byte, text_len};

/// A head that was read.
#[derive(Debug)]
pub struct Whole<L> {
    /// What its first line says.
    pub line: L,
    /// What follows it.
    pub fields: Fields,
    /// Of all of it, in bytes.
    pub len: usize,
}

/// The request's head that the buffer begins with, where all of it is there and nothing is wrong with it: one
/// pass for what most requests are. `None` says nothing.
#[must_use]
pub fn whole_request(buffer: &[u8], spares: &Rc<SpareFields>) -> Option<Whole<RequestLine>> {
    whole(buffer, start_line::request, spares)
}

/// As [`whole_request`], for a response.
#[must_use]
pub fn whole_response(buffer: &[u8], spares: &Rc<SpareFields>) -> Option<Whole<StatusLine>> {
    whole(buffer, start_line::status, spares)
}

fn whole<L>(
    buffer: &[u8],
    read_line: impl Fn(&[u8]) -> Result<L, ProtocolError>,
    spares: &Rc<SpareFields>,
) -> Option<Whole<L>> {
    let line_len = text_len(buffer);
    let mut rest = buffer[line_len..].strip_prefix(b"\r\n")?;
    let line = read_line(&buffer[..line_len]).ok()?;
    let mut fields = Fields::in_spare(spares);
    for _ in 0..=FIELDS_MAX {
        if let Some(after) = rest.strip_prefix(b"\r\n") {
            let len = buffer.len() - after.len();
            if len > HEAD_BYTES_MAX {
                return None;
            }
            fields.adopt(&buffer[..len]);
            return Some(Whole { line, fields, len });
        }
        let name_len = rest.iter().take_while(|byte| is_token_byte(**byte)).count();
        if !(1..=NAME_BYTES_MAX).contains(&name_len) {
            return None;
        }
        let value = rest[name_len..].strip_prefix(b":")?;
        let value_len = text_len(value);
        fields.add_span(buffer.len() - rest.len(), name_len, value_len);
        rest = value[value_len..].strip_prefix(b"\r\n")?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::h1::guard::{check_request, find_end};

    /// Whether a head passes in one pass as it does in two, cut anywhere.
    fn check_whole(head: &[u8]) {
        let slow = find_end(head, 0).ok().flatten();
        let slow = slow.filter(|len| check_request(&head[..*len]).is_ok());
        assert_eq!(
            whole_request(head, &Rc::default()).map(|head| head.len),
            slow,
            "{:?}",
            String::from_utf8_lossy(head)
        );
    }

    #[test]
    fn one_pass_accepts_what_two_passes_accept() {
        let head =
            b"GET /index HTTP/1.1\r\nhost: example.com\r\nx:\t\t1\t\xe9 23456789\r\n\r\nmore";
        for cut in 0..=head.len() {
            check_whole(&head[..cut]);
        }
        for at in 0..head.len() {
            for byte in [0, 9, 10, 13, 31, 32, 58, 127, 128, 255] {
                let mut changed = head.to_vec();
                changed[at] = byte;
                check_whole(&changed);
            }
        }
        for count in [FIELDS_MAX, FIELDS_MAX + 1] {
            check_whole(format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(count)).as_bytes());
        }
        for len in [NAME_BYTES_MAX, NAME_BYTES_MAX + 1] {
            check_whole(format!("GET / HTTP/1.1\r\n{}: b\r\n\r\n", "a".repeat(len)).as_bytes());
        }
        for len in HEAD_BYTES_MAX - 30..HEAD_BYTES_MAX {
            check_whole(format!("GET / HTTP/1.1\r\na: {}\r\n\r\n", "b".repeat(len)).as_bytes());
        }
    }
}
