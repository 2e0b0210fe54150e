//! Who gets copies of requests, and how many are on their way.

use std::cell::{Cell, RefCell};

use crate::affinity::Points;
use crate::config::{Config, Endpoint, Mirror};

/// One core's mirrors.
#[derive(Debug)]
pub struct Mirrors {
    points: RefCell<Points>,
    turn: Cell<usize>,
    /// Copies that are.
    pub on_their_way: Cell<usize>,
}

impl Default for Mirrors {
    fn default() -> Self {
        Self {
            points: RefCell::new(Points::new(0)),
            turn: Cell::new(0),
            on_their_way: Cell::new(0),
        }
    }
}

impl Mirrors {
    /// Whether a copy is on its way.
    pub fn is_busy(&self) -> bool {
        self.on_their_way.get() > 0
    }

    /// Whether this request belongs to a mirror's share.
    pub fn takes(&self, mirror: &Mirror) -> bool {
        let point = u128::from(self.points.borrow_mut().draw());
        (point * u128::from(mirror.denominator)) >> 64 < u128::from(mirror.numerator)
    }

    /// The mirror's endpoints, in turn.
    pub fn endpoint<'a>(&self, config: &'a Config, mirror: &Mirror) -> Option<&'a Endpoint> {
        let ready = &config.backend(mirror.backend).ready;
        self.turn.set(self.turn.get().wrapping_add(1));
        let index = ready.get(self.turn.get().checked_rem(ready.len())?)?;
        Some(config.endpoint(*index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_gets_its_share() {
        let check = |numerator, denominator, expected: usize| {
            let mirrors = Mirrors::default();
            let mirror = Mirror {
                backend: 0,
                numerator,
                denominator,
            };
            let taken = (0..500).filter(|_| mirrors.takes(&mirror)).count();
            assert!(
                taken.abs_diff(expected) <= 2,
                "{taken} of 500 for {numerator}/{denominator}"
            );
        };
        check(0, 100, 0);
        check(20, 100, 100);
        check(25, 50, 250);
        check(1, 1, 500);
        check(1, u32::MAX, 0);
    }
}
