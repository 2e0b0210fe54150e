//! Fields that concern one connection only, and never travel further (RFC 9110 7.6.1).
//!
//! What a sender lists is taken from its message before anything of ours is added: a client could
//! otherwise take away by name what an operator's filter sets.

use http::header::{
    CONNECTION, CONTENT_LENGTH, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE,
    TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, Version};

use super::known_fields::KnownFields;

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// What a message's Connection fields say.
#[derive(Debug, Default)]
pub struct ConnectionOptions {
    has_close: bool,
    has_keep_alive: bool,
    /// Whether Upgrade is listed.
    pub has_upgrade: bool,
    /// Other fields that are listed, and so must not travel.
    listed: Vec<HeaderName>,
}

impl ConnectionOptions {
    /// Reads all Connection fields.
    #[must_use]
    pub fn of(headers: &HeaderMap, known: &KnownFields<'_>) -> Self {
        let mut connection = Self::default();
        if !known.has_connection {
            return connection;
        }
        for value in headers.get_all(CONNECTION) {
            value
                .as_bytes()
                .split(|byte| *byte == b',')
                .for_each(|option| {
                    connection.add(option.trim_ascii());
                });
        }
        connection
    }

    /// Whether the sender keeps the connection open after this message (RFC 9112 9.3).
    #[must_use]
    pub fn is_persistent(&self, version: Version) -> bool {
        !self.has_close && (version == Version::HTTP_11 || self.has_keep_alive)
    }

    /// Takes the listed fields away, but for Host, which every request needs.
    pub fn strip(&self, headers: &mut HeaderMap) {
        for name in self.listed.iter().filter(|name| **name != HOST) {
            headers.remove(name);
        }
    }

    /// Whether a field of the message stays behind.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn keeps_back(&self, name: &HeaderName) -> bool {
        is_hop_by_hop(name) || self.listed.contains(name)
    }

    fn add(&mut self, option: &[u8]) {
        if option.eq_ignore_ascii_case(b"close") {
            self.has_close = true;
        } else if option.eq_ignore_ascii_case(b"keep-alive") {
            self.has_keep_alive = true;
        } else if option.eq_ignore_ascii_case(b"upgrade") {
            self.has_upgrade = true;
        } else if let Ok(name) = HeaderName::from_bytes(option) {
            self.listed.push(name);
        }
    }
}

/// Whether no message may carry the field further. Lengths neither: whoever sends on frames anew.
#[must_use]
pub fn is_hop_by_hop(name: &HeaderName) -> bool {
    [
        CONNECTION,
        CONTENT_LENGTH,
        TRANSFER_ENCODING,
        KEEP_ALIVE,
        PROXY_CONNECTION,
        UPGRADE,
        TE,
        PROXY_AUTHENTICATE,
        PROXY_AUTHORIZATION,
    ]
    .contains(name)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn connection(values: &[&'static str]) -> ConnectionOptions {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(CONNECTION, HeaderValue::from_static(value));
        }
        ConnectionOptions::of(&headers, &KnownFields::of(&headers))
    }

    #[test]
    fn persistence_follows_version_and_options() {
        let check = |values: &[&'static str], in_1_1, in_1_0| {
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
                connection.keeps_back(&name.parse().expect("a name")),
                "{name}"
            );
        }
        for name in ["host", "trailer", "x-public", "set-cookie"] {
            assert!(
                !connection.keeps_back(&name.parse().expect("a name")),
                "{name}"
            );
        }
        assert!(connection.has_upgrade);
    }
}
