//! Limpet's contracts, in one small crate that every other part depends on.
//!
//! | module | what it holds | written by |
//! |---|---|---|
//! | [`snapshot`] | the configuration a data plane runs | hand |
//! | [`secrets`] | certificates and affinity keys, which travel apart from it | hand |
//! | `stream` | what operator and data planes say to each other | hand |
//! | [`gateway_api`] | the Gateway API's kinds | kopium, from the upstream CRDs |
//! | [`problem`] | what is wrong with a manifest, as `check`, webhook and status say it | hand |
//! | [`api`] | our own kinds: RoutePolicy, IngressExtension | generator, from `schema/*.schema.json` |
//! | [`near`] | what somebody meant who made a typing error | hand |
//! | [`rules`] | every rule of these kinds as a table, and its interpreter | generator; hand |
//! | [`duration`] | lengths of time as manifests write them | hand |
//! | [`explain()`] | what a field or message id means | hand, over generated texts |
//! | [`messages`] | every message id with its meaning and remedy | generator, from `schema/messages.json` |
//!
//! It refuses to do I/O, and knows neither the Kubernetes client nor the data plane's runtime.
#![forbid(unsafe_code)]

#[cfg(feature = "api")]
pub mod api;
pub mod duration;
mod explain;
#[cfg(feature = "api")]
pub mod gateway_api;
mod generated;
#[rustfmt::skip]
pub mod messages;
pub mod near;
pub mod problem;
pub mod rules;
pub mod secrets;
pub mod snapshot;
#[cfg(feature = "stream")]
pub mod stream;

pub use explain::{explain, topics as explain_topics};
