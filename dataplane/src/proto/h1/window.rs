//! How much is read of a body or a tunnel at once.
//!
//! A wide window is worth its memory while reads fill it. Whoever brings little has a small one, and
//! gives back what a wide one had on loan: a stream may last for days.

use std::rc::Rc;

use bytes::BytesMut;

use crate::runtime::budget::{Budget, Loan};
use crate::runtime::buffers::{BUFFER_BYTES, WINDOW_BYTES_MAX};

/// The window of one direction.
#[derive(Debug)]
pub struct Window {
    loan: Loan,
    /// What the last read brought; `None`: nothing was read yet.
    last_bytes: Option<usize>,
}

impl Window {
    /// A small one, that may grow from this.
    pub fn of(budget: &Rc<Budget>) -> Self {
        Self {
            loan: budget.loan(),
            last_bytes: None,
        }
    }

    /// Makes room for the next read: for as much as is known to come, or as is worth it where that is not
    /// known. Beyond [`BUFFER_BYTES`] it is on loan.
    pub fn make_room(&mut self, buffer: &mut BytesMut, coming: usize) {
        let worth = match self.last_bytes {
            Some(len) if len < BUFFER_BYTES => BUFFER_BYTES,
            _ => WINDOW_BYTES_MAX,
        };
        let wide = coming.clamp(BUFFER_BYTES, worth);
        if wide == BUFFER_BYTES {
            self.narrow(buffer);
        }
        let is_lent = self.loan.grow_to(wide - BUFFER_BYTES);
        buffer.reserve(if is_lent { wide } else { BUFFER_BYTES });
    }

    /// A read has brought so many bytes.
    pub fn has_read(&mut self, len: usize) {
        self.last_bytes = Some(len);
    }

    /// Gives back what was on loan, and its room; what the buffer holds stays.
    pub fn narrow(&mut self, buffer: &mut BytesMut) {
        if !self.loan.is_empty() {
            *buffer = BytesMut::from(&buffer[..]);
            self.loan.give_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::metrics::Registry;

    fn budget(bytes: usize) -> Rc<Budget> {
        Budget::new("windows", bytes, &Registry::new(1).core(0))
    }

    /// The room for the next read.
    fn room(window: &mut Window, buffer: &mut BytesMut, coming: usize) -> usize {
        window.make_room(buffer, coming);
        buffer.capacity() - buffer.len()
    }

    #[test]
    fn it_is_wide_while_reads_fill_a_small_one() {
        let (mut window, mut buffer) = (Window::of(&budget(usize::MAX)), BytesMut::new());
        assert!(room(&mut window, &mut buffer, 20_000) >= 20_000);
        window.has_read(20_000);
        assert!(room(&mut window, &mut buffer, usize::MAX) >= WINDOW_BYTES_MAX);
        window.has_read(BUFFER_BYTES - 1);
        buffer.extend_from_slice(b"left");
        assert!(room(&mut window, &mut buffer, usize::MAX) < 2 * BUFFER_BYTES);
        assert_eq!(&buffer[..], b"left");
    }

    #[test]
    fn what_it_had_on_loan_others_have_when_it_is_small_again() {
        let budget = budget(WINDOW_BYTES_MAX);
        let [mut one, mut two] = [&budget, &budget].map(Window::of);
        let (mut first, mut second) = (BytesMut::new(), BytesMut::new());
        room(&mut one, &mut first, usize::MAX);
        assert!(room(&mut two, &mut second, usize::MAX) < 2 * BUFFER_BYTES);
        one.narrow(&mut first);
        assert!(first.capacity() < BUFFER_BYTES);
        assert!(room(&mut Window::of(&budget), &mut first, usize::MAX) >= WINDOW_BYTES_MAX);
    }
}
