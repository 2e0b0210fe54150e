//! Writes heads and chunks as bytes (RFC 9112 3, 4, 7.1).

use std::io::Write;

use http::header::{CONTENT_LENGTH, DATE, EXPECT, FORWARDED, HOST, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use monoio_http::common::ext::Reason;
use monoio_http::common::response::ResponseHead;

use super::claims::{X_FORWARDED_FOR, X_FORWARDED_HOST, X_FORWARDED_PROTO};
use super::fields::is_hop_by_hop;
use super::framing::Framing;
use crate::base::clock::CoreClock;

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
    /// Whether a Via field is added.
    pub says_via: bool,
}

/// How a final response goes to a client.
pub struct Returning<'a> {
    /// How the body ends.
    pub framing: Framing,
    /// What is said about the connection.
    pub hop: Hop,
    /// The request's method.
    pub to: &'a Method,
    /// What time it is.
    pub clock: &'a CoreClock,
    /// Whether a Via field is added.
    pub says_via: bool,
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
    if request.says_via {
        via(out, request.version);
    }
    hop_fields(out, request.headers, request.hop);
    framing_fields(out, request.framing);
    out.extend_from_slice(b"\r\n");
}

/// A final response's head, in HTTP/1.1 whatever the client speaks (RFC 9110 2.5).
///
/// A Date is added where the endpoint gave none (RFC 9110 6.6.1), and a Via where one is wanted.
pub fn response(out: &mut Vec<u8>, head: &ResponseHead, outgoing: &Returning<'_>) {
    let (framing, hop) = (outgoing.framing, outgoing.hop);
    let has_date = status_and_fields(out, head);
    if !has_date {
        date(out, outgoing.clock);
    }
    if outgoing.says_via {
        via(out, head.version);
    }
    hop_fields(out, &head.headers, hop);
    if *outgoing.to == Method::HEAD || head.status == StatusCode::NOT_MODIFIED {
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

/// Whether there was a Date among them.
fn status_and_fields(out: &mut Vec<u8>, head: &ResponseHead) -> bool {
    let mut has_date = false;
    status_line(out, head);
    for (name, value) in &head.headers {
        if !is_hop_by_hop(name) {
            has_date |= *name == DATE;
            field(out, name, value);
        }
    }
    has_date
}

/// The Date field.
pub fn date(out: &mut Vec<u8>, clock: &CoreClock) {
    out.extend_from_slice(b"date: ");
    clock.append_date(out);
    out.extend_from_slice(b"\r\n");
}

/// That a message of this version came through here (RFC 9110 7.6.3), behind what others have said.
fn via(out: &mut Vec<u8>, version: Version) {
    let version: &[u8] = match version {
        Version::HTTP_10 => b"1.0",
        _ => b"1.1",
    };
    out.extend_from_slice(b"via: ");
    out.extend_from_slice(version);
    out.extend_from_slice(b" limpet\r\n");
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

/// Fields that are written anew. An HTTP/1.0 client cannot expect anything (RFC 9110 10.1.1).
fn is_rewritten(name: &HeaderName, version: Version) -> bool {
    *name == HOST
        || *name == X_FORWARDED_FOR
        || *name == FORWARDED
        || (*name == EXPECT && version != Version::HTTP_11)
}

/// The fields of this kind that are there already: a trusted proxy's, or an edit's.
#[derive(Clone, Copy, Default)]
struct Said {
    client: bool,
    host: bool,
    scheme: bool,
    forwarded: bool,
}

impl Said {
    fn note(&mut self, name: &HeaderName) {
        self.client |= *name == X_FORWARDED_FOR;
        self.host |= *name == X_FORWARDED_HOST;
        self.scheme |= *name == X_FORWARDED_PROTO;
        self.forwarded |= *name == FORWARDED;
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
    if said.forwarded {
        standard_forwarded_field(out, headers, to_say.client);
    }
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

/// Forwarded, extended (RFC 7239 4). It is not begun: X-Forwarded-For says the same to more endpoints.
fn standard_forwarded_field(out: &mut Vec<u8>, headers: &HeaderMap, client: &str) {
    out.extend_from_slice(b"forwarded: ");
    for value in headers.get_all(FORWARDED) {
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b", ");
    }
    match client.contains(':') {
        true => write(out, format_args!("for=\"[{client}]\"\r\n")),
        false => write(out, format_args!("for={client}\r\n")),
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

/// Puts a piece of a body into bytes to send.
pub fn piece(out: &mut Vec<u8>, framing: Framing, data: &[u8]) {
    match framing {
        Framing::Chunked => chunk(out, data),
        _ => out.extend_from_slice(data),
    }
}

/// Puts a body's end into bytes to send.
pub fn end(out: &mut Vec<u8>, framing: Framing, trailers: &HeaderMap) {
    if framing == Framing::Chunked {
        last_chunk(out, trailers);
    }
}
