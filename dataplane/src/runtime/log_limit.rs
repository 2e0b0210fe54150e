//! A limit on log lines that clients or a shortage can bring about at any rate.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// How often the same line is written again.
const LOG_EVERY: Duration = Duration::from_secs(60);

/// The limit of one kind of line.
#[derive(Debug, Default)]
pub struct LogLimit {
    logged: Cell<Option<Instant>>,
}

impl LogLimit {
    /// Whether the line is to be written now.
    pub fn allows(&self) -> bool {
        let now = Instant::now();
        let is_due = self.logged.get().is_none_or(|last| now - last >= LOG_EVERY);
        if is_due {
            self.logged.set(Some(now));
        }
        is_due
    }
}
