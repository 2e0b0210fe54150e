//! What is asked for, and by whom.

use clap::ValueEnum;
use serde::Serialize;

use crate::backend::{LARGE_BYTES, LARGE_PATH, SMALL_BYTES};
use crate::peers::Peer;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
pub enum Case {
    /// Each request with the cookie that one first request got, 100 B answers
    #[value(name = "pinned-100")]
    #[serde(rename = "pinned-100")]
    PinnedSmall,
    /// No cookie, so that each answer sets one; 100 B answers
    #[value(name = "first-100")]
    #[serde(rename = "first-100")]
    FirstSmall,
    /// With the cookie, 64 KiB answers
    #[value(name = "pinned-64k")]
    #[serde(rename = "pinned-64k")]
    PinnedLarge,
    /// No cookie, 64 KiB answers
    #[value(name = "first-64k")]
    #[serde(rename = "first-64k")]
    FirstLarge,
    /// A hundred thousand sessions in turn, each with its cookie, 100 B answers
    #[value(name = "many-100")]
    #[serde(rename = "many-100")]
    ManySmall,
    /// With the cookie among ten, and all that a browser says; 100 B answers
    #[value(name = "browser-100")]
    #[serde(rename = "browser-100")]
    BrowserSmall,
    /// With the cookie, by a rule that edits five fields; 100 B answers
    #[value(name = "edited-100")]
    #[serde(rename = "edited-100")]
    EditedSmall,
    /// With the cookie, each request on a connection of its own; 100 B answers
    #[value(name = "connect-100")]
    #[serde(rename = "connect-100")]
    ConnectSmall,
    /// With the cookie, over TLS, connections kept alive; 100 B answers
    #[value(name = "tls-100")]
    #[serde(rename = "tls-100")]
    TlsSmall,
    /// With the cookie, each request after a whole TLS handshake; 100 B answers
    #[value(name = "tls-handshake-100")]
    #[serde(rename = "tls-handshake-100")]
    TlsHandshakeSmall,
    /// With the cookie, each request after a TLS session was resumed; 100 B answers
    #[value(name = "tls-resumed-100")]
    #[serde(rename = "tls-resumed-100")]
    TlsResumedSmall,
    /// Five thousand connections kept alive, each of a session; 100 B answers
    #[value(name = "crowd-100")]
    #[serde(rename = "crowd-100")]
    CrowdSmall,
    /// Five thousand sessions in turn, spread over a thousand endpoints; 100 B answers
    #[value(name = "wide-100")]
    #[serde(rename = "wide-100")]
    WideSmall,
}

/// Far more than a core of Limpet's remembers, so that each pin has to be opened.
const MANY_SESSIONS: u32 = 100_000;

/// Connections at once, and sessions, that a core of Limpet's remembers all.
const CROWD: u32 = 5_000;

/// The path that every peer's configuration edits: three fields of the request, two of the answer.
const EDITED_PATH: &str = "/edited";

/// The path that every peer's configuration leads to a thousand endpoints.
const WIDE_PATH: &str = "/wide";

/// What a browser says beside its cookies: with them about 2 KiB.
const BROWSER_FIELDS: &[(&str, &str)] = &[
    ("Cache-Control", "max-age=0"),
    (
        "Sec-Ch-Ua",
        r#""Chromium";v="130", "Google Chrome";v="130", "Not?A_Brand";v="99""#,
    ),
    ("Sec-Ch-Ua-Mobile", "?0"),
    ("Sec-Ch-Ua-Platform", r#""Linux""#),
    ("Upgrade-Insecure-Requests", "1"),
    (
        "User-Agent",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    ),
    (
        "Accept",
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
    ),
    ("Sec-Fetch-Site", "same-origin"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-User", "?1"),
    ("Sec-Fetch-Dest", "document"),
    (
        "Referer",
        "https://shop.example.com/catalogue/shoes?size=42&colour=blue&sort=price",
    ),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ("Accept-Language", "en-GB,en;q=0.9,de;q=0.8"),
];

impl Case {
    /// Its name in tables and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::PinnedSmall => "pinned-100",
            Self::FirstSmall => "first-100",
            Self::PinnedLarge => "pinned-64k",
            Self::FirstLarge => "first-64k",
            Self::ManySmall => "many-100",
            Self::BrowserSmall => "browser-100",
            Self::EditedSmall => "edited-100",
            Self::ConnectSmall => "connect-100",
            Self::TlsSmall => "tls-100",
            Self::TlsHandshakeSmall => "tls-handshake-100",
            Self::TlsResumedSmall => "tls-resumed-100",
            Self::CrowdSmall => "crowd-100",
            Self::WideSmall => "wide-100",
        }
    }

    /// Sessions that ask; none: every request is of a new one.
    pub fn sessions(self) -> u32 {
        match self {
            Self::FirstSmall | Self::FirstLarge => 0,
            Self::ManySmall => MANY_SESSIONS,
            Self::CrowdSmall | Self::WideSmall => CROWD,
            _ => 1,
        }
    }

    pub fn path(self) -> &'static str {
        match self {
            Self::PinnedLarge | Self::FirstLarge => LARGE_PATH,
            Self::EditedSmall => EDITED_PATH,
            Self::WideSmall => WIDE_PATH,
            _ => "/",
        }
    }

    pub fn body_bytes(self) -> usize {
        match self {
            Self::PinnedLarge | Self::FirstLarge => LARGE_BYTES,
            _ => SMALL_BYTES,
        }
    }

    /// Fields of each request, beside Host and Cookie.
    pub fn fields(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::BrowserSmall => BROWSER_FIELDS,
            _ if self.closes() => &[("Connection", "close")],
            _ => &[],
        }
    }

    /// A field of each answer, by which it is seen that the peer did what the case is about.
    pub fn answered_with(self) -> Option<&'static str> {
        match self {
            Self::EditedSmall => Some("x-frame-options: deny"),
            _ if self.closes() => Some("connection: close"),
            _ => None,
        }
    }

    /// Connections at once, where that is what the case is about.
    pub fn connections(self) -> Option<u32> {
        (self == Self::CrowdSmall).then_some(CROWD)
    }

    /// Whether each request is on a connection of its own.
    fn closes(self) -> bool {
        matches!(
            self,
            Self::ConnectSmall | Self::TlsHandshakeSmall | Self::TlsResumedSmall
        )
    }

    /// Whether it is asked over TLS.
    pub fn is_encrypted(self) -> bool {
        self == Self::TlsSmall || self.handshakes().is_some()
    }

    /// Whether TLS sessions are resumed; none: there is no handshake for each request.
    pub fn handshakes(self) -> Option<bool> {
        match self {
            Self::TlsHandshakeSmall => Some(false),
            Self::TlsResumedSmall => Some(true),
            _ => None,
        }
    }

    /// Whether that peer can be asked so.
    pub fn suits(self, peer: Peer) -> bool {
        !(self.is_encrypted() && peer.is_relay())
    }

    /// All that a session's client sends as Cookie.
    pub fn cookies(self, own: &str) -> String {
        if self != Self::BrowserSmall {
            return own.to_owned();
        }
        let others = (0..9).map(|number| format!("preference_{number}={number:0>130}; "));
        others.chain([own.to_owned()]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_sends_fifteen_fields_of_two_kibibytes_and_ten_cookies() {
        let case = Case::BrowserSmall;
        let cookies = case.cookies(&format!("nomnom={:0>55}", 0));
        assert_eq!(cookies.split("; ").count(), 10);
        assert_eq!(case.fields().len() + 1, 15);
        let fields = case.fields().iter();
        let bytes = cookies.len()
            + fields
                .map(|(name, value)| name.len() + value.len() + 4)
                .sum::<usize>();
        assert!((1_700..=2_300).contains(&bytes), "{bytes}");
    }
}
