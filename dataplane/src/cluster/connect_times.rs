//! How long endpoints took to accept a connection lately: one that takes several times as long now has
//! probably gone, and another may be asked beside it.

use std::cell::RefCell;
use std::time::Duration;

use crate::base::fast_map::FastMap;

/// How long one that is not known may take. A lost packet is sent again after a second: waiting for that
/// would be seen.
pub const RACE_AFTER_MAX: Duration = Duration::from_millis(250);
/// How long any may take: a machine may be busy for that long.
const RACE_AFTER_MIN: Duration = Duration::from_millis(50);
/// How many times as long as usual.
const PATIENCE: u32 = 4;
/// How many endpoints a core knows; one more, and it learns anew.
const ENDPOINTS_MAX: usize = 4096;

/// What one core knows, by endpoint key.
#[derive(Debug, Default)]
pub struct ConnectTimes(RefCell<FastMap<u64, Duration>>);

impl ConnectTimes {
    /// It accepted after so long. The longest counts, and less with each that is shorter.
    pub fn learn(&self, key: u64, took: Duration) {
        let mut times = self.0.borrow_mut();
        if times.len() >= ENDPOINTS_MAX && !times.contains_key(&key) {
            times.clear();
        }
        let usual = times.entry(key).or_insert(took);
        *usual = took.max(*usual * 7 / 8);
    }

    /// It had not accepted when another was asked and did: it takes longer than was thought, or is gone.
    pub fn was_late(&self, key: u64) {
        self.learn(key, self.race_after(key));
    }

    /// How long to wait for it before another is asked.
    pub fn race_after(&self, key: u64) -> Duration {
        let times = self.0.borrow();
        let usual = times.get(&key).map(|usual| *usual * PATIENCE);
        usual.map_or(RACE_AFTER_MAX, |usual| {
            usual.clamp(RACE_AFTER_MIN, RACE_AFTER_MAX)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn who_accepts_fast_is_raced_sooner_and_who_accepts_slowly_is_not() {
        let times = ConnectTimes::default();
        times.learn(1, MS / 10);
        times.learn(2, MS * 30);
        times.learn(3, MS * 100);
        let after = [1, 2, 3, 4].map(|key| times.race_after(key).as_millis());
        assert_eq!(after, [50, 120, 250, 250]);
    }

    #[test]
    fn one_slow_connection_is_forgotten_over_many_fast_ones() {
        let times = ConnectTimes::default();
        times.learn(1, MS * 60);
        times.learn(1, MS);
        assert!(times.race_after(1) > MS * 200);
        for _ in 0..20 {
            times.learn(1, MS);
        }
        assert_eq!(times.race_after(1), RACE_AFTER_MIN);
    }

    #[test]
    fn one_that_became_slower_gets_its_time() {
        let times = ConnectTimes::default();
        times.learn(1, MS);
        times.was_late(1);
        assert_eq!(times.race_after(1), MS * 200);
    }

    #[test]
    fn a_core_knows_a_bounded_number() {
        let times = ConnectTimes::default();
        for key in 0..2 * ENDPOINTS_MAX as u64 {
            times.learn(key, MS);
            assert!(times.0.borrow().len() <= ENDPOINTS_MAX);
        }
    }
}
