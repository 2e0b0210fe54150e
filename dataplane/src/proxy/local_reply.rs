//! Answers the gateway makes itself: short plain text that names the cause and its id.
//!
//! They carry no pin and no server name, and nothing the client sent.

use std::borrow::Cow;

use http::{Method, StatusCode};
use limpet_schema::messages;

use crate::base::clock::CoreClock;
use crate::proto::field_name::{Known, KnownSet};
use crate::proto::fields::Fields;
use crate::proto::h1::encode;
use crate::proto::h1::encode::Hop;
use crate::proto::h1::refusal::Refusal;

/// An answer of ours.
#[derive(Debug)]
pub enum Answer {
    /// The request breaks HTTP/1.1 or a bound.
    Refused(Refusal),
    /// No rule takes the request.
    NotFound,
    /// The rule's backend does not exist or is not permitted.
    NoBackend,
    /// The backend has no endpoint.
    NoEndpoint,
    /// Too many requests of one session at once.
    TooManyRequests,
    /// No endpoint could be reached.
    Unreachable,
    /// An endpoint's answer broke off before it began.
    UpstreamClosed,
    /// An endpoint's answer breaks HTTP/1.1 or a bound.
    UpstreamMalformed(Refusal),
    /// The endpoint did not answer in time.
    Timeout,
    /// What the rule itself answers: a redirect, or what a preflight asked for.
    OfRule(StatusCode, Fields),
    /// No file descriptor is left to connect with.
    NoDescriptors,
    /// This machine's network has no port or route left.
    NoNetwork,
}

impl Answer {
    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Refused(refusal) => refusal.status(),
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NoBackend => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NoEndpoint | Self::NoDescriptors | Self::NoNetwork => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Unreachable | Self::UpstreamClosed | Self::UpstreamMalformed(_) => {
                StatusCode::BAD_GATEWAY
            }
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Self::OfRule(status, _) => *status,
        }
    }

    /// Stable: the label in metrics and log.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.id(),
            Self::NotFound => messages::NO_ROUTE.id,
            Self::NoBackend => messages::NO_BACKEND.id,
            Self::NoEndpoint => messages::NO_ENDPOINT.id,
            Self::TooManyRequests => messages::TOO_MANY_REQUESTS_OF_SESSION.id,
            Self::Unreachable => messages::UPSTREAM_UNREACHABLE.id,
            Self::UpstreamClosed => messages::UPSTREAM_CLOSED.id,
            Self::UpstreamMalformed(_) => messages::UPSTREAM_MALFORMED.id,
            Self::Timeout => messages::UPSTREAM_TIMEOUT.id,
            Self::OfRule(..) => "rule",
            Self::NoDescriptors => messages::NO_DESCRIPTORS.id,
            Self::NoNetwork => messages::NO_NETWORK.id,
        }
    }

    /// [`Answer::id`], unless the rule wanted just this answer.
    #[must_use]
    pub fn refusal(&self) -> Option<&'static str> {
        (!matches!(self, Self::OfRule(..))).then(|| self.id())
    }

    /// What a client is told: short, as it is read by people who can change nothing. What to do is said to
    /// the operator of the gateway, by `limpet explain` and the id.
    fn body(&self) -> String {
        let cause: Cow<'_, str> = match self {
            Self::OfRule(..) => return String::new(),
            Self::Refused(refusal) => {
                format!("The request was refused: {}", refusal.message()).into()
            }
            Self::NotFound => "No route matches this host and path".into(),
            Self::NoBackend => "The backend of this route does not exist".into(),
            Self::NoEndpoint => "The backend has no ready endpoint".into(),
            Self::TooManyRequests => "This session has too many requests in flight".into(),
            Self::Unreachable => "No endpoint of the backend accepts connections".into(),
            Self::UpstreamClosed => "The endpoint closed the connection without an answer".into(),
            Self::UpstreamMalformed(refusal) => format!(
                "The endpoint's answer cannot be forwarded: {}",
                refusal.message()
            )
            .into(),
            Self::Timeout => "The endpoint did not answer in time".into(),
            Self::NoDescriptors | Self::NoNetwork => {
                "The gateway cannot open connections now".into()
            }
        };
        format!("{cause}. [{}]", self.id())
    }

    /// Writes the whole response: how long its body is. A HEAD request gets the head only.
    pub fn encode(
        &self,
        out: &mut Vec<u8>,
        hop: Hop,
        to: Option<&Method>,
        clock: &CoreClock,
    ) -> usize {
        let status = self.status();
        let body = self.body();
        let reason = status.canonical_reason().unwrap_or_default();
        let line_end = if body.is_empty() { "" } else { "\n" };
        let length = body.len() + line_end.len();
        let mut head = format!("HTTP/1.1 {} {reason}\r\n", status.as_str());
        // RFC 9110 8.6.
        if status != StatusCode::NO_CONTENT {
            head.push_str(&format!("content-length: {length}\r\n"));
        }
        if !body.is_empty() {
            head.push_str("content-type: text/plain; charset=utf-8\r\n");
        }
        match hop {
            Hop::Close => head.push_str("connection: close\r\n"),
            Hop::KeepAlive => head.push_str("connection: keep-alive\r\n"),
            Hop::Open | Hop::Upgrade => {}
        }
        out.extend_from_slice(head.as_bytes());
        if !matches!(self, Self::OfRule(_, fields) if fields.has(Known::Date)) {
            encode::date(out, clock);
        }
        if let Self::OfRule(_, fields) = self {
            fields.encode(out, KnownSet::default());
        }
        out.extend_from_slice(b"\r\n");
        if to == Some(&Method::HEAD) {
            return 0;
        }
        out.extend_from_slice(body.as_bytes());
        out.extend_from_slice(line_end.as_bytes());
        length
    }
}
