//! Memory of one core that requests take beyond what each needs: wide windows on bodies, and bodies kept
//! to be sent again.
//!
//! Whoever finds nothing left does without, and nobody waits for another's memory: a window stays
//! small, a request is not sent again.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use crate::base::core_stats::CoreStats;

/// How much of one kind is left.
#[derive(Debug)]
pub struct Budget {
    /// The label of the bound in metrics.
    name: &'static str,
    left_bytes: Cell<usize>,
    stats: Arc<CoreStats>,
}

/// What one request has of it, until it is dropped.
#[derive(Debug)]
pub struct Loan {
    budget: Rc<Budget>,
    bytes: usize,
    is_refused: bool,
}

impl Budget {
    /// Of so many bytes.
    pub fn new(name: &'static str, bytes: usize, stats: &Arc<CoreStats>) -> Rc<Self> {
        Rc::new(Self {
            name,
            left_bytes: Cell::new(bytes),
            stats: Arc::clone(stats),
        })
    }

    /// A loan of nothing.
    pub fn loan(self: &Rc<Self>) -> Loan {
        Loan {
            budget: Rc::clone(self),
            bytes: 0,
            is_refused: false,
        }
    }
}

impl Loan {
    /// Whether it is of so many bytes now. One that was refused grows no more.
    pub fn grow_to(&mut self, bytes: usize) -> bool {
        let more = bytes.saturating_sub(self.bytes);
        if more == 0 || self.is_refused {
            return more == 0;
        }
        let left = &self.budget.left_bytes;
        let Some(rest) = left.get().checked_sub(more) else {
            self.is_refused = true;
            self.budget.stats.bounds_hit.count(self.budget.name);
            return false;
        };
        left.set(rest);
        self.bytes += more;
        true
    }

    /// It is of nothing from now on.
    pub fn give_back(&mut self) {
        let left = &self.budget.left_bytes;
        left.set(left.get() + std::mem::take(&mut self.bytes));
    }

    /// Whether it is of nothing.
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        self.give_back();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::metrics::Registry;

    #[test]
    fn what_one_has_another_does_not_get_until_it_is_given_back() {
        let stats = Registry::new(1).core(0);
        let budget = Budget::new("windows", 100, &stats);
        let (mut first, mut second) = (budget.loan(), budget.loan());
        assert!(first.grow_to(40) && first.grow_to(60) && first.grow_to(50));
        assert!(!second.grow_to(41), "60 are lent");
        assert!(!second.grow_to(40), "it was told");
        assert!(second.grow_to(0) && second.is_empty());
        let hit: Vec<_> = stats.bounds_hit.iter().collect();
        assert_eq!(hit, [("windows", 1)], "once for a request");
        drop(first);
        assert!(budget.loan().grow_to(100));
    }
}
