//! Time limits without a timer per read.
//!
//! Every socket of a core has a slot in one table. Setting a limit writes a number there; a sweep
//! every [`TICK`] shuts down the sockets whose limit has passed, so that a pending read or write
//! ends by itself and is never dropped. A limit fires at its time or up to one tick later.

use std::cell::RefCell;
use std::net::{Shutdown, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use super::clock::Moment;
use super::socket::Borrowed;

/// How often limits are looked at.
pub const TICK: Duration = Duration::from_millis(50);

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

#[derive(Clone, Copy, Debug)]
struct Slot {
    /// [`NEVER`]: no limit.
    at_ms: u64,
    socket: Borrowed,
    end: Shutdown,
    has_fired: bool,
    /// Where the connection came in, while it waits for a request.
    idle_at: Option<SocketAddr>,
    /// Whether a [`Deadline`] holds the slot.
    is_watched: bool,
}

const NEVER: u64 = u64::MAX;

/// The limit of one socket. Must be dropped before the socket: see [`Borrowed::new`].
#[derive(Debug)]
pub struct Deadline {
    table: Rc<Deadlines>,
    slot: usize,
}

impl Deadlines {
    /// An empty table.
    #[must_use]
    pub fn new() -> Rc<Self> {
        Rc::new(Self {
            slots: RefCell::default(),
        })
    }

    /// Gives a socket its slot, without a limit.
    pub fn watch(self: &Rc<Self>, socket: Borrowed) -> Deadline {
        let slot = Slot {
            at_ms: NEVER,
            socket,
            end: Shutdown::Both,
            has_fired: false,
            idle_at: None,
            is_watched: true,
        };
        let mut slots = self.slots.borrow_mut();
        let index = match slots.free.pop() {
            Some(index) => index,
            None => {
                slots.used.push(slot);
                slots.used.len() - 1
            }
        };
        slots.used[index] = slot;
        Deadline {
            table: Rc::clone(self),
            slot: index,
        }
    }

    /// Shuts down every socket whose limit has passed.
    pub fn sweep(&self, now: Moment) {
        let now_ms = now.as_millis();
        for slot in &mut self.slots.borrow_mut().used {
            if slot.at_ms <= now_ms {
                slot.fire();
            }
        }
    }

    /// Ends the connections that wait for a request and came in where `gone` says so. A request
    /// that has arrived already is still read.
    pub fn end_idle(&self, gone: impl Fn(SocketAddr) -> bool) {
        for slot in &self.slots.borrow_mut().used {
            if slot.idle_at.is_some_and(&gone) {
                slot.socket.shut_down(Shutdown::Read);
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

impl Slot {
    fn fire(&mut self) {
        self.at_ms = NEVER;
        self.has_fired = true;
        self.socket.shut_down(self.end);
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
        });
    }

    /// Takes the limit away.
    pub fn clear(&self) {
        self.with(|slot| slot.at_ms = NEVER);
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

    /// Says that the connection waits for a request, or that it no longer does.
    pub fn set_idle(&self, at: Option<SocketAddr>) {
        self.with(|slot| slot.idle_at = at);
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
        slots.free.push(self.slot);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::{TcpListener, TcpStream};

    use super::*;

    fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let client = TcpStream::connect(listener.local_addr().expect("bound")).expect("connects");
        let (server, _) = listener.accept().expect("accepts");
        server
            .set_read_timeout(Some(Duration::from_secs(5)))
            .expect("set");
        (client, server)
    }

    #[test]
    fn a_passed_limit_ends_a_read() {
        let (_client, mut server) = pair();
        let table = Deadlines::new();
        let deadline = table.watch(Borrowed::new(&server));
        let now = Moment::now();
        deadline.set(now, Duration::from_millis(500), Shutdown::Read);
        table.sweep(now + Duration::from_millis(499));
        assert!(!deadline.has_fired());
        table.sweep(now + Duration::from_millis(501));
        assert!(deadline.has_fired());
        assert_eq!(server.read(&mut [0]).expect("ended"), 0);
    }

    #[test]
    fn zero_is_no_limit_and_clear_takes_it_away() {
        let (_client, server) = pair();
        let table = Deadlines::new();
        let deadline = table.watch(Borrowed::new(&server));
        let now = Moment::now();
        deadline.set(now, Duration::ZERO, Shutdown::Both);
        table.sweep(now + Duration::from_secs(1_000_000));
        deadline.set(now, Duration::from_secs(1), Shutdown::Both);
        deadline.clear();
        table.sweep(now + Duration::from_secs(1_000_000));
        assert!(!deadline.has_fired());
    }

    #[test]
    fn slots_are_reused_and_dropped_ones_never_fire() {
        let (_client, server) = pair();
        let table = Deadlines::new();
        let now = Moment::now();
        let first = table.watch(Borrowed::new(&server));
        first.set(now, Duration::from_millis(1), Shutdown::Both);
        drop(first);
        table.sweep(now + Duration::from_secs(1));
        let second = table.watch(Borrowed::new(&server));
        assert!(!second.has_fired());
        assert_eq!(table.slots.borrow().used.len(), 1);
    }
}
