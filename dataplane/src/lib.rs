//! Serves.
pub mod access_log;
