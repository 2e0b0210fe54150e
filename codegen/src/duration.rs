//! The syntax of durations.

use crate::ir::Duration;

/// The longest duration string allowed, in characters.
pub const LENGTH_MAX: usize = 64;

/// Every bound is less: [`CEL_TERM`] has eight digits for seconds.
pub const CEL_SECONDS_MAX: u32 = 100_000_000;

/// One term of a duration, for CEL. Each is a whole number of milliseconds, the finest that CEL can tell,
/// and short enough that a text full of them is a duration to CEL: a longer one exceeds every bound.
const CEL_TERM: &str = r"(0*[0-9]{1,5}(\.[0-9]{1,5}0*)?h|0*[0-9]{1,6}(\.[0-9]{1,4}0*)?m|0*[0-9]{1,8}(\.[0-9]{1,3}0*)?s|0*[0-9]{1,11}ms|(0*[0-9]{0,11}000|0+)us|(0*[0-9]{0,11}000000|0+)ns)";

/// One term. Each is a whole number of milliseconds, the finest that CEL can tell.
const TERM: &str = r"([0-9]+(\.[0-9]{1,5}0*)?h|[0-9]+(\.[0-9]{1,4}0*)?m|[0-9]+(\.[0-9]{1,3}0*)?s|[0-9]+ms|([0-9]*000|0+)us|([0-9]*000000|0+)ns)";

/// What a string may look like, as Go and Rust read it alike.
#[must_use]
pub fn pattern(bounds: &Duration) -> String {
    let bare = if bounds.is_seconds_too { "[0-9]+" } else { "0" };
    format!("^({bare}|{TERM}+)$")
}

/// The same for a CEL rule, which reads the number behind it: what CEL could not read does not match.
#[must_use]
pub fn cel_pattern(bounds: &Duration) -> String {
    let bare = if bounds.is_seconds_too {
        "0*[0-9]{1,18}"
    } else {
        "0"
    };
    format!("^({bare}|{CEL_TERM}+)$")
}
