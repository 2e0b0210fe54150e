//! Serving HTTP/1.1 over real sockets, on both drivers.

mod support;

#[path = "http/forwarding.rs"]
mod forwarding;
