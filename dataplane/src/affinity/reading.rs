//! What a request's pins say, each taken for itself.

use super::pin::{PIN_CHARS, Pin, SessionId};
use super::place::{Offer, Place};
use crate::base::keyring::Keyring;
use crate::config::policy::Policy;
use crate::telemetry::pin_report::PinIn;

/// How far the clocks of two replicas may be apart.
const CLOCK_SKEW_SECS: u64 = 300;

/// What a request's pins are judged by.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// What the rule offers.
    pub offer: Offer<'a>,
    /// What the rule says about sessions.
    pub policy: &'a Policy,
    keys: &'a Keyring,
    /// Seconds since 1970.
    pub now_secs: u64,
}

/// What the pins read so far say.
#[derive(Debug, Default)]
pub struct Reading {
    /// What tells most about them.
    pub came: PinIn,
    /// The pin to follow.
    pub live: Option<(Pin, Place)>,
    /// The session whose endpoint is gone.
    pub gone: Option<SessionId>,
    /// Pins that belong to other scopes and rules, and stay in the cookie.
    pub others: Vec<[u8; PIN_CHARS]>,
}

impl<'a> Case<'a> {
    /// `None` where nothing can be pinned: there is no affinity, or no key.
    pub fn new(offer: Offer<'a>, now_secs: u64) -> Option<Self> {
        Some(Self {
            policy: offer.policy()?,
            keys: offer.config.keys()?,
            offer,
            now_secs,
        })
    }

    /// Whether a pin's time is over, or has not come.
    pub fn is_expired(&self, pin: &Pin) -> bool {
        let issued = u64::from(pin.issued_secs);
        let is_over = issued + u64::from(self.policy.cookie_duration_secs) <= self.now_secs;
        is_over || issued > self.now_secs + CLOCK_SKEW_SECS
    }

    /// Where a pin leads, when that is in this rule.
    pub fn place_of(&self, pin: &Pin) -> Option<Place> {
        self.endpoints_of(pin)
            .find_map(|endpoint| self.offer.place(endpoint))
    }

    /// A pin's endpoint under each of its addresses, in all rules of the scope.
    fn endpoints_of(&self, pin: &Pin) -> impl Iterator<Item = usize> + use<'a> {
        let scope = self.offer.config.scope(self.policy.scope);
        scope.endpoints(pin.endpoint_tag)
    }
}

impl Reading {
    /// Of a request that has a cookie of that name, or has none.
    pub fn begin(has_cookie: bool) -> Self {
        let came = if has_cookie {
            PinIn::Invalid
        } else {
            PinIn::None
        };
        Self {
            came,
            ..Self::default()
        }
    }

    /// Reads one more candidate, which costs cryptography.
    pub fn add(&mut self, case: &Case<'_>, text: &[u8; PIN_CHARS]) {
        match Pin::open(case.keys, &case.policy.aad, text) {
            // Another scope's, as far as anybody can tell.
            None => self.others.push(*text),
            Some(pin) if case.is_expired(&pin) => self.came = PinIn::Expired,
            Some(pin) => match (case.place_of(&pin), case.endpoints_of(&pin).next()) {
                (Some(place), _) => self.live = Some((pin, place)),
                (None, Some(_)) => {
                    self.came = PinIn::Elsewhere;
                    self.others.push(*text);
                }
                (None, None) => drop(self.gone.get_or_insert(pin.session)),
            },
        }
    }
}
