//! Fields that concern one connection only, and never travel further (RFC 9110 7.6.1).
//!
//! What a sender lists is taken from its message before anything of ours is added: a client could
//! otherwise take away by name what an operator's filter sets.

use http::Version;

use crate::proto::field_name::{FieldName, Known, KnownSet};
use crate::proto::fields::Fields;
use crate::proto::text::elements;

/// What no message may carry further. Lengths neither: whoever sends on frames anew.
pub const HOP_BY_HOP: KnownSet = KnownSet::of(&[
    Known::Connection,
    Known::ContentLength,
    Known::TransferEncoding,
    Known::KeepAlive,
    Known::ProxyConnection,
    Known::Upgrade,
    Known::Te,
    Known::ProxyAuthenticate,
    Known::ProxyAuthorization,
]);

/// What a message's Connection fields say.
#[derive(Debug, Default)]
pub struct ConnectionOptions {
    has_close: bool,
    has_keep_alive: bool,
    /// Whether Upgrade is listed.
    pub has_upgrade: bool,
    /// Other fields that are listed, and so must not travel.
    listed: Vec<FieldName>,
}

impl ConnectionOptions {
    /// Reads all Connection fields.
    #[must_use]
    pub fn of(fields: &Fields) -> Self {
        let mut connection = Self::default();
        let options = fields.all(Known::Connection).flat_map(elements);
        options.for_each(|option| connection.add(option));
        connection
    }

    /// Whether the sender keeps the connection open after this message (RFC 9112 9.3).
    #[must_use]
    pub fn is_persistent(&self, version: Version) -> bool {
        !self.has_close && (version == Version::HTTP_11 || self.has_keep_alive)
    }

    /// Takes the listed fields away, but for Host, which every request needs.
    pub fn strip(&self, fields: &mut Fields) {
        let listed = self.listed.iter();
        listed
            .filter(|name| name.known() != Some(Known::Host))
            .for_each(|name| fields.remove(name));
    }

    /// Whether a field of the message stays behind.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn keeps_back(&self, name: &FieldName) -> bool {
        let is_hop_by_hop = name.known().is_some_and(|known| HOP_BY_HOP.contains(known));
        is_hop_by_hop || self.listed.contains(name)
    }

    fn add(&mut self, option: &[u8]) {
        if option.eq_ignore_ascii_case(b"close") {
            self.has_close = true;
        } else if option.eq_ignore_ascii_case(b"keep-alive") {
            self.has_keep_alive = true;
        } else if option.eq_ignore_ascii_case(b"upgrade") {
            self.has_upgrade = true;
        } else if let Some(name) = FieldName::parse(option) {
            self.listed.push(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(values: &[&str]) -> ConnectionOptions {
        let mut fields = Fields::default();
        for value in values {
            fields.add(Known::Connection, value.as_bytes());
        }
        ConnectionOptions::of(&fields)
    }

    #[test]
    fn persistence_follows_version_and_options() {
        let check = |values: &[&str], in_1_1, in_1_0| {
            let connection = connection(values);
            assert_eq!(
                connection.is_persistent(Version::HTTP_11),
                in_1_1,
                "{values:?}"
            );
            assert_eq!(
                connection.is_persistent(Version::HTTP_10),
                in_1_0,
                "{values:?}"
            );
        };
        check(&[], true, false);
        check(&["close"], false, false);
        check(&["Keep-Alive"], true, true);
        check(&["x, CLOSE ,keep-alive"], false, false);
        check(&["keep-alive", "close"], false, false);
    }

    #[test]
    fn listed_fields_stay_behind() {
        let connection = connection(&["x-secret, ,\u{9}x-other", "upgrade"]);
        for name in [
            "x-secret",
            "x-other",
            "connection",
            "te",
            "content-length",
            "upgrade",
        ] {
            assert!(
                connection.keeps_back(&FieldName::parse(name.as_bytes()).expect("a name")),
                "{name}"
            );
        }
        for name in ["host", "trailer", "x-public", "set-cookie"] {
            assert!(
                !connection.keeps_back(&FieldName::parse(name.as_bytes()).expect("a name")),
                "{name}"
            );
        }
        assert!(connection.has_upgrade);
    }
}
