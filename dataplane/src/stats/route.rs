//! What one core counts for one route.

use std::time::Duration;

use http::StatusCode;

use super::Cell64;

/// One core's counters of one route; on cache lines of their own.
#[derive(Debug, Default)]
#[repr(align(128))]
pub struct RouteStats {
    /// Responses by class of status, 1xx first.
    pub responses: [Cell64; 5],
    /// From the request's head to the response's last byte.
    pub latency: Latency,
    /// New sessions that were pinned.
    pub pins_issued: Cell64,
    /// Requests that went where their pin leads.
    pub pins_kept: Cell64,
    /// Pins that did not hold and were replaced, by [`Moved`].
    pub pins_moved: [Cell64; 4],
    /// Responses whose application sets the cookie itself.
    pub pin_collisions: Cell64,
}

/// Why a pin did not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// Its endpoint is no more.
    Gone,
    /// Its endpoint does not accept connections.
    Refused,
    /// Its time is over.
    Expired,
    /// It is none of ours.
    Invalid,
}

impl Moved {
    /// All of them, in the order of [`RouteStats::pins_moved`].
    pub const ALL: [Self; 4] = [Self::Gone, Self::Refused, Self::Expired, Self::Invalid];

    /// The label in metrics.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Invalid => "invalid",
        }
    }
}

impl RouteStats {
    /// Counts a response that is over.
    pub fn response(&self, status: StatusCode, took: Duration) {
        let class = usize::from(status.as_u16() / 100).clamp(1, self.responses.len());
        self.responses[class - 1].add(1);
        self.latency.observe(took);
    }

    /// Counts a pin that was replaced.
    pub fn moved(&self, why: Moved) {
        self.pins_moved[why as usize].add(1);
    }
}

/// How long requests took.
#[derive(Debug, Default)]
pub struct Latency {
    /// Requests that took at most so long and longer than the bucket before says; the last bucket
    /// has no bound.
    pub buckets: [Cell64; Latency::BOUNDS_MS.len() + 1],
    /// The sum of all.
    pub sum_micros: Cell64,
}

impl Latency {
    /// Upper bounds of the buckets, in milliseconds.
    pub const BOUNDS_MS: [u64; 13] = [
        1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 5_000, 10_000, 60_000,
    ];

    fn observe(&self, took: Duration) {
        let bound = |ms: &u64| took <= Duration::from_millis(*ms);
        let bucket = Self::BOUNDS_MS.iter().position(bound);
        self.buckets[bucket.unwrap_or(Self::BOUNDS_MS.len())].add(1);
        self.sum_micros
            .add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }
}
