//! One pass over a head that is whole and good. It never refuses: whatever it does not accept is
//! looked at again by the parent's functions, which know why not.
//!
//! Tested against these, with every byte changed and cut anywhere.

use super::{
    FIELDS_MAX, HEAD_BYTES_MAX, NAME_BYTES_MAX, TEXT, check_request_line, check_status_line,
    is_token_byte,
};
use crate::proto::h1::refusal::Refusal;

/// The length of the request's head that the buffer begins with, where all of it is there and
/// nothing is wrong with it: one pass for what most requests are. `None` says nothing.
#[must_use]
pub fn whole_request(buffer: &[u8]) -> Option<usize> {
    whole(buffer, check_request_line)
}

/// As [`whole_request`], for a response.
#[must_use]
pub fn whole_response(buffer: &[u8]) -> Option<usize> {
    whole(buffer, check_status_line)
}

fn whole(buffer: &[u8], check_line: fn(&[u8]) -> Result<(), Refusal>) -> Option<usize> {
    let line_len = text_len(buffer);
    check_line(&buffer[..line_len]).ok()?;
    let mut rest = buffer[line_len..].strip_prefix(b"\r\n")?;
    for _ in 0..=FIELDS_MAX {
        if let Some(after) = rest.strip_prefix(b"\r\n") {
            let len = buffer.len() - after.len();
            return (len <= HEAD_BYTES_MAX).then_some(len);
        }
        let name_len = rest.iter().take_while(|byte| is_token_byte(**byte)).count();
        if !(1..=NAME_BYTES_MAX).contains(&name_len) {
            return None;
        }
        let value = rest[name_len..].strip_prefix(b":")?;
        rest = value[text_len(value)..].strip_prefix(b"\r\n")?;
    }
    None
}

/// How many bytes may stand in a value, up to the first that may not.
pub fn text_len(bytes: &[u8]) -> usize {
    let mut words = bytes.chunks_exact(8);
    let mut len = 0;
    for word in &mut words {
        // A tab is a control character, and may stand there.
        if has_control(word)
            && let Some(at) = word.iter().position(|byte| !TEXT[usize::from(*byte)])
        {
            return len + at;
        }
        len += 8;
    }
    let tail = words.remainder().iter();
    len + tail.take_while(|byte| TEXT[usize::from(**byte)]).count()
}

/// Whether any of eight bytes is below 32 or is 127: the bytes' high bits, by subtractions that
/// borrow.
fn has_control(word: &[u8]) -> bool {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    let word = u64::from_le_bytes(word.try_into().expect("eight bytes"));
    let delete = word ^ (ONES * 127);
    let below_32 = word.wrapping_sub(ONES * 32) & !word;
    let is_delete = delete.wrapping_sub(ONES) & !delete;
    (below_32 | is_delete) & HIGH != 0
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
            whole_request(head),
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
