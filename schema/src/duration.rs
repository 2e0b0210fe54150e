//! Lengths of time as our API writes them: Go durations (`1h30m`, `1.5s`, `500ms`), and for a
//! cookie whole seconds too (`3600`, `"3600"`).
//!
//! The syntax is that of Go's `time.ParseDuration` but for signs, `µs`, and terms that are no whole
//! milliseconds; the CRDs state it as a regular expression. What is in range is the rule table's
//! business ([`crate::rules::check`]).
//!
//! Tested below, and against the CRDs with CEL's `duration()` in `codegen/tests`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::rules;

/// The longest duration string that is read, in characters.
pub const LENGTH_MAX: usize = 64;

/// A value that manifests write as a number or in quotes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum IntOrString {
    /// `3600`
    Int(i64),
    /// `"3600"`, `1h`
    Text(String),
}

/// Why a value is no duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Not in the syntax.
    #[error("not a duration such as 3600s or 1h30m")]
    Malformed,
    /// Negative, or too long for the type.
    #[error("out of range")]
    OutOfRange,
    /// Not whole seconds, where only these are allowed.
    #[error("not a whole number of seconds")]
    Fraction,
}

/// Reads a cookie's lifetime into seconds; `None` when it is zero, which means "not given".
///
/// # Errors
/// When it is malformed, negative, not whole seconds, or too long for `u32`.
pub fn parse_secs(value: &IntOrString) -> Result<Option<u32>, DurationError> {
    let duration = match value {
        IntOrString::Int(secs) => seconds(u64::try_from(*secs).ok())?,
        IntOrString::Text(text) if is_digits(text) => seconds(text.parse().ok())?,
        IntOrString::Text(text) => parse(text)?,
    };
    if duration.subsec_nanos() != 0 {
        return Err(DurationError::Fraction);
    }
    let secs = u32::try_from(duration.as_secs()).map_err(|_| DurationError::OutOfRange)?;
    Ok(Some(secs).filter(|&secs| secs > 0))
}

/// Reads a duration string.
///
/// # Errors
/// When it is malformed, longer than [`LENGTH_MAX`], or too long for milliseconds in 64 bits.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    if text.is_empty() || text.len() > LENGTH_MAX {
        return Err(DurationError::Malformed);
    }
    let (mut rest, mut millis) = (text, 0_u64);
    while !rest.is_empty() {
        let (term, after) = take_term(rest)?;
        millis = millis.checked_add(term).ok_or(DurationError::OutOfRange)?;
        rest = after;
    }
    Ok(Duration::from_millis(millis))
}

/// Whether a value in a manifest is zero, and so "not given"; a malformed one is not.
pub(crate) fn is_zero(value: &Value) -> bool {
    read(value, true) == Ok(Duration::ZERO)
}

/// Whether a value in a manifest is a duration inside these bounds.
pub(crate) fn is_within(bounds: &rules::Duration, value: &Value) -> bool {
    let Ok(duration) = read(value, bounds.is_seconds_too) else {
        return false;
    };
    let (min, max) = (bounds.min_secs.into(), bounds.max_secs.into());
    let is_in_range = (Duration::from_secs(min)..=Duration::from_secs(max)).contains(&duration);
    let is_whole = duration.subsec_nanos() == 0 || !bounds.is_whole_secs;
    duration.is_zero() || (is_in_range && is_whole)
}

fn read(value: &Value, is_seconds_too: bool) -> Result<Duration, DurationError> {
    match value {
        Value::Number(secs) if is_seconds_too => seconds(secs.as_u64()),
        Value::String(text) if is_seconds_too && is_digits(text) => seconds(text.parse().ok()),
        Value::String(text) => parse(text),
        _ => Err(DurationError::Malformed),
    }
}

fn seconds(secs: Option<u64>) -> Result<Duration, DurationError> {
    secs.map(Duration::from_secs)
        .ok_or(DurationError::OutOfRange)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.len() <= LENGTH_MAX && text.bytes().all(|b| b.is_ascii_digit())
}

/// One term such as `1.5h` in milliseconds, and what follows it.
fn take_term(text: &str) -> Result<(u64, &str), DurationError> {
    let (whole, rest) = take_digits(text);
    let (fraction, rest) = match rest.strip_prefix('.').map(take_digits) {
        Some(("", _)) => return Err(DurationError::Malformed),
        Some((digits, rest)) => (digits, rest),
        None => ("", rest),
    };
    if whole.is_empty() {
        return Err(DurationError::Malformed);
    }
    let (unit_nanos, fraction_max, rest) = take_unit(rest)?;
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > fraction_max {
        return Err(DurationError::Malformed);
    }
    // At most 5 digits of a fraction and 10^13 of a unit: no overflow before the last step.
    let whole: u128 = whole.parse().map_err(|_| DurationError::OutOfRange)?;
    let scale = 10_u128.pow(u32::try_from(fraction.len()).expect("at most 5"));
    let fraction = fraction.parse().unwrap_or(0_u128) * unit_nanos / scale;
    let nanos = whole
        .checked_mul(unit_nanos)
        .ok_or(DurationError::OutOfRange)?
        + fraction;
    if nanos % 1_000_000 != 0 {
        return Err(DurationError::Malformed);
    }
    let millis = u64::try_from(nanos / 1_000_000).map_err(|_| DurationError::OutOfRange)?;
    Ok((millis, rest))
}

fn take_digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

/// A unit in nanoseconds, how many digits its fraction may have, and what follows.
fn take_unit(text: &str) -> Result<(u128, usize, &str), DurationError> {
    const UNITS: [(&str, u128, usize); 6] = [
        ("ns", 1, 0),
        ("us", 1_000, 0),
        ("ms", 1_000_000, 0),
        ("s", 1_000_000_000, 3),
        ("m", 60_000_000_000, 4),
        ("h", 3_600_000_000_000, 5),
    ];
    let matching = |&(unit, nanos, digits): &(&str, u128, usize)| {
        text.strip_prefix(unit).map(|rest| (nanos, digits, rest))
    };
    UNITS
        .iter()
        .find_map(matching)
        .ok_or(DurationError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_of_a_cookie() {
        let check = |value: IntOrString, expected| {
            assert_eq!(parse_secs(&value), expected, "{value:?}");
        };
        let text = |text: &str| IntOrString::Text(text.to_owned());
        check(IntOrString::Int(3600), Ok(Some(3600)));
        check(IntOrString::Int(0), Ok(None));
        check(IntOrString::Int(-1), Err(DurationError::OutOfRange));
        check(text("3600"), Ok(Some(3600)));
        check(text("3600s"), Ok(Some(3600)));
        check(text("1h30m0.5s500ms"), Ok(Some(5401)));
        check(text("0"), Ok(None));
        check(text("0s"), Ok(None));
        check(text("00"), Ok(None));
        check(text("1500ms"), Err(DurationError::Fraction));
        check(text("99999999999"), Err(DurationError::OutOfRange));
        check(
            text("99999999999999999999999999999999999999999h"),
            Err(DurationError::OutOfRange),
        );
        check(text("1d"), Err(DurationError::Malformed));
        check(text(""), Err(DurationError::Malformed));
    }

    #[test]
    fn go_durations() {
        let check = |text: &str, millis: Option<u64>| {
            assert_eq!(
                parse(text).ok(),
                millis.map(Duration::from_millis),
                "{text}"
            );
        };
        check("0", Some(0));
        check("1h", Some(3_600_000));
        check("1.50000000h", Some(5_400_000));
        check("0.00001h", Some(36));
        check("0.0001m", Some(6));
        check("1.001s", Some(1_001));
        check("1000us", Some(1));
        check("1000000ns", Some(1));
        check("000ns", Some(0));
        check("1us", None);
        check("0.0001s", None);
        check("0.5ms", None);
        check("1.s", None);
        check(".5s", None);
        check("3600", None);
        check("-1s", None);
        check("+1s", None);
        check("1 s", None);
        check("1s ", None);
        check("1S", None);
        check("\u{661}s", None);
    }
}
