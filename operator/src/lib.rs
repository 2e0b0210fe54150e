//! Turns manifests into what a data plane runs, and says what became of each of them.
//!
//! | module | what it does |
//! |---|---|
//! | [`inputs`] | objects from files and from an API server; the bad ones are refused one by one |
//! | [`translate`] | the pure function from accepted objects to a snapshot and statuses |
//! | [`status`] | statuses: conditions, the data plane's acknowledgement, rows for tables, merging |
//!
//! In a cluster ([`run`]):
//!
//! | module | what it does |
//! |---|---|
//! | [`controller`] | the loop: what is seen becomes what is published and written |
//! | [`publish`] | the stream to the data planes, and what they answered |
//! | [`infra`] | the Service and EndpointSlices of each Gateway |
//! | [`writes`] | brings what differs to the API server, once |
//! | [`events`] | warnings, as Events |
//! | [`leader`] | which replica writes |
//! | [`certs`] | certificates and affinity keys, made and renewed |
//! | [`admission`] | the webhook |
//! | [`serve`] | TLS servers' front door |
//! | [`rbac`] | the rights that all of it needs |
//! | [`metrics`] | what is counted |
//!
//! It refuses to serve traffic, and knows the data plane only by the snapshot. Tested by golden
//! pairs in `tests/golden`, which read as a specification, by a property test: the order of the
//! inputs never changes a byte, and on a real cluster by `conformance`.
#![forbid(unsafe_code)]

mod admin;
pub mod admission;
pub mod certs;
pub mod controller;
pub mod events;
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
