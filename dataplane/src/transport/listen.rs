//! Where connections come in.
//!
//! Every core has its own listening socket per address (SO_REUSEPORT). The sockets belong to the
//! control thread and outlive any worker, since closing one of several loses what waits in its
//! queue. A core polls its copies and accepts without waiting; a pending accept, which could take a
//! connection and lose it, never exists.

pub mod bind;
pub mod proxy_protocol;

pub use bind::{ListenError, bind, copy, over};
