//! What the two directions of one exchange know of each other.

use std::cell::{Cell, RefCell};
use std::net::Shutdown;
use std::rc::Rc;
use std::time::Duration;

use super::core::ProxyCore;
use super::replay_body::ReplayBody;
use crate::base::clock::{CoreClock, Moment};
use crate::proto::fields::SpareFields;
use crate::proto::h1::protocol_error::ProtocolError;
use crate::runtime::budget::Budget;
use crate::runtime::deadlines::Deadline;
use crate::transport::client::LINGER;

/// State both directions see; they run in one task.
#[derive(Debug)]
pub struct Shared<'a> {
    /// What time it is.
    pub clock: &'a CoreClock,
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
    /// Whether the exchange is over but for what the client still sends.
    pub is_over: Cell<bool>,
    /// How long nothing may move; zero is no limit.
    pub idle_timeout: Duration,
    /// When the endpoint must have answered to the end, where the rule says so.
    pub until: Option<Moment>,
    /// How long the endpoint may take to begin its answer once it has all of the request; zero is no
    /// limit.
    pub thinking: Duration,
    /// What is kept of the request's body, if anything is.
    pub replay: Option<&'a RefCell<ReplayBody>>,
    /// What windows on its bodies are lent from.
    pub windows: &'a Rc<Budget>,
    /// What heads are read into.
    pub spare_fields: &'a Rc<SpareFields>,
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
    Refused(ProtocolError),
}

impl<'a> Shared<'a> {
    /// Of an answer that has begun, to a request that was sent on whole. The limits are the client's and
    /// the endpoint's.
    pub fn after_upload(
        core: &'a ProxyCore,
        (client, upstream): (&'a Deadline, &'a Deadline),
        until: Option<Moment>,
    ) -> Self {
        Self {
            clock: &core.clock,
            client,
            upstream,
            upload: Cell::new(Upload::Done),
            received_bytes: Cell::new(0),
            has_begun: Cell::new(true),
            is_over: Cell::new(false),
            idle_timeout: core.settings.idle_timeout,
            until,
            thinking: Duration::ZERO,
            replay: None,
            windows: &core.window_budget,
            spare_fields: &core.spare_fields,
        }
    }

    /// Something moved: the idle limits start anew.
    ///
    /// Before the response has begun the client's limit only ends reading, so that it can be
    /// answered, and the endpoint may think for as long as it likes.
    pub fn touch(&self) {
        if self.is_over.get() {
            return;
        }
        let now = self.clock.read();
        if self.has_begun.get() {
            self.client.limit_sending(now, self.idle_timeout, None);
            self.limit_upstream(now, self.idle_timeout);
        } else {
            self.client.set(now, self.idle_timeout, Shutdown::Read);
        }
    }

    /// A piece of the answer is sent now. The client may take it slowly, and the endpoint is not asked for
    /// more meanwhile.
    pub fn client_takes_piece(&self) {
        if self.is_over.get() {
            return;
        }
        let now = self.clock.read();
        self.client.limit_sending(now, self.idle_timeout, None);
        self.upstream.set_at(self.until, Shutdown::Both);
    }

    /// A piece of the request's body is sent now, which must not take longer than idle may last.
    /// Meanwhile the client is not asked for more.
    pub fn upstream_takes(&self) {
        if self.is_over.get() {
            return;
        }
        let now = self.clock.read();
        self.upstream
            .limit_sending(now, self.idle_timeout, self.until);
        if !self.has_begun.get() {
            self.client.clear();
        }
    }

    /// The endpoint took it. Unless its response has begun it may think now.
    pub fn upstream_took(&self) {
        if !self.has_begun.get() && !self.is_over.get() {
            self.limit_upstream(self.clock.last(), Duration::ZERO);
        }
        self.touch();
    }

    /// The endpoint has all that it gets of the request: it must begin its answer in time, and the
    /// client may be silent meanwhile.
    pub fn upload_ended(&self) {
        if !self.has_begun.get() && !self.is_over.get() {
            let now = self.clock.read();
            self.limit_upstream(now, self.thinking);
            self.client.await_answer(self.upstream, now);
        }
    }

    /// The client was answered for the last time: the endpoint is let go of, and what the client
    /// still sends is read for a short while, however much it is.
    pub fn end(&self) {
        self.is_over.set(true);
        self.upstream.end_now(Shutdown::Both);
        self.client.set(self.clock.read(), LINGER, Shutdown::Read);
    }

    /// A response before the final one is sent now: a client that takes nothing is cut off.
    pub fn client_takes(&self) {
        self.client
            .limit_sending(self.clock.read(), self.idle_timeout, None);
    }

    /// The client took it, and may be silent while the endpoint thinks.
    pub fn client_took(&self) {
        match self.upload.get() {
            Upload::Going => self.touch(),
            _ => self.client.await_answer(self.upstream, self.clock.last()),
        }
    }

    fn limit_upstream(&self, now: Moment, limit: Duration) {
        let idle = (!limit.is_zero()).then(|| now + limit);
        let first = idle.into_iter().chain(self.until).min();
        self.upstream.set_at(first, Shutdown::Both);
    }
}
