//! What was sent of a request's body, to be sent again: in a retry, or to a mirror.
//!
//! It is kept while it passes, so that nothing waits for it, and only up to a bound: of a longer
//! body nothing is kept, and nothing of one for which the core has no memory left.

use std::cell::RefCell;
use std::rc::Rc;

use crate::proto::fields::Fields;
use crate::proto::h1::encode;
use crate::proto::h1::framing::Framing;
use crate::runtime::budget::{Budget, Loan};

/// The longest body that is kept, in bytes.
pub const REPLAY_BYTES_MAX: usize = 64 * 1024;

/// A body, as far as it was sent.
#[derive(Debug)]
pub struct ReplayBody {
    data: Vec<u8>,
    trailers: Fields,
    extent: Extent,
    loan: Loan,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    /// Its end has not come.
    Partial,
    Whole,
    /// Nothing is kept.
    TooLong,
    /// Nothing is kept.
    NoMemory,
}

impl ReplayBody {
    /// Of a body that begins.
    pub fn new(framing: Framing, budget: &Rc<Budget>) -> Box<RefCell<Self>> {
        let is_long =
            matches!(framing, Framing::Length(length) if length > REPLAY_BYTES_MAX as u64);
        let extent = if is_long {
            Extent::TooLong
        } else {
            Extent::Partial
        };
        Box::new(RefCell::new(Self {
            data: Vec::new(),
            trailers: Fields::default(),
            extent,
            loan: budget.loan(),
        }))
    }

    /// Keeps a piece.
    pub fn add(&mut self, data: &[u8]) {
        if self.extent != Extent::Partial {
            return;
        }
        let len = self.data.len() + data.len();
        // What is borrowed is what it takes.
        let room = len.next_power_of_two();
        if len > REPLAY_BYTES_MAX {
            self.give_up(Extent::TooLong);
        } else if !self.loan.grow_to(room) {
            self.give_up(Extent::NoMemory);
        } else {
            self.data.reserve_exact(room - self.data.len());
            self.data.extend_from_slice(data);
        }
    }

    /// The body is over.
    pub fn end(&mut self, trailers: Fields) {
        if self.extent == Extent::Partial {
            self.extent = Extent::Whole;
            self.trailers = trailers;
        }
    }

    fn give_up(&mut self, extent: Extent) {
        self.extent = extent;
        self.data = Vec::new();
        self.loan.give_back();
    }

    /// Whether it was longer than what is kept.
    pub fn is_too_long(&self) -> bool {
        self.extent == Extent::TooLong
    }

    /// Whether all of it is here.
    pub fn is_whole(&self) -> bool {
        self.extent == Extent::Whole
    }

    /// Puts it behind its head: its length.
    pub fn encode(&self, out: &mut Vec<u8>, framing: Framing) -> u64 {
        encode::piece(out, framing, &self.data);
        encode::end(out, framing, &self.trailers);
        self.data.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::field_name::FieldName;
    use crate::telemetry::metrics::Registry;

    fn budget(bytes: usize) -> Rc<Budget> {
        Budget::new("replay-bodies", bytes, &Registry::new(1).core(0))
    }

    #[test]
    fn a_body_up_to_the_bound_is_kept_whole_and_no_longer_one() {
        let check = |framing, lengths: &[usize], expected: Option<usize>| {
            let replay = ReplayBody::new(framing, &budget(usize::MAX));
            let mut replay = replay.borrow_mut();
            for length in lengths {
                replay.add(&vec![b'a'; *length]);
            }
            assert!(!replay.is_whole());
            replay.end(Fields::default());
            let replay = replay.is_whole().then_some(replay.data.len());
            assert_eq!(replay, expected, "{framing:?} {lengths:?}");
        };
        check(Framing::Length(3), &[1, 2], Some(3));
        check(
            Framing::Chunked,
            &[REPLAY_BYTES_MAX - 1, 1],
            Some(REPLAY_BYTES_MAX),
        );
        check(Framing::Chunked, &[REPLAY_BYTES_MAX, 1], None);
        check(Framing::Chunked, &[REPLAY_BYTES_MAX, 1, 1], None);
        check(Framing::Length(REPLAY_BYTES_MAX as u64 + 1), &[1], None);
    }

    #[test]
    fn it_is_sent_again_in_the_framing_it_came_in() {
        let replay = ReplayBody::new(Framing::Chunked, &budget(usize::MAX));
        let mut replay = replay.borrow_mut();
        replay.add(b"ab");
        replay.add(b"c");
        let mut trailers = Fields::default();
        trailers.add(&FieldName::parse(b"x").expect("a token"), b"1");
        replay.end(trailers);
        let mut out = Vec::new();
        assert_eq!(replay.encode(&mut out, Framing::Chunked), 3);
        assert_eq!(out, b"3\r\nabc\r\n0\r\nx: 1\r\n\r\n");
    }

    #[test]
    fn a_body_for_which_no_memory_is_left_is_not_kept_and_takes_none() {
        let budget = budget(12);
        let (first, second) = (
            ReplayBody::new(Framing::Length(6), &budget),
            ReplayBody::new(Framing::Length(6), &budget),
        );
        for body in [&first, &second] {
            body.borrow_mut().add(b"abcdef");
            body.borrow_mut().end(Fields::default());
        }
        assert!(first.borrow().is_whole() && !second.borrow().is_whole());
        let third = ReplayBody::new(Framing::Length(4), &budget);
        third.borrow_mut().add(b"abcd");
        third.borrow_mut().end(Fields::default());
        assert!(third.borrow().is_whole(), "the second gave all of it back");
    }
}
