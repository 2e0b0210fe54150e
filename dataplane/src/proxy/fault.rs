//! What can go wrong with a request: whose doing it is, whether another try is safe, and what the client, the
//! log and the metrics are told. All of it is decided here.
//!
//! Tested over real sockets in `tests/http/failures.rs` and `tests/http/retries.rs`.

use http::StatusCode;
use limpet_schema::messages;

use crate::affinity::NoChoice;
use crate::proto::h1::protocol_error::ProtocolError;
use crate::proto::h1::server::ClientGone;

/// How a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request breaks HTTP/1.1 or a bound.
    Refused(ProtocolError),
    /// The same of its body, before any of the request was sent: the endpoint's connection is as it was.
    Unsent(ProtocolError),
    /// No rule takes the request.
    NoRoute,
    /// Too many requests of one session at once.
    TooManyRequests,
    /// The client does not take the answer.
    ClientGone,
    /// The rule's backend does not exist or is not permitted.
    NoBackend,
    /// The backend has no endpoint.
    NoEndpoint,
    /// No file descriptor is left to connect with.
    NoDescriptors,
    /// This machine's network has no port or route left.
    NoNetwork,
    /// No endpoint accepts connections.
    Unreachable,
    /// The endpoint closed before a byte of its answer.
    Closed,
    /// The endpoint closed inside its answer's head.
    Truncated,
    /// The head of the endpoint's answer cannot be forwarded.
    Malformed(ProtocolError),
    /// The limit of the request passed before the answer's head.
    Timeout,
    /// The answer broke off after its head was sent on.
    Broken,
    /// As [`Fault::Broken`], and the client would take a plain end for the body's.
    BrokenUnseen,
}

/// Whose doing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Client,
    Upstream,
    Ours,
}

/// Whether the request may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    Never,
    /// To another connection, where doing it twice does no more than once.
    IfHarmless,
    /// The same, and only by a rule that asks for retries.
    IfAskedFor,
}

/// What is told of it.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// The label in metrics and log.
    pub id: &'static str,
    /// What the client is answered; `None`: it has the head of another answer already.
    pub answer: Option<(StatusCode, &'static str)>,
}

impl Fault {
    /// Whose doing it is.
    #[must_use]
    pub fn side(self) -> Side {
        match self {
            Self::Refused(_)
            | Self::Unsent(_)
            | Self::NoRoute
            | Self::TooManyRequests
            | Self::ClientGone => Side::Client,
            Self::NoBackend | Self::NoEndpoint | Self::NoDescriptors | Self::NoNetwork => {
                Side::Ours
            }
            Self::Unreachable
            | Self::Closed
            | Self::Truncated
            | Self::Malformed(_)
            | Self::Timeout
            | Self::Broken
            | Self::BrokenUnseen => Side::Upstream,
        }
    }

    /// Whether the request may be sent again.
    #[must_use]
    pub fn again(self) -> Again {
        match self {
            Self::Closed => Again::IfHarmless,
            Self::Timeout => Again::IfAskedFor,
            _ => Again::Never,
        }
    }

    /// What is told of it. Short, as it is read by people who can change nothing: what to do is said to
    /// the operator of the gateway, by `limpet explain` and the id. `None`: nobody is there to be told, and
    /// it is logged as 499.
    #[must_use]
    pub fn told(self) -> Option<Told> {
        use StatusCode as S;
        let (message, answer) = match self {
            Self::ClientGone => return None,
            // Its texts are the protocol error's own.
            Self::Refused(error) | Self::Unsent(error) => {
                return Some(Told {
                    id: error.id(),
                    answer: Some((error.status(), "The request was refused")),
                });
            }
            Self::NoRoute => (
                messages::NO_ROUTE,
                Some((S::NOT_FOUND, "No route matches this host and path")),
            ),
            Self::TooManyRequests => (
                messages::TOO_MANY_REQUESTS_OF_SESSION,
                Some((
                    S::TOO_MANY_REQUESTS,
                    "This session has too many requests in flight",
                )),
            ),
            Self::NoBackend => (
                messages::NO_BACKEND,
                Some((
                    S::INTERNAL_SERVER_ERROR,
                    "The backend of this route does not exist",
                )),
            ),
            Self::NoEndpoint => (
                messages::NO_ENDPOINT,
                Some((S::SERVICE_UNAVAILABLE, "The backend has no ready endpoint")),
            ),
            Self::NoDescriptors => (messages::NO_DESCRIPTORS, NO_CONNECTION),
            Self::NoNetwork => (messages::NO_NETWORK, NO_CONNECTION),
            Self::Unreachable => (
                messages::UPSTREAM_UNREACHABLE,
                Some((
                    S::BAD_GATEWAY,
                    "No endpoint of the backend accepts connections",
                )),
            ),
            Self::Closed | Self::Truncated => (
                messages::UPSTREAM_CLOSED,
                Some((
                    S::BAD_GATEWAY,
                    "The endpoint closed the connection without an answer",
                )),
            ),
            Self::Malformed(_) => (
                messages::UPSTREAM_MALFORMED,
                Some((S::BAD_GATEWAY, "The endpoint's answer cannot be forwarded")),
            ),
            Self::Timeout => (
                messages::UPSTREAM_TIMEOUT,
                Some((S::GATEWAY_TIMEOUT, "The endpoint did not answer in time")),
            ),
            Self::Broken | Self::BrokenUnseen => (messages::UPSTREAM_BROKE_OFF, None),
        };
        Some(Told {
            id: message.id,
            answer,
        })
    }

    /// What of HTTP/1.1 was broken.
    #[must_use]
    pub fn protocol_error(self) -> Option<ProtocolError> {
        match self {
            Self::Refused(error) | Self::Unsent(error) | Self::Malformed(error) => Some(error),
            _ => None,
        }
    }
}

const NO_CONNECTION: Option<(StatusCode, &str)> = Some((
    StatusCode::SERVICE_UNAVAILABLE,
    "The gateway cannot open connections now",
));

impl From<ClientGone> for Fault {
    fn from(_: ClientGone) -> Self {
        Self::ClientGone
    }
}

impl From<NoChoice> for Fault {
    fn from(reason: NoChoice) -> Self {
        match reason {
            NoChoice::NoBackend => Self::NoBackend,
            NoChoice::NoEndpoint => Self::NoEndpoint,
            NoChoice::TooManyRequests => Self::TooManyRequests,
        }
    }
}
