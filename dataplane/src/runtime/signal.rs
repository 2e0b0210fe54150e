//! A flag inside one core that tasks can wait for.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};

/// Raised once, seen by all.
#[derive(Debug, Default)]
pub struct Signal {
    is_raised: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
}

impl Signal {
    /// Raises it for good.
    pub fn raise(&self) {
        self.is_raised.set(true);
        for waker in self.waiting.take() {
            waker.wake();
        }
    }

    /// Whether it is raised.
    pub fn is_raised(&self) -> bool {
        self.is_raised.get()
    }

    /// Returns when it is raised.
    pub async fn raised(&self) {
        poll_fn(|context| {
            if self.is_raised.get() {
                return Poll::Ready(());
            }
            let mut waiting = self.waiting.borrow_mut();
            // A task that asks again is not noted again.
            if !waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                waiting.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }
}
