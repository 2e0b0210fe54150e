//! HTTP/1.1: everything between a client's bytes and an endpoint's.
//!
//! `guard` decides whether a head's bytes may be parsed, `head` has monoio-http's decoders parse
//! them, `framing` and `host` decide what they mean. `connection` serves one request after the
//! other, `exchange` one of them, `tries` each of its attempts: `upload` carries its body to the endpoint
//! while `reply` carries the response back, and `flow` the rest of one that lasts. `answer` is what the
//! gateway says itself, `cors` what it says to other origins.
//!
//! It refuses what two readers could read differently, holds no more of a body than a window, and
//! never drops a pending read: a limit in time ends the socket instead.
//!
//! Tested by small cases beside each module, and over real sockets in `tests/`.

mod account;
mod answer;
mod body;
mod chosen;
pub(crate) mod chunked;
mod connection;
pub(crate) mod cors;
mod edit;
pub(crate) mod encode;
mod exchange;
pub(crate) mod fields;
mod flow;
pub(crate) mod framing;
pub(crate) mod guard;
pub(crate) mod head;
mod host;
mod limits;
mod mirror;
pub(crate) mod noted;
mod outgoing;
mod raw_target;
mod reach;
mod refusal;
mod replay_body;
mod reply;
pub(crate) mod request;
mod sender;
pub(crate) mod target;
mod transfer;
mod tries;
mod tunnel;
mod upload;
mod window;

pub use body::read_more;
pub use connection::{Client, LINGER, Transport, serve};
pub use cors::Cors;
pub use edit::Edits;
pub use framing::Framing;
pub use mirror::Mirrors;
pub use refusal::Refusal;
pub use sender::is_trusted;
