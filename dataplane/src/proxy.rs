//! HTTP/1.1: everything between a client's bytes and an endpoint's.
//!
//! `connection` serves one request after the other, `exchange` one of them, `tries` each of its attempts:
//! `upload` carries its body to the endpoint while `reply` carries the response back, and `flow` the rest of one
//! that lasts. `answer` is what the gateway says itself, `cors` what it says to other origins.
//!
//! It never drops a pending read: a limit in time ends the socket instead.
//!
//! Tested by small cases beside each module, and over real sockets in `tests/`.

mod account;
mod chosen;
mod connection;
pub mod core;
mod exchange;
mod flow;
pub mod local_reply;
mod mirror;
mod outgoing;
mod reach;
mod replay_body;
mod reply;
pub(crate) mod request;
mod sender;
pub mod timeouts;
mod transfer;
mod tries;
mod tunnel;
mod upload;

pub use connection::serve;
