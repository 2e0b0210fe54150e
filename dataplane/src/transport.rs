//! Connections before anybody reads a request: listening sockets, PROXY headers, TLS.

pub mod listen;
pub mod tls;
