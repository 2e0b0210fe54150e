//! Which endpoints a request is sent to, until one has answered.
//!
//! An endpoint that does not accept is replaced (see [`super::reach`]). A connection that was closed while it was
//! idle is replaced by a new one. So is a new one that closed before a byte of an answer, [`CLOSED_BY_ONE_MAX`]
//! times for an endpoint: as a rule its pod is ending. One that ends while it has a request closes that
//! connection first, lets the kernel accept the next, which it never sees, and refuses the third. So
//! may the pod after it, where many are replaced; after [`CLOSED_MAX`] in all one more ends the request, as it
//! may be what ends them. Both only for requests that do no harm twice (RFC 9110 9.2.2).
//!
//! Beyond that a rule may ask for retries, and only for requests that are still here whole: an
//! endpoint that may have acted is asked again only when the rule lists what it answered, or its
//! time was up and the request is idempotent.

use std::time::Duration;

use limpet_schema::snapshot::Retry;

use super::chosen::Chosen;
use super::client_stream::{After, ClientStream};
use super::context::RequestContext;
use super::core::ProxyCore;
use super::end::{failed, give_back, served};
use super::exchange::exchange;
use super::fault::{Again, Fault};
use super::flow::{Begun, Exchanged, Flow};
use super::outcome::{Parties, Summary};
use super::reach::{Unreached, reach};
use super::timeouts::shorter;
use crate::cluster::Upstream;

/// How many new connections one endpoint may close without an answer; one more ends the request.
const CLOSED_BY_ONE_MAX: usize = 2;

/// How many all endpoints may close; one more ends the request.
const CLOSED_MAX: usize = 4;

/// A wait grows to no more than so many times the first.
const BACKOFF_GROWTH_MAX: u32 = 16;

/// What comes of a request.
pub enum Next {
    /// It is over.
    After(After),
    /// Nothing of it was sent, and it begins anew with the configuration of now.
    Again,
    /// Its answer goes on, for which the configuration is needed no more.
    Flow(Box<Flow>),
}

/// How far an endpoint's answer is.
enum Served {
    /// Over, well or not.
    Whole(After),
    /// Its head was sent.
    Begun(Box<Upstream>, Begun),
    /// Nobody was reached, and one that was asked is no longer configured.
    Outdated,
}

/// Has an endpoint answer.
pub async fn forward(
    stream: &mut ClientStream<'_>,
    context: &RequestContext<'_>,
    parties: Parties<'_>,
) -> Next {
    let head = &context.request.head;
    let chosen = Chosen::new(stream.core, context.config, context.forward, head);
    let mut chosen = match chosen {
        Ok(chosen) => chosen,
        Err(fault) => return Next::After(stream.answer_fault(fault, parties).await),
    };
    let served = try_endpoints(stream, &mut chosen, context).await;
    let parties = Parties {
        chosen: Some(&chosen),
        ..parties
    };
    match served {
        Ok(Served::Whole(after)) => {
            stream.account(parties);
            Next::After(after)
        }
        Ok(Served::Begun(upstream, begun)) => Next::Flow(Box::new(Flow {
            upstream,
            begun,
            endpoint_key: chosen.endpoint().key,
            summary: Summary::of(context.found, &chosen),
            in_flight: chosen.into_in_flight(),
        })),
        Ok(Served::Outdated) => Next::Again,
        Err(fault) => Next::After(stream.answer_fault(fault, parties).await),
    }
}

/// Sends the request and forwards the response, again where that is safe or the rule asks for
/// it; `Err` is what the client must still be answered.
async fn try_endpoints(
    stream: &mut ClientStream<'_>,
    chosen: &mut Chosen<'_>,
    context: &RequestContext<'_>,
) -> Result<Served, Fault> {
    let core = stream.core;
    let mut may_reuse = true;
    let mut closed_anew = Vec::new();
    loop {
        let mut upstream = match reach(core, chosen, context, may_reuse).await {
            Ok(upstream) => upstream,
            Err(Unreached::Fault(fault)) => return Err(fault),
            Err(Unreached::Outdated) => return Ok(Served::Outdated),
        };
        match exchange(stream, &mut upstream, chosen, context).await {
            Err(fault)
                if fault.again() == Again::IfHarmless
                    && context.request.is_replayable()
                    && (upstream.is_reused
                        || may_close(&mut closed_anew, chosen.endpoint().key)) =>
            {
                may_reuse = false;
            }
            Err(Fault::Unsent(error)) => {
                give_back(core, chosen.endpoint().key, upstream);
                return Err(Fault::Refused(error));
            }
            Ok(Exchanged::Unwanted) => {
                drop(upstream);
                Box::pin(back_off(core, chosen, context)).await?;
            }
            Err(fault) if context.is_retried(fault, core.clock.read()) => {
                drop(upstream);
                Box::pin(back_off(core, chosen, context)).await?;
            }
            Err(fault) => {
                let after = failed(stream, fault, upstream.deadline.has_fired())?;
                return Ok(Served::Whole(after));
            }
            Ok(Exchanged::Answered) => return Ok(Served::Whole(After::Close)),
            Ok(Exchanged::Whole(reuse)) => {
                let key = chosen.endpoint().key;
                return Ok(Served::Whole(served(stream, reuse, key, upstream)));
            }
            Ok(Exchanged::Begun(begun)) => return Ok(Served::Begun(upstream, begun)),
        }
    }
}

/// Waits before the next try, no longer than the request may take, and chooses who has it.
async fn back_off(
    core: &ProxyCore,
    chosen: &mut Chosen<'_>,
    context: &RequestContext<'_>,
) -> Result<(), Fault> {
    let retries = context.count_retry();
    core.stats.retries.add(1);
    let now = core.clock.read();
    let left = context.limits.left(now)?;
    let wait = wait(context.forward.retry.as_ref(), retries);
    if !wait.is_zero() {
        monoio::time::sleep(shorter(wait, left)).await;
    }
    chosen.again();
    Ok(())
}

/// Whether an endpoint that closed a new connection without an answer is no reason to give up; by the keys
/// of those that did so before.
fn may_close(before: &mut Vec<u64>, key: u64) -> bool {
    let by_it = before.iter().filter(|one| **one == key).count();
    let may = by_it < CLOSED_BY_ONE_MAX && before.len() < CLOSED_MAX;
    before.push(key);
    may
}

/// How long to wait before a retry: twice as long each time.
fn wait(retry: Option<&Retry>, retries: u32) -> Duration {
    let growth = 1u32
        .checked_shl(retries)
        .unwrap_or(u32::MAX)
        .min(BACKOFF_GROWTH_MAX);
    let first = Duration::from_millis(retry.map_or(0, |retry| retry.backoff_ms));
    first.saturating_mul(growth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_may_close_twice_and_all_may_four_times() {
        let mut before = Vec::new();
        let one = [1, 1, 1].map(|key| may_close(&mut before, key));
        assert_eq!(one, [true, true, false]);
        let mut before = Vec::new();
        let three = [1, 1, 2, 2, 3].map(|key| may_close(&mut before, key));
        assert_eq!(three, [true, true, true, true, false]);
    }

    #[test]
    fn waits_double_up_to_sixteen_times_the_first() {
        let retry = Retry {
            codes: Vec::new(),
            attempts: 9,
            backoff_ms: 25,
        };
        let waits: Vec<u128> = [0, 1, 2, 4, 5, 40]
            .map(|retries| wait(Some(&retry), retries).as_millis())
            .into();
        assert_eq!(waits, [25, 50, 100, 400, 400, 400]);
        assert_eq!(wait(None, 3), Duration::ZERO);
    }
}
