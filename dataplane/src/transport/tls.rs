//! TLS: from an accepted connection to a stream that `http` serves as it serves any other.
//!
//! `handshake` finds the listener by the client's server name, with the matcher that finds routes by
//! Host, and speaks for it; `stream` carries bytes afterwards. `store` holds the certificates that
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
mod handshake;
mod identity;
mod pending;
mod store;
mod stream;
mod tickets;

use std::rc::Rc;

use bytes::BytesMut;

use crate::proxy;
use crate::proxy::Client;
use crate::runtime::deadlines::Deadline;
use crate::runtime::stream::Stream;
use crate::server::core::Core;

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

/// Serves a connection that begins with a handshake, of which something may have been read. `deadline`
/// watches its socket.
pub async fn serve(
    core: Rc<Core>,
    socket: Stream,
    incoming: BytesMut,
    deadline: Deadline,
    client: Client,
) {
    match handshake::run(&core, socket, incoming, deadline, &client).await {
        Ok((stream, session, deadline)) => {
            core.stats.tls_handshakes.add(1);
            core.stats
                .tls_resumptions
                .add(u64::from(session.is_resumed));
            let client = Client {
                tls: Some(Box::new(session)),
                ..client
            };
            // Boxed, so that what the handshake needed is not held beside it.
            Box::pin(proxy::serve(
                core,
                stream,
                BytesMut::new(),
                deadline,
                client,
            ))
            .await;
        }
        Err(failure) => core.stats.tls_failures.count(failure.reason()),
    }
}
