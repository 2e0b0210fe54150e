//! What an operator sees: `/metrics`, `/livez`, `/readyz`, `/config`, `/sessions`.
//!
//! It runs on a thread of its own, so that neither a scrape nor a stuck peer costs a request
//! anything, and it only reads. There is no secret in what it shows, and no way to change anything;
//! still it tells names and addresses, so it listens on loopback unless told otherwise.
//!
//! Tested over a real socket by `dataplane/tests/admin.rs`.

mod connections;
mod server;
mod sessions;

pub use server::{Admin, AdminError};
pub use sessions::Sessions;
