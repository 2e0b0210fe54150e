//! How an exchange fails.

use super::local_reply::Answer;
use crate::proto::h1::refusal::Refusal;

/// How a response ended badly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The endpoint closed before a byte of it.
    Closed,
    /// The endpoint closed inside its head.
    Truncated,
    /// Its head cannot be forwarded.
    Malformed(Refusal),
    /// The limit of the request passed before its head.
    Timeout,
    /// The rule wants another answer, and can have it.
    Unwanted,
    /// It broke off after its head was sent on.
    Broken,
    /// As [`Failure::Broken`], and the client would take a plain end for the body's.
    BrokenUnseen,
    /// The client does not take it.
    ClientGone,
    /// The request's body broke HTTP/1.1 or a bound.
    Refused(Refusal),
    /// The same, before any of the request was sent: the endpoint's connection is as it was.
    Unsent(Refusal),
    /// The client was answered already.
    Answered,
}

impl Failure {
    /// What the client is answered, if it can be.
    #[must_use]
    pub fn answer(self) -> Option<Answer> {
        match self {
            Self::Closed | Self::Truncated => Some(Answer::UpstreamClosed),
            Self::Malformed(refusal) => Some(Answer::UpstreamMalformed(refusal)),
            Self::Timeout => Some(Answer::Timeout),
            Self::Refused(refusal) | Self::Unsent(refusal) => Some(Answer::Refused(refusal)),
            Self::Broken
            | Self::BrokenUnseen
            | Self::ClientGone
            | Self::Answered
            | Self::Unwanted => None,
        }
    }
}
