//! Which bytes may stand where in a head (RFC 9110 5.5, 5.6.2), whatever the protocol.

/// Whether a byte may stand in a token.
#[must_use]
pub fn is_token_byte(byte: u8) -> bool {
    TOKEN[usize::from(byte)]
}

/// Whether a byte may stand in a field's value: tab, visible ASCII, space, and what is above 127.
#[must_use]
pub fn is_text_byte(byte: u8) -> bool {
    TEXT[usize::from(byte)]
}

/// How many bytes may stand in a value, up to the first that may not.
#[must_use]
pub fn text_len(bytes: &[u8]) -> usize {
    let mut words = bytes.chunks_exact(8);
    let mut len = 0;
    for word in &mut words {
        let controls = controls(word.try_into().expect("eight bytes"));
        if controls != 0 {
            let at = (controls.trailing_zeros() / 8) as usize;
            // A tab is a control character, and may stand there; behind one each byte is looked at.
            let text = word[at..].iter().position(|byte| !is_text_byte(*byte));
            if let Some(text) = text {
                return len + at + text;
            }
        }
        len += 8;
    }
    let tail = words.remainder().iter();
    len + tail.take_while(|byte| is_text_byte(**byte)).count()
}

/// Whether it is a space or a tab, which may stand around a value.
#[must_use]
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Without the spaces and tabs around it.
#[must_use]
pub fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

/// The elements of a comma-separated list (RFC 9110 5.6.1), trimmed; also empty ones.
pub fn elements(list: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    list.split(|byte| *byte == b',').map(trimmed)
}

/// The high bits of those of eight bytes that are below 32 or are 127, by subtractions that borrow: the lowest
/// is right, and 0 is.
fn controls(word: [u8; 8]) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    let word = u64::from_le_bytes(word);
    let delete = word ^ (ONES * 127);
    let below_32 = word.wrapping_sub(ONES * 32) & !word;
    let is_delete = delete.wrapping_sub(ONES) & !delete;
    (below_32 | is_delete) & HIGH
}

const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let others = b"!#$%&'*+-.^_`|~";
    let mut index = 0;
    while index < others.len() {
        table[others[index] as usize] = true;
        index += 1;
    }
    table
};

const TEXT: [bool; 256] = {
    let mut table = [true; 256];
    let mut byte = 0;
    while byte < 32 {
        table[byte] = byte == 9;
        byte += 1;
    }
    table[127] = false;
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_ends_at_a_control_character_wherever_it_stands() {
        for byte in 0..=255 {
            for at in 0..20 {
                let mut text = *b"some text, 20 bytes.";
                text[at] = byte;
                let expected = if is_text_byte(byte) { 20 } else { at };
                assert_eq!(text_len(&text), expected, "{byte} at {at}");
            }
        }
    }

    #[test]
    fn elements_are_trimmed_and_may_be_empty() {
        let found: Vec<&[u8]> = elements(b" a b,\t,c ").collect();
        assert_eq!(found, [&b"a b"[..], b"", b"c"]);
    }
}
