//! The limit of one socket, in the hands of who serves it.

use std::net::{Shutdown, SocketAddr};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::Deadlines;
use super::slot::{NEVER, Sending, Slot, Waiting};
use crate::base::clock::Moment;
use crate::runtime::socket::Borrowed;

/// The limit of one socket. Must be dropped before the socket: see [`Borrowed::new`].
#[derive(Debug)]
pub struct Deadline {
    table: Rc<Deadlines>,
    slot: usize,
}

impl Deadlines {
    /// Gives a socket its slot, without a limit.
    pub fn watch(self: &Rc<Self>, socket: Borrowed) -> Deadline {
        let slot = Slot::new(socket);
        let mut slots = self.slots.borrow_mut();
        let index = match slots.free.pop() {
            Some(index) => {
                slots.used[index] = slot;
                index
            }
            None => {
                slots.used.push(slot);
                slots.used.len() - 1
            }
        };
        Deadline {
            table: Rc::clone(self),
            slot: index,
        }
    }
}

impl Deadline {
    /// Limits the socket from `now` on: after `limit` the `end` comes. Zero is no limit. A limit
    /// set before is replaced.
    pub fn set(&self, now: Moment, limit: Duration, end: Shutdown) {
        self.set_at((!limit.is_zero()).then(|| now + limit), end);
    }

    /// Limits the socket to a time, which may have passed; `None` is no limit.
    pub fn set_at(&self, at: Option<Moment>, end: Shutdown) {
        // Rounded up: a limit is never early.
        let at_ms = at.map_or(NEVER, |at| at.as_millis() + 1);
        self.with(|slot| {
            slot.at_ms = at_ms;
            slot.end = end;
            slot.sending = None;
            slot.waiting = None;
        });
    }

    /// Limits how long the peer may take nothing of what is sent to it, and nothing else happen, before
    /// both directions end; zero is no limit. `until` ends them all the same.
    ///
    /// It is looked at after each half of the time. One that has taken some since the last look is given
    /// another half, so that it may take nothing for between half of the time and all of it.
    pub fn limit_sending(&self, now: Moment, limit: Duration, until: Option<Moment>) {
        if limit.is_zero() {
            return self.set_at(until, Shutdown::Both);
        }
        let until_ms = until.map_or(NEVER, |until| until.as_millis() + 1);
        // Rounded up: a limit is never early.
        let half_ms = u64::try_from(limit.as_millis() / 2).map_or(NEVER / 4, |half| half + 1);
        self.with(|slot| {
            slot.at_ms = (now.as_millis() + half_ms).min(until_ms);
            slot.end = Shutdown::Both;
            slot.sending = Some(Sending {
                half_ms,
                acknowledged: None,
                until_ms,
            });
            slot.waiting = None;
        });
    }

    /// Takes the limit away.
    pub fn clear(&self) {
        self.with(|slot| slot.at_ms = NEVER);
    }

    /// The request that the connection waited for is there: it is idle no more, and has no limit until
    /// the next is set.
    pub fn end_wait(&self) {
        self.with(|slot| {
            slot.at_ms = NEVER;
            slot.idle_at = None;
        });
    }

    /// Says that the client waits for what that endpoint answers, without a limit of its own, until
    /// another is set or [`Deadline::stop_waiting`] is called: before the endpoint's socket closes.
    pub fn await_answer(&self, upstream: &Self, now: Moment) {
        self.with(|slot| {
            slot.at_ms = NEVER;
            slot.sending = None;
            slot.waiting = Some(Waiting {
                since_ms: now.as_millis(),
                upstream: upstream.slot,
                has_ended: false,
                is_told: false,
                task: None,
            });
        });
    }

    /// Limits what is sent to it while it waits; [`Deadline::clear`] takes that away.
    pub fn limit_while_waiting(&self, now: Moment, limit: Duration) {
        let at_ms = match limit.is_zero() {
            true => NEVER,
            false => (now + limit).as_millis() + 1,
        };
        self.with(|slot| {
            slot.at_ms = at_ms;
            slot.end = Shutdown::Both;
            slot.sending = None;
        });
    }

    /// It waits for nothing any more.
    pub fn stop_waiting(&self) {
        self.with(|slot| slot.waiting = None);
    }

    /// Ready once, when the client has ended its half while it waits.
    pub fn poll_half_ended(&self, context: &Context<'_>) -> Poll<()> {
        self.with(|slot| {
            let Some(waiting) = &mut slot.waiting else {
                return Poll::Pending;
            };
            if waiting.has_ended && !std::mem::replace(&mut waiting.is_told, true) {
                return Poll::Ready(());
            }
            let waker = context.waker();
            if !waiting
                .task
                .as_ref()
                .is_some_and(|task| task.will_wake(waker))
            {
                waiting.task = Some(waker.clone());
            }
            Poll::Pending
        })
    }

    /// Whether the client is gone, and what it waits for is nobody's.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.with(|slot| slot.is_gone)
    }

    /// It is: what it waits for ends.
    pub fn set_gone(&self) {
        self.table.slots.borrow_mut().gone(self.slot);
    }

    /// Ends the socket now, as if its limit had passed.
    pub fn end_now(&self, end: Shutdown) {
        self.with(|slot| slot.socket.shut_down(end));
    }

    /// Whether a limit has passed since the socket was first watched.
    #[must_use]
    pub fn has_fired(&self) -> bool {
        self.with(|slot| slot.has_fired)
    }

    /// Says that the connection, which came in there, waits for its first request.
    pub fn set_new(&self, at: SocketAddr) {
        self.with(|slot| slot.idle_at = Some(at));
    }

    /// Says that the connection, which came in there, waits for another request from now on.
    pub fn set_idle(&self, at: SocketAddr, now: Moment) {
        self.with(|slot| {
            slot.idle_at = Some(at);
            slot.idle_since_ms = Some(now.as_millis());
        });
    }

    /// Says that it no longer does.
    pub fn set_busy(&self) {
        self.with(|slot| slot.idle_at = None);
    }

    /// The socket.
    #[must_use]
    pub fn socket(&self) -> Borrowed {
        self.with(|slot| slot.socket)
    }

    fn with<R>(&self, act: impl FnOnce(&mut Slot) -> R) -> R {
        act(&mut self.table.slots.borrow_mut().used[self.slot])
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        let mut slots = self.table.slots.borrow_mut();
        slots.used[self.slot].at_ms = NEVER;
        slots.used[self.slot].idle_at = None;
        slots.used[self.slot].is_watched = false;
        slots.used[self.slot].waiting = None;
        slots.free.push(self.slot);
    }
}
