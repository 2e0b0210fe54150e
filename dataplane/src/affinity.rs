//! Session affinity: which endpoint a request goes to, and what the answer's cookie says.
//!
//! A pin is sealed ([`pin`]): it cannot be made, changed or read outside, so any core of any
//! replica with the key can follow it, and none needs to remember it. The per-core [`table`] only
//! saves the cryptography. [`choose`] holds the contract; [`balance`] spreads what is not pinned;
//! [`response`] writes the cookie.
//!
//! It refuses to read the network, and to tell a client's pod by anything but a verified pin.
//!
//! Tested in each module, and over real sockets by `dataplane/tests/affinity_*.rs`, one test a rule
//! of the contract.

mod balance;
mod choose;
mod cookie;
mod key;
mod key_file;
mod pin;
mod policy;
mod report;
mod response;
mod table;

pub use balance::rank;
pub use choose::{Affinity, Choice, NoChoice};
pub use key::{Key, Keyring};
pub use key_file::{KeyFile, KeyFileError};
pub use policy::Policy;
pub use report::{PinIn, PinOut, PinReport, PinWhy};
