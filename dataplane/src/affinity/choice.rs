//! The endpoint of one request, and what becomes of its pin.

use std::cell::Cell;

use super::balance;
use super::pin::{PIN_CHARS, SessionId};
use super::place::Place;
use crate::config::{Forward, WeightedBackend};
use crate::telemetry::pin_report::{PinIn, PinOut, PinReport, PinWhy};

/// Where a request goes, and what becomes of its pin.
#[derive(Clone, Debug)]
pub struct Choice {
    place: Place,
    /// Absent where nothing is pinned.
    pub(super) session: Option<SessionId>,
    /// A pin is to be made, when the endpoint answers.
    pub(super) mint: Option<PinOut>,
    /// The pins that go back to the client beside a new one.
    pub(super) others: Vec<[u8; PIN_CHARS]>,
    pub(super) report: Cell<PinReport>,
    /// Indexes of endpoints that refused.
    pub(super) refused: Vec<usize>,
}

impl Choice {
    /// Nothing is read and nothing is pinned.
    pub(super) fn unpinned(place: Place, why: PinWhy) -> Self {
        let report = PinReport {
            why,
            ..PinReport::default()
        };
        Self {
            place,
            session: None,
            mint: None,
            others: Vec::new(),
            report: Cell::new(report),
            refused: Vec::new(),
        }
    }

    /// The request's pin is followed.
    pub(super) fn kept(session: SessionId, place: Place) -> Self {
        let report = PinReport {
            came: if place.takes_new_sessions {
                PinIn::Valid
            } else {
                PinIn::Draining
            },
            out: PinOut::Kept,
            why: PinWhy::Valid,
            session: Some(balance::point(&session)),
        };
        Self {
            session: Some(session),
            report: Cell::new(report),
            ..Self::unpinned(place, PinWhy::Valid)
        }
    }

    /// A pin is to be made; not to an endpoint that takes no new sessions.
    pub(super) fn minted(
        session: SessionId,
        place: Place,
        others: Vec<[u8; PIN_CHARS]>,
        out: PinOut,
        came: PinIn,
        why: PinWhy,
    ) -> Self {
        let mut choice = Self::unpinned(place, why);
        let report = choice.report.get_mut();
        (report.came, report.session) = (came, Some(balance::point(&session)));
        (choice.session, choice.others) = (Some(session), others);
        choice.mint_at(place, out);
        choice
    }

    /// The session goes on at another endpoint, as its own refused.
    pub(super) fn move_on(&mut self, place: Place) {
        let report = self.report.get_mut();
        let is_kept = report.out == PinOut::Kept;
        if is_kept {
            (report.out, report.why) = (PinOut::None, PinWhy::Refused);
        }
        match self.mint.or(is_kept.then_some(PinOut::Moved)) {
            // A new session is still a new one.
            Some(out) => self.mint_at(place, out),
            None => self.place = place,
        }
    }

    fn mint_at(&mut self, place: Place, out: PinOut) {
        self.place = place;
        self.mint = place.takes_new_sessions.then_some(out);
        if self.mint.is_none() {
            self.report.get_mut().why = PinWhy::LastResort;
        }
    }

    /// Whether the request's pin is followed.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.report.get().out == PinOut::Kept
    }

    /// Whether the other's endpoint was asked before this one's.
    #[must_use]
    pub fn comes_after(&self, other: &Self) -> bool {
        self.refused.contains(&other.place.endpoint)
    }

    /// Index of the endpoint in the config.
    #[must_use]
    pub fn endpoint(&self) -> usize {
        self.place.endpoint
    }

    /// The chosen backend, as the rule has it.
    #[must_use]
    pub fn backend<'a>(&self, forward: &'a Forward) -> &'a WeightedBackend {
        &forward.backends[self.place.backend]
    }

    /// Index of the chosen backend among the rule's.
    pub fn backend_index(&self) -> usize {
        self.place.backend
    }

    /// The request goes to this endpoint of the same backend instead.
    pub(super) fn ask_instead(&mut self, endpoint: usize) {
        self.place.endpoint = endpoint;
    }

    /// What became of the pin, so far.
    #[must_use]
    pub fn report(&self) -> PinReport {
        self.report.get()
    }
}
