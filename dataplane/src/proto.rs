//! What messages look like on the wire, and nothing of what is done with them.

pub mod h1;
