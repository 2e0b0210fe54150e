//! Brings the translator's output to the data planes, and knows what they made of it.
//!
//! Every replica of the operator publishes; each data plane has a stream to one of them
//! ([`limpet_schema::stream`]). A replica that does not lead tells its data planes who does, and they
//! go there: so the one that writes statuses knows who serves what. A data plane gets the next
//! change when it has answered the last one, so a slow one gets fewer and larger ones.
//!
//! It refuses to know what a snapshot means. Tested over real streams in `tests/publish.rs`.

mod board;
mod server;

pub use board::{Board, Lost, Published};
pub use server::Server;
