//! What the tasks of one core share of the machine, whatever they serve. A core owns all of it: cores share no
//! mutable state.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use super::budget::Budget;
use super::buffers::Buffers;
use super::deadlines::Deadlines;
use super::log_limit::LogLimit;
use super::signal::Signal;
use super::turn::Turns;
use crate::base::clock::CoreClock;
use crate::base::core_stats::CoreStats;
use crate::base::settings::Settings;

/// One core: a thread, its runtime, and what it has of the machine.
pub struct Core {
    /// Which one.
    pub index: usize,
    /// The data plane's settings.
    pub settings: Arc<Settings>,
    /// Its counters, which nobody else writes.
    pub stats: Arc<CoreStats>,
    /// Every socket's limit in time.
    pub deadlines: Rc<Deadlines>,
    /// What time it is.
    pub clock: CoreClock,
    /// Who has had how much of it.
    pub turns: Rc<Turns>,
    /// Spare buffers.
    pub buffers: Buffers,
    /// What windows on bodies may take beyond a buffer.
    pub window_budget: Rc<Budget>,
    /// What replay bodies may take.
    pub replay_budget: Rc<Budget>,
    /// Connections of clients.
    pub connections: Cell<usize>,
    /// Of lines about load balancers whose PROXY header cannot be read.
    pub proxy_header_log: LogLimit,
    /// Whether connections end with their next answer.
    pub is_leaving: Cell<bool>,
    /// Raised when the core ends.
    pub is_over: Rc<Signal>,
}

impl Core {
    /// A core on which nothing happens yet.
    #[must_use]
    pub fn new(index: usize, settings: Arc<Settings>, stats: Arc<CoreStats>) -> Rc<Self> {
        Rc::new(Self {
            index,
            deadlines: Deadlines::new(),
            clock: CoreClock::new(settings.clock.clone()),
            turns: Rc::default(),
            buffers: Buffers::default(),
            window_budget: Budget::new("windows", settings.window_bytes_max, &stats),
            replay_budget: Budget::new("replay-bodies", settings.replay_bytes_max, &stats),
            connections: Cell::new(0),
            proxy_header_log: LogLimit::default(),
            is_leaving: Cell::new(false),
            is_over: Rc::default(),
            settings,
            stats,
        })
    }

    /// A client has connected.
    pub fn connection_opened(&self) {
        self.connections.set(self.connections.get() + 1);
        self.stats.connections.add(1);
        self.stats
            .connections_open
            .set(self.connections.get() as u64);
    }

    /// A client's connection is over.
    pub fn connection_closed(&self) {
        self.connections.set(self.connections.get() - 1);
        self.stats
            .connections_open
            .set(self.connections.get() as u64);
    }

    /// Whether no further connection is taken.
    pub fn is_full(&self) -> bool {
        self.connections.get() >= self.settings.connections_max
    }
}
