//! Takes heads off what a connection has received.

use std::rc::Rc;

use bytes::{Buf, BytesMut};

use super::guard;
use super::guard::Whole;
use super::protocol_error::ProtocolError;
use super::start_line::{RequestLine, StatusLine};
use crate::proto::fields::SpareFields;
use crate::proto::head::{RequestHead, ResponseHead};

/// Takes the next request's head off the buffer; `None` until all of it is there.
pub fn next_request(
    buffer: &mut BytesMut,
    search: &mut guard::Search,
    spares: &Rc<SpareFields>,
) -> Result<Option<RequestHead>, ProtocolError> {
    if buffer.is_empty() {
        return Ok(None);
    }
    if search.is_new()
        && let Some(whole) = guard::whole_request(buffer, spares)
    {
        return Ok(Some(request(buffer, whole)));
    }
    let end = search.end(buffer)?;
    end.map(|len| take_request(buffer, len, spares)).transpose()
}

/// Takes the next response's head off the buffer, of which `searched` bytes were looked at before;
/// `None` until all of it is there.
pub fn next_response(
    buffer: &mut BytesMut,
    searched: &mut usize,
    spares: &Rc<SpareFields>,
) -> Result<Option<ResponseHead>, ProtocolError> {
    if buffer.is_empty() {
        return Ok(None);
    }
    if *searched == 0
        && let Some(whole) = guard::whole_response(buffer, spares)
    {
        return Ok(Some(response(buffer, whole)));
    }
    let end = guard::find_end(buffer, *searched)?;
    *searched = buffer.len();
    end.map(|len| take_response(buffer, len, spares))
        .transpose()
}

fn take_request(
    buffer: &mut BytesMut,
    len: usize,
    spares: &Rc<SpareFields>,
) -> Result<RequestHead, ProtocolError> {
    guard::check_request(&buffer[..len])?;
    let whole =
        guard::whole_request(&buffer[..len], spares).expect("one pass takes what was checked");
    Ok(request(buffer, whole))
}

fn take_response(
    buffer: &mut BytesMut,
    len: usize,
    spares: &Rc<SpareFields>,
) -> Result<ResponseHead, ProtocolError> {
    guard::check_response(&buffer[..len])?;
    let whole =
        guard::whole_response(&buffer[..len], spares).expect("one pass takes what was checked");
    Ok(response(buffer, whole))
}

fn request(buffer: &mut BytesMut, whole: Whole<RequestLine>) -> RequestHead {
    buffer.advance(whole.len);
    let line = whole.line;
    RequestHead::new(line.method, line.version, line.target, whole.fields)
}

fn response(buffer: &mut BytesMut, whole: Whole<StatusLine>) -> ResponseHead {
    buffer.advance(whole.len);
    let line = whole.line;
    ResponseHead::new(line.status, line.version, line.reason, whole.fields)
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::proto::field_name::Known;

    /// The head of a request, whose lines end in `|`, without its last.
    pub fn read_request(text: &str) -> Result<RequestHead, ProtocolError> {
        let mut buffer = BytesMut::from(&*format!("{text}||").replace('|', "\r\n"));
        let head = next_request(&mut buffer, &mut guard::Search::default(), &Rc::default());
        head.map(|head| head.expect("whole"))
    }

    /// The head of a response, as [`read_request`].
    pub fn read_response(text: &str) -> Result<ResponseHead, ProtocolError> {
        let mut buffer = BytesMut::from(&*format!("{text}||").replace('|', "\r\n"));
        let head = next_response(&mut buffer, &mut 0, &Rc::default());
        head.map(|head| head.expect("whole"))
    }

    /// The head of a GET of that target.
    pub fn request_to(target: &str) -> RequestHead {
        read_request(&format!("GET {target} HTTP/1.1")).expect("accepted")
    }

    #[test]
    fn a_request_keeps_its_parts() {
        let head = read_request("PUT /a//b?c=d&e HTTP/1.1|Host: h|X-A:  1 |x-a: 2").expect("valid");
        assert_eq!(head.method, http::Method::PUT);
        assert_eq!((head.path(), head.query()), ("/a//b", Some("c=d&e")));
        let fields: Vec<_> = head.fields.iter().collect();
        let expected = [("host", "h"), ("x-a", "1"), ("x-a", "2")];
        assert_eq!(
            fields,
            expected.map(|(name, value)| (name.as_bytes(), value.as_bytes()))
        );
    }

    #[test]
    fn an_absolute_target_has_a_path() {
        let check = |target: &str, path: &str, query: Option<&str>, both: &str| {
            let head = request_to(target);
            assert_eq!((head.path(), head.query()), (path, query), "{target}");
            assert_eq!(*head.path_and_query(), *both.as_bytes(), "{target}");
        };
        check("http://a/<b>?`c`", "/<b>", Some("`c`"), "/<b>?`c`");
        check("http://a?<b>", "/", Some("<b>"), "/?<b>");
        check("http://a", "/", None, "/");
        check("*", "*", None, "*");
    }

    #[test]
    fn a_response_keeps_its_parts() {
        let head = read_response("HTTP/1.0 404 Nothing  here|a: b").expect("valid");
        assert_eq!(head.status, 404);
        assert_eq!(head.reason(), b"Nothing  here");
        assert_eq!(head.fields.len(), 1);
        for line in ["HTTP/1.1 204", "HTTP/1.1 204 "] {
            assert_eq!(read_response(line).expect("valid").reason(), b"");
        }
    }

    #[test]
    fn nothing_of_a_head_is_in_the_next_one_that_has_its_memory() {
        let spares = Rc::default();
        let read = |text: &str| {
            let mut buffer = BytesMut::from(&*text.replace('|', "\r\n"));
            next_request(&mut buffer, &mut guard::Search::default(), &spares)
        };
        let first = "GET /first HTTP/1.1|Host: first|Cookie: secret|x: 1||";
        drop(read(first).expect("accepted").expect("whole"));
        for broken in [
            &first[..first.len() - 1],
            "GET / HTTP/1.1|Host: b|Cookie: c|bad||",
        ] {
            assert!(!matches!(read(broken), Ok(Some(_))), "{broken}");
        }
        let second = read("GET / HTTP/1.1|x: 2||")
            .expect("accepted")
            .expect("whole");
        let fields: Vec<_> = second.fields.iter().collect();
        assert_eq!(fields, [(&b"x"[..], &b"2"[..])]);
        assert!(!second.fields.has(Known::Cookie) && second.path() == "/");
    }

    #[test]
    fn ninety_six_fields_are_read() {
        let text = format!("GET / HTTP/1.1{}", "|a: b".repeat(guard::FIELDS_MAX));
        assert_eq!(
            read_request(&text).expect("valid").fields.len(),
            guard::FIELDS_MAX
        );
    }
}
