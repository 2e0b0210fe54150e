//! The parameters of a query.

use std::borrow::Cow;
use std::collections::HashMap;

/// Parameters by name, both percent-decoded; the first of a name counts.
pub type Parameters<'a> = HashMap<Cow<'a, [u8]>, Cow<'a, [u8]>>;

/// The parameters of a query: `name=value` or `name`, separated by `&`.
#[must_use]
pub fn parse(query: &str) -> Parameters<'_> {
    let mut parameters = Parameters::new();
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        parameters
            .entry(decode(name))
            .or_insert_with(|| decode(value));
    }
    parameters
}

/// Percent-decodes; what is no valid escape stays as it is.
fn decode(text: &str) -> Cow<'_, [u8]> {
    let bytes = text.as_bytes();
    if !bytes.contains(&b'%') {
        return bytes.into();
    }
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, after)) = rest.split_first() {
        if let Some((byte, after)) = escape(rest) {
            decoded.push(byte);
            rest = after;
        } else {
            decoded.push(first);
            rest = after;
        }
    }
    decoded.into()
}

/// The byte that a leading `%XX` stands for, and what follows.
fn escape(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let [b'%', high, low, rest @ ..] = bytes else {
        return None;
    };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = digit(*high)? << 4 | digit(*low)?;
    Some((u8::try_from(byte).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, expected: &[(&str, &str)]) {
        let parameters = parse(query);
        assert_eq!(parameters.len(), expected.len(), "{query}");
        for (name, value) in expected {
            let found = parameters.get(name.as_bytes()).map(|value| &value[..]);
            assert_eq!(found, Some(value.as_bytes()), "{query} {name}");
        }
    }

    #[test]
    fn the_first_of_a_name_counts() {
        check("a=1&b=2&a=3", &[("a", "1"), ("b", "2")]);
        check("a=1&%61=2", &[("a", "1")]);
        check("a&b=&&=c", &[("a", ""), ("b", ""), ("", "c")]);
        check("a=b=c", &[("a", "b=c")]);
        check("", &[]);
    }

    #[test]
    fn escapes_are_decoded_and_a_plus_is_a_plus() {
        check("%26%3d=%41+%7A", &[("&=", "A+z")]);
        check(
            "a=%&b=%4&c=%zz&d=%%41",
            &[("a", "%"), ("b", "%4"), ("c", "%zz"), ("d", "%A")],
        );
        check("a=%C3%A9", &[("a", "\u{e9}")]);
    }
}
