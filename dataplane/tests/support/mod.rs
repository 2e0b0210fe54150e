//! What the socket tests share: a data plane on a free port, scripted backends, a raw client.
//!
//! Every test runs on both drivers (see [`on_both_drivers`]). Nothing sleeps: reads block with a
//! limit, and scripts wait for each other through sockets and channels.

#![allow(dead_code)]

mod backend;
mod client;
mod process;
pub mod refuse;
mod snapshots;
mod swallowing;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use limpet_dataplane::{DataPlane, Driver, Settings};
use limpet_schema::snapshot::Snapshot;

#[allow(unused_imports)]
pub use backend::{Backend, Peer, Received};
pub use client::{Client, Response};
#[allow(unused_imports)]
pub use process::{again, alone, raise_descriptor_limit, resident_bytes};
#[allow(unused_imports)]
pub use snapshots::{LISTENER, RULE, endpoint, forward_of, forward_to, rule_of, snapshot_of};
#[allow(unused_imports)]
pub use swallowing::{Swallowing, silent, swallowing};

/// How long anything may take before a test fails.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Makes a test out of each function, once on io_uring and once on epoll.
#[macro_export]
macro_rules! on_both_drivers {
    ($($(#[$meta:meta])* fn $name:ident($driver:ident) $body:block)*) => {
        $($(#[$meta])* mod $name {
            #[allow(unused_imports)]
            use super::*;

            fn run($driver: limpet_dataplane::Driver) $body

            #[test]
            fn io_uring() {
                run(limpet_dataplane::Driver::IoUring);
            }

            #[test]
            fn epoll() {
                run(limpet_dataplane::Driver::Epoll);
            }
        })*
    };
}

/// A running data plane and where its listener is.
pub struct Gateway {
    pub plane: DataPlane,
    pub address: SocketAddr,
}

impl Gateway {
    /// Two cores, a snapshot with the one [`LISTENER`].
    pub fn start(driver: Driver, snapshot: Snapshot) -> Self {
        Self::with(settings(driver), snapshot)
    }

    /// Starts with settings of the test's own.
    pub fn with(settings: Settings, snapshot: Snapshot) -> Self {
        let plane = DataPlane::start(settings).expect("the data plane starts");
        let applied = plane.apply(snapshot).expect("the snapshot is accepted");
        let address = applied.listeners[LISTENER].as_ref().expect("a free port");
        Self {
            address: *address,
            plane,
        }
    }

    /// Replaces what is served, which is live when this returns.
    pub fn apply(&self, snapshot: Snapshot) {
        self.plane
            .apply(snapshot)
            .expect("the snapshot is accepted");
    }

    /// Waits until the metrics have this line.
    pub fn wait_for_metric(&self, line: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.plane.metrics().contains(&format!("\n{line}\n")) {
            assert!(Instant::now() < until, "{line}: {}", self.plane.metrics());
            std::thread::yield_now();
        }
    }

    /// A new connection.
    pub fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    /// One GET on a new connection.
    pub fn get(&self, path: &str) -> Response {
        self.connect().get(path)
    }
}

/// Two cores, short drains and no Via, which is the subject of one test. Where the environment has io_uring refused, `Auto` stands for it.
pub fn settings(driver: Driver) -> Settings {
    let drain_timeout = Duration::from_millis(300);
    let driver = match driver {
        Driver::IoUring if refuse::refuse_what_the_environment_names() => Driver::Auto,
        other => other,
    };
    Settings {
        workers: 2,
        driver,
        drain_timeout,
        via: false,
        ..Settings::default()
    }
}
