//! The data plane as a whole: its cores and what each owns, the thread that controls them, and where it gets its
//! configuration from.

pub mod acceptor;
pub mod acceptors;
pub mod admin;
pub mod applied;
pub mod core;
pub mod cores;
pub mod data_plane;
pub mod hand_over;
pub mod last_good;
pub mod subscription;
pub mod worker;
