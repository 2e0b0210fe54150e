//! A core's idle connections to endpoints.

use std::cell::RefCell;
use std::time::Duration;

use super::Upstream;
use crate::core::clock::Moment;
use crate::lookup::Lookup;

/// Idle connections by endpoint key, the most recently used last.
#[derive(Debug)]
pub struct Pool {
    idle: RefCell<Lookup<u64, Vec<Idle>>>,
    per_endpoint_max: usize,
    /// Zero: kept until the endpoint closes them.
    timeout: Duration,
}

#[derive(Debug)]
struct Idle {
    upstream: Upstream,
    since: Moment,
}

impl Pool {
    /// An empty pool.
    #[must_use]
    pub fn new(per_endpoint_max: usize, timeout: Duration) -> Self {
        Self {
            idle: RefCell::default(),
            per_endpoint_max,
            timeout,
        }
    }

    /// A live connection to the endpoint with that key. Dead ones on the way are dropped.
    pub fn take(&self, key: u64) -> Option<Upstream> {
        let mut idle = self.idle.borrow_mut();
        let connections = idle.get_mut(&key)?;
        while let Some(Idle { upstream, .. }) = connections.pop() {
            if upstream.deadline.socket().is_silent() {
                return Some(upstream);
            }
        }
        None
    }

    /// Keeps a connection that has nothing left to read; `false` when there are enough.
    pub fn give(&self, key: u64, mut upstream: Upstream, now: Moment) -> bool {
        let mut idle = self.idle.borrow_mut();
        let connections = idle.entry(key).or_default();
        let has_room = connections.len() < self.per_endpoint_max;
        if has_room {
            upstream.deadline.clear();
            upstream.is_reused = true;
            connections.push(Idle {
                upstream,
                since: now,
            });
        }
        has_room
    }

    /// Drops what was idle for too long or was closed by its endpoint.
    pub fn sweep(&self, now: Moment) {
        self.idle.borrow_mut().retain(|_, connections| {
            connections.retain(|idle| {
                let is_fresh = self.timeout.is_zero() || now - idle.since < self.timeout;
                is_fresh && idle.upstream.deadline.socket().is_silent()
            });
            !connections.is_empty()
        });
    }

    /// Drops everything.
    pub fn clear(&self) {
        self.idle.borrow_mut().clear();
    }
}
