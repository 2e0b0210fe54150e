//! Endpoints that did not accept a connection a moment ago. They are asked last.

use std::cell::RefCell;
use std::time::Duration;

use crate::base::clock::Moment;
use crate::base::fast_map::FastMap;

/// How long a failure counts. Then the next request that wants the endpoint finds out.
pub const MEMORY: Duration = Duration::from_secs(5);
/// How many endpoints a core remembers; past that, none more until some are forgotten.
const ENDPOINTS_MAX: usize = 4096;

/// One core's memory, by endpoint key.
#[derive(Debug, Default)]
pub struct Failures(RefCell<FastMap<u64, Moment>>);

impl Failures {
    /// It did not accept.
    pub fn remember(&self, key: u64, now: Moment) {
        let mut failures = self.0.borrow_mut();
        if failures.len() >= ENDPOINTS_MAX {
            failures.retain(|_, since| now - *since < MEMORY);
        }
        if failures.len() < ENDPOINTS_MAX {
            failures.insert(key, now);
        }
    }

    /// It did.
    pub fn forget(&self, key: u64) {
        let mut failures = self.0.borrow_mut();
        if !failures.is_empty() {
            failures.remove(&key);
        }
    }

    /// Whether it failed a moment ago.
    pub fn has(&self, key: u64, now: Moment) -> bool {
        let failures = self.0.borrow();
        failures
            .get(&key)
            .is_some_and(|since| now - *since < MEMORY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_counts_for_a_while_or_until_the_endpoint_accepts() {
        let (failures, now) = (Failures::default(), Moment::now());
        failures.remember(1, now);
        failures.remember(2, now);
        failures.forget(2);
        let known = |later| [1, 2, 3].map(|key| failures.has(key, now + later));
        assert_eq!(known(Duration::ZERO), [true, false, false]);
        assert_eq!(known(MEMORY), [false, false, false]);
    }

    #[test]
    fn a_core_remembers_a_bounded_number() {
        let (failures, now) = (Failures::default(), Moment::now());
        for key in 0..2 * ENDPOINTS_MAX as u64 {
            failures.remember(key, now);
        }
        assert_eq!(failures.0.borrow().len(), ENDPOINTS_MAX);
        failures.remember(u64::MAX, now + MEMORY);
        assert_eq!(failures.0.borrow().len(), 1, "the others are forgotten");
    }
}
