//! Idle connections to endpoints, and their bounds.

use std::thread;
use std::time::Instant;

use limpet_dataplane::Settings;

use crate::on_both_drivers;
use crate::support::{Backend, Gateway, PATIENCE, forward_to, settings};

/// A connection is given back after its client has the answer.
fn wait_for_bounds_hit(gateway: &Gateway, times: usize) {
    let line = format!("limpet_bounds_hit_total{{reason=\"upstream-idle\"}} {times}\n");
    let until = Instant::now() + PATIENCE;
    while !gateway.plane.metrics().contains(&line) {
        assert!(
            Instant::now() < until,
            "{line}: {}",
            gateway.plane.metrics()
        );
        thread::yield_now();
    }
}

on_both_drivers! {
    fn idle_connections_are_bounded_in_total_and_the_oldest_goes(driver) {
        let backends = ["one", "two", "three"].map(Backend::named);
        let settings = Settings { workers: 1, upstream_idle_total_max: 2, ..settings(driver) };
        let addresses = backends.each_ref().map(|backend| backend.address);
        let gateway = Gateway::with(settings, forward_to(&addresses));
        let mut client = gateway.connect();
        // In turn.
        let first: Vec<String> = (0..3).map(|_| client.get("/").text().to_owned()).collect();
        let again: Vec<String> = (0..3).map(|_| client.get("/").text().to_owned()).collect();
        assert_eq!(first, again);
        // Whoever comes next had to make room for the one before.
        let connections = backends.each_ref().map(Backend::connections);
        assert_eq!(connections, [2, 2, 2]);
        wait_for_bounds_hit(&gateway, 4);
    }

    fn idle_connections_to_one_endpoint_are_bounded(driver) {
        let backend = Backend::named("one");
        let settings = Settings { workers: 1, upstream_idle_max: 0, ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        for _ in 0..3 {
            assert_eq!(client.get("/").text(), "one");
        }
        assert_eq!(backend.connections(), 3);
        wait_for_bounds_hit(&gateway, 3);
    }
}
