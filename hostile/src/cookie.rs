//! Cookie fields: read as the `cookie` crate reads them, and no more of them than is bounded.

use limpet_dataplane::testing;

/// As the contract bounds them.
const PINS_MAX: usize = 8;
const PIN_CHARS: usize = 55;

/// Judges the value of one Cookie field.
pub fn cookie(bytes: &[u8]) {
    let is_text = |byte: &u8| *byte == b'\t' || !byte.is_ascii_control();
    if !bytes.iter().all(is_text) {
        // The guard lets no such field through.
        return;
    }
    for name in ["n", "AGCAffinity"] {
        let found = testing::cookie_values(&[bytes], name);
        // The crate trims Unicode's spaces too, which RFC 6265 does not know.
        if let (Ok(text), true) = (std::str::from_utf8(bytes), bytes.is_ascii()) {
            assert_eq!(found, theirs(text, name));
        }
        candidates_are_few_and_from_the_field(bytes, name);
        let twice = testing::cookie_values(&[bytes, bytes], name);
        assert_eq!(twice, [found.clone(), found].concat());
    }
}

fn theirs(text: &str, name: &str) -> Vec<Vec<u8>> {
    cookie::Cookie::split_parse(text)
        .flatten()
        .filter(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value_trimmed().into())
        .collect()
}

fn candidates_are_few_and_from_the_field(bytes: &[u8], name: &str) {
    let candidates = testing::pin_candidates(&[bytes; 3], name);
    assert!(candidates.len() <= PINS_MAX, "{}", candidates.len());
    for text in &candidates {
        assert_eq!(text.len(), PIN_CHARS);
        let mut places = bytes.windows(PIN_CHARS);
        assert!(places.any(|place| place == text.as_slice()));
    }
}
