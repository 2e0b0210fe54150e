//! When an endpoint must have answered. Only what a rule asks for ends what flows: the settings' limit
//! is the time from a request's last byte to its answer's head.

use std::cell::Cell;
use std::time::Duration;

use super::fault::Fault;
use crate::base::clock::Moment;
use crate::base::settings::Settings;
use crate::config::Forward;

/// When an endpoint must have answered. Zero is no limit.
#[derive(Debug)]
pub struct Limits {
    since: Moment,
    /// From the request's head to the answer's last byte, where the rule asks for it.
    whole: Duration,
    /// From each try's start to the answer's last byte; the same.
    per_try: Duration,
    /// From the request's last byte to the answer's head, where the rule says nothing of the whole.
    thinking: Duration,
    /// When the request's last byte came, or its head where that is not known yet.
    asked: Cell<Moment>,
}

/// What holds for one try.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    /// When the answer must have ended; `None`: whenever.
    pub end: Option<Moment>,
    /// How long the endpoint may take to begin it, once it has all of the request; zero is no limit.
    pub thinking: Duration,
}

impl Limits {
    /// Of a request whose head came then.
    pub fn of(forward: &Forward, settings: &Settings, since: Moment) -> Self {
        let millis = |limit: Option<u64>| limit.map(Duration::from_millis);
        let whole = millis(forward.timeouts.request_ms);
        Self {
            since,
            // A rule that says 0 wants none at all.
            thinking: whole.map_or(settings.request_timeout, |_| Duration::ZERO),
            whole: whole.unwrap_or_default(),
            per_try: millis(forward.timeouts.backend_request_ms).unwrap_or_default(),
            asked: Cell::new(since),
        }
    }

    /// The request's last byte came.
    pub fn request_ended(&self, now: Moment) {
        self.asked.set(now);
    }

    /// How long it may take until an answer begins.
    pub fn left(&self, now: Moment) -> Result<Duration, Fault> {
        let whole = rest(self.whole, now - self.since)?;
        Ok(shorter(whole, rest(self.thinking, now - self.asked.get())?))
    }

    /// Of a try that begins now.
    pub fn of_try(&self, now: Moment) -> Result<Due, Fault> {
        let whole = shorter(rest(self.whole, now - self.since)?, self.per_try);
        Ok(Due {
            end: (!whole.is_zero()).then(|| now + whole),
            thinking: rest(self.thinking, now - self.asked.get())?,
        })
    }
}

impl Due {
    /// When the answer to a request that is sent whole now must have begun.
    pub fn head(&self, now: Moment) -> Option<Moment> {
        let thought = (!self.thinking.is_zero()).then(|| now + self.thinking);
        self.end.into_iter().chain(thought).min()
    }
}

/// What is left of a limit.
fn rest(limit: Duration, gone: Duration) -> Result<Duration, Fault> {
    let left = limit.saturating_sub(gone);
    if left.is_zero() && !limit.is_zero() {
        return Err(Fault::Timeout);
    }
    Ok(left)
}

/// Of two limits, where zero is none.
pub fn shorter(a: Duration, b: Duration) -> Duration {
    match (a.is_zero(), b.is_zero()) {
        (true, _) => b,
        (_, true) => a,
        _ => a.min(b),
    }
}
