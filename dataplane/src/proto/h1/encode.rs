//! Writes heads and chunks as bytes (RFC 9112 3, 4, 7.1).

use std::io::Write;

use http::{Method, StatusCode, Version};

use super::connection::HOP_BY_HOP;
use super::framing::Framing;
use crate::base::clock::CoreClock;
use crate::proto::field_name::{Known, KnownSet};
use crate::proto::fields::{self, Fields};
use crate::proto::head::ResponseHead;

/// Fields of a request that are written anew.
const REWRITTEN: KnownSet = HOP_BY_HOP.and(KnownSet::of(&[
    Known::Host,
    Known::XForwardedFor,
    Known::Forwarded,
]));

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
    pub target: &'a [u8],
    /// The new Host.
    pub host: &'a [u8],
    /// What the client spoke.
    pub version: Version,
    /// The fields, edited.
    pub fields: &'a Fields,
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
    out.extend_from_slice(request.target);
    out.extend_from_slice(b" HTTP/1.1\r\nhost: ");
    out.extend_from_slice(request.host);
    out.extend_from_slice(b"\r\n");
    // An HTTP/1.0 client cannot expect anything (RFC 9110 10.1.1).
    let rewritten = match request.version {
        Version::HTTP_11 => REWRITTEN,
        _ => REWRITTEN.with(Known::Expect),
    };
    request.fields.encode(out, rewritten);
    forwarded_fields(out, request.fields, request.forwarded);
    if request.says_via {
        via(out, request.version);
    }
    hop_fields(out, request.fields, request.hop);
    framing_fields(out, request.framing);
    out.extend_from_slice(b"\r\n");
}

/// A final response's head, in HTTP/1.1 whatever the client speaks (RFC 9110 2.5).
///
/// A Date is added where the endpoint gave none (RFC 9110 6.6.1), and a Via where one is wanted.
pub fn response(out: &mut Vec<u8>, head: &ResponseHead, outgoing: &Returning<'_>) {
    let (framing, hop) = (outgoing.framing, outgoing.hop);
    status_and_fields(out, head);
    if !head.fields.has(Known::Date) {
        date(out, outgoing.clock);
    }
    if outgoing.says_via {
        via(out, head.version);
    }
    hop_fields(out, &head.fields, hop);
    if *outgoing.to == Method::HEAD || head.status == StatusCode::NOT_MODIFIED {
        // The length of the body that is not sent (RFC 9110 8.6).
        if let Some(length) = head.fields.get(Known::ContentLength) {
            field(out, Known::ContentLength, length);
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
pub fn last_chunk(out: &mut Vec<u8>, trailers: &Fields) {
    out.extend_from_slice(b"0\r\n");
    trailers.encode(out, KnownSet::default());
    out.extend_from_slice(b"\r\n");
}

fn status_and_fields(out: &mut Vec<u8>, head: &ResponseHead) {
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(head.status.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(head.reason());
    out.extend_from_slice(b"\r\n");
    head.fields.encode(out, HOP_BY_HOP);
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

/// What was said already, by a trusted proxy or an edit, is extended or stays.
fn forwarded_fields(out: &mut Vec<u8>, fields: &Fields, to_say: Forwarded<'_>) {
    out.extend_from_slice(b"x-forwarded-for: ");
    for value in fields.all(Known::XForwardedFor) {
        out.extend_from_slice(value);
        out.extend_from_slice(b", ");
    }
    out.extend_from_slice(to_say.client.as_bytes());
    out.extend_from_slice(b"\r\n");
    if fields.has(Known::Forwarded) {
        standard_forwarded_field(out, fields, to_say.client);
    }
    if !fields.has(Known::XForwardedProto) {
        field(out, Known::XForwardedProto, to_say.scheme.as_bytes());
    }
    if !fields.has(Known::XForwardedHost) && !to_say.host.is_empty() {
        field(out, Known::XForwardedHost, to_say.host.as_bytes());
    }
}

/// Forwarded, extended (RFC 7239 4). It is not begun: X-Forwarded-For says the same to more endpoints.
fn standard_forwarded_field(out: &mut Vec<u8>, fields: &Fields, client: &str) {
    out.extend_from_slice(b"forwarded: ");
    for value in fields.all(Known::Forwarded) {
        out.extend_from_slice(value);
        out.extend_from_slice(b", ");
    }
    match client.contains(':') {
        true => write(out, format_args!("for=\"[{client}]\"\r\n")),
        false => write(out, format_args!("for={client}\r\n")),
    }
}

fn hop_fields(out: &mut Vec<u8>, fields: &Fields, hop: Hop) {
    match hop {
        Hop::Open => {}
        Hop::KeepAlive => out.extend_from_slice(b"connection: keep-alive\r\n"),
        Hop::Close => out.extend_from_slice(b"connection: close\r\n"),
        Hop::Upgrade => {
            out.extend_from_slice(b"connection: upgrade\r\n");
            for value in fields.all(Known::Upgrade) {
                field(out, Known::Upgrade, value);
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

fn field(out: &mut Vec<u8>, name: Known, value: &[u8]) {
    fields::write(out, name.text().as_bytes(), value);
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
pub fn end(out: &mut Vec<u8>, framing: Framing, trailers: &Fields) {
    if framing == Framing::Chunked {
        last_chunk(out, trailers);
    }
}
