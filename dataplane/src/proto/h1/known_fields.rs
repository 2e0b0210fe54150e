//! The fields that a gateway acts upon, found in one pass over a head: most of them are absent, and
//! looking each one up costs more than going by all that are there.

use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue};

use super::claims;

/// What a head says of itself.
#[derive(Debug, Default)]
pub struct KnownFields<'h> {
    /// Content-Length.
    pub length: Once<'h>,
    /// Transfer-Encoding.
    pub coding: Once<'h>,
    /// Host.
    pub host: Once<'h>,
    /// Whether there is a Connection field.
    pub has_connection: bool,
    /// Whether it says what only a gateway may say: X-Forwarded-For and its kin.
    pub has_claims: bool,
}

/// A field that may be given once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Once<'h> {
    /// It is not there.
    #[default]
    Absent,
    /// Its value.
    One(&'h HeaderValue),
    /// It is given more than once.
    Several,
}

impl<'h> KnownFields<'h> {
    /// Looks at every field.
    #[must_use]
    pub fn of(headers: &'h HeaderMap) -> Self {
        let mut known = Self::default();
        for (name, value) in headers {
            if *name == HOST {
                known.host.add(value);
            } else if *name == CONTENT_LENGTH {
                known.length.add(value);
            } else if *name == TRANSFER_ENCODING {
                known.coding.add(value);
            } else if *name == CONNECTION {
                known.has_connection = true;
            } else if claims::is_claim(name) {
                known.has_claims = true;
            }
        }
        known
    }
}

impl<'h> Once<'h> {
    fn add(&mut self, value: &'h HeaderValue) {
        *self = match self {
            Self::Absent => Self::One(value),
            Self::One(_) | Self::Several => Self::Several,
        };
    }
}
