//! The head of a request or of a response, whatever the protocol: what stands in front of a body.
//!
//! It holds what was received, checked before; see [`super::h1::guard`]. Where a request points is
//! [`Target`]'s.

use std::borrow::Cow;
use std::ops::Range;

use http::{Method, StatusCode, Version};

use super::fields::Fields;
use super::target::Target;

/// A request's line and fields.
#[derive(Debug)]
pub struct RequestHead {
    /// A token.
    pub method: Method,
    /// HTTP/1.0 or HTTP/1.1.
    pub version: Version,
    /// What follows the line.
    pub fields: Fields,
    target: Target,
    /// Where the target begins in the fields' text.
    target_start: usize,
}

/// A response's line and fields.
#[derive(Debug)]
pub struct ResponseHead {
    /// 100 to 999.
    pub status: StatusCode,
    /// HTTP/1.0 or HTTP/1.1.
    pub version: Version,
    /// What follows the line.
    pub fields: Fields,
    /// Where it stands in the fields' text.
    reason: Range<usize>,
}

impl RequestHead {
    /// Of a line whose target begins there in the fields' text.
    pub(in crate::proto) fn new(
        method: Method,
        version: Version,
        (target, target_start): (Target, usize),
        fields: Fields,
    ) -> Self {
        Self {
            method,
            version,
            fields,
            target,
            target_start,
        }
    }

    /// The path as the client wrote it; `/` where the target is an authority alone, `*` of OPTIONS.
    #[must_use]
    pub fn path(&self) -> &str {
        match self.part(self.target.path()) {
            "" => "/",
            path => path,
        }
    }

    /// The query as the client wrote it, without its question mark.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.target.query().map(|query| self.part(query))
    }

    /// Path and query.
    #[must_use]
    pub fn path_and_query(&self) -> Cow<'_, [u8]> {
        match self.bytes(self.target.path_and_query()) {
            // An absolute target may have a query right behind its host, or nothing.
            text @ ([] | [b'?', ..]) => [b"/", text].concat().into(),
            text => text.into(),
        }
    }

    /// Whether the target is `*`.
    #[must_use]
    pub fn is_for_the_server(&self) -> bool {
        self.bytes(self.target.path()) == b"*"
    }

    /// Of a target that names one: a host with its port, if it has one.
    #[must_use]
    pub fn authority(&self) -> Option<&str> {
        self.target.authority().map(|part| self.part(part))
    }

    /// Whether the target says that it came in encrypted.
    #[must_use]
    pub fn says_https(&self) -> bool {
        self.target.is_https()
    }

    fn part(&self, part: Range<usize>) -> &str {
        str::from_utf8(self.bytes(part)).expect("a target is visible ASCII")
    }

    fn bytes(&self, part: Range<usize>) -> &[u8] {
        &self.fields.text()[self.target_start..][part]
    }
}

impl ResponseHead {
    /// Of a line whose reason stands there in the fields' text.
    pub(in crate::proto) fn new(
        status: StatusCode,
        version: Version,
        reason: Range<usize>,
        fields: Fields,
    ) -> Self {
        Self {
            status,
            version,
            fields,
            reason,
        }
    }

    /// What stands behind the status, for people.
    #[must_use]
    pub fn reason(&self) -> &[u8] {
        &self.fields.text()[self.reason.clone()]
    }
}
