//! The endpoint of one request, from its choice to the request's end.

use http::HeaderMap;
use monoio_http::common::request::RequestHead;

use super::answer::Answer;
use super::outgoing::Destination;
use crate::affinity::{Choice, NoChoice, PinReport, PinWhy};
use crate::config::{Config, Endpoint, Forward, WeightedBackend};
use crate::core::Core;

/// A choice that is given back when the request is over, however it ends.
pub struct Chosen<'a> {
    core: &'a Core,
    config: &'a Config,
    forward: &'a Forward,
    choice: Option<Choice>,
    attempts: u32,
    refusals: u32,
}

/// How many endpoints are tried for one request.
const ENDPOINTS_TRIED_MAX: u32 = 8;

const HELD: &str = "a choice is only missing while it is replaced";

impl<'a> Chosen<'a> {
    /// Chooses, or says why nobody can answer.
    pub fn new(
        core: &'a Core,
        config: &'a Config,
        forward: &'a Forward,
        head: &RequestHead,
    ) -> Result<Self, Answer> {
        let now_secs = core.clock.now_secs();
        let mut affinity = core.affinity.borrow_mut();
        let choice = affinity.choose(config, forward, head, now_secs);
        core.stats.pin_opens.set(affinity.opens());
        core.stats.table_hits.set(affinity.hits());
        core.stats.table_sessions.set(affinity.occupied() as u64);
        core.stats.table_evictions.set(affinity.evictions());
        drop(affinity);
        let choice = Some(choice.map_err(Answer::from)?);
        Ok(Self {
            core,
            config,
            forward,
            choice,
            attempts: 1,
            refusals: 0,
        })
    }

    /// Where the request goes.
    pub fn endpoint(&self) -> &'a Endpoint {
        self.config.endpoint(self.choice().endpoint())
    }

    /// How the request is sent there.
    pub fn destination(&self) -> Destination<'a> {
        let backend = self.backend();
        Destination {
            edits: &backend.edits,
            rewrite: backend.rewrite.as_ref(),
            address_text: &self.endpoint().address_text,
        }
    }

    /// The chosen backend, as the rule has it.
    pub fn backend(&self) -> &'a WeightedBackend {
        self.choice().backend(self.forward)
    }

    /// The request is sent again: to another endpoint of the same backend, unless it belongs to a
    /// session. What an application answers moves nobody.
    pub fn again(&mut self) {
        self.attempts += 1;
        let choice = self.choice.as_mut().expect(HELD);
        let mut affinity = self.core.affinity.borrow_mut();
        affinity.again(self.config, self.forward, choice);
    }

    /// The endpoint does not accept connections: takes another, or says that there is none.
    pub fn refused(&mut self, head: &RequestHead) -> Result<(), Answer> {
        self.refusals += 1;
        if self.refusals == ENDPOINTS_TRIED_MAX {
            self.core.stats.bounds_hit.count("endpoints-tried");
            return Err(Answer::Unreachable);
        }
        let choice = self.choice.take().expect(HELD);
        let now_secs = self.core.clock.now_secs();
        let (config, forward) = (self.config, self.forward);
        let mut affinity = self.core.affinity.borrow_mut();
        let next = affinity.refused(config, forward, head, choice, now_secs);
        self.choice = Some(next.map_err(|_| Answer::Unreachable)?);
        self.attempts += 1;
        Ok(())
    }

    /// Puts the pin on a response.
    pub fn finish_response(&self, head: &RequestHead, headers: &mut HeaderMap, is_tls: bool) {
        let now_secs = self.core.clock.now_secs();
        let (config, forward) = (self.config, self.forward);
        self.choice()
            .finish_response(config, forward, head, headers, is_tls, now_secs);
        let policy = forward.policy(self.choice().backend_index());
        if let Some(policy) = policy.filter(|_| self.choice().report().why == PinWhy::Collision) {
            let mut affinity = self.core.affinity.borrow_mut();
            affinity.tell_of_collision(config, policy, now_secs);
        }
    }

    /// The endpoint that was asked last; `None` when all refused.
    pub fn asked(&self) -> Option<&'a Endpoint> {
        let choice = self.choice.as_ref()?;
        Some(self.config.endpoint(choice.endpoint()))
    }

    /// What became of the pin; `None` when all endpoints refused.
    pub fn report(&self) -> Option<PinReport> {
        self.choice.as_ref().map(Choice::report)
    }

    /// How often endpoints were asked.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Whether the rule, or one of its backends, has session affinity.
    pub fn has_affinity(&self) -> bool {
        self.forward.policies().next().is_some()
    }

    fn choice(&self) -> &Choice {
        self.choice.as_ref().expect(HELD)
    }
}

impl Drop for Chosen<'_> {
    fn drop(&mut self) {
        if let Some(choice) = &self.choice {
            self.core.affinity.borrow_mut().finish(choice);
        }
    }
}

impl From<NoChoice> for Answer {
    fn from(reason: NoChoice) -> Self {
        match reason {
            NoChoice::NoBackend => Self::NoBackend,
            NoChoice::NoEndpoint => Self::NoEndpoint,
            NoChoice::TooManyRequests => Self::TooManyRequests,
        }
    }
}
