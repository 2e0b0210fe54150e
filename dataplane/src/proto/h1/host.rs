//! Whom a request is for: exactly one valid Host, and a target that agrees with it (RFC 9112 3.2).

use http::uri::Scheme;
use http::{HeaderValue, Method, Uri, Version};
use monoio_http::common::request::RequestHead;

use super::known_fields::{KnownFields, Once};
use super::refusal::Refusal;

/// Bound of a host with its port: a DNS name and `:65535`.
const HOST_BYTES_MAX: usize = 260;

/// The host a request names, with its port if it has one; empty when an HTTP/1.0 request has none.
pub fn of_request<'h>(
    head: &'h RequestHead,
    known: &KnownFields<'h>,
    is_tls: bool,
) -> Result<&'h str, Refusal> {
    let target = target_authority(&head.uri)?;
    if head.uri.scheme() == Some(&Scheme::HTTPS) && !is_tls {
        return Err(Refusal::SchemeMisdirected);
    }
    if head.uri.path() == "*" && head.method != Method::OPTIONS {
        return Err(Refusal::TargetInvalid);
    }
    let host = match known.host {
        Once::Several => return Err(Refusal::HostRepeated),
        Once::One(host) => check(host)?,
        Once::Absent if head.version == Version::HTTP_11 => return Err(Refusal::HostMissing),
        Once::Absent => return Ok(target.unwrap_or_default()),
    };
    match target {
        Some(target) if !target.eq_ignore_ascii_case(host) => Err(Refusal::HostMismatch),
        _ => Ok(host),
    }
}

/// The authority of an absolute target; `None` for `/path` and `*`.
fn target_authority(uri: &Uri) -> Result<Option<&str>, Refusal> {
    match (uri.scheme_str(), uri.authority()) {
        (None, None) => Ok(None),
        (Some("http" | "https"), Some(authority)) if is_valid(authority.as_str()) => {
            Ok(Some(authority.as_str()))
        }
        _ => Err(Refusal::TargetInvalid),
    }
}

fn check(value: &HeaderValue) -> Result<&str, Refusal> {
    let host = value.to_str().map_err(|_| Refusal::HostInvalid)?;
    if is_valid(host) {
        Ok(host)
    } else {
        Err(Refusal::HostInvalid)
    }
}

/// `host [":" port]`, where the host is a name, an IPv4 address or an IPv6 address in brackets.
fn is_valid(host: &str) -> bool {
    if host.len() > HOST_BYTES_MAX {
        return false;
    }
    if let Some(rest) = host.strip_prefix('[') {
        let Some((address, port)) = rest.split_once(']') else {
            return false;
        };
        return address.parse::<std::net::Ipv6Addr>().is_ok() && is_port_suffix(port);
    }
    let is_name_byte = |byte: &u8| NAME[usize::from(*byte)];
    let name_len = host.bytes().take_while(is_name_byte).count();
    name_len > 0 && is_port_suffix(&host[name_len..])
}

/// What a host's name may hold, of RFC 3986's `reg-name`: letters, digits and marks.
const NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] =
            (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'-' | b'.' | b'_' | b'~');
        byte += 1;
    }
    table
};

fn is_port_suffix(suffix: &str) -> bool {
    match suffix.strip_prefix(':') {
        Some("") => true,
        Some(port) => port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok(),
        None => suffix.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::h1::{guard, head};

    fn check(text: &str, expected: Result<&str, Refusal>) {
        let text = format!("GET {text}||").replace('|', "\r\n");
        let mut buffer = bytes::BytesMut::from(text.as_str());
        let len = guard::find_end(&buffer, 0).expect("a head").expect("whole");
        let head = head::take_request(&mut buffer, len).expect("guarded");
        assert_eq!(
            of_request(&head, &KnownFields::of(&head.headers), false),
            expected,
            "{text:?}"
        );
    }

    #[test]
    fn http_1_1_needs_exactly_one_host() {
        check("/ HTTP/1.1|host: a", Ok("a"));
        check("/ HTTP/1.1", Err(Refusal::HostMissing));
        check("/ HTTP/1.1|host: a|host: a", Err(Refusal::HostRepeated));
        check("/ HTTP/1.0", Ok(""));
        check("/ HTTP/1.0|host: a|host: b", Err(Refusal::HostRepeated));
    }

    #[test]
    fn hosts_are_names_or_addresses_with_an_optional_port() {
        for good in [
            "a.b-c_d~e",
            "A.example:80",
            "10.0.0.1:65535",
            "[::1]:80",
            "[fe80::1]",
            "a:",
        ] {
            check(&format!("/ HTTP/1.1|host: {good}"), Ok(good));
        }
        let bad = [
            "", ":80", "a b", "a,b", "a/b", "a@b", "a?b", "a:65536", "a:8a", "a:+8", "[::1", "[x]",
            "[::1]80", "a:1:2", "a%41", "\u{e9}",
        ];
        for bad in bad {
            check(
                &format!("/ HTTP/1.1|host: {bad}"),
                Err(Refusal::HostInvalid),
            );
        }
        check(
            &format!("/ HTTP/1.1|host: {}", "a".repeat(261)),
            Err(Refusal::HostInvalid),
        );
    }

    #[test]
    fn an_absolute_target_agrees_with_host() {
        check("http://a:80/x HTTP/1.1|host: A:80", Ok("A:80"));
        check("http://a/ HTTP/1.0", Ok("a"));
        check("http://b/ HTTP/1.1|host: a", Err(Refusal::HostMismatch));
        check("http://a:81/ HTTP/1.1|host: a", Err(Refusal::HostMismatch));
        check("http://u@a/ HTTP/1.1|host: a", Err(Refusal::TargetInvalid));
        check("ftp://a/ HTTP/1.1|host: a", Err(Refusal::TargetInvalid));
        check("a:80 HTTP/1.1|host: a:80", Err(Refusal::TargetInvalid));
    }
}
