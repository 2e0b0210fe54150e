//! Session affinity: which endpoint a request goes to, and what the answer's cookie says.
//!
//! A pin is sealed ([`pin`]): it cannot be made, changed or read outside, so any core of any
//! replica with the key can follow it, and none needs to remember it. The per-core [`table`] only
//! saves the cryptography. [`choose`] holds the contract: [`reading`] says what a request's pins
//! mean, [`place`] where a session goes that has none, by the arithmetic of [`balance`];
//! [`response`] writes the cookie.
//!
//! It refuses to read the network, and to tell a client's pod by anything but a verified pin.
//!
//! Tested in each module, and over real sockets by `dataplane/tests/affinity.rs`, every rule of
//! the contract.

mod balance;
mod choice;
mod choose;
pub(crate) mod cookie;
mod in_flight;
mod key_file;
pub(crate) mod pin;
mod place;
mod reading;
mod response;
mod table;

pub use balance::Points;
pub use choice::Choice;
pub use choose::{Affinity, Seen};
pub use key_file::{KeyFile, KeyFileError};
pub use pin::SessionId;
pub use place::NoChoice;
