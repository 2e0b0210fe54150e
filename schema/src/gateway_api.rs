//! The Gateway API's own kinds, v1.6.3 and XBackend of v1.7.0, experimental channel.
//!
//! Made by kopium, with the fields of v1.7 that `schema/gateway-api-1.7.patch` adds;
//! `schema/gateway-api.sh` regenerates them. They follow the CRDs field by field
//! and refuse nothing that serde does not.
#![allow(missing_docs, rust_2018_idioms, clippy::all)]

pub mod gatewayclasses;
pub mod gateways;
pub mod httproutes;
pub mod listenersets;
pub mod referencegrants;
pub mod xbackends;
