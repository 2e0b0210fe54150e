//! Turns manifests into what a data plane runs, and says what became of each of them.
//!
//! | module | what it does |
//! |---|---|
//! | [`inputs`] | objects from files, and from an API server's answers; the bad ones are refused one by one |
//! | [`translate`] | the pure function from accepted objects to a snapshot and statuses |
//! | [`status`] | statuses: conditions, the data plane's acknowledgement, rows for tables, merging |
//! | [`pods`] | the fleet's data planes, as a cluster lists them |
//! | [`ports`], [`labels`] | what is written in a cluster beside all that, and read again |
//!
//! It refuses to talk to an API server: that is `limpet-operator`, and `limpet run` does without.
//! Tested by golden pairs in `tests/golden`, which read as a specification, and by a property test:
//! the order of the inputs never changes a byte.
#![forbid(unsafe_code)]

pub mod inputs;
pub mod labels;
pub mod pods;
pub mod ports;
pub mod status;
pub mod translate;
