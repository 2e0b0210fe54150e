//! The endpoint of one request, from its choice to the request's end.

use http::{HeaderMap, StatusCode};
use monoio_http::common::request::RequestHead;

use super::Edits;
use super::answer::Answer;
use super::request::Request;
use crate::affinity::{Choice, NoChoice};
use crate::config::{Config, Endpoint, Forward};
use crate::core::Core;

/// A choice that is given back when the request is over, however it ends.
pub struct Chosen<'a> {
    core: &'a Core,
    config: &'a Config,
    forward: &'a Forward,
    choice: Option<Choice>,
}

const HELD: &str = "a choice is only missing while it is replaced";

impl<'a> Chosen<'a> {
    /// Chooses, or says why nobody can answer.
    pub fn new(
        core: &'a Core,
        config: &'a Config,
        forward: &'a Forward,
        head: &RequestHead,
    ) -> Result<Self, Answer> {
        let now_secs = core.settings.clock.now_secs();
        let choice = core
            .affinity
            .borrow_mut()
            .choose(config, forward, head, now_secs);
        let choice = Some(choice.map_err(Answer::from)?);
        Ok(Self {
            core,
            config,
            forward,
            choice,
        })
    }

    /// Where the request goes.
    pub fn endpoint(&self) -> &'a Endpoint {
        self.config.endpoint(self.choice().endpoint())
    }

    /// The header edits of the chosen backend.
    pub fn edits(&self) -> &'a Edits {
        self.choice().edits(self.config, self.forward)
    }

    /// The endpoint does not accept connections: takes another, or says that there is none.
    pub fn refused(&mut self) -> Result<(), Answer> {
        let choice = self.choice.take().expect(HELD);
        let next = self
            .core
            .affinity
            .borrow_mut()
            .refused(self.config, self.forward, choice);
        self.choice = Some(next.map_err(|_| Answer::Unreachable)?);
        Ok(())
    }

    /// Puts the pin on a response.
    pub fn finish_response(
        &self,
        request: &Request,
        status: StatusCode,
        headers: &mut HeaderMap,
        is_tls: bool,
    ) {
        let now_secs = self.core.settings.clock.now_secs();
        let (config, forward, head) = (self.config, self.forward, &request.head);
        self.choice()
            .finish_response(config, forward, head, status, headers, is_tls, now_secs);
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
