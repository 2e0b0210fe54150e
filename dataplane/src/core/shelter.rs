//! Keeps a panic inside the connection it happened in.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

/// Runs a future to its end or its panic; `false` when it panicked.
///
/// A future that panicked has dropped what it held, so its sockets are closed.
pub async fn run(future: impl Future<Output = ()>) -> bool {
    let mut future = Box::pin(future);
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(())) => Poll::Ready(true),
            Err(_) => Poll::Ready(false),
        }
    })
    .await
}
