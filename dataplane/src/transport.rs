//! Connections before anybody reads a request: listening sockets, PROXY headers, TLS.

pub mod client;
pub mod listen;
#[cfg(feature = "testing")]
pub mod scripted;
pub mod tls;
pub mod wire;
