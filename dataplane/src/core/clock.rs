//! A core's idea of the time: reading the kernel's clock for every use would cost a request more
//! than choosing its endpoint.
//!
//! [`CoreClock::read`] is called where a request begins, where its answer begins and where it is
//! over, and once a tick by the sweeper; what happens in between is at the time read last.

use std::cell::Cell;
use std::time::Instant;

use crate::settings::Clock;

/// Times of one core.
#[derive(Debug)]
pub struct CoreClock {
    last: Cell<Instant>,
    last_secs: Cell<u64>,
    wall: Clock,
}

impl CoreClock {
    /// Of a core whose settings name this clock.
    #[must_use]
    pub fn new(wall: Clock) -> Self {
        Self {
            last: Cell::new(Instant::now()),
            last_secs: Cell::new(wall.now_secs()),
            wall,
        }
    }

    /// The time now.
    pub fn read(&self) -> Instant {
        let now = Instant::now();
        self.last.set(now);
        now
    }

    /// The time that was read last: at most one tick of [`super::deadlines`] ago.
    #[must_use]
    pub fn last(&self) -> Instant {
        self.last.get()
    }

    /// Reads both times.
    pub fn tick(&self) -> Instant {
        self.last_secs.set(self.wall.now_secs());
        self.read()
    }

    /// Seconds since 1970, at most one tick ago; a stopped clock's at once.
    #[must_use]
    pub fn now_secs(&self) -> u64 {
        self.wall.stopped_secs().unwrap_or(self.last_secs.get())
    }
}
