//! What fuzzers, properties and instruction counts reach of the inside. Never in a release.
//!
//! It calls what serves requests and decides nothing itself: bytes come in pieces, as a socket
//! brings them, and what was understood goes out as plain data that can be compared.
//!
//! Tested by those who use it: `hostile/` and `instructions/`.

mod served;

use std::path::Path;
use std::rc::Rc;

use bytes::BytesMut;
use http::{Method, Version};
use limpet_schema::snapshot::Snapshot;

use crate::affinity::{SessionId, cookie, pin};
use crate::base::clock::CoreClock;
use crate::base::keyring::{Key, Keyring};
use crate::base::settings::Clock;
use crate::proto::field_name::{FieldName, Known};
use crate::proto::fields;
use crate::proto::h1::connection::ConnectionOptions;
use crate::proto::h1::encode::{Forwarded, Hop, Outgoing, Returning};
use crate::proto::h1::{chunked, encode, framing, guard, head};
use crate::proto::head::ResponseHead;
use crate::proxy::request;
use crate::server::last_good;
use crate::server::last_good::LastGoodError;

pub use crate::proto::h1::framing::Framing;
pub use crate::proto::h1::protocol_error::ProtocolError;
pub use crate::transport::listen::proxy_protocol::{
    Header as ProxyHeader, Source as ProxySource, find as proxy_header,
};
pub use served::{Rule, Served};

/// The one clock of these tests: seconds since 1970.
pub const NOW_SECS: u64 = 1_800_000_000;

/// Where the client of these tests comes from.
const PEER: ([u8; 4], u16) = ([192, 0, 2, 1], 4711);

/// A request's head as it was understood.
pub struct Request(request::Request);

/// What a request's head means, to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// A token.
    pub method: String,
    /// Path and query, or `*`.
    pub target: String,
    /// `HTTP/1.0` or `HTTP/1.1`.
    pub version: Version,
    /// The host it is for; empty for some HTTP/1.0 requests.
    pub host: String,
    /// All fields, in the order they are forwarded in.
    pub fields: Fields,
    /// How its body ends.
    pub framing: Framing,
    /// Whether the connection stays open after it.
    pub is_persistent: bool,
    /// Whether it asks to switch protocols.
    pub is_upgrade: bool,
    /// Whether the client waits for 100.
    pub expects_continue: bool,
}

/// Names in lower case, and values.
pub type Fields = Vec<(String, Vec<u8>)>;

/// Reads a request's head that comes in these pieces: the head and how many bytes it took. `None`
/// when it is not whole.
///
/// # Errors
/// Why it is refused.
pub fn request<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Option<(Request, usize)>, ProtocolError> {
    let (mut buffer, mut search, mut given) = (BytesMut::new(), guard::Search::default(), 0);
    let spares = Rc::default();
    for piece in pieces {
        buffer.extend_from_slice(piece);
        given += piece.len();
        if let Some(head) = head::next_request(&mut buffer, &mut search, &spares)? {
            let request = Request(request::Request::accept(head, false)?);
            return Ok(Some((request, given - buffer.len())));
        }
    }
    Ok(None)
}

impl Request {
    /// What it means.
    #[must_use]
    pub fn meaning(&self) -> Meaning {
        let request = &self.0;
        Meaning {
            method: request.head.method.to_string(),
            target: text(&request.head.path_and_query()),
            version: request.head.version,
            host: request.host.to_string(),
            fields: plain(&request.head.fields),
            framing: request.framing,
            is_persistent: request.is_persistent(),
            is_upgrade: request.is_upgrade,
            expects_continue: request.expects_continue(),
        }
    }

    /// Its head as it goes to an endpoint that knows itself as this host.
    pub fn forward(&self, host: &str, out: &mut Vec<u8>) {
        let request = &self.0;
        let hop = if request.is_upgrade {
            Hop::Upgrade
        } else {
            Hop::Open
        };
        let outgoing = Outgoing {
            method: &request.head.method,
            target: &request.head.path_and_query(),
            host: host.as_bytes(),
            version: request.head.version,
            fields: &request.head.fields,
            framing: request.framing,
            hop,
            forwarded: Forwarded {
                client: "192.0.2.1",
                host: &request.host,
                scheme: "http",
            },
            says_via: false,
        };
        encode::request(out, &outgoing);
    }

    /// How many texts in its cookies could be pins.
    #[must_use]
    pub fn pin_candidates(&self, name: &str) -> usize {
        cookie::candidates(&self.0.head.fields, name).count()
    }

    /// Whether a field's name may not travel further.
    #[must_use]
    pub fn keeps_back(&self, name: &str) -> bool {
        let name = FieldName::parse(name.as_bytes()).expect("it is the name of a field");
        name.known() == Some(Known::Host) || self.0.options.keeps_back(&name)
    }
}

/// A response's head as it was understood.
#[derive(Debug)]
pub struct Response {
    head: ResponseHead,
    method: Method,
    clock: CoreClock,
    /// How its body ends.
    pub framing: Framing,
}

/// Reads a response's head to a request of this method; see [`request`].
///
/// # Errors
/// Why it is refused.
pub fn response<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    method: &str,
) -> Result<Option<(Response, usize)>, ProtocolError> {
    let method: Method = method.parse().expect("a method");
    let (mut buffer, mut searched, mut given) = (BytesMut::new(), 0, 0);
    let spares = Rc::default();
    for piece in pieces {
        buffer.extend_from_slice(piece);
        given += piece.len();
        if let Some(mut head) = head::next_response(&mut buffer, &mut searched, &spares)? {
            let framing = framing::of_response(&head.fields, head.version, head.status, &method)?;
            ConnectionOptions::of(&head.fields).strip(&mut head.fields);
            let response = Response {
                head,
                method,
                clock: CoreClock::new(Clock::default()),
                framing,
            };
            return Ok(Some((response, given - buffer.len())));
        }
    }
    Ok(None)
}

impl Response {
    fn options(&self) -> ConnectionOptions {
        ConnectionOptions::of(&self.head.fields)
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.head.status.as_u16()
    }

    /// Its fields.
    #[must_use]
    pub fn fields(&self) -> Fields {
        plain(&self.head.fields)
    }

    /// Its head as it goes to a client of HTTP/1.1 that keeps its connection.
    pub fn answer(&self, out: &mut Vec<u8>) {
        if self.head.status.is_informational() {
            return encode::interim(out, &self.head);
        }
        let framing = match self.framing {
            Framing::UntilEnd => Framing::Chunked,
            framing => framing,
        };
        let returning = Returning {
            framing,
            hop: Hop::Open,
            to: &self.method,
            clock: &self.clock,
            says_via: false,
        };
        encode::response(out, &self.head, &returning);
    }

    /// Whether a field's name may not travel further.
    #[must_use]
    pub fn keeps_back(&self, name: &str) -> bool {
        let name = FieldName::parse(name.as_bytes()).expect("it is the name of a field");
        self.options().keeps_back(&name)
    }
}

/// A chunked body that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chunked {
    /// What it carries.
    pub data: Vec<u8>,
    /// The trailers that may be forwarded.
    pub trailers: Fields,
    /// What follows it; `None` when it is not whole.
    pub rest: Option<Vec<u8>>,
}

/// Reads a chunked body that comes in these pieces.
///
/// # Errors
/// Why it is refused.
pub fn chunked<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Chunked, ProtocolError> {
    let mut decoder = chunked::Decoder::default();
    let (mut buffer, mut body) = (BytesMut::new(), Chunked::default());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        body.data.extend_from_slice(&decoder.decode(&mut buffer)?);
    }
    if decoder.is_done() {
        body.trailers = plain(&decoder.take_trailers()?);
        body.rest = Some(buffer.to_vec());
    }
    Ok(body)
}

/// The values of the cookies of that name in Cookie fields. A field is what [`request`] accepts.
#[must_use]
pub fn cookie_values(fields: &[&[u8]], name: &str) -> Vec<Vec<u8>> {
    cookie::values(&cookies(fields), name)
        .map(<[u8]>::to_vec)
        .collect()
}

/// The texts in Cookie fields that could be pins.
#[must_use]
pub fn pin_candidates(fields: &[&[u8]], name: &str) -> Vec<Vec<u8>> {
    cookie::candidates(&cookies(fields), name)
        .map(|text| text.to_vec())
        .collect()
}

/// What a pin says: session, endpoint tag, when it was made.
pub type PinParts = (SessionId, u64, u32);

/// Seals a pin with a key of these tests: `key` is 0 or 1.
#[must_use]
pub fn seal_pin(key: usize, aad: &[u8], (session, endpoint_tag, issued_secs): PinParts) -> Vec<u8> {
    let pin = pin::Pin {
        session,
        endpoint_tag,
        issued_secs,
    };
    let keys = keys();
    let key = keys.iter().nth(key).expect("there are two keys");
    pin.seal(key, aad).to_vec()
}

/// Opens pins with the keys of these tests.
pub struct Opener(Keyring);

impl Default for Opener {
    fn default() -> Self {
        Self(keys())
    }
}

impl Opener {
    /// Reads a text that a client sent.
    #[must_use]
    pub fn open(&self, aad: &[u8], text: &[u8]) -> Option<PinParts> {
        let pin = pin::Pin::open(&self.0, aad, text)?;
        Some((pin.session, pin.endpoint_tag, pin.issued_secs))
    }
}

/// Reads what [`last_good::save`] wrote.
///
/// # Errors
/// As [`last_good::load`].
pub fn last_good(content: &[u8]) -> Result<Snapshot, LastGoodError> {
    last_good::parse(Path::new("test"), content)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("it is ASCII")
}

fn keys() -> Keyring {
    Keyring::new(Key::new(1, [1; 32]), Some(Key::new(0, [2; 32])))
}

fn cookies(values: &[&[u8]]) -> fields::Fields {
    let mut fields = fields::Fields::default();
    for value in values {
        fields.add(Known::Cookie, value);
    }
    fields
}

fn plain(fields: &fields::Fields) -> Fields {
    let pairs = fields.iter();
    pairs
        .map(|(name, value)| (text(name), value.to_vec()))
        .collect()
}
