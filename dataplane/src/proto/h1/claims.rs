//! What only a gateway may say of where a request comes from.

use crate::proto::field_name::{Known, KnownSet};

/// What only a gateway may say.
pub const CLAIMS: KnownSet = KnownSet::of(&[
    Known::XForwardedFor,
    Known::XForwardedHost,
    Known::XForwardedProto,
    Known::XForwardedPort,
    Known::XForwardedPrefix,
    Known::XRealIp,
    Known::Forwarded,
]);
