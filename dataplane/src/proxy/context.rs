//! A request that is to be answered by an endpoint: all that is known of it, and how often it was tried.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use http::StatusCode;

use super::fault::{Again, Fault};
use super::replay_body::ReplayBody;
use super::request::Request;
use super::timeouts::Limits;
use crate::base::clock::Moment;
use crate::config::{Config, Forward, RouteMatch};
use crate::runtime::budget::Budget;
use crate::transport::client::Client;

/// One request that goes to an endpoint.
pub struct RequestContext<'a> {
    /// What is served.
    pub config: &'a Config,
    /// What its rule says.
    pub forward: &'a Forward,
    /// The rule, and where that was found.
    pub found: &'a RouteMatch<'a>,
    /// As the client sent it.
    pub request: &'a Request,
    /// Who that is.
    pub client: &'a Client,
    /// When it must be answered.
    pub limits: Limits,
    /// What was sent of the body, where it may have to be sent again.
    pub replay: Option<Box<RefCell<ReplayBody>>>,
    /// Whether it may begin anew with another configuration, as long as nothing was sent.
    is_repeatable: bool,
    /// How often it was sent.
    sends: Cell<u32>,
    /// How many of these the rule asked for, as an answer was none.
    retries: Cell<u32>,
}

impl<'a> RequestContext<'a> {
    /// One that was not sent yet.
    pub fn new(
        config: &'a Config,
        forward: &'a Forward,
        found: &'a RouteMatch<'a>,
        (request, client): (&'a Request, &'a Client),
        limits: Limits,
        is_repeatable: bool,
        replay_budget: &Rc<Budget>,
    ) -> Self {
        let is_kept = forward.keeps_bodies() && !request.framing.is_empty();
        Self {
            config,
            forward,
            found,
            request,
            client,
            limits,
            replay: is_kept.then(|| ReplayBody::new(request.framing, replay_budget)),
            is_repeatable,
            sends: Cell::new(0),
            retries: Cell::new(0),
        }
    }

    /// Whether it is sent now for the first time.
    pub fn is_first_send(&self) -> bool {
        self.sends.replace(self.sends.get() + 1) == 0
    }

    /// Whether it may begin anew: nobody was sent anything.
    pub fn may_begin_anew(&self) -> bool {
        self.is_repeatable && self.sends.get() == 0
    }

    /// Whether the rule wants another answer than one of this status, and can have it.
    pub fn is_unwanted(&self, status: StatusCode) -> bool {
        let retry = self.forward.retry.as_ref();
        let is_listed = retry.is_some_and(|retry| retry.codes.contains(&status.as_u16()));
        is_listed && self.can_retry()
    }

    /// Whether a failed try is followed by another by the rule's wish, where sending it twice does no harm.
    pub fn is_retried(&self, fault: Fault, now: Moment) -> bool {
        let is_harmless = self.request.is_idempotent() && self.limits.left(now).is_ok();
        fault.again() == Again::IfAskedFor && is_harmless && self.can_retry()
    }

    fn can_retry(&self) -> bool {
        let attempts = self
            .forward
            .retry
            .as_ref()
            .map_or(0, |retry| retry.attempts);
        let is_here = self
            .replay
            .as_ref()
            .is_none_or(|replay| replay.borrow().is_whole());
        self.retries.get() < attempts && is_here
    }

    /// One more try, as an answer was none: how many there were before.
    pub fn count_retry(&self) -> u32 {
        self.retries.replace(self.retries.get() + 1)
    }
}
