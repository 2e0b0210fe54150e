//! Handshakes in progress on one core: no more than [`HANDSHAKES_MAX`].
//!
//! Where there are more, the oldest ends. A client takes a round trip or two for its handshake, and
//! has gone on by then; who says nothing stays, and is the first to go.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::Shutdown;
use std::rc::Rc;

use crate::runtime::core::Core;
use crate::runtime::socket::Borrowed;

/// Bound of handshakes in progress, each of which holds about 20 KiB.
pub const HANDSHAKES_MAX: usize = 1024;

/// One core's handshakes, in the order they began in.
#[derive(Debug, Default)]
pub struct Pending {
    sockets: RefCell<BTreeMap<u64, Borrowed>>,
    begun: Cell<u64>,
}

/// One of them, until it is dropped: before its socket closes.
#[derive(Debug)]
pub struct Place {
    pending: Rc<Pending>,
    number: u64,
}

impl Pending {
    /// One more begins.
    pub fn enter(self: &Rc<Self>, core: &Core, socket: Borrowed) -> Place {
        let number = self.begun.replace(self.begun.get() + 1);
        let mut sockets = self.sockets.borrow_mut();
        sockets.insert(number, socket);
        if sockets.len() > HANDSHAKES_MAX
            && let Some((_, oldest)) = sockets.pop_first()
        {
            oldest.shut_down(Shutdown::Both);
            core.stats.bounds_hit.count("handshakes");
        }
        Place {
            pending: Rc::clone(self),
            number,
        }
    }
}

impl Place {
    /// Whether it was not ended for the sake of later ones.
    pub fn is_in_progress(&self) -> bool {
        let sockets = self.pending.sockets.borrow();
        sockets.contains_key(&self.number)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.pending.sockets.borrow_mut().remove(&self.number);
    }
}
