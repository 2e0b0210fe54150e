//! What the table knows of one socket.

use std::net::{Shutdown, SocketAddr};
use std::task::Waker;

use crate::runtime::socket::Borrowed;

/// One socket, its limit in time, and what it waits for.
#[derive(Debug)]
pub struct Slot {
    /// [`NEVER`]: no limit.
    pub at_ms: u64,
    pub socket: Borrowed,
    pub end: Shutdown,
    pub has_fired: bool,
    /// How long the peer may take nothing of what is sent, where that is what limits it.
    pub sending: Option<Sending>,
    /// Where the connection came in, while it waits for a request.
    pub idle_at: Option<SocketAddr>,
    /// Since when it waits; `None`: for its first.
    pub idle_since_ms: Option<u64>,
    /// Whether a [`super::Deadline`] holds the slot.
    pub is_watched: bool,
    /// A client that waits for an answer.
    pub waiting: Option<Waiting>,
    /// Whether the client is gone.
    pub is_gone: bool,
    /// Whether we ended reading ourselves, which looks like the client's doing.
    pub is_read_ended: bool,
}

/// A peer that is sent something, and must take some of it in time.
#[derive(Clone, Copy, Debug)]
pub struct Sending {
    /// Half of the time. The limit is looked at twice.
    pub half_ms: u64,
    /// What was acknowledged by the last look; `None`: there was none.
    pub acknowledged: Option<u64>,
    /// When it ends whatever is acknowledged.
    pub until_ms: u64,
}

/// A client that waits for an endpoint's answer.
#[derive(Debug)]
pub struct Waiting {
    pub since_ms: u64,
    /// The endpoint's slot.
    pub upstream: usize,
    /// Whether the client has ended its half.
    pub has_ended: bool,
    /// Whether its task was told.
    pub is_told: bool,
    pub task: Option<Waker>,
}

/// No limit.
pub const NEVER: u64 = u64::MAX;

impl Slot {
    /// Of a socket without a limit.
    pub fn new(socket: Borrowed) -> Self {
        Self {
            at_ms: NEVER,
            socket,
            end: Shutdown::Both,
            has_fired: false,
            sending: None,
            idle_at: None,
            idle_since_ms: None,
            is_watched: true,
            waiting: None,
            is_gone: false,
            is_read_ended: false,
        }
    }

    /// The client has ended its half: its task is told.
    pub fn half_ended(&mut self) {
        let Some(waiting) = &mut self.waiting else {
            return;
        };
        waiting.has_ended = true;
        if let Some(task) = waiting.task.take() {
            task.wake();
        }
    }

    /// Whether the peer may go on, as it has acknowledged some of what is sent since the last look.
    pub fn has_moved(&mut self, now_ms: u64) -> bool {
        let Some(sending) = &mut self.sending else {
            return false;
        };
        let acknowledged = Some(self.socket.acknowledged_bytes());
        let before = std::mem::replace(&mut sending.acknowledged, acknowledged);
        self.at_ms = (now_ms + sending.half_ms).min(sending.until_ms);
        before != acknowledged && now_ms < sending.until_ms
    }

    /// Shuts the socket down.
    pub fn fire(&mut self) {
        self.at_ms = NEVER;
        self.has_fired = true;
        self.is_read_ended |= self.end == Shutdown::Read;
        self.socket.shut_down(self.end);
    }
}
