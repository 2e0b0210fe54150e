//! What `cargo run -p limpet-codegen -- gen` wrote; never edited by hand.

#[cfg(feature = "api")]
#[rustfmt::skip]
pub mod common;
#[cfg(feature = "api")]
#[rustfmt::skip]
pub mod ingress_extension;
#[cfg(feature = "api")]
#[rustfmt::skip]
pub mod route_policy;
#[rustfmt::skip]
pub mod rules;
#[cfg(feature = "api")]
#[rustfmt::skip]
pub mod session_affinity;
#[cfg(feature = "stream")]
#[rustfmt::skip]
#[allow(missing_docs, clippy::all)]
pub mod stream;
#[rustfmt::skip]
pub mod topics;
