//! A core's idle connections to endpoints.
//!
//! They are bounded for each endpoint and in total; where there are too many in total, or another
//! socket is wanted and none can be had, the one that has been idle for longest goes.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::Duration;

use super::Upstream;
use crate::base::clock::Moment;
use crate::base::fast_map::FastMap;
use crate::runtime::socket::{Borrowed, have_something};

/// Idle connections by endpoint key, the most recently used last.
pub struct Pool {
    idle: RefCell<FastMap<u64, Vec<Idle>>>,
    /// Number and endpoint of each in the order they came in; some are in use again.
    order: RefCell<VecDeque<(u64, u64)>>,
    /// How many are idle.
    len: Cell<usize>,
    given: Cell<u64>,
    bounds: Bounds,
}

/// What a pool keeps.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Connections to one endpoint.
    pub per_endpoint_max: usize,
    /// Connections.
    pub total_max: usize,
    /// How long each; zero: until the endpoint closes it.
    pub timeout: Duration,
}

struct Idle {
    upstream: Box<Upstream>,
    since: Moment,
    number: u64,
}

impl Pool {
    /// An empty pool.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self {
            idle: RefCell::default(),
            order: RefCell::default(),
            len: Cell::new(0),
            given: Cell::new(0),
            bounds,
        }
    }

    /// A live connection to the endpoint with that key. Dead ones on the way are dropped.
    pub fn take(&self, key: u64) -> Option<Box<Upstream>> {
        let mut idle = self.idle.borrow_mut();
        let connections = idle.get_mut(&key)?;
        while let Some(Idle { upstream, .. }) = connections.pop() {
            self.len.set(self.len.get() - 1);
            if upstream.deadline.socket().is_silent() {
                return Some(upstream);
            }
        }
        None
    }

    /// Keeps a connection that has nothing left to read; `false` when a bound is hit, be it that
    /// another had to go.
    pub fn give(&self, key: u64, mut upstream: Box<Upstream>, now: Moment) -> bool {
        let mut idle = self.idle.borrow_mut();
        let connections = idle.entry(key).or_default();
        if connections.len() >= self.bounds.per_endpoint_max {
            return false;
        }
        upstream.deadline.clear();
        upstream.is_reused = true;
        let number = self.given.replace(self.given.get() + 1);
        connections.push(Idle {
            upstream,
            since: now,
            number,
        });
        drop(idle);
        self.order.borrow_mut().push_back((number, key));
        self.len.set(self.len.get() + 1);
        let is_full = self.len.get() > self.bounds.total_max;
        if is_full {
            self.evict();
        }
        self.forget_used();
        !is_full
    }

    /// Drops the one that has been idle for longest; `false`: there is none.
    pub fn evict(&self) -> bool {
        let mut idle = self.idle.borrow_mut();
        while let Some((number, key)) = self.order.borrow_mut().pop_front() {
            let Some(connections) = idle.get_mut(&key) else {
                continue;
            };
            if connections
                .first()
                .is_some_and(|first| first.number == number)
            {
                connections.remove(0);
                self.len.set(self.len.get() - 1);
                return true;
            }
        }
        false
    }

    /// Drops what was idle for too long or was closed by its endpoint, which one call tells of all.
    pub fn sweep(&self, now: Moment) {
        let mut idle = self.idle.borrow_mut();
        let sockets: Vec<Borrowed> = idle
            .values()
            .flatten()
            .map(|idle| idle.upstream.deadline.socket())
            .collect();
        let mut told = have_something(&sockets).into_iter();
        let mut left = 0;
        idle.retain(|_, connections| {
            connections.retain(|idle| {
                let is_dead = told.next().unwrap_or(false);
                let timeout = self.bounds.timeout;
                !is_dead && (timeout.is_zero() || now - idle.since < timeout)
            });
            left += connections.len();
            !connections.is_empty()
        });
        self.len.set(left);
    }

    /// Drops everything.
    pub fn clear(&self) {
        self.idle.borrow_mut().clear();
        self.order.borrow_mut().clear();
        self.len.set(0);
    }

    /// Keeps the order from growing with every use of a connection.
    fn forget_used(&self) {
        let mut order = self.order.borrow_mut();
        if order.len() > 2 * self.len.get() + 64 {
            let idle = self.idle.borrow();
            order.retain(|(number, key)| {
                let connections = idle.get(key).map_or(&[][..], Vec::as_slice);
                let found = connections.binary_search_by_key(number, |idle| idle.number);
                found.is_ok()
            });
        }
    }
}
