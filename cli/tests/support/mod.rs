//! Runs the binary as a person would: manifests in a folder, backends on loopback addresses, what
//! it prints read line by line. Nothing waits for time to pass: every wait is for a line or a reply.
#![allow(dead_code, unused_imports, reason = "each test binary uses a part")]

mod backend;
mod limpet;

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

pub use backend::{Backends, serve};
pub use limpet::{Limpet, PATIENCE, Reply, client, limpet_command};

/// A port that nobody listens on, on any address of this machine. Below the range that the kernel
/// takes for outgoing connections, so that no client of a parallel test sits on it.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 12_000 + (std::process::id() % 180) as u16 * 100;
    (0..1000)
        .map(|_| first + NEXT.fetch_add(1, Ordering::Relaxed) % 2000)
        .find(|port| TcpListener::bind(("0.0.0.0", *port)).is_ok())
        .expect("one of a thousand ports is free")
}

/// The specification page's manifests, byte for byte.
pub const ROUTE_POLICY: &str = include_str!("../../../examples/session-affinity/route-policy.yaml");
/// See [`ROUTE_POLICY`].
pub const INGRESS_EXTENSION: &str =
    include_str!("../../../examples/session-affinity/ingress-extension.yaml");

/// A Gateway and the HTTPRoute `http-route` to the Service `echo`, in `test-infra`.
pub fn gateway(port: u16) -> String {
    include_str!("../../../examples/session-affinity/gateway.yaml")
        .replace("port: 8080", &format!("port: {port}"))
}

/// An Ingress to the Service `echo`, in `test-infra`, bound to the page's IngressExtension.
pub const INGRESS: &str = include_str!("../../../examples/session-affinity/ingress.yaml");
