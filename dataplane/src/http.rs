//! HTTP/1.1.
mod chunked;
mod framing;
mod guard;
mod head;
mod host;
mod refusal;

pub use refusal::Refusal;
