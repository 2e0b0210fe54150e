//! Which rule takes a request: first the listener by host, then the rule by host and head.
//!
//! Everything is compiled once and only read while requests are served: hosts are found by hash,
//! paths by hash of the whole path or of its leading elements, so that ten thousand routes cost
//! what one does. Regexes are copied for each core, because a shared one locks its scratch space.
//!
//! What is compared is what the client sent, and what was compared is what goes to the endpoint:
//!
//! - Paths are taken raw: no percent-decoding, no merging of slashes, no removal of `.` and `..`
//!   elements. `/a/../b` starts with `/a`; `/%61` is not `/a`.
//! - Hosts lose their port and one trailing dot, and are compared in lower case.
//! - Query parameters are split at `&`, percent-decoded (`+` is a plus), and the first of a name
//!   counts.
//! - Header fields of one name are compared as one value, joined with `,`. A regex sees a byte that is
//!   not UTF-8 as the character it is in Latin-1.
//!
//! Tested against a slow matcher that tries everything in turn (`route/tests.rs`).

mod condition;
pub mod facts;
pub mod hosts;
pub mod paths;
mod pattern;
mod query;
#[cfg(test)]
mod tests;

use pattern::Pattern;
