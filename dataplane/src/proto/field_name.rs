//! Names of fields: those that something here acts upon have a number, so that asking a head for one
//! compares no text.

use super::text::is_token_byte;

/// Bound of a field's name.
pub const NAME_BYTES_MAX: usize = 256;

/// Declares them, each once.
macro_rules! known_fields {
    ($($name:ident = $text:literal,)*) => {
        /// A field that something here acts upon.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Known { $(#[doc = $text] $name,)* }

        const KNOWN: &[(Known, &str)] = &[$((Known::$name, $text),)*];
    };
}

known_fields! {
    Host = "host",
    Connection = "connection",
    ContentLength = "content-length",
    TransferEncoding = "transfer-encoding",
    KeepAlive = "keep-alive",
    ProxyConnection = "proxy-connection",
    Upgrade = "upgrade",
    Te = "te",
    ProxyAuthenticate = "proxy-authenticate",
    ProxyAuthorization = "proxy-authorization",
    Expect = "expect",
    MaxForwards = "max-forwards",
    XForwardedFor = "x-forwarded-for",
    XForwardedHost = "x-forwarded-host",
    XForwardedProto = "x-forwarded-proto",
    XForwardedPort = "x-forwarded-port",
    XForwardedPrefix = "x-forwarded-prefix",
    XRealIp = "x-real-ip",
    Forwarded = "forwarded",
    Cookie = "cookie",
    SetCookie = "set-cookie",
    CacheControl = "cache-control",
    Date = "date",
    Location = "location",
    Vary = "vary",
    Origin = "origin",
    AccessControlRequestMethod = "access-control-request-method",
    AccessControlRequestHeaders = "access-control-request-headers",
    AccessControlAllowOrigin = "access-control-allow-origin",
    AccessControlAllowCredentials = "access-control-allow-credentials",
    AccessControlAllowMethods = "access-control-allow-methods",
    AccessControlAllowHeaders = "access-control-allow-headers",
    AccessControlExposeHeaders = "access-control-expose-headers",
    AccessControlMaxAge = "access-control-max-age",
    Age = "age",
    Authorization = "authorization",
    ContentEncoding = "content-encoding",
    ContentRange = "content-range",
    ContentType = "content-type",
    Expires = "expires",
    Trailer = "trailer",
    WwwAuthenticate = "www-authenticate",
}

/// The longest known name.
const LEN_MAX: usize = 32;
/// How many known names may have one length.
const SAME_LEN_MAX: usize = 6;

/// Known names by their length.
const BY_LEN: [[Option<Known>; SAME_LEN_MAX]; LEN_MAX + 1] = {
    let mut table = [[None; SAME_LEN_MAX]; LEN_MAX + 1];
    let mut index = 0;
    while index < KNOWN.len() {
        let len = KNOWN[index].1.len();
        let mut place = 0;
        while table[len][place].is_some() {
            place += 1;
        }
        table[len][place] = Some(KNOWN[index].0);
        index += 1;
    }
    table
};

impl Known {
    /// In lower case.
    #[must_use]
    pub const fn text(self) -> &'static str {
        KNOWN[self as usize].1
    }

    /// The field of a name in lower case, if it is known.
    #[must_use]
    pub fn of(name: &[u8]) -> Option<Self> {
        let first = *name.first()?;
        let same_len = BY_LEN.get(name.len())?.iter().map_while(|known| *known);
        same_len
            .map(|known| (known, known.text().as_bytes()))
            .find(|(_, text)| text[0] == first && *text == name)
            .map(|(known, _)| known)
    }
}

/// Some known fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KnownSet(u64);

impl KnownSet {
    /// These.
    #[must_use]
    pub const fn of(fields: &[Known]) -> Self {
        let (mut set, mut index) = (0, 0);
        while index < fields.len() {
            set |= 1 << fields[index] as u64;
            index += 1;
        }
        Self(set)
    }

    /// And that one.
    #[must_use]
    pub const fn with(self, field: Known) -> Self {
        Self(self.0 | 1 << field as u64)
    }

    /// But not that one.
    #[must_use]
    pub const fn without(self, field: Known) -> Self {
        Self(self.0 & !(1 << field as u64))
    }

    /// But none of those.
    #[must_use]
    pub const fn minus(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// And those.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether it is one of them.
    #[must_use]
    pub const fn contains(self, field: Known) -> bool {
        self.0 & 1 << field as u64 != 0
    }

    /// Whether they have one in common.
    #[must_use]
    pub const fn meets(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }
}

/// The name of a field, as configurations hold it: a token in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldName {
    known: Option<Known>,
    text: Box<str>,
}

impl FieldName {
    /// Whatever the case; `None`: it is no token, or too long for one.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let is_token = text.iter().all(|byte| is_token_byte(*byte));
        if !is_token || !(1..=NAME_BYTES_MAX).contains(&text.len()) {
            return None;
        }
        let text = str::from_utf8(text).ok()?.to_ascii_lowercase();
        Some(Self {
            known: Known::of(text.as_bytes()),
            text: text.into(),
        })
    }

    /// In lower case.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its number, if it has one.
    #[must_use]
    pub fn known(&self) -> Option<Known> {
        self.known
    }
}

/// A name to ask a head for.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a> {
    /// Its number, if it has one.
    pub known: Option<Known>,
    /// In lower case.
    pub text: &'a str,
}

impl From<Known> for Name<'static> {
    fn from(known: Known) -> Self {
        Self {
            known: Some(known),
            text: known.text(),
        }
    }
}

impl<'a> From<&'a FieldName> for Name<'a> {
    fn from(name: &'a FieldName) -> Self {
        Self {
            known: name.known,
            text: &name.text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_field_is_found_by_its_name_and_nothing_else_is() {
        for (known, text) in KNOWN {
            assert_eq!(Known::of(text.as_bytes()), Some(*known), "{text}");
            assert_eq!(known.text(), *text);
            assert_eq!(*text, text.to_ascii_lowercase());
            for at in 0..text.len() {
                let mut other = text.as_bytes().to_vec();
                other[at] = b'!';
                assert_eq!(Known::of(&other), None, "{text} {at}");
            }
        }
        for other in ["", "h", "hosts", "x-custom", &"a".repeat(300)] {
            assert_eq!(Known::of(other.as_bytes()), None, "{other}");
        }
        assert!(KNOWN.len() <= 64, "a set is 64 bits");
    }

    #[test]
    fn a_name_is_a_token_in_lower_case() {
        let name = FieldName::parse(b"X-Custom").expect("a token");
        assert_eq!((Name::from(&name).text, name.known), ("x-custom", None));
        let host = FieldName::parse(b"HOST").expect("a token");
        assert_eq!(host.known, Some(Known::Host));
        let long = "a".repeat(NAME_BYTES_MAX + 1);
        for bad in [&b""[..], b"a b", b"a:", b"\xe9", long.as_bytes()] {
            assert_eq!(FieldName::parse(bad), None);
        }
    }
}
