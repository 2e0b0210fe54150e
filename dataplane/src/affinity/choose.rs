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

use std::collections::HashMap;
use std::hash::Hasher;
use std::sync::Arc;

use aws_lc_rs::rand;
use siphasher::sip::SipHasher13;

use super::balance::Points;
use super::choice::Choice;
use super::cookie;
use super::in_flight::InFlight;
use super::pin::{Pin, SessionId};
use super::place::{NoChoice, Offer, Place};
use super::reading::{Case, Reading};
use super::table::{Entry, Table};
use crate::base::settings::Settings;
use crate::config::policy::Policy;
use crate::config::{Action, Config, Forward, Rule};
use crate::proto::fields::Fields;
use crate::proto::head::RequestHead;
use crate::telemetry::pin_report::{PinIn, PinOut, PinWhy};

/// How long a core keeps silent about applications that set the cookie themselves.
const COLLISION_SILENCE_SECS: u64 = 60;

/// One core's share of session affinity.
#[derive(Debug)]
pub struct Affinity {
    table: Table,
    table_key: [u8; 16],
    in_flight: InFlight,
    points: Points,
    /// Whose turn it is, by backend.
    turns: Vec<usize>,
    opens: u64,
    hits: u64,
    /// When a collision was last told of; seconds since 1970.
    collision_told_secs: u64,
}

/// A session that a core remembers.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The route it was seen on.
    pub route: Arc<str>,
    /// [`crate::config::Endpoint::key`] of its endpoint.
    pub endpoint_key: u64,
    /// Its id.
    pub session: SessionId,
    /// Seconds since 1970.
    pub last_seen_secs: u32,
}

impl Affinity {
    /// For one core.
    #[must_use]
    pub fn new(_core: usize, settings: &Settings) -> Self {
        Self {
            table: Table::new(settings.sessions_max),
            table_key: random(),
            in_flight: InFlight::new(settings.requests_per_session_max),
            points: Points::new(u64::from_ne_bytes(random())),
            turns: Vec::new(),
            opens: 0,
            hits: 0,
            collision_told_secs: 0,
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
        let mut offer = Offer::new(config, forward);
        if forward.is_pinned_inside {
            offer = offer.within(self.points.draw())?;
        }
        let Some(case) = Case::new(offer, now_secs) else {
            return self.unpinned(&offer);
        };
        let choice = match self.table_key(&case, &head.fields) {
            Some(key) => match self.remembered(&case, key) {
                Some(choice) => choice,
                None => self.verified(&case, key, &head.fields)?,
            },
            None => self.new_session(&case, Reading::default())?,
        };
        let may_enter = |session| self.in_flight.enter(session);
        if choice.session.as_ref().is_none_or(may_enter) {
            Ok(choice)
        } else {
            Err(NoChoice::TooManyRequests)
        }
    }

    /// What is chosen in that choice's place, whose endpoint did not accept a connection and has seen
    /// nothing of the request; `None`: there is no other. One of the two is finished.
    pub fn other(
        &mut self,
        config: &Config,
        forward: &Forward,
        head: &RequestHead,
        choice: &Choice,
        now_secs: u64,
    ) -> Option<Choice> {
        let mut choice = choice.clone();
        choice.refused.push(choice.endpoint());
        let whole = Offer {
            only: forward.is_pinned_inside.then_some(choice.backend_index()),
            ..Offer::new(config, forward)
        };
        let offer = Offer {
            refused: &choice.refused,
            ..whole
        };
        let session = choice.session.unwrap_or_else(random);
        let place = offer.another(&session).ok()?;
        if let Some(case) = Case::new(whole, now_secs).filter(|_| choice.is_kept()) {
            choice.others = self.read_all(&case, &head.fields).others;
        }
        choice.move_on(place);
        Some(choice)
    }

    /// The endpoint's answer is not wanted: another of its backend is asked, in turn. A session
    /// stays where it is.
    pub fn again(&mut self, config: &Config, forward: &Forward, choice: &mut Choice) {
        if choice.session.is_some() {
            return;
        }
        let asked = choice.endpoint();
        let offer = Offer {
            refused: &choice.refused,
            ..Offer::new(config, forward)
        };
        let turn = turn(&mut self.turns, config.endpoint(asked).backend);
        if let Some(other) = offer.beside(asked, turn) {
            choice.ask_instead(other);
        }
    }

    /// The request is over.
    pub fn finish(&mut self, choice: &Choice) {
        if let Some(session) = &choice.session {
            self.in_flight.leave(session);
        }
    }

    /// Warns that an application sets the cookie itself; once in a while, as it may do so in every
    /// response. Whether it said so.
    pub fn tell_of_collision(&mut self, config: &Config, policy: &Policy, now_secs: u64) -> bool {
        let is_due = now_secs.saturating_sub(self.collision_told_secs) >= COLLISION_SILENCE_SECS;
        if is_due {
            self.collision_told_secs = now_secs;
            tracing::warn!(
                route = config.scope(policy.scope).name,
                cookie = policy.cookie_name,
                "upstream: the application sets the affinity cookie itself, so its clients are not \
                 pinned; give one of the two cookies another name [affinity-cookie-taken]"
            );
        }
        is_due
    }

    /// The sessions that the table remembers, of the rules there are.
    #[must_use]
    pub fn sessions(&self, config: &Config) -> Vec<Seen> {
        let routes: HashMap<u64, Arc<str>> = config.rules().iter().flat_map(routes_of).collect();
        let seen = |entry: &Entry| {
            Some(Seen {
                route: Arc::clone(routes.get(&entry.policy_key)?),
                endpoint_key: entry.endpoint_key,
                session: entry.pin.session,
                last_seen_secs: entry.last_seen_secs,
            })
        };
        self.table.iter().filter_map(seen).collect()
    }

    /// Pins that were opened with cryptography, since the start.
    #[must_use]
    pub fn opens(&self) -> u64 {
        self.opens
    }

    /// Pins that the table knew instead, since the start.
    #[must_use]
    pub fn hits(&self) -> u64 {
        self.hits
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

    /// All that decides about a request's pins, hashed: the cookie's values in their order, scope,
    /// name and backends. `None` without a cookie.
    fn table_key(&self, case: &Case<'_>, fields: &Fields) -> Option<u64> {
        let policy = case.policy;
        let mut hasher = SipHasher13::new_with_key(&self.table_key);
        hasher.write_u64(policy.key);
        let mut any = false;
        cookie::values(fields, &policy.cookie_name).for_each(|value| {
            hasher.write(value);
            hasher.write_u8(0xff);
            any = true;
        });
        any.then(|| hasher.finish().max(1))
    }

    /// A pin that this core has verified before, and that still holds.
    fn remembered(&mut self, case: &Case<'_>, key: u64) -> Option<Choice> {
        let entry = self.table.get_mut(key)?;
        let place = case.place_of(&entry.pin)?;
        if case.is_expired(&entry.pin) {
            return None;
        }
        entry.last_seen_secs = clamped(case.now_secs);
        self.hits += 1;
        Some(Choice::kept(entry.pin.session, place))
    }

    /// The choice by a cookie that this core does not know.
    fn verified(&mut self, case: &Case<'_>, key: u64, fields: &Fields) -> Result<Choice, NoChoice> {
        let reading = self.read(case, fields);
        if let Some((pin, place)) = reading.live {
            self.remember(case, key, pin, place);
            return Ok(Choice::kept(pin.session, place));
        }
        let Some(session) = reading.gone else {
            return self.new_session(case, reading);
        };
        let place = case.offer.another(&session)?;
        let (out, came, why) = (PinOut::Moved, PinIn::Gone, PinWhy::Gone);
        Ok(Choice::minted(
            session,
            place,
            reading.others,
            out,
            came,
            why,
        ))
    }

    fn remember(&mut self, case: &Case<'_>, key: u64, pin: Pin, place: Place) {
        self.table.insert(Entry {
            key,
            pin,
            endpoint_key: case.offer.config.endpoint(place.endpoint).key,
            policy_key: case.policy.key,
            last_seen_secs: clamped(case.now_secs),
        });
    }

    /// Reads up to the pin to follow.
    fn read(&mut self, case: &Case<'_>, fields: &Fields) -> Reading {
        let mut reading = Reading::begin(true);
        let mut candidates = cookie::candidates(fields, &case.policy.cookie_name);
        while let (None, Some(text)) = (reading.live, candidates.next()) {
            self.opens += 1;
            reading.add(case, text);
        }
        reading
    }

    /// Reads also what stands behind the pin to follow.
    fn read_all(&mut self, case: &Case<'_>, fields: &Fields) -> Reading {
        let mut reading = Reading::begin(true);
        for text in cookie::candidates(fields, &case.policy.cookie_name) {
            self.opens += 1;
            reading.add(case, text);
        }
        reading
    }

    fn new_session(&mut self, case: &Case<'_>, reading: Reading) -> Result<Choice, NoChoice> {
        let session = random();
        let place = case.offer.first(&session, self.points.draw())?;
        let why = match reading.came {
            PinIn::Expired => PinWhy::Expired,
            PinIn::Invalid => PinWhy::Invalid,
            PinIn::Elsewhere => PinWhy::Elsewhere,
            _ => PinWhy::New,
        };
        let (others, came) = (reading.others, reading.came);
        Ok(Choice::minted(
            session,
            place,
            others,
            PinOut::Issued,
            came,
            why,
        ))
    }

    fn unpinned(&mut self, offer: &Offer<'_>) -> Result<Choice, NoChoice> {
        let turns = &mut self.turns;
        let place = offer.in_turn(self.points.draw(), |backend| turn(turns, backend))?;
        let why = match offer.policy() {
            Some(_) => PinWhy::NoKey,
            None => PinWhy::None,
        };
        Ok(Choice::unpinned(place, why))
    }
}

fn turn(turns: &mut Vec<usize>, backend: usize) -> usize {
    if turns.len() <= backend {
        turns.resize(backend + 1, 0);
    }
    turns[backend] = turns[backend].wrapping_add(1);
    turns[backend]
}

/// The rule's route, by the keys of its policies.
fn routes_of(rule: &Rule) -> impl Iterator<Item = (u64, Arc<str>)> {
    let forward = match &rule.action {
        Action::Forward(forward) => Some(forward),
        Action::Redirect(_) => None,
    };
    let policies = forward.into_iter().flat_map(Forward::policies);
    policies.map(|policy| (policy.key, rule.route.as_str().into()))
}

fn random<const LEN: usize>() -> [u8; LEN] {
    let mut bytes = [0; LEN];
    rand::fill(&mut bytes).expect("the system's random numbers never fail after start");
    bytes
}

/// Seconds as the table holds them: to the year 2106.
fn clamped(now_secs: u64) -> u32 {
    u32::try_from(now_secs).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "choose_tests.rs"]
mod tests;
