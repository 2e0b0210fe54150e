//! What only a gateway may say of where a request comes from.

use http::header::FORWARDED;
use http::{HeaderMap, HeaderName};

pub const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
pub const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
pub const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
pub const X_FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const X_FORWARDED_PREFIX: HeaderName = HeaderName::from_static("x-forwarded-prefix");
const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

/// What only a gateway may say.
pub const CLAIMS: [HeaderName; 7] = [
    X_FORWARDED_FOR,
    X_FORWARDED_HOST,
    X_FORWARDED_PROTO,
    X_FORWARDED_PORT,
    X_FORWARDED_PREFIX,
    X_REAL_IP,
    FORWARDED,
];

/// Whether a name is one of [`CLAIMS`].
pub fn is_claim(name: &HeaderName) -> bool {
    let text = name.as_str();
    // One look is enough for almost every field.
    (text.starts_with("x-") || text.starts_with('f')) && CLAIMS.contains(name)
}

/// Takes away what only a gateway may say; edits may set it again.
pub fn drop_claims(headers: &mut HeaderMap) {
    CLAIMS.iter().for_each(|name| drop(headers.remove(name)));
}
