//! Our own kinds, of `alb.networking.azure.io/v1`.
//!
//! They tolerate unknown fields and refuse nothing that serde does not: judge an object with
//! [`crate::rules::check`] before reading it into these types.

use serde::{Deserialize, Deserializer};

pub use crate::generated::common::*;
pub use crate::generated::ingress_extension::*;
pub use crate::generated::route_policy::*;
pub use crate::generated::session_affinity::*;

/// Reads a list that is null as the API server does: as if it were absent.
pub(crate) fn null_as_empty<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(from).map(Option::unwrap_or_default)
}
