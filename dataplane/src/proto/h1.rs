//! HTTP/1.1 on the wire: `guard` decides whether a head's bytes may be parsed, `head` has monoio-http's
//! decoders parse them, `framing`, `fields` and `host` decide what they mean, `body` and `chunked` read what
//! follows, `encode` writes.
//!
//! It refuses what two readers could read differently, and holds no more of a body than a window.
//!
//! Tested by small cases beside each module, and over real sockets in `tests/`.

pub mod body;
pub mod chunked;
pub mod claims;
pub mod encode;
pub mod fields;
pub mod framing;
pub mod guard;
pub mod head;
pub mod host;
pub mod known_fields;
pub mod raw_target;
pub mod refusal;
pub mod target;
pub mod window;
