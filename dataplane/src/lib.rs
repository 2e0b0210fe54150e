//! Serves a snapshot, one thread per core.
pub mod access_log;
mod http;
