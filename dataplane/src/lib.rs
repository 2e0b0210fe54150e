//! Serves a snapshot, one thread per core, and keeps each client's session on its endpoint.

mod admin;
pub mod affinity;
mod base;
mod cluster;
pub mod config;
mod core;
mod data_plane;
mod http;
#[cfg(feature = "lab")]
pub mod lab;
mod proto;
mod route;
mod runtime;
mod telemetry;
mod transport;

pub use crate::transport::listen::ListenError;
pub use base::settings::{Clock, Driver, Settings};
pub use data_plane::{Applied, DataPlane, StartError};
