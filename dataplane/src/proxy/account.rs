//! Counts what one request came to, and writes it to the access log, once it is over.

use std::time::Duration;

use http::StatusCode;

use super::core::ProxyCore;
use super::outcome::{Outcome, View};
use super::request::Request;
use crate::telemetry::access_log::{Pin, Record, Time};
use crate::transport::client::Client;

/// Logged and counted for a client that went away before it was answered; never sent.
const CLIENT_GONE: u16 = 499;

/// The request is over.
pub fn account(
    core: &ProxyCore,
    client: &Client,
    outcome: &Outcome,
    request: Option<&Request>,
    view: &View<'_>,
) {
    let took = core.clock.read() - outcome.since;
    count(core, outcome, view, took);
    if let Some(log) = &mut *core.log.borrow_mut() {
        let time = log.time_before(took);
        let said = request.and_then(|request| request.sender.client);
        let said = said.map(|client| client.to_string());
        let client = said.as_deref().unwrap_or(&client.peer_ip);
        log.write(&record(client, outcome, request, view, time, took));
    }
}

fn count(core: &ProxyCore, outcome: &Outcome, view: &View<'_>, took: Duration) {
    core.stats.received_bytes.add(outcome.received_bytes);
    core.stats.sent_bytes.add(outcome.sent_bytes);
    if let Some(refusal) = outcome.refusal {
        core.stats.refusals.count(refusal);
    }
    let Some(stats) = view.stats else { return };
    let route = stats.core(core.index);
    let gone = || StatusCode::from_u16(CLIENT_GONE).expect("a number of three digits");
    let status = outcome.status.unwrap_or_else(gone);
    route.response(status, outcome.answered.unwrap_or(took));
    if let Some(report) = &view.report {
        route.pin(report);
    }
}

fn record<'a>(
    client: &'a str,
    outcome: &'a Outcome,
    request: Option<&'a Request>,
    view: &View<'a>,
    time: Time,
    took: Duration,
) -> Record<'a> {
    let report = view.report.filter(|_| view.has_affinity);
    Record {
        time,
        client,
        listener: view.listener,
        host: request.map(|request| &*request.host),
        method: request.map(|request| request.head.method.as_str()),
        path: request.map(|request| request.head.path()),
        status: outcome.status.map_or(CLIENT_GONE, |status| status.as_u16()),
        request_bytes: outcome.received_bytes,
        response_bytes: outcome.body_bytes,
        duration_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        route: view.route,
        rule: view.rule,
        endpoint: view.endpoint,
        attempts: view.attempts,
        refusal: outcome.refusal,
        pin: report.map(|report| Pin {
            r#in: report.came.as_str(),
            out: report.out.as_str(),
            why: report.why.as_str(),
            session: report.session,
        }),
    }
}
