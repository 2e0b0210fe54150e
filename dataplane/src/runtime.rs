//! What a core does with the machine: drivers, sockets and their limits in time, buffers, turns, panics. It
//! knows no protocol.

pub mod budget;
pub mod buffers;
pub mod core;
pub mod deadlines;
pub mod descriptors;
pub mod driver;
pub mod log_limit;
pub mod panics;
pub mod signal;
pub mod socket;
pub mod stream;
pub mod turn;
