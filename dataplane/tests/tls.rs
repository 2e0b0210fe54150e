//! TLS over real sockets: which listener speaks, what it shows, and what becomes of peers that break
//! off, wait, or send something else.

mod support;

#[path = "tls"]
mod tls {
    mod handshakes;
    mod hosts;
    mod resuming;
    mod scene;
    mod serving;
}
