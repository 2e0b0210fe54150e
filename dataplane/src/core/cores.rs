//! All cores as one of them sees the others: how busy each is, and the way to it.
//!
//! The kernel spreads new connections by a hash of their addresses, which is even for many clients and
//! uneven for few: some would wait for a core that is full while another has room. What a core reads here
//! are the others' gauges, when it accepts and at no other time.

use std::sync::Arc;

use crate::config::handoff::{Line, Order};
use crate::stats::CoreStats;

/// The cores of one data plane, by index.
#[derive(Default)]
pub struct Cores(Vec<(Line, Arc<CoreStats>)>);

impl Cores {
    /// With their gauges.
    pub fn new(cores: Vec<(Line, Arc<CoreStats>)>) -> Self {
        Self(cores)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The ways to all of them.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.0.iter().map(|(line, _)| line)
    }

    /// The one with the fewest clients, if they are fewer than this.
    pub fn least_busy(&self, than: usize) -> Option<usize> {
        let open = |(_, stats): &(Line, Arc<CoreStats>)| stats.connections_open.get();
        let counts = self.0.iter().map(open).enumerate();
        let (index, fewest) = counts.min_by_key(|(_, count)| *count)?;
        (fewest < than as u64).then_some(index)
    }

    /// Gives one of them an order.
    pub fn give(&self, index: usize, order: Order) {
        self.0[index].0.give(order);
    }
}
