//! Connections to endpoints: opened here, kept per core, handed out one request at a time.
//!
//! A connection goes back to its pool only after a whole response with nothing behind it; one that
//! has become readable while idle is dead and is never handed out.

mod connect;
mod connect_times;
mod failures;
mod pool;
mod race;
mod shortage;

pub use connect::{Upstream, connect};
pub use connect_times::{ConnectTimes, RACE_AFTER_MAX};
pub use failures::Failures;
pub use pool::{Bounds, Pool};
pub use race::{Event, Race};
pub use shortage::{Shortage, shortage};
