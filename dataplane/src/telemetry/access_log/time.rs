//! When a request began, as its line says it: RFC 3339 in UTC, to the millisecond.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// `2027-01-15T08:00:00.123Z`.
#[derive(Clone, Copy, Debug)]
pub struct Time([u8; 24]);

/// Makes [`Time`]s; a date is worked out once a second, not once a request.
#[derive(Debug, Default)]
pub struct WallClock {
    second: i64,
    /// Of that second; absent before the first.
    text: Option<Time>,
}

impl WallClock {
    /// The time now, less so much.
    pub fn before(&mut self, took: Duration) -> Time {
        let began = SystemTime::now().checked_sub(took).unwrap_or(UNIX_EPOCH);
        let since = began.duration_since(UNIX_EPOCH).unwrap_or_default();
        self.at(i64::try_from(since.as_millis()).unwrap_or_default())
    }

    /// So many milliseconds after 1970 began.
    pub fn at(&mut self, milliseconds: i64) -> Time {
        let (second, millis) = (milliseconds.div_euclid(1000), milliseconds.rem_euclid(1000));
        let known = self.text.filter(|_| self.second == second);
        let mut time = known.unwrap_or_else(|| {
            let time = Time::of_second(second);
            (self.second, self.text) = (second, Some(time));
            time
        });
        let mut rest = millis;
        for digit in time.0[20..23].iter_mut().rev() {
            *digit = b'0' + u8::try_from(rest % 10).expect("a digit");
            rest /= 10;
        }
        time
    }
}

impl Time {
    /// The text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("ASCII")
    }

    fn of_second(second: i64) -> Self {
        let time = jiff::Timestamp::from_second(second).unwrap_or_default();
        let text = format!("{time:.3}");
        // Other years than those of four digits are no times of requests.
        Self(
            text.as_bytes()
                .try_into()
                .unwrap_or(*b"1970-01-01T00:00:00.000Z"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339_to_the_millisecond() {
        let mut clock = WallClock::default();
        for (milliseconds, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_800_000_000_123, "2027-01-15T08:00:00.123Z"),
            (1_800_000_000_999, "2027-01-15T08:00:00.999Z"),
            (1_800_000_001_000, "2027-01-15T08:00:01.000Z"),
            (1_800_000_000_001, "2027-01-15T08:00:00.001Z"),
        ] {
            let time = clock.at(milliseconds);
            assert_eq!(time.as_str(), text);
        }
    }
}
