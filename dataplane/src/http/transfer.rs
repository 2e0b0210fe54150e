//! What the two directions of one exchange know of each other.

use std::cell::Cell;
use std::net::Shutdown;
use std::time::{Duration, Instant};

use super::Refusal;
use crate::core::deadlines::Deadline;

/// State both directions see; they run in one task.
#[derive(Debug)]
pub struct Shared<'a> {
    /// The client's socket.
    pub client: &'a Deadline,
    /// The endpoint's socket.
    pub upstream: &'a Deadline,
    /// How far the request's body is.
    pub upload: Cell<Upload>,
    /// Bytes of the request's body that were read.
    pub received_bytes: Cell<u64>,
    /// Whether the client was sent any of a final response.
    pub has_begun: Cell<bool>,
    /// How long nothing may move.
    pub idle_timeout: Duration,
}

/// How far a request's body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upload {
    /// On its way.
    Going,
    /// All of it was sent on.
    Done,
    /// All of it was read, though the endpoint did not take it.
    Discarded,
    /// The client went away inside it.
    Gone,
    /// It broke HTTP/1.1 or a bound.
    Refused(Refusal),
}

impl Shared<'_> {
    /// Something moved: the idle limit starts anew.
    ///
    /// Before the response has begun a limit only ends reading, so that the client can be answered.
    pub fn touch(&self) {
        let end = if self.has_begun.get() {
            Shutdown::Both
        } else {
            Shutdown::Read
        };
        self.client.set(Instant::now(), self.idle_timeout, end);
    }
}
