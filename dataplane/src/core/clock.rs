//! A core's idea of the time: reading the kernel's clock for every use would cost a request more
//! than choosing its endpoint.
//!
//! [`CoreClock::read`] is called where a request begins, where its answer begins and where it is
//! over, and once a tick by the sweeper; what happens in between is at the time read last.

use std::cell::Cell;
use std::ops::{Add, Sub};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::settings::Clock;

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
}

impl CoreClock {
    /// Of a core whose settings name this clock.
    #[must_use]
    pub fn new(wall: Clock) -> Self {
        Self {
            last: Cell::new(Moment::now()),
            last_secs: Cell::new(wall.now_secs()),
            wall,
        }
    }

    /// The time now.
    pub fn read(&self) -> Moment {
        let now = Moment::now();
        self.last.set(now);
        now
    }

    /// The time that was read last: at most one tick of [`super::deadlines`] ago.
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
}
