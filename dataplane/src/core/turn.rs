//! How much one task may do before the others of its core get their turn.
//!
//! On io_uring every operation waits for the ring, which gives the core away. On epoll monoio makes
//! the system call at once, and one that could be made does not wait: a peer that always has more to
//! bring would keep its task running, while other connections, timers and the control thread wait.
//! There each direction of a socket may do [`OPERATIONS_MAX`] operations in a turn, which is one poll
//! of its task.
//!
//! A task that wakes itself is no remedy: the runtime runs it next, and fires no timer as long as
//! any task can run. So a task whose turn is over waits here. Once nothing else can run the runtime
//! polls the kernel and fires timers, and a byte that it finds in a socket pair wakes all who wait.
//!
//! Tested over real sockets in `tests/http/fairness.rs`, on both drivers.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use monoio::io::AsyncReadRent;

use super::Core;

/// Operations of one direction of a socket in one turn.
pub const OPERATIONS_MAX: u32 = 32;

/// The turns of one core.
#[derive(Debug, Default)]
pub struct Turns {
    /// Whether operations can be done without waiting.
    are_bounded: Cell<bool>,
    /// Of the turn that runs now.
    number: Cell<u64>,
    waiting: RefCell<Vec<Waker>>,
    /// The task that wakes those who wait, while there are none.
    caller: RefCell<Option<Waker>>,
}

/// What one direction of a socket has done in its task's turn.
#[derive(Debug, Default)]
pub struct Budget {
    turn: Cell<u64>,
    spent: Cell<u32>,
}

/// Bounds the turns of this thread's core if its runtime needs that, and gives those who wait their
/// next one until the core is over.
///
/// # Errors
/// When there is no descriptor left.
pub fn start(core: &Rc<Core>) -> io::Result<()> {
    if monoio::utils::is_legacy() {
        let (near, far) = UnixStream::pair()?;
        near.set_nonblocking(true)?;
        far.set_nonblocking(true)?;
        let near = monoio::net::UnixStream::from_std(near)?;
        core.turns.are_bounded.set(true);
        monoio::spawn(call(Rc::clone(core), near, far));
    }
    Ok(())
}

async fn call(core: Rc<Core>, mut near: monoio::net::UnixStream, mut far: UnixStream) {
    let mut byte = vec![0; 1];
    while is_wanted(&core).await {
        // Begun before the byte is there, it ends with what the runtime finds when it polls next.
        let mut arriving = pin!(near.read(byte));
        let mut is_sent = false;
        let (read, buffer) = poll_fn(|context| {
            let polled = arriving.as_mut().poll(context);
            if polled.is_pending() && !std::mem::replace(&mut is_sent, true) {
                // The pair is empty here, so that it takes a byte.
                let _ = far.write(&[0]);
            }
            polled
        })
        .await;
        if read.is_err() {
            return;
        }
        byte = buffer;
        core.turns.waiting.take().into_iter().for_each(Waker::wake);
    }
}

/// Returns when somebody waits; `false` when the core is over.
async fn is_wanted(core: &Core) -> bool {
    let mut over = pin!(core.is_over.raised());
    poll_fn(|context| {
        if over.as_mut().poll(context).is_ready() {
            return Poll::Ready(false);
        }
        if core.turns.waiting.borrow().is_empty() {
            core.turns.caller.replace(Some(context.waker().clone()));
            return Poll::Pending;
        }
        Poll::Ready(true)
    })
    .await
}

impl Turns {
    /// A task is polled: its turn begins.
    pub fn begin(&self) {
        self.number.set(self.number.get() + 1);
    }

    /// Waits for the next turn, where a turn has a bound.
    pub async fn next(&self) {
        let mut is_next = false;
        poll_fn(|context| {
            if self.are_bounded.get() && !std::mem::replace(&mut is_next, true) {
                self.wait(context.waker());
                return Poll::Pending;
            }
            Poll::Ready(())
        })
        .await;
    }

    /// Counts an operation that is about to begin, in the next turn if this one has had enough.
    pub async fn spend(&self, budget: &Budget) {
        poll_fn(|context| {
            if !self.are_bounded.get() || budget.has_room(self.number.get()) {
                return Poll::Ready(());
            }
            self.wait(context.waker());
            Poll::Pending
        })
        .await;
    }

    fn wait(&self, waker: &Waker) {
        self.waiting.borrow_mut().push(waker.clone());
        if let Some(caller) = self.caller.take() {
            caller.wake();
        }
    }
}

impl Budget {
    fn has_room(&self, turn: u64) -> bool {
        if self.turn.replace(turn) != turn {
            self.spent.set(0);
        }
        let spent = self.spent.get();
        self.spent.set((spent + 1).min(OPERATIONS_MAX));
        spent < OPERATIONS_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_new_in_every_turn() {
        let budget = Budget::default();
        for turn in 1..4 {
            let done = (0..100).filter(|_| budget.has_room(turn)).count();
            assert_eq!(done, OPERATIONS_MAX as usize);
        }
    }
}
