//! Turns manifests into what a data plane runs, and says what became of each of them.
//!
//! | module | what it does |
//! |---|---|
//! | [`inputs`] | reads manifests from files, refuses the bad ones one by one |
//! | [`translate`] | the pure function from accepted objects to a snapshot and statuses |
//! | [`status`] | statuses: conditions, the data plane's acknowledgement, rows for tables |
//!
//! It refuses to serve traffic, and knows the data plane only by the snapshot. Tested by golden
//! pairs in `tests/golden`, which read as a specification, and by a property test: the order of
//! the inputs never changes a byte.
#![forbid(unsafe_code)]

mod admin;
pub mod admission;
pub mod certs;
pub mod controller;
pub mod infra;
pub mod inputs;
pub mod leader;
pub mod metrics;
pub mod publish;
pub mod rbac;
pub mod run;
pub mod serve;
pub mod status;
pub mod translate;
pub mod writes;
