//! From accepted bytes to message types: guard first, then monoio-http's decoders.
//!
//! The decoders see exactly one head, which `guard` has accepted, and must consume all of it:
//! their own idea of where a head ends is never asked.

use bytes::BytesMut;
use monoio_codec::{Decoded, Decoder};
use monoio_http::common::{request::RequestHead, response::ResponseHead};
use monoio_http::h1::codec::decoder::{DecodeError, RequestHeadDecoder, ResponseHeadDecoder};

use super::guard;
use super::raw_target::RawTarget;
use super::refusal::Refusal;

/// Takes the next request's head off the buffer; `None` until all of it is there.
pub fn next_request(
    buffer: &mut BytesMut,
    search: &mut guard::Search,
) -> Result<Option<RequestHead>, Refusal> {
    if search.is_new()
        && let Some(len) = guard::whole_request(buffer)
    {
        return decode_request(buffer.split_to(len)).map(Some);
    }
    let end = search.end(buffer)?;
    end.map(|len| take_request(buffer, len)).transpose()
}

/// Takes the next response's head off the buffer, of which `searched` bytes were looked at before;
/// `None` until all of it is there.
pub fn next_response(
    buffer: &mut BytesMut,
    searched: &mut usize,
) -> Result<Option<ResponseHead>, Refusal> {
    if *searched == 0
        && let Some(len) = guard::whole_response(buffer)
    {
        return decode(&mut ResponseHeadDecoder, buffer.split_to(len)).map(Some);
    }
    let end = guard::find_end(buffer, *searched)?;
    *searched = buffer.len();
    end.map(|len| take_response(buffer, len)).transpose()
}

/// Takes the request head of `len` bytes off the buffer.
pub fn take_request(buffer: &mut BytesMut, len: usize) -> Result<RequestHead, Refusal> {
    guard::check_request(&buffer[..len])?;
    decode_request(buffer.split_to(len))
}

/// Takes the response head of `len` bytes off the buffer.
pub fn take_response(buffer: &mut BytesMut, len: usize) -> Result<ResponseHead, Refusal> {
    guard::check_response(&buffer[..len])?;
    decode(&mut ResponseHeadDecoder, buffer.split_to(len))
}

fn decode_request(mut head: BytesMut) -> Result<RequestHead, Refusal> {
    let raw_target = RawTarget::take(&mut head);
    let mut head = decode(&mut RequestHeadDecoder, head)?;
    if let Some(target) = raw_target {
        head.extensions.insert(target);
    }
    Ok(head)
}

fn decode<D>(decoder: &mut D, mut head: BytesMut) -> Result<D::Item, Refusal>
where
    D: Decoder<Error = DecodeError>,
{
    match decoder.decode(&mut head) {
        Ok(Decoded::Some(item)) if head.is_empty() => Ok(item),
        // The guard is the stricter one in everything but the target's characters.
        Err(DecodeError::Uri(_)) => Err(Refusal::TargetInvalid),
        Err(DecodeError::Method(_)) => Err(Refusal::MethodInvalid),
        _ => Err(Refusal::StartLineMalformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(text: &str) -> Result<RequestHead, Refusal> {
        let mut buffer = BytesMut::from(text);
        let len = guard::find_end(&buffer, 0).expect("a head").expect("whole");
        take_request(&mut buffer, len)
    }

    #[test]
    fn a_request_keeps_its_parts() {
        let head = take("PUT /a//b?c=d&e HTTP/1.1\r\nHost: h\r\nX-A:  1 \r\nx-a: 2\r\n\r\n");
        let head = head.expect("valid");
        assert_eq!(head.method, http::Method::PUT);
        assert_eq!(head.uri, "/a//b?c=d&e");
        let values: Vec<_> = head.headers.get_all("x-a").iter().collect();
        assert_eq!(values, ["1", "2"]);
    }

    #[test]
    fn a_target_that_is_no_uri_is_refused() {
        for target in ["http://", "a b", "<", "http://a:b:c/", "nothing"] {
            let text = format!("GET {target} HTTP/1.1\r\nhost: h\r\n\r\n");
            let refused = take(&text).err();
            let expected = [Refusal::TargetInvalid, Refusal::StartLineMalformed];
            // `nothing` reads as an authority: `host` refuses it.
            if target != "nothing" {
                assert!(
                    refused.is_some_and(|refusal| expected.contains(&refusal)),
                    "{target}"
                );
            }
        }
    }

    #[test]
    fn ninety_six_fields_pass_the_decoder_too() {
        let text = format!(
            "GET / HTTP/1.1\r\n{}\r\n",
            "a: b\r\n".repeat(guard::FIELDS_MAX)
        );
        assert_eq!(take(&text).expect("valid").headers.len(), guard::FIELDS_MAX);
    }
}
