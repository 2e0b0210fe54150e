//! The contract: which endpoint a request goes to.
//!
//! 1. A verified pin whose endpoint is in the rule's backends decides, also when the endpoint drains
//!    or its backend has weight 0. The first such pin wins.
//! 2. A pin whose endpoint is nowhere in the scope any more: the session, with its id, goes to the
//!    endpoint that every core and replica would take.
//! 3. Everything else is a new session: the weights choose a backend, a hash of the new id chooses
//!    an endpoint that takes new sessions. Weights also count what cannot serve: that share is
//!    answered with an error, as Gateway API wants it.
//! 4. An endpoint that refuses the connection is as gone as one that is gone.
//!
//! Where only draining endpoints are left, one serves without a pin rather than nobody.

use std::cell::Cell;
use std::hash::Hasher;

use aws_lc_rs::rand;
use http::HeaderMap;
use monoio_http::common::request::RequestHead;
use siphasher::sip::SipHasher13;

use super::balance::{self, Points};
use super::cookie;
use super::key::Keyring;
use super::pin::{PIN_CHARS, Pin, SessionId};
use super::policy::Policy;
use super::report::{PinIn, PinOut, PinReport, PinWhy};
use super::table::{Entry, Slot, Table};
use crate::config::{Config, Forward};
use crate::http::Edits;
use crate::settings::Settings;

/// Pins that one request may make us verify; the rest are not looked at.
const VERIFIED_MAX: usize = cookie::PINS_MAX;

/// How far the clocks of two replicas may be apart.
const CLOCK_SKEW_SECS: u64 = 300;

/// One core's share of session affinity.
#[derive(Debug)]
pub struct Affinity {
    pub(super) table: Table,
    pub(super) routes: Vec<String>,
    table_key: [u8; 16],
    points: Points,
    /// Whose turn it is, by backend.
    turns: Vec<usize>,
    requests_per_session_max: u32,
    opens: u64,
}

/// Where a request goes, and what becomes of its pin.
#[derive(Debug)]
pub struct Choice {
    /// Index in the config.
    pub(super) endpoint: usize,
    /// Index in the rule's backends.
    backend: usize,
    pub(super) session: Option<SessionId>,
    /// A pin is to be made, when the endpoint answers.
    pub(super) mint: Option<PinOut>,
    /// The pins of other scopes and rules that go back to the client.
    pub(super) kept: Vec<[u8; PIN_CHARS]>,
    pub(super) report: Cell<PinReport>,
    slot: Option<Slot>,
    /// Endpoints that refused.
    refused: Vec<usize>,
}

/// Why nobody can serve a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoChoice {
    /// The rule has no backend for it: 500.
    NoBackend,
    /// The backend has no endpoint: 503.
    NoEndpoint,
    /// The session has as many requests in flight as it may have: 429.
    TooManyRequests,
}

/// What a request is judged by.
struct Case<'a> {
    config: &'a Config,
    forward: &'a Forward,
    policy: &'a Policy,
    keys: &'a Keyring,
    now_secs: u64,
}

/// What a request's pins say.
#[derive(Default)]
struct Reading {
    came: PinIn,
    live: Option<(Pin, Place)>,
    /// The session whose endpoint is gone.
    gone: Option<SessionId>,
    kept: Vec<[u8; PIN_CHARS]>,
}

/// An endpoint of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    /// Index in the config.
    endpoint: usize,
    /// Index in the rule's backends.
    backend: usize,
    takes_new_sessions: bool,
}

impl Affinity {
    /// For one core.
    #[must_use]
    pub fn new(_core: usize, settings: &Settings) -> Self {
        let mut seed = [0; 24];
        rand::fill(&mut seed).expect("the system's random numbers never fail after start");
        let (table_key, point) = seed.split_at(16);
        Self {
            table: Table::new(settings.sessions_max),
            routes: Vec::new(),
            table_key: table_key.try_into().expect("16 bytes"),
            points: Points::new(u64::from_ne_bytes(point.try_into().expect("8 bytes"))),
            turns: Vec::new(),
            requests_per_session_max: settings.requests_per_session_max,
            opens: 0,
        }
    }

    /// Decides where a request goes. Give the choice back with [`Affinity::finish`].
    pub fn choose(
        &mut self,
        config: &Config,
        forward: &Forward,
        head: &RequestHead,
        now_secs: u64,
    ) -> Result<Choice, NoChoice> {
        let Some(policy) = &forward.affinity else {
            return self.unpinned(config, forward, PinWhy::None);
        };
        let Some(keys) = config.keys() else {
            return self.unpinned(config, forward, PinWhy::NoKey);
        };
        let case = Case {
            config,
            forward,
            policy,
            keys,
            now_secs,
        };
        let key = self.table_key(policy, &head.headers);
        if let Some(found) = key.and_then(|key| self.remembered(&case, key)) {
            return self.enter(found);
        }
        let reading = self.read(&case, &head.headers);
        match (reading.live, reading.gone) {
            (Some((pin, place)), _) => {
                let slot = key.and_then(|key| self.remember(&case, key, pin, place));
                self.enter(Choice::kept(pin.session, place, slot))
            }
            (None, Some(session)) => case.moved(session, reading.kept, PinIn::Gone, PinWhy::Gone),
            (None, None) => case.new_session(reading, self.points.next()),
        }
    }

    /// The endpoint did not accept a connection, and has seen nothing of the request: another.
    pub fn refused(
        &mut self,
        config: &Config,
        forward: &Forward,
        mut choice: Choice,
    ) -> Result<Choice, NoChoice> {
        self.finish(&choice);
        choice.slot = None;
        choice.refused.push(choice.endpoint);
        let session = choice.session.unwrap_or_else(|| self.random_session());
        let place = another(config, forward, &session, &choice.refused)?;
        choice.endpoint = place.endpoint;
        choice.backend = place.backend;
        if let Some(policy) = &forward.affinity {
            choice.mint_elsewhere(policy, place);
        }
        Ok(choice)
    }

    /// The request is over.
    pub fn finish(&mut self, choice: &Choice) {
        if let Some(slot) = choice.slot {
            self.table.get_mut(slot).in_flight -= 1;
        }
    }

    /// Pins that were opened with cryptography, since the start.
    #[must_use]
    pub fn opens(&self) -> u64 {
        self.opens
    }

    /// Entries of the table in use.
    #[must_use]
    pub fn occupied(&self) -> usize {
        self.table.occupied()
    }

    /// Entries of the table that gave way to others, since the start.
    #[must_use]
    pub fn evictions(&self) -> u64 {
        self.table.evictions()
    }

    fn enter(&mut self, choice: Choice) -> Result<Choice, NoChoice> {
        if let Some(slot) = choice.slot {
            let entry = self.table.get_mut(slot);
            let max = self.requests_per_session_max;
            if max > 0 && entry.in_flight >= max {
                return Err(NoChoice::TooManyRequests);
            }
            entry.in_flight += 1;
        }
        Ok(choice)
    }

    /// All that decides about a request's pins, hashed: the cookie's values in their order, scope,
    /// name and backends. `None` without a cookie.
    fn table_key(&self, policy: &Policy, headers: &HeaderMap) -> Option<u64> {
        let mut hasher = SipHasher13::new_with_key(&self.table_key);
        hasher.write_u64(policy.salt);
        let mut any = false;
        for value in cookie::values(headers, &policy.cookie_name) {
            hasher.write(value);
            hasher.write_u8(0xff);
            any = true;
        }
        any.then(|| hasher.finish().max(1))
    }

    /// A pin that this core has verified before, and that still holds.
    fn remembered(&mut self, case: &Case<'_>, key: u64) -> Option<Choice> {
        let slot = self.table.find(key)?;
        let entry = *self.table.get(slot);
        let place = case
            .place_of(&entry.pin)
            .filter(|_| !case.is_expired(&entry.pin))?;
        self.table.get_mut(slot).last_seen_secs = clamped(case.now_secs);
        Some(Choice::kept(entry.pin.session, place, Some(slot)))
    }

    fn remember(&mut self, case: &Case<'_>, key: u64, pin: Pin, place: Place) -> Option<Slot> {
        let route = self.intern(&case.policy.route);
        self.table.insert(Entry {
            key,
            pin,
            endpoint_key: case.config.endpoint(place.endpoint).key,
            route,
            last_seen_secs: clamped(case.now_secs),
            in_flight: 0,
        })
    }

    fn intern(&mut self, route: &str) -> u32 {
        let index = self
            .routes
            .iter()
            .position(|known| known == route)
            .unwrap_or_else(|| {
                self.routes.push(route.to_owned());
                self.routes.len() - 1
            });
        u32::try_from(index).expect("routes are counted in thousands")
    }

    fn read(&mut self, case: &Case<'_>, headers: &HeaderMap) -> Reading {
        let mut reading = Reading::default();
        let mut left = VERIFIED_MAX;
        for value in cookie::values(headers, &case.policy.cookie_name) {
            reading.at_least(PinIn::Invalid);
            for text in cookie::pins(value).take(left) {
                left -= 1;
                self.opens += 1;
                reading.add(case, text);
                if reading.live.is_some() {
                    return reading;
                }
            }
        }
        reading
    }

    fn unpinned(
        &mut self,
        config: &Config,
        forward: &Forward,
        why: PinWhy,
    ) -> Result<Choice, NoChoice> {
        let weights = forward
            .backends
            .iter()
            .map(|backend| u64::from(backend.weight));
        let backend = balance::by_weight(weights, self.points.next()).ok_or(NoChoice::NoBackend)?;
        let index = forward.backends[backend]
            .backend
            .ok_or(NoChoice::NoBackend)?;
        let turn = self.turn(index);
        let ready = ready(config, index, &[]).count();
        let in_turn = ready
            .checked_sub(1)
            .and_then(|_| ready_at(config, index, turn % ready));
        let endpoint = in_turn
            .or_else(|| config.backend(index).endpoints.clone().next())
            .ok_or(NoChoice::NoEndpoint)?;
        let place = Place {
            endpoint,
            backend,
            takes_new_sessions: true,
        };
        Ok(Choice::new(
            place,
            PinReport {
                why,
                ..PinReport::default()
            },
        ))
    }

    fn turn(&mut self, backend: usize) -> usize {
        if self.turns.len() <= backend {
            self.turns.resize(backend + 1, 0);
        }
        self.turns[backend] = self.turns[backend].wrapping_add(1);
        self.turns[backend]
    }

    fn random_session(&mut self) -> SessionId {
        let mut session = SessionId::default();
        session[..8].copy_from_slice(&self.points.next().to_ne_bytes());
        session
    }
}

impl Case<'_> {
    fn is_expired(&self, pin: &Pin) -> bool {
        let issued = u64::from(pin.issued_secs);
        let is_over = issued + u64::from(self.policy.cookie_duration_secs) <= self.now_secs;
        is_over || issued > self.now_secs + CLOCK_SKEW_SECS
    }

    /// The pin's endpoint, where it is in this rule.
    fn place_of(&self, pin: &Pin) -> Option<Place> {
        let endpoints = self.endpoints_of(pin)?;
        endpoints.iter().find_map(|endpoint| self.place(*endpoint))
    }

    /// The pin's endpoint under each of its addresses, in all rules of the scope.
    fn endpoints_of(&self, pin: &Pin) -> Option<&[usize]> {
        let scope = self.config.scope(self.policy.scope);
        scope
            .endpoints_by_tag
            .get(&pin.endpoint_tag)
            .map(Vec::as_slice)
    }

    fn place(&self, index: usize) -> Option<Place> {
        let endpoint = self.config.endpoint(index);
        let is_its =
            |weighted: &crate::config::WeightedBackend| weighted.backend == Some(endpoint.backend);
        let backend = self.forward.backends.iter().position(is_its)?;
        let takes_new_sessions = !endpoint.is_draining && self.forward.backends[backend].weight > 0;
        Some(Place {
            endpoint: index,
            backend,
            takes_new_sessions,
        })
    }

    fn moved(
        &self,
        session: SessionId,
        kept: Vec<[u8; PIN_CHARS]>,
        came: PinIn,
        why: PinWhy,
    ) -> Result<Choice, NoChoice> {
        let place = another(self.config, self.forward, &session, &[])?;
        Ok(Choice::minted(
            session,
            place,
            kept,
            PinOut::Moved,
            came,
            why,
        ))
    }

    fn new_session(&self, reading: Reading, point: u64) -> Result<Choice, NoChoice> {
        let mut session = SessionId::default();
        rand::fill(&mut session).expect("the system's random numbers never fail after start");
        let place = first(self.config, self.forward, &session, point)?;
        let why = match reading.came {
            PinIn::Expired => PinWhy::Expired,
            PinIn::Invalid => PinWhy::Invalid,
            PinIn::Elsewhere => PinWhy::Elsewhere,
            _ => PinWhy::New,
        };
        Ok(Choice::minted(
            session,
            place,
            reading.kept,
            PinOut::Issued,
            reading.came,
            why,
        ))
    }
}

impl Reading {
    fn add(&mut self, case: &Case<'_>, text: &[u8]) {
        let keep = |kept: &mut Vec<_>| kept.push(text.try_into().expect("it is well-formed"));
        match Pin::open(case.keys, &case.policy.aad, text) {
            // Another scope's, as far as anybody can tell.
            None => keep(&mut self.kept),
            Some(pin) if case.is_expired(&pin) => self.at_least(PinIn::Expired),
            Some(pin) => match (case.place_of(&pin), case.endpoints_of(&pin)) {
                (Some(place), _) => self.live = Some((pin, place)),
                (None, Some(_)) => {
                    self.at_least(PinIn::Elsewhere);
                    keep(&mut self.kept);
                }
                (None, None) => {
                    self.gone.get_or_insert(pin.session);
                }
            },
        }
    }

    /// Of several pins the report names what tells most.
    fn at_least(&mut self, came: PinIn) {
        if self.came == PinIn::None || came != PinIn::Invalid {
            self.came = came;
        }
    }
}

impl Choice {
    fn new(place: Place, report: PinReport) -> Self {
        Self {
            endpoint: place.endpoint,
            backend: place.backend,
            session: None,
            mint: None,
            kept: Vec::new(),
            report: Cell::new(report),
            slot: None,
            refused: Vec::new(),
        }
    }

    fn kept(session: SessionId, place: Place, slot: Option<Slot>) -> Self {
        let came = if place.takes_new_sessions {
            PinIn::Valid
        } else {
            PinIn::Draining
        };
        let session_hash = Some(balance::point(&session));
        let report = PinReport {
            came,
            out: PinOut::Kept,
            why: PinWhy::Valid,
            session: session_hash,
        };
        Self {
            session: Some(session),
            slot,
            ..Self::new(place, report)
        }
    }

    fn minted(
        session: SessionId,
        place: Place,
        kept: Vec<[u8; PIN_CHARS]>,
        out: PinOut,
        came: PinIn,
        why: PinWhy,
    ) -> Self {
        let session_hash = Some(balance::point(&session));
        let (mint, why) = match place.takes_new_sessions {
            true => (Some(out), why),
            false => (None, PinWhy::LastResort),
        };
        let report = PinReport {
            came,
            out: PinOut::None,
            why,
            session: session_hash,
        };
        Self {
            session: Some(session),
            mint,
            kept,
            ..Self::new(place, report)
        }
    }

    /// The session goes on elsewhere, as its endpoint refused. A new one is still a new one.
    fn mint_elsewhere(&mut self, _policy: &Policy, place: Place) {
        let mut report = self.report.get();
        if self.mint.is_none() && report.out == PinOut::Kept {
            self.mint = Some(PinOut::Moved);
            report.why = PinWhy::Refused;
        }
        if !place.takes_new_sessions {
            self.mint = None;
            report.why = PinWhy::LastResort;
        }
        report.out = PinOut::None;
        self.report.set(report);
    }

    /// Index of the endpoint in the config.
    #[must_use]
    pub fn endpoint(&self) -> usize {
        self.endpoint
    }

    /// The header edits of the chosen backend.
    #[must_use]
    pub fn edits<'a>(&self, _config: &'a Config, forward: &'a Forward) -> &'a Edits {
        &forward.backends[self.backend].edits
    }

    /// What became of the pin, so far.
    #[must_use]
    pub fn report(&self) -> PinReport {
        self.report.get()
    }

    /// Endpoints tried, this one too.
    #[must_use]
    pub fn attempts(&self) -> usize {
        self.refused.len() + 1
    }
}

/// The place of a new session: by the weights, whether or not the backend can serve.
fn first(
    config: &Config,
    forward: &Forward,
    session: &SessionId,
    point: u64,
) -> Result<Place, NoChoice> {
    let weights = forward
        .backends
        .iter()
        .map(|backend| u64::from(backend.weight));
    let backend = balance::by_weight(weights, point).ok_or(NoChoice::NoBackend)?;
    let index = forward.backends[backend]
        .backend
        .ok_or(NoChoice::NoBackend)?;
    let ready = ready(config, index, &[]).map(|i| (config.endpoint(i).rank, i));
    if let Some(endpoint) = balance::preferred(session, ready) {
        return Ok(Place {
            endpoint,
            backend,
            takes_new_sessions: true,
        });
    }
    let all = config
        .backend(index)
        .endpoints
        .clone()
        .map(|i| (config.endpoint(i).rank, i));
    let endpoint = balance::preferred(session, all).ok_or(NoChoice::NoEndpoint)?;
    Ok(Place {
        endpoint,
        backend,
        takes_new_sessions: false,
    })
}

/// The place of a session that must move: by the weights of those that can serve.
fn another(
    config: &Config,
    forward: &Forward,
    session: &SessionId,
    refused: &[usize],
) -> Result<Place, NoChoice> {
    let weights = forward.backends.iter().map(|weighted| {
        let can_serve = weighted
            .backend
            .is_some_and(|i| ready(config, i, refused).next().is_some());
        if can_serve {
            u64::from(weighted.weight)
        } else {
            0
        }
    });
    let Some(backend) = balance::by_weight(weights, balance::point(session)) else {
        return last_resort(config, forward, session, refused);
    };
    let index = forward.backends[backend].backend.expect("it can serve");
    let ready = ready(config, index, refused).map(|i| (config.endpoint(i).rank, i));
    let endpoint = balance::preferred(session, ready).expect("it can serve");
    Ok(Place {
        endpoint,
        backend,
        takes_new_sessions: true,
    })
}

/// Any endpoint that did not refuse: rather a draining one than none.
fn last_resort(
    config: &Config,
    forward: &Forward,
    session: &SessionId,
    refused: &[usize],
) -> Result<Place, NoChoice> {
    let all = forward
        .backends
        .iter()
        .enumerate()
        .flat_map(|(backend, weighted)| {
            let endpoints = weighted
                .backend
                .map(|index| config.backend(index).endpoints.clone());
            endpoints
                .into_iter()
                .flatten()
                .map(move |endpoint| (backend, endpoint))
        });
    let left = all
        .filter(|(_, endpoint)| !refused.contains(endpoint))
        .map(|(backend, endpoint)| (config.endpoint(endpoint).rank, (backend, endpoint)));
    let (backend, endpoint) = balance::preferred(session, left).ok_or(NoChoice::NoEndpoint)?;
    Ok(Place {
        endpoint,
        backend,
        takes_new_sessions: false,
    })
}

/// The endpoints of a backend that take new sessions.
fn ready<'a>(
    config: &'a Config,
    backend: usize,
    refused: &'a [usize],
) -> impl Iterator<Item = usize> + 'a {
    let endpoints = config.backend(backend).endpoints.clone();
    endpoints.filter(move |index| !config.endpoint(*index).is_draining && !refused.contains(index))
}

fn ready_at(config: &Config, backend: usize, position: usize) -> Option<usize> {
    ready(config, backend, &[]).nth(position)
}

/// Seconds as the table holds them: to the year 2106.
fn clamped(now_secs: u64) -> u32 {
    u32::try_from(now_secs).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "choose_tests.rs"]
mod tests;
