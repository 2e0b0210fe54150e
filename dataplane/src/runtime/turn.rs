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
//! Work that takes the core for long by itself, such as a TLS handshake's, is done once in each such
//! round, on every driver ([`Turns::alone`]).
//!
//! Tested here, and over real sockets in `tests/http/fairness.rs`, on both drivers.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use monoio::io::AsyncReadRent;

use super::signal::Signal;

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
    /// Whether long work was done since the runtime polled the kernel last.
    had_long_work: Cell<bool>,
    /// The task that wakes those who wait, while there are none.
    caller: RefCell<Option<Waker>>,
}

/// What one direction of a socket has done in its task's turn.
#[derive(Debug, Default)]
pub struct TurnBudget {
    turn: Cell<u64>,
    spent: Cell<u32>,
}

/// Gives those who wait their next turn until `is_over` is raised. Turns have a bound if this thread's
/// runtime needs that.
///
/// # Errors
/// When there is no descriptor left.
pub fn start(turns: &Rc<Turns>, is_over: &Rc<Signal>) -> io::Result<()> {
    let (near, far) = UnixStream::pair()?;
    near.set_nonblocking(true)?;
    far.set_nonblocking(true)?;
    let near = monoio::net::UnixStream::from_std(near)?;
    turns.are_bounded.set(monoio::utils::is_legacy());
    monoio::spawn(call(Rc::clone(turns), Rc::clone(is_over), near, far));
    Ok(())
}

async fn call(
    turns: Rc<Turns>,
    is_over: Rc<Signal>,
    mut near: monoio::net::UnixStream,
    mut far: UnixStream,
) {
    let mut byte = vec![0; 1];
    while is_wanted(&turns, &is_over).await {
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
        turns.had_long_work.set(false);
        turns.waiting.take().into_iter().for_each(Waker::wake);
    }
}

/// Returns when somebody waits, or has to from now on; `false` when the core is over.
async fn is_wanted(turns: &Turns, is_over: &Signal) -> bool {
    let mut over = pin!(is_over.raised());
    poll_fn(|context| {
        if over.as_mut().poll(context).is_ready() {
            return Poll::Ready(false);
        }
        if turns.waiting.borrow().is_empty() && !turns.had_long_work.get() {
            turns.caller.replace(Some(context.waker().clone()));
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
    pub async fn spend(&self, budget: &TurnBudget) {
        poll_fn(|context| {
            if !self.are_bounded.get() || budget.has_room(self.number.get()) {
                return Poll::Ready(());
            }
            self.wait(context.waker());
            Poll::Pending
        })
        .await;
    }

    /// Returns when long work may be done: once between two looks of the runtime at the kernel. And
    /// when it is not wanted any more.
    pub async fn alone(&self, is_wanted: impl Fn() -> bool) {
        poll_fn(|context| {
            if !is_wanted() {
                return Poll::Ready(());
            }
            if !self.had_long_work.replace(true) {
                self.call();
                return Poll::Ready(());
            }
            self.wait(context.waker());
            Poll::Pending
        })
        .await;
    }

    fn wait(&self, waker: &Waker) {
        self.waiting.borrow_mut().push(waker.clone());
        self.call();
    }

    fn call(&self) {
        if let Some(caller) = self.caller.take() {
            caller.wake();
        }
    }
}

impl TurnBudget {
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
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::base::settings::{Driver, Settings};
    use crate::runtime::core::Core;
    use crate::runtime::driver::Running;

    fn core() -> Rc<Core> {
        Core::new(0, Arc::new(Settings::default()), Arc::default())
    }

    /// Long work of many tasks, beside one that waits for timers: how much was done before it had
    /// waited for one, and for two.
    fn long_work_beside_timers(driver: Driver) -> [usize; 2] {
        const TASKS: usize = 1000;
        let running = Running::choose(driver).expect("one of them");
        let mut runtime = running.build().expect("what was chosen can be built");
        runtime.block_on(async {
            let (core, done) = (core(), Rc::new(Cell::new(0)));
            start(&core.turns, &core.is_over).expect("a descriptor");
            for _ in 0..TASKS {
                let (core, done) = (Rc::clone(&core), Rc::clone(&done));
                monoio::spawn(async move {
                    core.turns.alone(|| true).await;
                    std::thread::sleep(Duration::from_micros(200));
                    done.set(done.get() + 1);
                });
            }
            let mut before = [0; 2];
            for before in &mut before {
                monoio::time::sleep(Duration::from_millis(2)).await;
                *before = done.get();
            }
            core.is_over.raise();
            before
        })
    }

    #[test]
    fn long_work_lets_timers_fire_in_between() {
        for driver in [Driver::Auto, Driver::Epoll] {
            let [first, second] = long_work_beside_timers(driver);
            assert!(
                0 < first && first < second && second < 1000,
                "{driver:?}: {first}, {second}"
            );
        }
    }

    #[test]
    fn a_budget_is_new_in_every_turn() {
        let budget = TurnBudget::default();
        for turn in 1..4 {
            let done = (0..100).filter(|_| budget.has_room(turn)).count();
            assert_eq!(done, OPERATIONS_MAX as usize);
        }
    }
}
