//! Limpet's contracts, in one small crate that every other part depends on.
//!
//! | module | what it holds | written by |
//! |---|---|---|
//! | [`snapshot`] | the configuration a data plane runs | hand |
//! | [`gateway_api`] | the Gateway API's kinds | kopium, from the upstream CRDs |
//! | [`problem`] | what is wrong with a manifest, as `check`, webhook and status say it | hand |
//! | [`messages`] | every message id with its meaning and remedy | generator, from `schema/messages.json` |
//!
//! It refuses to do I/O, and knows neither the Kubernetes client nor the data plane's runtime.
#![forbid(unsafe_code)]

#[cfg(feature = "api")]
pub mod gateway_api;
pub mod messages;
pub mod problem;
pub mod snapshot;
