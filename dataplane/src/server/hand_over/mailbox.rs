//! Orders in a channel, and a bell that wakes who reads them: none is ever left lying.
//!
//! Whoever gives puts the order in first and rings second; whoever takes silences the bell first
//! and looks second. So the order of every ring that was silenced is seen.
//!
//! Tested by a model of every interleaving (`tests/hand_over.rs`), which brings channel and bell.

use std::sync::mpsc::TryRecvError;

use super::channel::{Receiver, Sender};

/// Rings until it is silenced.
pub trait Bell {
    /// Makes the bell ring; it may ring already.
    fn ring(&self);
    /// Takes back every ring there was.
    fn silence(&self);
}

/// The giving end.
pub struct Line<T, B> {
    orders: Sender<T>,
    bell: B,
}

/// The taking end. It keeps what is given while nobody takes.
pub struct Inbox<T, B> {
    orders: Receiver<T>,
    /// Rings when there is an order.
    pub bell: B,
}

impl<T, B: Bell> Line<T, B> {
    /// To the [`Inbox`] that holds the other ends.
    pub fn new(orders: Sender<T>, bell: B) -> Self {
        Self { orders, bell }
    }

    /// Gives an order. Orders to an end that is gone are lost.
    pub fn give(&self, order: T) {
        if self.orders.send(order).is_ok() {
            self.bell.ring();
        }
    }
}

impl<T, B: Bell> Inbox<T, B> {
    /// From the [`Line`] that holds the other ends.
    pub fn new(orders: Receiver<T>, bell: B) -> Self {
        Self { orders, bell }
    }

    /// An order that is there already.
    pub fn try_next(&self) -> Option<T> {
        self.orders.try_recv().ok()
    }

    /// The next order; `None` once no more can come. `rung` ends when the bell rings. Dropping this
    /// loses nothing.
    pub async fn next(&self, rung: impl AsyncFn()) -> Option<T> {
        loop {
            match self.orders.try_recv() {
                Ok(order) => return Some(order),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => {}
            }
            rung().await;
            self.bell.silence();
        }
    }
}
