//! What must hold for whatever bytes a peer or a file brings.
//!
//! One function a property, which panics where it is broken. Fuzzers call them with what they make
//! up (`fuzz/`), ordinary tests with what is committed there and with mutations of it
//! (`tests/replay.rs`).
//!
//! It owns no rule of HTTP: what is right is said by the data plane, by an independent decoder
//! ([`chunked`]), and by other people's parsers ([`differential`], [`cookie`]).
#![forbid(unsafe_code)]

mod chunked;
mod connection;
mod cookie;
mod cuts;
mod differential;
mod manifests;
mod peers;
mod pin;
mod proxy_protocol;
mod request_head;
mod response_head;
mod snapshot;

pub use chunked::chunked;
pub use connection::connection;
pub use cookie::cookie;
pub use differential::{RULES, Rule, differential};
pub use manifests::manifests;
pub use pin::{pin, sealed};
pub use proxy_protocol::proxy_protocol;
pub use request_head::request_head;
pub use response_head::response_head;
pub use snapshot::snapshot;

use limpet_dataplane::testing::ProtocolError;

/// Whether a head passes a bound only by what a gateway adds to it: fields that say who asked, and
/// how the body ends. Endpoints and clients have bounds of their own.
fn is_grown_past_a_bound(refusal: ProtocolError) -> bool {
    matches!(
        refusal,
        ProtocolError::TooManyFields | ProtocolError::HeadTooLarge
    )
}

/// A property of some bytes.
pub type Property = fn(&[u8]);

/// Every property with its name, which is also that of its fuzz target and of the folders with its
/// seeds and regressions.
pub const PROPERTIES: [(&str, Property); 9] = [
    ("chunked", chunked),
    ("connection", connection),
    ("cookie", cookie),
    ("manifests", manifests),
    ("pin", pin),
    ("proxy_protocol", proxy_protocol),
    ("request_head", request_head),
    ("response_head", response_head),
    ("snapshot", snapshot),
];
