//! What one request came to.

use std::time::Duration;

use http::StatusCode;

use super::chosen::Chosen;
use super::request::Request;
use crate::base::clock::Moment;
use crate::config::RouteMatch;
use crate::telemetry::access_log::LoggedEndpoint;
use crate::telemetry::metrics::PerCore;
use crate::telemetry::pin_report::PinReport;

/// What is known of a request so far.
#[derive(Debug)]
pub struct Outcome {
    pub since: Moment,
    /// How long the answer took where a tunnel follows it, which may last for days.
    pub answered: Option<Duration>,
    /// What the client was sent; `None`: nothing.
    pub status: Option<StatusCode>,
    /// Why the gateway answered by itself, or could not answer to the end.
    pub refusal: Option<&'static str>,
    /// Of the body, from the client.
    pub received_bytes: u64,
    /// Of the body, to the client.
    pub body_bytes: u64,
    /// All bytes to the client.
    pub sent_bytes: u64,
}

/// Who took part in a request.
#[derive(Clone, Copy, Default)]
pub struct Parties<'a> {
    /// Absent when its head was refused.
    pub request: Option<&'a Request>,
    /// Absent when no rule takes it.
    pub found: Option<&'a RouteMatch<'a>>,
    /// Absent when no endpoint was asked.
    pub chosen: Option<&'a Chosen<'a>>,
}

/// The same without the configuration, for an answer that goes on when that is gone.
#[derive(Debug)]
pub struct Summary {
    listener: Box<str>,
    route: Box<str>,
    rule: Box<str>,
    stats: PerCore,
    endpoint: Option<(Box<str>, Box<str>)>,
    attempts: u32,
    report: Option<PinReport>,
    has_affinity: bool,
}

/// What is counted and logged of either.
#[derive(Default)]
pub struct View<'a> {
    pub listener: Option<&'a str>,
    pub route: Option<&'a str>,
    pub rule: Option<&'a str>,
    pub stats: Option<&'a PerCore>,
    pub endpoint: Option<LoggedEndpoint<'a>>,
    pub attempts: u32,
    pub report: Option<PinReport>,
    pub has_affinity: bool,
}

impl<'a> Parties<'a> {
    /// Of a request that no rule is known of yet.
    pub fn of(request: &'a Request) -> Self {
        Self {
            request: Some(request),
            ..Self::default()
        }
    }

    /// What is counted and logged.
    pub fn view(&self) -> View<'a> {
        let (found, chosen) = (self.found, self.chosen);
        let asked = chosen.and_then(Chosen::asked);
        View {
            listener: found.map(|found| &*found.listener.name),
            route: found.map(|found| &*found.rule.route),
            rule: found.map(|found| &*found.rule.id),
            stats: found.map(|found| &found.rule.stats),
            endpoint: asked.map(|to| LoggedEndpoint {
                id: &to.id,
                address: &to.address_text,
            }),
            attempts: chosen.map_or(0, Chosen::attempts),
            report: chosen.and_then(Chosen::report),
            has_affinity: chosen.is_some_and(Chosen::has_affinity),
        }
    }
}

impl Summary {
    /// Of a request that an endpoint answers.
    pub fn of(found: &RouteMatch<'_>, chosen: &Chosen<'_>) -> Self {
        let asked = chosen.asked();
        Self {
            listener: found.listener.name.clone(),
            route: found.rule.route.as_str().into(),
            rule: found.rule.id.as_str().into(),
            stats: found.rule.stats.clone(),
            endpoint: asked.map(|to| (to.id.as_str().into(), to.address_text.clone())),
            attempts: chosen.attempts(),
            report: chosen.report(),
            has_affinity: chosen.has_affinity(),
        }
    }

    /// What is counted and logged.
    pub fn view(&self) -> View<'_> {
        View {
            listener: Some(&self.listener),
            route: Some(&self.route),
            rule: Some(&self.rule),
            stats: Some(&self.stats),
            endpoint: self
                .endpoint
                .as_ref()
                .map(|(id, address)| LoggedEndpoint { id, address }),
            attempts: self.attempts,
            report: self.report,
            has_affinity: self.has_affinity,
        }
    }
}

impl Outcome {
    /// Of a request whose head is complete now.
    pub fn start(now: Moment) -> Self {
        Self {
            since: now,
            answered: None,
            status: None,
            refusal: None,
            received_bytes: 0,
            body_bytes: 0,
            sent_bytes: 0,
        }
    }
}
