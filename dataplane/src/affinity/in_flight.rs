//! Requests that are being served now, by session: one session cannot take a pod for itself.

use super::pin::SessionId;
use crate::base::fast_map::FastMap;

/// One core's count; it holds only sessions with a request in flight.
#[derive(Debug)]
pub struct InFlight {
    by_session: FastMap<SessionId, u32>,
    max: u32,
}

impl InFlight {
    /// So many requests of one session at once; 0 is no bound.
    pub fn new(max: u32) -> Self {
        Self {
            by_session: FastMap::default(),
            max,
        }
    }

    /// Counts a request; `false` when its session has as many as it may have.
    pub fn enter(&mut self, session: &SessionId) -> bool {
        if self.max == 0 {
            return true;
        }
        let count = self.by_session.entry(*session).or_default();
        let may_enter = *count < self.max;
        *count += u32::from(may_enter);
        may_enter
    }

    /// Ends a request that was counted.
    pub fn leave(&mut self, session: &SessionId) {
        let Some(count) = self.by_session.get_mut(session) else {
            return;
        };
        *count -= 1;
        if *count == 0 {
            self.by_session.remove(session);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: SessionId = [1; 12];
    const OTHER: SessionId = [2; 12];

    #[test]
    fn each_session_has_its_own_bound_and_leaves_nothing_behind() {
        let mut in_flight = InFlight::new(2);
        assert!(in_flight.enter(&ONE) && in_flight.enter(&ONE));
        assert!(!in_flight.enter(&ONE), "a third");
        assert!(in_flight.enter(&OTHER));
        in_flight.leave(&ONE);
        assert!(in_flight.enter(&ONE), "one is over");
        for session in [&ONE, &ONE, &OTHER] {
            in_flight.leave(session);
        }
        assert!(in_flight.by_session.is_empty());
    }

    #[test]
    fn zero_is_no_bound() {
        let mut in_flight = InFlight::new(0);
        assert!((0..10_000).all(|_| in_flight.enter(&ONE)));
        in_flight.leave(&ONE);
    }
}
