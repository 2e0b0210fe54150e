//! HTTP/1.1 on the wire: `guard` decides whether a head's bytes may be read and reads them, `start_line` its
//! first line, `head` takes it off what was received; `framing`, `connection` and `host` decide what it means,
//! `body` and `chunked` read what follows, `encode` writes. `server` is the side of a connection that answers,
//! `client` the side that asks.
//!
//! It refuses what two readers could read differently, and holds no more of a body than a window.
//!
//! Tested by small cases beside each module, and over real sockets in `tests/`.

pub mod body;
pub mod chunked;
pub mod claims;
pub mod client;
pub mod connection;
pub mod encode;
pub mod framing;
pub mod guard;
pub mod head;
pub mod host;
pub mod protocol_error;
pub mod server;
pub mod start_line;
pub mod window;
