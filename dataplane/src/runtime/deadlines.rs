//! Time limits without a timer per read.
//!
//! Every socket of a core has a slot in one table. Setting a limit writes a number there; a sweep
//! every [`TICK`] shuts down the sockets whose limit has passed, so that a pending read or write
//! ends by itself and is never dropped. A limit fires at its time or up to one tick later.
//!
//! A limit on sending ([`Deadline::limit_sending`]) knows more than the task that sets it: a piece may be
//! large and its receiver slow, and as long as the receiver acknowledges some of it, it is not cut off.
//!
//! The same table tells of clients that leave while they wait for an answer, when nothing reads from
//! them: the sweeper asks the kernel about all that have waited for [`ASK_AFTER`], in one call. One
//! whose connection broke is gone, and the endpoint's socket is shut down. One that has only ended
//! its half may be gone or not; its task learns of it, and can find out by sending something.

mod deadline;
mod slot;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::net::{Shutdown, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use super::socket::{Borrowed, End, ends};
use crate::base::clock::Moment;
use slot::Slot;

pub use deadline::Deadline;

/// How often limits are looked at.
pub const TICK: Duration = Duration::from_millis(50);

/// How long a client has waited for its answer before the kernel is asked about it, and how often.
pub const ASK_AFTER: Duration = Duration::from_millis(250);

/// How many waiting clients end at once where one is too many: looking for them costs more.
const EVICTED_MAX: usize = 16;

/// Whether clients give way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evicted {
    /// Some were told to just now.
    Now,
    /// Some were told to before, and are about to.
    Before,
    /// None is left that could.
    None,
}

/// All limits of one core.
#[derive(Debug)]
pub struct Deadlines {
    slots: RefCell<Slots>,
}

#[derive(Debug, Default)]
struct Slots {
    used: Vec<Slot>,
    free: Vec<usize>,
}

impl Deadlines {
    /// An empty table.
    #[must_use]
    pub fn new() -> Rc<Self> {
        Rc::new(Self {
            slots: RefCell::default(),
        })
    }

    /// Shuts down every socket whose limit has passed.
    pub fn sweep(&self, now: Moment) {
        let now_ms = now.as_millis();
        for slot in &mut self.slots.borrow_mut().used {
            if slot.at_ms <= now_ms && !slot.has_moved(now_ms) {
                slot.fire();
            }
        }
    }

    /// Ends the connections that wait for a request and came in where `gone` says so. A request
    /// that has arrived already is still read.
    pub fn end_idle(&self, gone: impl Fn(SocketAddr) -> bool) {
        for slot in &mut self.slots.borrow_mut().used {
            if slot.idle_at.is_some_and(&gone) {
                slot.is_read_ended = true;
                slot.socket.shut_down(Shutdown::Read);
            }
        }
    }

    /// Ends those that have waited for another request for longest, so that others can be served. No more
    /// are ended before those are gone. Who has not been served yet stays.
    pub fn evict_idle(&self) -> Evicted {
        let mut slots = self.slots.borrow_mut();
        let waiting = |(index, slot): (usize, &Slot)| {
            let is_idle = slot.is_watched && slot.idle_at.is_some();
            let since_ms = slot.idle_since_ms.filter(|_| is_idle)?;
            Some((slot.is_read_ended, since_ms, index))
        };
        let idle = slots.used.iter().enumerate().filter_map(waiting);
        let (ending, mut idle): (Vec<_>, Vec<_>) = idle.partition(|(is_ending, ..)| *is_ending);
        if !ending.is_empty() {
            return Evicted::Before;
        }
        if idle.len() > EVICTED_MAX {
            idle.select_nth_unstable(EVICTED_MAX);
            idle.truncate(EVICTED_MAX);
        }
        for (_, _, index) in &idle {
            let slot = &mut slots.used[*index];
            slot.is_read_ended = true;
            slot.socket.shut_down(Shutdown::Read);
        }
        match idle.is_empty() {
            true => Evicted::None,
            false => Evicted::Now,
        }
    }

    /// Looks for clients that have left while they wait for an answer.
    pub fn find_gone(&self, now: Moment) {
        let asked_ms = now.as_millis().saturating_sub(ASK_AFTER.as_millis() as u64);
        let mut slots = self.slots.borrow_mut();
        let is_asked = |slot: &Slot| {
            let waiting = slot.waiting.as_ref();
            waiting.is_some_and(|waiting| waiting.since_ms <= asked_ms)
        };
        let used = slots.used.iter().enumerate();
        let asked = used.filter(|(_, slot)| is_asked(slot));
        let (indexes, sockets): (Vec<usize>, Vec<Borrowed>) =
            asked.map(|(index, slot)| (index, slot.socket)).unzip();
        for (index, end) in indexes.into_iter().zip(ends(&sockets)) {
            match end {
                End::Half if !slots.used[index].is_read_ended => slots.used[index].half_ended(),
                End::None | End::Half => {}
                End::Whole => slots.gone(index),
            }
        }
    }

    /// Ends everything.
    pub fn end_all(&self) {
        for slot in self
            .slots
            .borrow_mut()
            .used
            .iter_mut()
            .filter(|slot| slot.is_watched)
        {
            slot.end = Shutdown::Both;
            slot.fire();
        }
    }
}

impl Slots {
    fn gone(&mut self, index: usize) {
        let slot = &mut self.used[index];
        slot.is_gone = true;
        if let Some(waiting) = slot.waiting.take() {
            self.used[waiting.upstream].socket.shut_down(Shutdown::Both);
        }
    }
}
