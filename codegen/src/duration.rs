//! The syntax of durations, as every output states it.

use crate::ir::Duration;

/// The longest duration string allowed, in characters.
pub const LENGTH_MAX: usize = 64;

/// One term. Each is a whole number of milliseconds, the finest that CEL can tell.
const TERM: &str = r"([0-9]+(\.[0-9]{1,5}0*)?h|[0-9]+(\.[0-9]{1,4}0*)?m|[0-9]+(\.[0-9]{1,3}0*)?s|[0-9]+ms|([0-9]*000|0+)us|([0-9]*000000|0+)ns)";

/// What a string may look like, as Go and Rust read it alike.
#[must_use]
pub fn pattern(bounds: &Duration) -> String {
    let bare = if bounds.is_seconds_too { "[0-9]+" } else { "0" };
    format!("^({bare}|{TERM}+)$")
}
