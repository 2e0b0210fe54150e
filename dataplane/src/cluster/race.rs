//! Connection attempts side by side: the first that is accepted wins, and the others are dropped,
//! which closes their sockets unused.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use super::Upstream;

type Connecting<'a> = Pin<Box<dyn Future<Output = io::Result<Box<Upstream>>> + 'a>>;

/// Attempts in progress, each with what it stands for, the oldest first.
pub struct Race<'a, T>(Vec<(T, Connecting<'a>)>);

/// What happened first.
pub enum Event<T> {
    /// One ended.
    Ended(T, io::Result<Box<Upstream>>),
    /// None did, in that time.
    Late,
}

impl<T> Default for Race<'_, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'a, T> Race<'a, T> {
    /// One more attempt.
    pub fn enter(
        &mut self,
        of: T,
        connecting: impl Future<Output = io::Result<Box<Upstream>>> + 'a,
    ) {
        self.0.push((of, Box::pin(connecting)));
    }

    /// Whether none is in progress.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those in progress.
    pub fn pending(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|(of, _)| of)
    }

    /// Waits for one to end, or for so long.
    pub async fn next(&mut self, limit: Duration) -> Event<T> {
        let mut timer = pin!(monoio::time::sleep(limit));
        poll_fn(|context| {
            let attempts = self.0.iter_mut().enumerate();
            let mut polled =
                attempts.map(|(at, (_, connecting))| (at, connecting.as_mut().poll(context)));
            let ended = polled.find_map(|(at, polled)| match polled {
                Poll::Ready(result) => Some((at, result)),
                Poll::Pending => None,
            });
            if let Some((at, result)) = ended {
                return Poll::Ready(Event::Ended(self.0.remove(at).0, result));
            }
            // Looked at last: a core that was busy for long has both to tell.
            timer.as_mut().poll(context).map(|()| Event::Late)
        })
        .await
    }
}
