//! What happened, as numbers: cells that only their core writes, summed when somebody asks.
//!
//! A cell has one writer, so counting is a plain load and store: no core waits for another, and no
//! core waits for a scrape. Routes come and go with the configuration that names them: the registry
//! holds them weakly, and a route's series end when the last request of its last configuration has.
//!
//! It knows no socket; `admin` serves what [`render()`] makes. Labels are bounded: routes
//! are those of the configuration, reasons those the code names.
//!
//! Tested by rendering a small registry; `telemetry/metrics/metrics.golden.txt` shows every metric there is.

mod registry;
mod render;
mod route;
#[cfg(test)]
mod tests;

pub use registry::{PerCore, Process, Registry};
pub use render::render;
pub use route::{Latency, RouteStats};
