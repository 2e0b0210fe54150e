//! When an endpoint must have answered: the rule's limits, else the settings'.

use std::time::Duration;

use super::reply::Failure;
use crate::config::Forward;
use crate::core::clock::Moment;
use crate::settings::Settings;

/// When an endpoint must have answered. Zero is no limit.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    since: Moment,
    /// From the request's head.
    whole: Duration,
    /// From each try's start.
    per_try: Duration,
}

impl Limits {
    /// Of a request whose head came then.
    pub fn of(forward: &Forward, settings: &Settings, since: Moment) -> Self {
        let millis = |limit: Option<u64>| limit.map(Duration::from_millis);
        Self {
            since,
            whole: millis(forward.timeouts.request_ms).unwrap_or(settings.request_timeout),
            per_try: millis(forward.timeouts.backend_request_ms).unwrap_or_default(),
        }
    }

    /// What is left of the whole limit.
    pub fn left(&self, now: Moment) -> Result<Duration, Failure> {
        if self.whole.is_zero() {
            return Ok(Duration::ZERO);
        }
        let left = self.whole.saturating_sub(now - self.since);
        if left.is_zero() {
            Err(Failure::Timeout)
        } else {
            Ok(left)
        }
    }

    /// What is left of the limit of a try that begins now.
    pub fn of_try(&self, now: Moment) -> Result<Duration, Failure> {
        self.left(now).map(|left| shorter(left, self.per_try))
    }
}

/// Of two limits, where zero is none.
pub fn shorter(a: Duration, b: Duration) -> Duration {
    match (a.is_zero(), b.is_zero()) {
        (true, _) => b,
        (_, true) => a,
        _ => a.min(b),
    }
}
