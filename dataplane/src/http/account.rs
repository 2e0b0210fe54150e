//! What one request came to: counted, and written to the access log, once it is over.

use std::time::Duration;

use http::StatusCode;

use super::chosen::Chosen;
use super::connection::{Connection, Transport};
use super::request::Request;
use crate::access_log::{Pin, Record, Time, Upstream};
use crate::affinity::PinReport;
use crate::core::Core;
use crate::core::clock::Moment;
use crate::route::Found;

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
        let report = parties.chosen.and_then(Chosen::report);
        let took = self.core.clock.read() - self.tally.since;
        self.count(parties, report, took);
        if let Some(log) = &mut *self.core.log.borrow_mut() {
            let time = log.time_before(took);
            log.write(&self.record(parties, report, time, took));
        }
    }

    fn count(&self, parties: Parties<'_>, report: Option<PinReport>, took: Duration) {
        let (core, tally): (&Core, _) = (&self.core, &self.tally);
        core.stats.received_bytes.add(tally.received_bytes);
        core.stats.sent_bytes.add(tally.sent_bytes);
        if let Some(refusal) = tally.refusal {
            core.stats.refusals.count(refusal);
        }
        let Some(found) = parties.found else { return };
        let route = found.rule.stats.core(core.index);
        let gone = || StatusCode::from_u16(CLIENT_GONE).expect("a number of three digits");
        let status = tally.status.unwrap_or_else(gone);
        route.response(status, tally.answered.unwrap_or(took));
        if let Some(report) = report {
            route.pin(&report);
        }
    }

    fn record<'a>(
        &'a self,
        parties: Parties<'a>,
        report: Option<PinReport>,
        time: Time,
        took: Duration,
    ) -> Record<'a> {
        let Parties {
            request,
            found,
            chosen,
        } = parties;
        let tally = &self.tally;
        let endpoint = chosen.and_then(Chosen::asked);
        Record {
            time,
            client: &self.peer_ip,
            listener: found.map(|found| &*found.listener.name),
            host: request.map(|request| &*request.host),
            method: request.map(|request| request.head.method.as_str()),
            path: request.map(|request| request.head.uri.path()),
            status: tally.status.map_or(CLIENT_GONE, |status| status.as_u16()),
            request_bytes: tally.received_bytes,
            response_bytes: tally.body_bytes,
            duration_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            route: found.map(|found| &*found.rule.route),
            rule: found.map(|found| &*found.rule.id),
            endpoint: endpoint.map(|to| Upstream {
                id: &to.id,
                address: &to.address_text,
            }),
            attempts: chosen.map_or(0, Chosen::attempts),
            refusal: tally.refusal,
            pin: report
                .filter(|_| chosen.is_some_and(Chosen::has_affinity))
                .map(|report| Pin {
                    r#in: report.came.as_str(),
                    out: report.out.as_str(),
                    why: report.why.as_str(),
                    session: report.session,
                }),
        }
    }
}
