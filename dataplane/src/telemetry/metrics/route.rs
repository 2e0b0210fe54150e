//! What one core counts for one route.

use std::time::Duration;

use http::StatusCode;

use crate::base::counters::Cell64;
use crate::telemetry::pin_report::{PinOut, PinReport, PinWhy};

/// One core's counters of one route; on cache lines of their own.
#[derive(Debug, Default)]
#[repr(align(128))]
pub struct RouteStats {
    /// Responses by class of status, 1xx first.
    pub responses: [Cell64; 5],
    /// From the request's head to the response's last byte.
    pub latency: Latency,
    /// What became of pins, by [`PinOut`] and [`PinWhy`].
    pub pins: [[Cell64; PinWhy::ALL.len()]; PinOut::ALL.len()],
}

impl RouteStats {
    /// Counts a response that is over.
    pub fn response(&self, status: StatusCode, took: Duration) {
        let class = usize::from(status.as_u16() / 100).clamp(1, self.responses.len());
        self.responses[class - 1].add(1);
        self.latency.observe(took);
    }

    /// Counts what became of a request's pin.
    pub fn pin(&self, report: &PinReport) {
        self.pins[report.out as usize][report.why as usize].add(1);
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
