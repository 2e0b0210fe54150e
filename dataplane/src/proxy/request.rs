//! A request that may be acted upon: its head accepted, its body framed, its host known.

use http::{Method, Version};

use super::sender::Sender;
use crate::proto::field_name::Known;
use crate::proto::h1::claims::CLAIMS;
use crate::proto::h1::connection::ConnectionOptions;
use crate::proto::h1::framing::Framing;
use crate::proto::h1::protocol_error::ProtocolError;
use crate::proto::h1::{framing, host};
use crate::proto::head::RequestHead;
use crate::proto::text::elements;
use crate::transport::client::Client;

/// A request as the client sent it.
#[derive(Debug)]
pub struct Request {
    /// Line and fields.
    pub head: RequestHead,
    /// How its body ends.
    pub framing: Framing,
    /// What its Connection fields say.
    pub options: ConnectionOptions,
    /// The host it is for, with its port if it has one; empty for some HTTP/1.0 requests.
    pub host: Box<str>,
    /// Whether it asks to switch protocols, in a way that may be forwarded.
    pub is_upgrade: bool,
    /// Whether it says what only a gateway may say.
    pub has_claims: bool,
    /// What a trusted proxy said; of others nothing.
    pub sender: Sender,
}

impl Request {
    /// Accepts a head, or says why not. `is_tls`: it came in encrypted.
    pub fn accept(mut head: RequestHead, is_tls: bool) -> Result<Self, ProtocolError> {
        let framing = framing::of_request(&head.fields, head.version)?;
        let host = host::of_request(&head, is_tls)?.into();
        let has_claims = head.fields.has_any(CLAIMS);
        let options = ConnectionOptions::of(&head.fields);
        let is_upgrade = may_upgrade(&head, framing, &options);
        options.strip(&mut head.fields);
        Ok(Self {
            head,
            framing,
            options,
            host,
            is_upgrade,
            has_claims,
            sender: Sender::default(),
        })
    }

    /// Whether the client's connection is encrypted; a trusted proxy may have ended that in front.
    pub fn is_https(&self, client: &Client) -> bool {
        self.sender.is_https.unwrap_or(client.is_tls())
    }

    /// `http` or `https`, by [`Request::is_https`].
    pub fn scheme(&self, client: &Client) -> &'static str {
        if self.is_https(client) {
            "https"
        } else {
            "http"
        }
    }

    /// The port that the client connected to: this listener's, unless a trusted proxy stands in front.
    pub fn port(&self, listener_port: u16) -> u16 {
        let of_scheme = |is_https| if is_https { 443 } else { 80 };
        let said = self.sender.port;
        said.or(self.sender.is_https.map(of_scheme))
            .unwrap_or(listener_port)
    }

    /// Whether the client keeps its connection open after this request.
    pub fn is_persistent(&self) -> bool {
        self.options.is_persistent(self.head.version)
    }

    /// Whether the client reads chunks and 1xx responses.
    pub fn is_1_1(&self) -> bool {
        self.head.version == Version::HTTP_11
    }

    /// Whether the client waits for a 100 response before it sends the body.
    pub fn expects_continue(&self) -> bool {
        self.is_1_1() && self.head.fields.has(Known::Expect)
    }

    /// Whether sending it twice does no more than sending it once (RFC 9110 9.2.2).
    pub fn is_idempotent(&self) -> bool {
        let method = &self.head.method;
        method.is_safe() || *method == Method::PUT || *method == Method::DELETE
    }

    /// Whether it is idempotent, and all of it is still here.
    pub fn is_replayable(&self) -> bool {
        self.is_idempotent() && self.framing.is_empty()
    }

    /// Counts this hop, where the request says how many it may take (RFC 9110 7.6.2); `false`: it may take
    /// no more, and is to be answered here. What is no number says nothing.
    pub fn may_be_forwarded(&mut self) -> bool {
        if !matches!(self.head.method, Method::OPTIONS | Method::TRACE) {
            return true;
        }
        let left = self.head.fields.get(Known::MaxForwards);
        let left: Option<u32> = left.and_then(|value| str::from_utf8(value).ok()?.parse().ok());
        let Some(left) = left else { return true };
        if left > 0 {
            let value = (left - 1).to_string();
            self.head.fields.set(Known::MaxForwards, value.as_bytes());
        }
        left > 0
    }

    /// Whether the protocol is one the request asked to switch to.
    pub fn asked_for(&self, protocol: &[u8]) -> bool {
        let mut offered = self.head.fields.all(Known::Upgrade).flat_map(elements);
        offered.any(|offer| offer.eq_ignore_ascii_case(protocol))
    }
}

/// An upgrade without a body, and not to HTTP/2: what follows one would pass by every check here.
fn may_upgrade(head: &RequestHead, framing: Framing, options: &ConnectionOptions) -> bool {
    let asks = options.has_upgrade && head.version == Version::HTTP_11 && framing.is_empty();
    let is_http = |offer: &[u8]| {
        let begins = |start: &[u8]| {
            let found = offer.get(..start.len());
            found.is_some_and(|found| found.eq_ignore_ascii_case(start))
        };
        let is_h2 = [&b"h2c"[..], b"h2"]
            .iter()
            .any(|name| offer.eq_ignore_ascii_case(name));
        is_h2 || begins(b"http") || begins(b"tls")
    };
    let mut offers = head.fields.all(Known::Upgrade).flat_map(elements);
    asks && head.fields.has(Known::Upgrade) && !offers.any(is_http)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::h1::head::tests::read_request;

    fn accept(text: &str) -> Request {
        Request::accept(read_request(text).expect("guarded"), false).expect("accepted")
    }

    #[test]
    fn an_upgrade_is_forwarded_unless_it_leads_to_http() {
        let check = |line: &str, fields: &str, expected: bool| {
            let request = accept(&format!("{line}|host: a|{fields}"));
            assert_eq!(request.is_upgrade, expected, "{line} {fields}");
        };
        let get = "GET / HTTP/1.1";
        check(get, "connection: upgrade|upgrade: websocket", true);
        check(
            get,
            "connection: keep-alive, Upgrade|upgrade: WebSocket",
            true,
        );
        check(get, "upgrade: websocket", false);
        check(get, "connection: upgrade", false);
        check(
            "GET / HTTP/1.0",
            "connection: upgrade|upgrade: websocket",
            false,
        );
        check(
            get,
            "connection: upgrade|upgrade: websocket|content-length: 3",
            false,
        );
        check(get, "connection: upgrade|upgrade: h2c", false);
        check(get, "connection: upgrade|upgrade: websocket, H2C", false);
        check(get, "connection: upgrade|upgrade: TLS/1.0", false);
        check(get, "connection: upgrade|upgrade: HTTP/2.0", false);
    }

    #[test]
    fn only_idempotent_requests_without_a_body_are_replayed() {
        let check = |method: &str, fields: &str, expected: bool| {
            let request = accept(&format!("{method} / HTTP/1.1|host: a{fields}"));
            assert_eq!(request.is_replayable(), expected, "{method} {fields}");
        };
        check("GET", "", true);
        check("DELETE", "", true);
        check("PUT", "|content-length: 0", true);
        check("PUT", "|content-length: 1", false);
        check("POST", "", false);
        check("PATCH", "|transfer-encoding: chunked", false);
    }

    #[test]
    fn options_and_trace_are_forwarded_as_often_as_they_say() {
        let check = |line: &str, field: &str, expected: bool, left: Option<&str>| {
            let mut request = accept(&format!("{line} / HTTP/1.1|host: a|{field}"));
            assert_eq!(request.may_be_forwarded(), expected, "{line} {field}");
            let found = request.head.fields.get(Known::MaxForwards);
            assert_eq!(found, left.map(str::as_bytes), "{line} {field}");
        };
        check("OPTIONS", "max-forwards: 0", false, Some("0"));
        check("OPTIONS", "max-forwards: 1", true, Some("0"));
        check("TRACE", "max-forwards: 10", true, Some("9"));
        check("OPTIONS", "max-forwards: x", true, Some("x"));
        check("OPTIONS", "x: y", true, None);
        check("GET", "max-forwards: 0", true, Some("0"));
    }
}
