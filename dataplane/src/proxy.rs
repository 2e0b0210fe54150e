//! HTTP/1.1: everything between a client's bytes and an endpoint's.
//!
//! `connection` serves one request after the other, each as a `client_stream`. `dispatch` says what becomes
//! of it, `retry` which endpoints it is sent to, `reach` over which connection, `exchange` sends it there:
//! `upload` carries its body while `reply` carries the response back, and `flow` the rest of one that lasts.
//! `local_reply` is what the gateway says itself, `outcome` what a request came to.
//!
//! It never drops a pending read: a limit in time ends the socket instead.
//!
//! Tested by small cases beside each module, and over real sockets in `tests/`.

mod account;
mod chosen;
mod client_stream;
mod connection;
mod context;
pub mod core;
mod destination;
mod dispatch;
mod end;
mod exchange;
mod fault;
mod flow;
pub mod local_reply;
mod mirror;
mod mirrors;
mod outcome;
mod outgoing;
mod reach;
mod replay_body;
mod reply;
pub(crate) mod request;
mod retry;
pub(crate) mod rewrite;
mod sender;
pub mod timeouts;
mod transfer;
mod tunnel;
mod upload;

pub use connection::serve;
