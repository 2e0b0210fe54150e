//! The channel that orders come in; the model of `tests/hand_over.rs` brings another.

pub use std::sync::mpsc::{Receiver, Sender};
