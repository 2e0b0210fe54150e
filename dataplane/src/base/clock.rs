//! A core's idea of the time: reading the kernel's clock for every use would cost a request more
//! than choosing its endpoint.
//!
//! [`CoreClock::read`] is called where a request begins, where its answer begins and where it is
//! over, and once a tick by the sweeper; what happens in between is at the time read last.

use std::cell::{Cell, RefCell};
use std::fmt::Write;
use std::ops::{Add, Sub};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::settings::Clock;

/// A time of this process: nanoseconds since it first looked. An `Instant` that adds and compares in
/// one instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

impl Moment {
    /// The time now, read from the kernel's clock.
    #[must_use]
    pub fn now() -> Self {
        static FIRST: OnceLock<Instant> = OnceLock::new();
        let now = Instant::now();
        Self(nanos(
            now.saturating_duration_since(*FIRST.get_or_init(|| now)),
        ))
    }

    /// Whole milliseconds since the process first looked.
    #[must_use]
    pub fn as_millis(self) -> u64 {
        self.0 / 1_000_000
    }
}

impl Add<Duration> for Moment {
    type Output = Self;

    /// At most five centuries ahead.
    fn add(self, later: Duration) -> Self {
        Self(self.0.saturating_add(nanos(later)))
    }
}

impl Sub for Moment {
    type Output = Duration;

    /// Zero when `earlier` is not.
    fn sub(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

fn nanos(duration: Duration) -> u64 {
    let whole = duration.as_secs().saturating_mul(1_000_000_000);
    whole.saturating_add(duration.subsec_nanos().into())
}

/// Times of one core.
#[derive(Debug)]
pub struct CoreClock {
    last: Cell<Moment>,
    last_secs: Cell<u64>,
    wall: Clock,
    /// What [`CoreClock::append_date`] gave last, and for which second.
    date: RefCell<(u64, String)>,
}

impl CoreClock {
    /// Of a core whose settings name this clock.
    #[must_use]
    pub fn new(wall: Clock) -> Self {
        Self {
            last: Cell::new(Moment::now()),
            last_secs: Cell::new(wall.now_secs()),
            wall,
            date: RefCell::new((u64::MAX, String::new())),
        }
    }

    /// The time now.
    pub fn read(&self) -> Moment {
        let now = Moment::now();
        self.last.set(now);
        now
    }

    /// The time that was read last: at most one tick of [`crate::runtime::deadlines`] ago.
    #[must_use]
    pub fn last(&self) -> Moment {
        self.last.get()
    }

    /// Reads both times.
    pub fn tick(&self) -> Moment {
        self.last_secs.set(self.wall.now_secs());
        self.read()
    }

    /// Seconds since 1970, at most one tick ago; a stopped clock's at once.
    #[must_use]
    pub fn now_secs(&self) -> u64 {
        self.wall.stopped_secs().unwrap_or(self.last_secs.get())
    }

    /// Appends the date as a Date field has it (RFC 9110 5.6.7), at most one tick old.
    pub fn append_date(&self, out: &mut Vec<u8>) {
        let now_secs = self.now_secs();
        let (of_secs, text) = &mut *self.date.borrow_mut();
        if *of_secs != now_secs {
            *of_secs = now_secs;
            text.clear();
            write_date(text, now_secs);
        }
        out.extend_from_slice(text.as_bytes());
    }
}

fn write_date(text: &mut String, secs: u64) {
    let secs = i64::try_from(secs).unwrap_or(i64::MAX);
    let time = jiff::Timestamp::from_second(secs).unwrap_or(jiff::Timestamp::MAX);
    let date = time.strftime("%a, %d %b %Y %H:%M:%S GMT");
    // Writing to a String does not fail.
    let _ = write!(text, "{date}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_the_one_of_its_second() {
        let wall = Clock::stopped_at(784_111_777);
        let clock = CoreClock::new(wall.clone());
        let date = || {
            let mut out = Vec::new();
            clock.append_date(&mut out);
            String::from_utf8(out).expect("ASCII")
        };
        // The example of RFC 9110 5.6.7.
        assert_eq!(date(), "Sun, 06 Nov 1994 08:49:37 GMT");
        wall.set(784_111_778);
        assert_eq!(date(), "Sun, 06 Nov 1994 08:49:38 GMT");
    }
}
