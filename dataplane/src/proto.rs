//! Messages as they stand on the wire: `head`, `fields` and `target` are one form for every protocol, with
//! `text` and `field_name` for what may stand there; `h1` reads and writes HTTP/1.1.
//!
//! It knows no policy: whether a request is served, by whom and for how long is decided elsewhere.
//!
//! Tested by small cases beside each module, against other parsers in `hostile/`, and over real sockets in
//! `tests/strict/`.

pub mod field_name;
pub mod fields;
pub mod h1;
pub mod head;
pub mod target;
pub mod text;
