//! Keeps a cluster's data planes and statuses as its objects want them.
//!
//! What the objects mean is said by [`limpet_translator`]; here it is seen, served and written:
//!
//! | module | what it does |
//! |---|---|
//! | [`run`] | all of it, together |
//! | [`cluster`] | objects from an API server, watched |
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
//! It refuses to serve traffic, and knows the data plane only by the snapshot. Tested over real streams
//! (`tests/publish.rs`, `tests/stream_auth.rs`), in each module, and on a real cluster by `conformance`.
#![forbid(unsafe_code)]

mod admin;
pub mod admission;
pub mod certs;
pub mod cluster;
pub mod controller;
pub mod events;
pub mod infra;
pub mod leader;
pub mod metrics;
pub mod publish;
pub mod rbac;
pub mod run;
pub mod serve;
pub mod writes;
