//! What breaks proxies does not break this one: hostile bytes, hostile backends, hostile pace.
//!
//! `strict/*.txt` are tables to learn from; each line of them is a test.

mod support;

#[path = "strict/check.rs"]
mod check;
#[path = "strict/hostile.rs"]
mod hostile;
#[path = "strict/recorder.rs"]
mod recorder;
#[path = "strict/requests.rs"]
mod requests;
#[path = "strict/responses.rs"]
mod responses;
#[path = "strict/storm.rs"]
mod storm;
#[path = "strict/table.rs"]
mod table;
