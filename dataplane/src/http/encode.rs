//! Writes heads and chunks as bytes (RFC 9112 3, 4, 7.1).

use std::io::Write;

use http::header::{CONTENT_LENGTH, EXPECT, HOST, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use monoio_http::common::ext::Reason;
use monoio_http::common::response::ResponseHead;

use super::Framing;
use super::fields::is_hop_by_hop;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
pub const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
pub const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// What is said about the connection to the next hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hop {
    /// Nothing: it stays open, as is HTTP/1.1's way.
    Open,
    /// `Connection: keep-alive`, for HTTP/1.0 clients.
    KeepAlive,
    /// `Connection: close`.
    Close,
    /// `Connection: upgrade`, with the Upgrade field of the message.
    Upgrade,
}

impl Hop {
    /// What a client is told.
    #[must_use]
    pub fn to_client(keeps_open: bool, is_1_1: bool) -> Self {
        match (keeps_open, is_1_1) {
            (true, true) => Self::Open,
            (true, false) => Self::KeepAlive,
            (false, _) => Self::Close,
        }
    }
}

/// Who sent a request, for the X-Forwarded fields.
#[derive(Clone, Copy, Debug)]
pub struct Forwarded<'a> {
    /// The client's address.
    pub client: &'a str,
    /// The host the client asked for, before any rewrite.
    pub host: &'a str,
    /// `http` or `https`.
    pub scheme: &'static str,
}

/// A request as it goes to an endpoint.
#[derive(Debug)]
pub struct Outgoing<'a> {
    /// As the client sent it.
    pub method: &'a Method,
    /// Path and query, or `*`.
    pub target: &'a str,
    /// The new Host.
    pub host: &'a str,
    /// What the client spoke.
    pub version: Version,
    /// The fields, edited.
    pub headers: &'a HeaderMap,
    /// How the body ends.
    pub framing: Framing,
    /// [`Hop::Upgrade`] or [`Hop::Open`].
    pub hop: Hop,
    /// Who sent it.
    pub forwarded: Forwarded<'a>,
}

/// A request's head, in HTTP/1.1.
pub fn request(out: &mut Vec<u8>, request: &Outgoing<'_>) {
    out.extend_from_slice(request.method.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(request.target.as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\nhost: ");
    out.extend_from_slice(request.host.as_bytes());
    out.extend_from_slice(b"\r\n");
    let mut said = Said::default();
    for (name, value) in request.headers {
        said.note(name);
        if !is_rewritten(name, request.version) && !is_hop_by_hop(name) {
            field(out, name, value);
        }
    }
    forwarded_fields(out, request.headers, said, request.forwarded);
    hop_fields(out, request.headers, request.hop);
    framing_fields(out, request.framing);
    out.extend_from_slice(b"\r\n");
}

/// A final response's head, in HTTP/1.1 whatever the client speaks (RFC 9110 2.5).
pub fn response(out: &mut Vec<u8>, head: &ResponseHead, framing: Framing, hop: Hop, to: &Method) {
    status_and_fields(out, head);
    hop_fields(out, &head.headers, hop);
    if *to == Method::HEAD || head.status == StatusCode::NOT_MODIFIED {
        // The length of the body that is not sent (RFC 9110 8.6).
        if let Some(length) = head.headers.get(CONTENT_LENGTH) {
            field(out, &CONTENT_LENGTH, length);
        }
    }
    framing_fields(out, framing);
    out.extend_from_slice(b"\r\n");
}

/// A 1xx response's head. As for every response, what its Connection fields list was taken away.
pub fn interim(out: &mut Vec<u8>, head: &ResponseHead) {
    status_and_fields(out, head);
    out.extend_from_slice(b"\r\n");
}

/// One chunk; empty data is none, as an empty chunk would end the body.
pub fn chunk(out: &mut Vec<u8>, data: &[u8]) {
    if data.is_empty() {
        return;
    }
    write(out, format_args!("{:x}\r\n", data.len()));
    out.extend_from_slice(data);
    out.extend_from_slice(b"\r\n");
}

/// The last chunk and the trailers.
pub fn last_chunk(out: &mut Vec<u8>, trailers: &HeaderMap) {
    out.extend_from_slice(b"0\r\n");
    for (name, value) in trailers {
        field(out, name, value);
    }
    out.extend_from_slice(b"\r\n");
}

fn status_and_fields(out: &mut Vec<u8>, head: &ResponseHead) {
    status_line(out, head);
    for (name, value) in &head.headers {
        if !is_hop_by_hop(name) {
            field(out, name, value);
        }
    }
}

fn status_line(out: &mut Vec<u8>, head: &ResponseHead) {
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(head.status.as_str().as_bytes());
    out.push(b' ');
    let reason = match head.extensions.get::<Reason>() {
        Some(reason) => reason.as_bytes(),
        None => head
            .status
            .canonical_reason()
            .unwrap_or_default()
            .as_bytes(),
    };
    out.extend_from_slice(reason);
    out.extend_from_slice(b"\r\n");
}

/// Takes away what only a gateway may say; edits may set it again.
pub fn drop_claims(headers: &mut HeaderMap) {
    headers.remove(X_FORWARDED_HOST);
    headers.remove(X_FORWARDED_PROTO);
}

/// Fields that are written anew. An HTTP/1.0 client cannot expect anything (RFC 9110 10.1.1).
fn is_rewritten(name: &HeaderName, version: Version) -> bool {
    *name == HOST || *name == X_FORWARDED_FOR || (*name == EXPECT && version != Version::HTTP_11)
}

/// The X-Forwarded fields that are there already: the client's, or an edit's.
#[derive(Clone, Copy, Default)]
struct Said {
    client: bool,
    host: bool,
    scheme: bool,
}

impl Said {
    fn note(&mut self, name: &HeaderName) {
        self.client |= *name == X_FORWARDED_FOR;
        self.host |= *name == X_FORWARDED_HOST;
        self.scheme |= *name == X_FORWARDED_PROTO;
    }
}

fn forwarded_fields(out: &mut Vec<u8>, headers: &HeaderMap, said: Said, to_say: Forwarded<'_>) {
    out.extend_from_slice(b"x-forwarded-for: ");
    if said.client {
        for value in headers.get_all(X_FORWARDED_FOR) {
            out.extend_from_slice(value.as_bytes());
            out.extend_from_slice(b", ");
        }
    }
    out.extend_from_slice(to_say.client.as_bytes());
    out.extend_from_slice(b"\r\n");
    if !said.scheme {
        out.extend_from_slice(b"x-forwarded-proto: ");
        out.extend_from_slice(to_say.scheme.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    if !said.host && !to_say.host.is_empty() {
        out.extend_from_slice(b"x-forwarded-host: ");
        out.extend_from_slice(to_say.host.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
}

fn hop_fields(out: &mut Vec<u8>, headers: &HeaderMap, hop: Hop) {
    match hop {
        Hop::Open => {}
        Hop::KeepAlive => out.extend_from_slice(b"connection: keep-alive\r\n"),
        Hop::Close => out.extend_from_slice(b"connection: close\r\n"),
        Hop::Upgrade => {
            out.extend_from_slice(b"connection: upgrade\r\n");
            for value in headers.get_all(UPGRADE) {
                field(out, &UPGRADE, value);
            }
        }
    }
}

fn framing_fields(out: &mut Vec<u8>, framing: Framing) {
    match framing {
        Framing::None | Framing::UntilEnd => {}
        Framing::Length(length) => {
            out.extend_from_slice(b"content-length: ");
            out.extend_from_slice(itoa::Buffer::new().format(length).as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        Framing::Chunked => out.extend_from_slice(b"transfer-encoding: chunked\r\n"),
    }
}

/// One field.
pub fn field(out: &mut Vec<u8>, name: &HeaderName, value: &HeaderValue) {
    out.extend_from_slice(name.as_str().as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value.as_bytes());
    out.extend_from_slice(b"\r\n");
}

fn write(out: &mut Vec<u8>, arguments: std::fmt::Arguments<'_>) {
    out.write_fmt(arguments)
        .expect("writing to memory does not fail");
}
