//! Who sent a request, where proxies of the operator's stand in front: what they say is believed, and
//! what a stranger says of itself is not.
//!
//! A proxy is trusted by its address (`trusted_proxies`). The client is the nearest address in
//! X-Forwarded-For that is not one of theirs, and the scheme is the one they name in X-Forwarded-Proto:
//! it decides what the endpoint is told, whether a cookie is Secure and where a redirect leads.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use crate::proto::field_name::Known;
use crate::proto::fields::Fields;
use crate::transport::client::is_trusted;

/// What a trusted proxy said of a request; what is absent it did not say.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sender {
    /// The client's address.
    pub client: Option<IpAddr>,
    /// Whether the client's connection is encrypted.
    pub is_https: Option<bool>,
    /// The port that the client connected to.
    pub port: Option<u16>,
}

impl Sender {
    /// What the fields of a request say that a trusted proxy sent.
    pub fn of(fields: &Fields, trusted: &[IpNet]) -> Self {
        Self {
            client: client(fields, trusted),
            is_https: is_https(fields),
            port: port(fields),
        }
    }
}

/// The last address that a stranger is said to have; where all are trusted, the first.
fn client(fields: &Fields, trusted: &[IpNet]) -> Option<IpAddr> {
    let mut nearest = None;
    for value in fields.all(Known::XForwardedFor).rev() {
        for said in value.rsplit(|byte| *byte == b',') {
            // What is no address was not said by a proxy of ours, and nothing before it can be believed.
            let Some(address) = address(said) else {
                return nearest;
            };
            nearest = Some(address);
            if !is_trusted(address, trusted) {
                return nearest;
            }
        }
    }
    nearest
}

/// With a port or without.
fn address(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let with_port = || Some(text.parse::<SocketAddr>().ok()?.ip());
    let address = bare.unwrap_or(text).parse().ok().or_else(with_port)?;
    Some(IpAddr::to_canonical(&address))
}

/// Of several the last, which the nearest proxy has said: what is before it may be the client's own.
fn is_https(fields: &Fields) -> Option<bool> {
    let said = last(fields, Known::XForwardedProto)?;
    if said.eq_ignore_ascii_case("https") {
        return Some(true);
    }
    said.eq_ignore_ascii_case("http").then_some(false)
}

fn port(fields: &Fields) -> Option<u16> {
    last(fields, Known::XForwardedPort)?.parse().ok()
}

fn last(fields: &Fields, name: Known) -> Option<&str> {
    let value = fields.all(name).next_back()?;
    let last = value.rsplit(|byte| *byte == b',').next()?;
    Some(std::str::from_utf8(last).ok()?.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(texts: &[&str]) -> Vec<IpNet> {
        let parse = |text: &&str| text.parse().expect("a network");
        texts.iter().map(parse).collect()
    }

    #[test]
    fn the_client_is_the_nearest_address_that_is_not_a_proxys() {
        let trusted = networks(&["10.0.0.0/8", "fd00::/8"]);
        let check = |values: &[&str], expected: Option<&str>| {
            let mut fields = Fields::default();
            for value in values {
                fields.add(Known::XForwardedFor, value.as_bytes());
            }
            let expected = expected.map(|text| text.parse().expect("an address"));
            assert_eq!(client(&fields, &trusted), expected, "{values:?}");
        };
        check(&[], None);
        check(&["192.0.2.1"], Some("192.0.2.1"));
        check(&["192.0.2.9, 192.0.2.1"], Some("192.0.2.1"));
        check(&["192.0.2.1, 10.0.0.1"], Some("192.0.2.1"));
        check(&["192.0.2.1", "10.0.0.1, 10.0.0.2"], Some("192.0.2.1"));
        check(&["10.0.0.3, 10.0.0.1"], Some("10.0.0.3"));
        check(&["192.0.2.1:4711, fd00::1"], Some("192.0.2.1"));
        check(&["[2001:db8::1]:80, [fd00::1]"], Some("2001:db8::1"));
        check(&["::ffff:10.0.0.1"], Some("10.0.0.1"));
        check(&["unknown"], None);
        check(&["192.0.2.1, forged, 10.0.0.1"], Some("10.0.0.1"));
        check(&["192.0.2.1,"], None);
        check(&["\u{ff}, 192.0.2.1"], Some("192.0.2.1"));
    }

    #[test]
    fn the_scheme_is_what_the_proxy_says() {
        let check = |value: &str, expected: Option<bool>| {
            let mut fields = Fields::default();
            fields.add(Known::XForwardedProto, value.as_bytes());
            assert_eq!(is_https(&fields), expected, "{value}");
        };
        check("https", Some(true));
        check("HTTP", Some(false));
        check("https, http", Some(false));
        check("http, https", Some(true));
        check("wss", None);
        check("", None);
    }

    #[test]
    fn a_mapped_address_is_trusted_as_what_it_stands_for() {
        let trusted = networks(&["10.0.0.0/8"]);
        assert!(is_trusted(
            "::ffff:10.1.2.3".parse().expect("one"),
            &trusted
        ));
        assert!(!is_trusted("11.1.2.3".parse().expect("one"), &trusted));
    }
}
