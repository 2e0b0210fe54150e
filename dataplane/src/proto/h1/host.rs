//! Whom a request is for: exactly one valid Host, and a target that agrees with it (RFC 9112 3.2).

use http::{Method, Version};

use super::protocol_error::ProtocolError;
use crate::proto::field_name::Known;
use crate::proto::head::RequestHead;
use crate::proto::target::is_host;

/// The host a request names, with its port if it has one; empty when an HTTP/1.0 request has none.
pub fn of_request(head: &RequestHead, is_tls: bool) -> Result<&str, ProtocolError> {
    if head.says_https() && !is_tls {
        return Err(ProtocolError::SchemeMisdirected);
    }
    if head.is_for_the_server() && head.method != Method::OPTIONS {
        return Err(ProtocolError::TargetInvalid);
    }
    let target = head.authority();
    let mut values = head.fields.all(Known::Host);
    let host = match (values.next(), values.next()) {
        (_, Some(_)) => return Err(ProtocolError::HostRepeated),
        (Some(host), None) if is_host(host) => str::from_utf8(host).expect("a host is ASCII"),
        (Some(_), None) => return Err(ProtocolError::HostInvalid),
        (None, None) if head.version == Version::HTTP_11 => return Err(ProtocolError::HostMissing),
        (None, None) => return Ok(target.unwrap_or_default()),
    };
    match target {
        Some(target) if !target.eq_ignore_ascii_case(host) => Err(ProtocolError::HostMismatch),
        _ => Ok(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::h1::head::tests::read_request;

    fn check(text: &str, expected: Result<&str, ProtocolError>) {
        let head = read_request(&format!("GET {text}"));
        let host = head.as_ref().map_err(|refusal| *refusal);
        assert_eq!(
            host.and_then(|head| of_request(head, false)),
            expected,
            "{text:?}"
        );
    }

    #[test]
    fn http_1_1_needs_exactly_one_host() {
        check("/ HTTP/1.1|host: a", Ok("a"));
        check("/ HTTP/1.1", Err(ProtocolError::HostMissing));
        check(
            "/ HTTP/1.1|host: a|host: a",
            Err(ProtocolError::HostRepeated),
        );
        check("/ HTTP/1.0", Ok(""));
        check(
            "/ HTTP/1.0|host: a|host: b",
            Err(ProtocolError::HostRepeated),
        );
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
                Err(ProtocolError::HostInvalid),
            );
        }
        check(
            &format!("/ HTTP/1.1|host: {}", "a".repeat(261)),
            Err(ProtocolError::HostInvalid),
        );
    }

    #[test]
    fn an_absolute_target_agrees_with_host() {
        check("http://a:80/x HTTP/1.1|host: A:80", Ok("A:80"));
        check("http://a/ HTTP/1.0", Ok("a"));
        check(
            "http://b/ HTTP/1.1|host: a",
            Err(ProtocolError::HostMismatch),
        );
        check(
            "http://a:81/ HTTP/1.1|host: a",
            Err(ProtocolError::HostMismatch),
        );
        check(
            "http://u@a/ HTTP/1.1|host: a",
            Err(ProtocolError::TargetInvalid),
        );
        check(
            "ftp://a/ HTTP/1.1|host: a",
            Err(ProtocolError::TargetInvalid),
        );
        check(
            "a:80 HTTP/1.1|host: a:80",
            Err(ProtocolError::TargetInvalid),
        );
    }
}
