//! Serves a snapshot, one thread per core, and keeps each client's session on its endpoint.

pub mod access_log;
mod admin;
pub mod affinity;
pub mod config;
mod core;
mod data_plane;
mod descriptors;
mod http;
#[cfg(feature = "lab")]
pub mod lab;
mod listen;
mod lookup;
mod route;
mod settings;
mod stats;
mod tls;
mod upstream;

pub use data_plane::{Applied, DataPlane, StartError};
pub use listen::ListenError;
pub use settings::{Clock, Driver, Settings};
