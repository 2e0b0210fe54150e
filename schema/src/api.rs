//! Our own kinds, of `alb.networking.azure.io/v1`.
//!
//! They tolerate unknown fields and refuse nothing that serde does not: judge an object with
//! [`crate::rules::check`] before reading it into these types.

pub use crate::generated::common::*;
pub use crate::generated::ingress_extension::*;
pub use crate::generated::route_policy::*;
pub use crate::generated::session_affinity::*;
