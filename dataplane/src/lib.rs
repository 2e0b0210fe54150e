//! Serves a snapshot, one thread per core, and keeps each client's session on its endpoint.

pub mod affinity;
mod base;
mod cluster;
mod config;
mod http;
#[cfg(feature = "lab")]
pub mod lab;
mod proto;
mod route;
mod runtime;
mod server;
mod telemetry;
mod transport;

pub use base::settings::{Clock, Driver, Settings};
pub use config::Refused;
pub use server::data_plane::{Applied, DataPlane, StartError};
pub use server::{last_good, subscription};
pub use transport::listen::ListenError;
