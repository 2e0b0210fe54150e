//! What one request came to: counted, and written to the access log, once it is over.

use std::time::Duration;

use http::StatusCode;

use super::chosen::Chosen;
use super::connection::Connection;
use super::core::ProxyCore;
use super::request::Request;
use crate::base::clock::Moment;
use crate::config::Found;
use crate::proto::h1::target;
use crate::telemetry::access_log::{Pin, Record, Time, Upstream};
use crate::telemetry::metrics::PerCore;
use crate::telemetry::pin_report::PinReport;
use crate::transport::halves::Transport;

/// Logged and counted for a client that went away before it was answered; never sent.
const CLIENT_GONE: u16 = 499;

/// What is known of a request so far.
#[derive(Debug)]
pub struct Tally {
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
    pub found: Option<&'a Found<'a>>,
    /// Absent when no endpoint was asked.
    pub chosen: Option<&'a Chosen<'a>>,
}

/// The same without the configuration, for an answer that goes on when that is gone.
#[derive(Debug)]
pub struct Facts {
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
struct View<'a> {
    listener: Option<&'a str>,
    route: Option<&'a str>,
    rule: Option<&'a str>,
    stats: Option<&'a PerCore>,
    endpoint: Option<Upstream<'a>>,
    attempts: u32,
    report: Option<PinReport>,
    has_affinity: bool,
}

impl<'a> Parties<'a> {
    fn view(&self) -> View<'a> {
        let (found, chosen) = (self.found, self.chosen);
        let asked = chosen.and_then(Chosen::asked);
        View {
            listener: found.map(|found| &*found.listener.name),
            route: found.map(|found| &*found.rule.route),
            rule: found.map(|found| &*found.rule.id),
            stats: found.map(|found| &found.rule.stats),
            endpoint: asked.map(|to| Upstream {
                id: &to.id,
                address: &to.address_text,
            }),
            attempts: chosen.map_or(0, Chosen::attempts),
            report: chosen.and_then(Chosen::report),
            has_affinity: chosen.is_some_and(Chosen::has_affinity),
        }
    }
}

impl Facts {
    /// Of a request that an endpoint answers.
    pub fn of(found: &Found<'_>, chosen: &Chosen<'_>) -> Self {
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

    fn view(&self) -> View<'_> {
        View {
            listener: Some(&self.listener),
            route: Some(&self.route),
            rule: Some(&self.rule),
            stats: Some(&self.stats),
            endpoint: self
                .endpoint
                .as_ref()
                .map(|(id, address)| Upstream { id, address }),
            attempts: self.attempts,
            report: self.report,
            has_affinity: self.has_affinity,
        }
    }
}

impl Tally {
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

impl<S: Transport> Connection<S> {
    /// The request is over.
    pub(super) fn account(&self, parties: Parties<'_>) {
        self.account_view(parties.request, &parties.view());
    }

    /// The request is over, and the configuration that it was served by may be gone.
    pub(super) fn account_facts(&self, request: &Request, facts: &Facts) {
        self.account_view(Some(request), &facts.view());
    }

    fn account_view(&self, request: Option<&Request>, view: &View<'_>) {
        let took = self.core.clock.read() - self.tally.since;
        self.count(view, took);
        if let Some(log) = &mut *self.core.log.borrow_mut() {
            let time = log.time_before(took);
            let said = request.and_then(|request| request.sender.client);
            let said = said.map(|client| client.to_string());
            let client = said.as_deref().unwrap_or(&self.peer_ip);
            log.write(&self.record(client, request, view, time, took));
        }
    }

    fn count(&self, view: &View<'_>, took: Duration) {
        let (core, tally): (&ProxyCore, _) = (&self.core, &self.tally);
        core.stats.received_bytes.add(tally.received_bytes);
        core.stats.sent_bytes.add(tally.sent_bytes);
        if let Some(refusal) = tally.refusal {
            core.stats.refusals.count(refusal);
        }
        let Some(stats) = view.stats else { return };
        let route = stats.core(core.index);
        let gone = || StatusCode::from_u16(CLIENT_GONE).expect("a number of three digits");
        let status = tally.status.unwrap_or_else(gone);
        route.response(status, tally.answered.unwrap_or(took));
        if let Some(report) = &view.report {
            route.pin(report);
        }
    }

    fn record<'a>(
        &'a self,
        client: &'a str,
        request: Option<&'a Request>,
        view: &View<'a>,
        time: Time,
        took: Duration,
    ) -> Record<'a> {
        let tally = &self.tally;
        let report = view.report.filter(|_| view.has_affinity);
        Record {
            time,
            client,
            listener: view.listener,
            host: request.map(|request| &*request.host),
            method: request.map(|request| request.head.method.as_str()),
            path: request.map(|request| target::path(&request.head)),
            status: tally.status.map_or(CLIENT_GONE, |status| status.as_u16()),
            request_bytes: tally.received_bytes,
            response_bytes: tally.body_bytes,
            duration_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            route: view.route,
            rule: view.rule,
            endpoint: view.endpoint,
            attempts: view.attempts,
            refusal: tally.refusal,
            pin: report.map(|report| Pin {
                r#in: report.came.as_str(),
                out: report.out.as_str(),
                why: report.why.as_str(),
                session: report.session,
            }),
        }
    }
}
