//! Serves a snapshot, one thread per core, and keeps each client's session on its endpoint.

mod affinity;
mod base;
mod cluster;
mod config;
mod proto;
mod proxy;
mod route;
mod runtime;
mod server;
mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
mod transport;

pub use affinity::{KeyFile, KeyFileError};
pub use base::keyring::{Key, Keyring};
pub use base::refused::Refused;
pub use base::settings::{Clock, Driver, Settings};
pub use server::applied::Applied;
pub use server::data_plane::{DataPlane, StartError};
pub use server::{last_good, subscription};
pub use transport::listen::ListenError;
