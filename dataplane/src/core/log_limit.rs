//! Trouble that clients or a shortage can bring about at any rate, and that is said once in a while.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// How often the same trouble is said again.
const SAY_EVERY: Duration = Duration::from_secs(60);

/// One kind of it.
#[derive(Debug, Default)]
pub struct Trouble {
    said: Cell<Option<Instant>>,
}

impl Trouble {
    /// Whether it is to be said now.
    pub fn is_due(&self) -> bool {
        let now = Instant::now();
        let is_due = self.said.get().is_none_or(|said| now - said >= SAY_EVERY);
        if is_due {
            self.said.set(Some(now));
        }
        is_due
    }
}
