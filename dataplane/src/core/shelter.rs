//! Keeps a panic inside the connection it happened in.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

/// Runs a future to its end or its panic; `false` when it panicked.
///
/// A future that panicked has dropped what it held, so its sockets are closed. It comes boxed, as
/// every async function that takes a future by value makes room for it once more.
pub fn run<F: Future<Output = ()>>(mut future: Pin<Box<F>>) -> impl Future<Output = bool> {
    poll_fn(move |context| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(())) => Poll::Ready(true),
            Err(_) => Poll::Ready(false),
        }
    })
}
