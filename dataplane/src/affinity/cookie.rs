//! Finds pins in a request's `Cookie` fields, without copying.
//!
//! As lenient in reading as browsers and the `cookie` crate (the oracle of the tests): pairs are
//! split at `;`, names compared case-sensitively, quotes around a value dropped.

use super::pin::{PIN_CHARS, is_well_formed};
use crate::proto::field_name::Known;
use crate::proto::fields::Fields;

/// Pins that one cookie may hold.
pub const PINS_MAX: usize = 8;

/// A longer value is none of ours.
const VALUE_BYTES_MAX: usize = PINS_MAX * (PIN_CHARS + 1);

/// Joins the pins of one value: no character of base64url, and allowed in a cookie (RFC 6265).
const SEPARATOR: u8 = b'.';

/// The values of every cookie of that name, in the order they came.
pub fn values<'h>(fields: &'h Fields, name: &'h str) -> impl Iterator<Item = &'h [u8]> {
    fields
        .all(Known::Cookie)
        .flat_map(|field| Pairs(Some(field)))
        .filter_map(move |pair| value_of(pair, name.as_bytes()))
}

/// The parts of a field between semicolons.
struct Pairs<'h>(Option<&'h [u8]>);

impl<'h> Iterator for Pairs<'h> {
    type Item = &'h [u8];

    fn next(&mut self) -> Option<&'h [u8]> {
        let rest = self.0?;
        let end = memchr::memchr(b';', rest);
        self.0 = end.map(|end| &rest[end + 1..]);
        Some(&rest[..end.unwrap_or(rest.len())])
    }
}

/// The texts that could be pins, in the order they came; no more than [`PINS_MAX`], as each costs
/// cryptography.
pub fn candidates<'h>(
    fields: &'h Fields,
    name: &'h str,
) -> impl Iterator<Item = &'h [u8; PIN_CHARS]> {
    values(fields, name).flat_map(pins).take(PINS_MAX)
}

/// The pins of a value: those parts that could be one. A value too long for ours has none.
fn pins(value: &[u8]) -> impl Iterator<Item = &[u8; PIN_CHARS]> {
    let value = if value.len() > VALUE_BYTES_MAX {
        &[]
    } else {
        value
    };
    value
        .split(|byte| *byte == SEPARATOR)
        .filter(|part| is_well_formed(part))
        .filter_map(|part| part.try_into().ok())
}

/// One value of several pins; the oldest, which stand first, give way when there are too many.
pub fn join(others: &[&[u8]], newest: &[u8]) -> Vec<u8> {
    let surplus = (others.len() + 1).saturating_sub(PINS_MAX);
    let mut value = Vec::with_capacity(VALUE_BYTES_MAX);
    for pin in &others[surplus..] {
        value.extend_from_slice(pin);
        value.push(SEPARATOR);
    }
    value.extend_from_slice(newest);
    value
}

fn value_of<'h>(pair: &'h [u8], name: &[u8]) -> Option<&'h [u8]> {
    let equals = memchr::memchr(b'=', pair)?;
    let (found, value) = (pair[..equals].trim_ascii(), pair[equals + 1..].trim_ascii());
    (found == name).then(|| unquoted(value))
}

fn unquoted(value: &[u8]) -> &[u8] {
    value
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""))
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cookies(values: &[&str]) -> Fields {
        let mut fields = Fields::default();
        for value in values {
            fields.add(Known::Cookie, value.as_bytes());
        }
        fields
    }

    #[track_caller]
    fn check(fields: &[&str], expected: &[&str]) {
        let fields = cookies(fields);
        let found: Vec<_> = values(&fields, "n")
            .map(|v| std::str::from_utf8(v).expect("ASCII"))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn values_are_found_wherever_they_stand() {
        check(&["n=1"], &["1"]);
        check(&["a=0; n=1; b=2"], &["1"]);
        check(&["a=0", "n=1; n=2"], &["1", "2"]);
        check(&["n=\"1\""], &["1"]);
        check(&[" n = 1 "], &["1"]);
        check(&["n=a=b"], &["a=b"]);
        check(&["n="], &[""]);
    }

    #[test]
    fn other_names_are_not_taken_for_it() {
        check(&["N=1; nn=1; xn=1; n", "m=n=1", ""], &[]);
    }

    #[test]
    fn a_value_of_4_kib_has_no_pins() {
        assert_eq!(pins(&[b'A'; 4096]).count(), 0);
        let many = [[b'A'; PIN_CHARS].as_slice(); 70].join(&SEPARATOR);
        assert_eq!(pins(&many).count(), 0);
    }

    #[test]
    fn the_oldest_of_too_many_pins_give_way() {
        let kept: Vec<Vec<u8>> = (b'a'..=b'j').map(|letter| vec![letter]).collect();
        let kept: Vec<&[u8]> = kept.iter().map(Vec::as_slice).collect();
        assert_eq!(join(&kept, b"z"), b"d.e.f.g.h.i.j.z");
        assert_eq!(join(&[], b"z"), b"z");
    }

    proptest! {
        #[test]
        fn it_reads_what_the_cookie_crate_reads(field in "([nab\"= ]{0,4}=?[nab\"= ]{0,4};? ?){0,4}") {
            let oracle: Vec<String> = cookie::Cookie::split_parse(field.as_str())
                .flatten()
                .filter(|cookie| cookie.name() == "n")
                .map(|cookie| cookie.value_trimmed().to_owned())
                .collect();
            let fields = cookies(&[&field]);
            let ours: Vec<String> = values(&fields, "n")
                .map(|value| String::from_utf8(value.to_vec()).expect("ASCII"))
                .collect();
            prop_assert_eq!(ours, oracle);
        }
    }
}
