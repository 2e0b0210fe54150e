//! Connections before anybody reads a request: listening sockets, PROXY headers, TLS.

pub mod client;
pub mod halves;
pub mod listen;
pub mod tls;
