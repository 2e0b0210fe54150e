//! How long a body is (RFC 9112 6.3), decided over *all* Content-Length and Transfer-Encoding
//! fields. Where two readers could disagree the message is refused, which closes the connection.

use http::{Method, StatusCode, Version};

use super::protocol_error::ProtocolError;
use crate::proto::field_name::Known;
use crate::proto::fields::Fields;

/// How a body's end is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is no body.
    None,
    /// So many bytes.
    Length(u64),
    /// Chunks, then trailers.
    Chunked,
    /// Until the sender closes; responses only.
    UntilEnd,
}

impl Framing {
    /// Whether no byte follows the head.
    #[must_use]
    pub fn is_empty(self) -> bool {
        matches!(self, Self::None | Self::Length(0))
    }
}

/// The framing of a request's body.
pub fn of_request(fields: &Fields, version: Version) -> Result<Framing, ProtocolError> {
    Ok(declared(fields, version)?.unwrap_or(Framing::None))
}

/// The framing of the body of a final response to a request of that method.
pub fn of_response(
    fields: &Fields,
    version: Version,
    status: StatusCode,
    method: &Method,
) -> Result<Framing, ProtocolError> {
    let declared = declared(fields, version)?;
    let never_has_body = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if never_has_body || *method == Method::HEAD {
        return Ok(Framing::None);
    }
    Ok(declared.unwrap_or(Framing::UntilEnd))
}

fn declared(fields: &Fields, version: Version) -> Result<Option<Framing>, ProtocolError> {
    let length = length(fields)?;
    if !fields.has(Known::TransferEncoding) {
        return Ok(length.map(Framing::Length));
    }
    if version != Version::HTTP_11 {
        return Err(ProtocolError::TransferEncodingInOldVersion);
    }
    if length.is_some() {
        return Err(ProtocolError::LengthAndTransferEncoding);
    }
    let mut codings = fields.all(Known::TransferEncoding);
    match (codings.next(), codings.next()) {
        (Some(coding), None) if coding.eq_ignore_ascii_case(b"chunked") => {
            Ok(Some(Framing::Chunked))
        }
        _ => Err(ProtocolError::TransferEncodingUnsupported),
    }
}

fn length(fields: &Fields) -> Result<Option<u64>, ProtocolError> {
    let mut values = fields.all(Known::ContentLength);
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) if !value.contains(&b',') => parse_length(value).map(Some),
        _ => Err(ProtocolError::LengthRepeated),
    }
}

fn parse_length(digits: &[u8]) -> Result<u64, ProtocolError> {
    // 18 digits fit u64 with room for sums; no body is an exabyte long.
    if digits.is_empty() || digits.len() > 18 {
        return Err(ProtocolError::LengthInvalid);
    }
    digits.iter().try_fold(0u64, |length, digit| match digit {
        b'0'..=b'9' => Ok(length * 10 + u64::from(digit - b'0')),
        _ => Err(ProtocolError::LengthInvalid),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::h1::head::tests::{read_request, read_response};

    fn check(text: &str, expected: Result<Framing, ProtocolError>) {
        let head = read_request(&format!("POST / {text}")).expect("guarded");
        assert_eq!(of_request(&head.fields, head.version), expected, "{text:?}");
    }

    fn check_response(method: &str, text: &str, expected: Result<Framing, ProtocolError>) {
        let head = read_response(text).expect("guarded");
        let method = method.parse().expect("a method");
        let framing = of_response(&head.fields, head.version, head.status, &method);
        assert_eq!(framing, expected, "{text:?}");
    }

    #[test]
    fn a_request_without_length_has_no_body() {
        check("HTTP/1.1", Ok(Framing::None));
        check("HTTP/1.0", Ok(Framing::None));
    }

    #[test]
    fn lengths_are_plain_numbers() {
        check("HTTP/1.1|content-length: 0", Ok(Framing::Length(0)));
        check("HTTP/1.1|content-length: 007", Ok(Framing::Length(7)));
        for bad in [
            "",
            "+1",
            "-1",
            "1a",
            "0x1",
            "1 2",
            "1.0",
            "9999999999999999999",
        ] {
            check(
                &format!("HTTP/1.1|content-length: {bad}"),
                Err(ProtocolError::LengthInvalid),
            );
        }
    }

    #[test]
    fn a_length_is_given_once() {
        let repeated = Err(ProtocolError::LengthRepeated);
        check("HTTP/1.1|content-length: 1|content-length: 2", repeated);
        check("HTTP/1.1|content-length: 1|content-length: 1", repeated);
        check("HTTP/1.1|content-length: 1, 1", repeated);
    }

    #[test]
    fn the_only_transfer_encoding_is_chunked() {
        check("HTTP/1.1|transfer-encoding: chunked", Ok(Framing::Chunked));
        check("HTTP/1.1|transfer-encoding: Chunked", Ok(Framing::Chunked));
        let unsupported = Err(ProtocolError::TransferEncodingUnsupported);
        for bad in [
            "identity",
            "gzip, chunked",
            "chunked, chunked",
            "xchunked",
            "",
            "chunked;a=b",
        ] {
            check(&format!("HTTP/1.1|transfer-encoding: {bad}"), unsupported);
        }
        check(
            "HTTP/1.1|transfer-encoding: identity|transfer-encoding: chunked",
            unsupported,
        );
        check(
            "HTTP/1.1|transfer-encoding: chunked|transfer-encoding: chunked",
            unsupported,
        );
    }

    #[test]
    fn both_is_refused_and_so_is_chunked_in_1_0() {
        let both = "HTTP/1.1|content-length: 5|transfer-encoding: chunked";
        check(both, Err(ProtocolError::LengthAndTransferEncoding));
        let old = "HTTP/1.0|transfer-encoding: chunked";
        check(old, Err(ProtocolError::TransferEncodingInOldVersion));
    }

    #[test]
    fn responses_without_length_end_with_the_connection() {
        check_response("GET", "HTTP/1.1 200 OK", Ok(Framing::UntilEnd));
        check_response("GET", "HTTP/1.0 200 OK", Ok(Framing::UntilEnd));
        check_response(
            "GET",
            "HTTP/1.1 200 OK|content-length: 3",
            Ok(Framing::Length(3)),
        );
    }

    #[test]
    fn some_responses_never_have_a_body() {
        check_response(
            "HEAD",
            "HTTP/1.1 200 OK|content-length: 3",
            Ok(Framing::None),
        );
        check_response("GET", "HTTP/1.1 204 No Content", Ok(Framing::None));
        check_response(
            "GET",
            "HTTP/1.1 304 Not Modified|content-length: 3",
            Ok(Framing::None),
        );
        let bad = "HTTP/1.1 304 Not Modified|content-length: x";
        check_response("GET", bad, Err(ProtocolError::LengthInvalid));
    }
}
