//! A connection for a request: to the chosen endpoint, or to another where that one does not accept.
//!
//! An endpoint that refuses is replaced at once. One that says nothing, as where a pod's network is
//! gone, is raced after four times as long as it took before, [`RACE_AFTER_MAX`] at most: the next endpoint is
//! asked beside it, and the first that accepts serves the request. Nothing is sent before that, so nothing is sent twice.
//!
//! Where nobody is left to ask and one that was asked is no longer configured, as when all pods were
//! replaced, the request begins anew with the configuration of now.
//!
//! Who did not accept is asked last for a while. A session is the exception: its own endpoint is asked
//! first all the same, and has [`RACE_AGAIN_AFTER`], as one lost packet must not move every session.

use std::io;
use std::time::Duration;

use super::chosen::Chosen;
use super::context::RequestContext;
use super::core::ProxyCore;
use super::fault::Fault;
use super::timeouts::shorter;
use crate::affinity::Choice;
use crate::cluster;
use crate::cluster::{Event, RACE_AFTER_MAX, Race, Shortage, Upstream};
use crate::config::Endpoint;

/// How long the endpoint of a session may take to accept that did not accept a moment ago, before another is
/// asked beside it.
const RACE_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// How many idle connections give way to one request that finds no descriptor.
const EVICTED_MAX: u32 = 4;

/// How long the kernel gets to close one: a ring closes a socket with what it submits next.
const CLOSING: Duration = Duration::from_millis(1);

/// How many endpoints are tried for one request, by one configuration.
const ENDPOINTS_TRIED_MAX: u32 = 8;

/// Why a request has no connection.
pub enum Unreached {
    /// The request has failed.
    Fault(Fault),
    /// An endpoint is no longer configured, and nothing was sent yet: the configuration of now may know
    /// better.
    Outdated,
}

/// Which endpoints were asked for a connection.
#[derive(Default)]
struct Asked {
    keys: Vec<u64>,
    /// The configuration that has all of them too.
    generation: u64,
}

/// The endpoints of one request, one after the other.
struct Candidates<'c, 'a, 'e> {
    chosen: &'c mut Chosen<'a>,
    context: &'c RequestContext<'e>,
    /// The last that was named; the others follow from it.
    last: Option<Choice>,
    /// Those that did not accept a moment ago: they are asked when no other is left.
    last_resort: Vec<Choice>,
    tried: u32,
    /// How long the one that was named last may take.
    patience: Duration,
}

/// A connection to the chosen endpoint, or to another that is chosen instead.
pub async fn reach(
    core: &ProxyCore,
    chosen: &mut Chosen<'_>,
    context: &RequestContext<'_>,
    may_reuse: bool,
) -> Result<Box<Upstream>, Unreached> {
    let pooled = may_reuse
        .then(|| core.pool.take(chosen.endpoint().key))
        .flatten();
    match pooled {
        Some(upstream) => {
            core.stats.upstream_reuses.add(1);
            Ok(upstream)
        }
        // Boxed, as most requests find a connection that is open.
        None => Box::pin(connect(core, chosen, context, may_reuse)).await,
    }
}

async fn connect(
    core: &ProxyCore,
    chosen: &mut Chosen<'_>,
    context: &RequestContext<'_>,
    may_reuse: bool,
) -> Result<Box<Upstream>, Unreached> {
    let mut candidates = Candidates::new(chosen, context);
    let mut asked = Asked::default();
    let mut race = Race::default();
    let mut next = candidates.next(core);
    let mut evicted = 0;
    loop {
        if let Some(choice) = next.take() {
            let endpoint = context.config.endpoint(choice.endpoint());
            asked.keys.push(endpoint.key);
            if may_reuse && let Some(upstream) = core.pool.take(endpoint.key) {
                core.stats.upstream_reuses.add(1);
                candidates.settle(choice, race.pending(), core);
                return Ok(upstream);
            }
            let now = core.clock.read();
            let left = context.limits.left(now)?;
            let limit = shorter(core.settings.connect_timeout, left);
            race.enter(choice, connect_to(core, endpoint, limit));
        }
        if race.is_empty() {
            if is_outdated(core, context, &mut asked) {
                return Err(Unreached::Outdated);
            }
            candidates.chosen.fail();
            return Err(Fault::Unreachable.into());
        }
        match race.next(candidates.patience()).await {
            Event::Ended(choice, Ok(upstream)) => {
                core.stats.upstream_connects.add(1);
                candidates.settle(choice, race.pending(), core);
                return Ok(upstream);
            }
            // An idle connection's descriptor does as well.
            Event::Ended(choice, Err(error))
                if evicted < EVICTED_MAX
                    && cluster::shortage(&error) == Some(Shortage::Descriptors)
                    && core.pool.evict() =>
            {
                evicted += 1;
                core.stats.bounds_hit.count("descriptors");
                monoio::time::sleep(CLOSING).await;
                next = Some(choice);
            }
            Event::Ended(choice, Err(error)) => {
                if let Err(fault) = count_failed_connect(core, &error) {
                    // A shortage says nothing of the endpoint, nor of those asked before.
                    match race.is_empty() {
                        true => return Err(fault.into()),
                        false => continue,
                    }
                }
                // Where the request's own time is up, it says nothing of the endpoint either.
                let now = core.clock.read();
                context.limits.left(now)?;
                let endpoint = context.config.endpoint(choice.endpoint());
                core.failures.remember(endpoint.key, now);
                next = candidates.next(core);
            }
            Event::Late if !candidates.has_more() && is_outdated(core, context, &mut asked) => {
                candidates.give_up(race.pending(), core);
                return Err(Unreached::Outdated);
            }
            Event::Late => next = candidates.next(core),
        }
    }
}

async fn connect_to(
    core: &ProxyCore,
    endpoint: &Endpoint,
    limit: Duration,
) -> io::Result<Box<Upstream>> {
    let since = core.clock.read();
    let upstream = cluster::connect(core, endpoint.address, limit).await?;
    let took = core.clock.read() - since;
    core.connect_times.learn(endpoint.key, took);
    Ok(upstream)
}

/// Whether one that was asked is no longer configured; each configuration is looked through once.
fn is_outdated(core: &ProxyCore, context: &RequestContext<'_>, asked: &mut Asked) -> bool {
    let Some(now) = core.config().filter(|_| context.may_begin_anew()) else {
        return false;
    };
    if [context.config.generation, asked.generation].contains(&now.generation) {
        return false;
    }
    asked.generation = now.generation;
    !asked.keys.iter().all(|key| now.has_endpoint(*key))
}

fn count_failed_connect(core: &ProxyCore, error: &io::Error) -> Result<(), Fault> {
    core.stats.upstream_failures.add(1);
    if error.kind() == io::ErrorKind::TimedOut {
        core.stats.timeouts.count("connect");
    }
    match cluster::shortage(error) {
        Some(Shortage::Descriptors) => {
            core.stats.bounds_hit.count("descriptors");
            Err(Fault::NoDescriptors)
        }
        Some(Shortage::Network) => {
            core.stats.bounds_hit.count("network");
            Err(Fault::NoNetwork)
        }
        None => Ok(()),
    }
}

impl From<Fault> for Unreached {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl<'c, 'a, 'e> Candidates<'c, 'a, 'e> {
    fn new(chosen: &'c mut Chosen<'a>, context: &'c RequestContext<'e>) -> Self {
        Self {
            last: Some(chosen.choice().clone()),
            chosen,
            context,
            last_resort: Vec::new(),
            tried: 0,
            patience: RACE_AFTER_MAX,
        }
    }

    /// The next to be asked; `None` when there is none.
    fn next(&mut self, core: &ProxyCore) -> Option<Choice> {
        if self.tried == ENDPOINTS_TRIED_MAX {
            if self.last.take().is_some() || !self.last_resort.is_empty() {
                self.last_resort.clear();
                core.stats.bounds_hit.count("endpoints-tried");
            }
            return None;
        }
        let now = core.clock.last();
        while let Some(choice) = self.last.take() {
            let is_first = self.tried == 0 && self.last_resort.is_empty();
            let candidate = match is_first {
                true => Some(choice),
                false => self.chosen.other(&choice, &self.context.request.head),
            };
            self.last = candidate.clone();
            let Some(candidate) = candidate else { break };
            let endpoint = self.context.config.endpoint(candidate.endpoint());
            let has_failed = core.failures.has(endpoint.key, now);
            if !has_failed || candidate.is_kept() {
                self.tried += 1;
                self.patience = if has_failed {
                    RACE_AGAIN_AFTER
                } else {
                    core.connect_times.race_after(endpoint.key)
                };
                return Some(candidate);
            }
            self.last_resort.push(candidate);
        }
        self.patience = RACE_AFTER_MAX;
        let resort = (!self.last_resort.is_empty()).then(|| self.last_resort.remove(0));
        self.tried += u32::from(resort.is_some());
        resort
    }

    /// Whether there may be another.
    fn has_more(&self) -> bool {
        self.last.is_some() || !self.last_resort.is_empty()
    }

    /// How long to wait before the next is asked, or it is looked for another configuration.
    fn patience(&self) -> Duration {
        match self.has_more() {
            true => self.patience,
            false => RACE_AFTER_MAX,
        }
    }

    /// Nobody of them serves the request; they are remembered.
    fn give_up<'p>(&self, pending: impl Iterator<Item = &'p Choice>, core: &ProxyCore) {
        let now = core.clock.read();
        for choice in pending {
            let endpoint = self.context.config.endpoint(choice.endpoint());
            core.failures.remember(endpoint.key, now);
        }
    }

    /// This one serves the request. The ones before it that have not accepted by now are remembered.
    fn settle<'p>(
        &mut self,
        choice: Choice,
        pending: impl Iterator<Item = &'p Choice>,
        core: &ProxyCore,
    ) {
        let config = self.context.config;
        let now = core.clock.read();
        core.failures.forget(config.endpoint(choice.endpoint()).key);
        // A choice knows who was asked before it.
        for slower in pending.filter(|slower| choice.comes_after(slower)) {
            let key = config.endpoint(slower.endpoint()).key;
            core.failures.remember(key, now);
            core.connect_times.was_late(key);
        }
        self.chosen.settle(choice, self.tried);
    }
}
