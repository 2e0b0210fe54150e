//! Keeps a panic inside the connection it happened in.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use super::turn::Turns;

/// Runs a future to its end or its panic; `false` when it panicked. Each poll is a turn of its core.
///
/// A future that panicked has dropped what it held, so its sockets are closed. It comes boxed, as
/// every async function that takes a future by value makes room for it once more.
pub fn run<F: Future<Output = ()>>(
    turns: Rc<Turns>,
    mut future: Pin<Box<F>>,
) -> impl Future<Output = bool> {
    poll_fn(move |context| {
        turns.begin();
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(())) => Poll::Ready(true),
            Err(_) => Poll::Ready(false),
        }
    })
}
