//! Answers the gateway makes itself: short plain text that names the cause and its id.
//!
//! They carry no pin and no server name, and nothing the client sent.

use http::{Method, StatusCode};

use super::fault::Fault;
use crate::base::clock::CoreClock;
use crate::proto::field_name::{Known, KnownSet};
use crate::proto::fields::Fields;
use crate::proto::h1::encode;
use crate::proto::h1::encode::Hop;

/// An answer of ours.
#[derive(Debug)]
pub struct LocalReply {
    /// Its status.
    pub status: StatusCode,
    /// The label in metrics and log; `None`: the rule wanted just this answer.
    pub refusal: Option<&'static str>,
    fields: Fields,
    body: String,
}

impl LocalReply {
    /// What the rule itself answers: a redirect, or what a preflight asked for.
    pub fn of_rule(status: StatusCode, fields: Fields) -> Self {
        Self {
            status,
            refusal: None,
            fields,
            body: String::new(),
        }
    }

    /// That the request failed; `None`: nobody is told any more.
    pub fn of(fault: Fault) -> Option<Self> {
        let told = fault.told()?;
        let (status, text) = told.answer?;
        let cause = match fault.protocol_error() {
            Some(error) => format!("{text}: {}", error.message()),
            None => text.to_owned(),
        };
        Some(Self {
            status,
            refusal: Some(told.id),
            fields: Fields::default(),
            body: format!("{cause}. [{}]", told.id),
        })
    }

    /// Writes the whole response: how long its body is. A HEAD request gets the head only.
    pub fn encode(
        &self,
        out: &mut Vec<u8>,
        hop: Hop,
        to: Option<&Method>,
        clock: &CoreClock,
    ) -> usize {
        let Self {
            status,
            fields,
            body,
            ..
        } = self;
        let reason = status.canonical_reason().unwrap_or_default();
        let line_end = if body.is_empty() { "" } else { "\n" };
        let length = body.len() + line_end.len();
        let mut head = format!("HTTP/1.1 {} {reason}\r\n", status.as_str());
        // RFC 9110 8.6.
        if *status != StatusCode::NO_CONTENT {
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
        if !fields.has(Known::Date) {
            encode::date(out, clock);
        }
        fields.encode(out, KnownSet::default());
        out.extend_from_slice(b"\r\n");
        if to == Some(&Method::HEAD) {
            return 0;
        }
        out.extend_from_slice(body.as_bytes());
        out.extend_from_slice(line_end.as_bytes());
        length
    }
}
