//! TLS: from an accepted connection to a stream that is served as any other.
//!
//! `handshake` is told what to show to a client that asks for a server name (`server/acceptor.rs` finds the
//! listener), and speaks for it; `stream` carries bytes afterwards. `store` holds the certificates that
//! were read, `identity` is what one listener shows, `tickets` what spares a client most of its next
//! handshake, at whichever replica.
//!
//! It speaks TLS 1.2 and 1.3 and offers HTTP/1.1 alone. A handshake takes a few references to what all
//! cores share; nothing after it does.
//!
//! A handshake has the time a request's head has. Past it the socket is shut down, so that a pending
//! read ends by itself. `pending` bounds how many there are at once.
//!
//! monoio-rustls is not used: when a client sends a broken record while an answer waits for it, its
//! reading half sends the alert from the buffer that its writing half has lent to the kernel, and
//! panics.
//!
//! Tested over real sockets, `tests/tls.rs`.

mod failure;
pub mod handshake;
mod identity;
mod pending;
mod store;
pub mod stream;
mod tickets;

pub use failure::Failure;
pub use identity::Identity;
pub use pending::Pending;
pub use store::Store;
pub use tickets::Tickets;

/// What a handshake settled.
#[derive(Clone, Debug)]
pub struct Session {
    /// The name the client asked for, in lower case.
    pub server_name: Option<Box<str>>,
    /// Whether it goes on with an earlier session's keys.
    pub is_resumed: bool,
}
