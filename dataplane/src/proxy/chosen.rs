//! The endpoint of one request, from its choice to the request's end.

use std::rc::Rc;

use super::core::ProxyCore;
use super::destination::Destination;
use super::fault::Fault;
use crate::affinity::Choice;
use crate::config::{Config, Endpoint, Forward, WeightedBackend};
use crate::proto::fields::Fields;
use crate::proto::head::RequestHead;
use crate::telemetry::pin_report::{PinReport, PinWhy};

/// The choice for a request, which counts among those in flight of its session until this is dropped:
/// until the request is over, however it ends.
pub struct InFlightGuard {
    core: Rc<ProxyCore>,
    choice: Choice,
}

/// A choice among what a configuration has.
pub struct Chosen<'a> {
    config: &'a Config,
    forward: &'a Forward,
    in_flight: InFlightGuard,
    attempts: u32,
    /// Whether no endpoint accepted.
    has_failed: bool,
}

impl<'a> Chosen<'a> {
    /// Chooses, or says why nobody can answer.
    pub fn new(
        core: &Rc<ProxyCore>,
        config: &'a Config,
        forward: &'a Forward,
        head: &RequestHead,
    ) -> Result<Self, Fault> {
        let now_secs = core.clock.now_secs();
        let mut affinity = core.affinity.borrow_mut();
        let choice = affinity.choose(config, forward, head, now_secs);
        core.stats.pin_opens.set(affinity.opens());
        core.stats.table_hits.set(affinity.hits());
        core.stats.table_sessions.set(affinity.occupied() as u64);
        core.stats.table_evictions.set(affinity.evictions());
        drop(affinity);
        let choice = choice.map_err(Fault::from)?;
        let core = Rc::clone(core);
        Ok(Self {
            config,
            forward,
            in_flight: InFlightGuard { core, choice },
            attempts: 1,
            has_failed: false,
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
        let InFlightGuard { core, choice } = &mut self.in_flight;
        let mut affinity = core.affinity.borrow_mut();
        affinity.again(self.config, self.forward, choice);
    }

    /// What is chosen where that choice's endpoint does not accept; `None`: nothing is left.
    pub fn other(&self, choice: &Choice, head: &RequestHead) -> Option<Choice> {
        let now_secs = self.core().clock.now_secs();
        let (config, forward) = (self.config, self.forward);
        let mut affinity = self.core().affinity.borrow_mut();
        affinity.other(config, forward, head, choice, now_secs)
    }

    /// The endpoint of that choice has accepted, of so many that were asked.
    pub fn settle(&mut self, choice: Choice, asked: u32) {
        self.in_flight.choice = choice;
        self.attempts += asked - 1;
    }

    /// None has.
    pub fn fail(&mut self) {
        self.has_failed = true;
    }

    /// Puts the pin on a response.
    pub fn finish_response(&self, head: &RequestHead, fields: &mut Fields, is_tls: bool) {
        let now_secs = self.core().clock.now_secs();
        let (config, forward) = (self.config, self.forward);
        self.choice()
            .finish_response(config, forward, head, fields, is_tls, now_secs);
        let policy = forward.policy(self.choice().backend_index());
        if let Some(policy) = policy.filter(|_| self.choice().report().why == PinWhy::Collision) {
            let mut affinity = self.core().affinity.borrow_mut();
            affinity.tell_of_collision(config, policy, now_secs);
        }
    }

    /// The endpoint that was asked; `None` when none accepted.
    pub fn asked(&self) -> Option<&'a Endpoint> {
        (!self.has_failed).then(|| self.endpoint())
    }

    /// What became of the pin; `None` when all endpoints refused.
    pub fn report(&self) -> Option<PinReport> {
        (!self.has_failed).then(|| self.choice().report())
    }

    /// How often endpoints were asked.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Whether the rule, or one of its backends, has session affinity.
    pub fn has_affinity(&self) -> bool {
        self.forward.is_pinned_inside || self.forward.affinity.is_some()
    }

    /// The choice itself.
    pub fn choice(&self) -> &Choice {
        &self.in_flight.choice
    }

    /// The request goes on, and the configuration is needed no more.
    pub fn into_in_flight(self) -> InFlightGuard {
        self.in_flight
    }

    fn core(&self) -> &ProxyCore {
        &self.in_flight.core
    }
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        self.core.affinity.borrow_mut().finish(&self.choice);
    }
}
