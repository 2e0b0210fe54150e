//! Idle connections to endpoints, and their bounds.

use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use limpet_dataplane::Settings;

use crate::on_both_drivers;
use crate::support::{Backend, Client, Gateway, PATIENCE, forward_to, settings};

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

/// Answers once so many requests have arrived, so that each needs a connection of its own.
fn gathering(count: usize) -> Backend {
    let gathered = Barrier::new(count);
    Backend::start(move |peer| {
        while peer.receive().is_some() {
            gathered.wait();
            peer.raw.send("HTTP/1.1 200 OK|content-length: 3||all");
        }
    })
}

fn get_at_once(clients: &mut [Client]) {
    for client in &mut *clients {
        client.send("GET / HTTP/1.1|host: a||");
    }
    for client in clients {
        assert_eq!(client.response().text(), "all");
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

    fn a_core_keeps_no_more_idle_connections_to_one_endpoint_than_it_may(driver) {
        let backend = gathering(6);
        let settings = Settings { workers: 1, upstream_idle_max: 4, ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        let mut clients: Vec<Client> = (0..6).map(|_| gateway.connect()).collect();
        get_at_once(&mut clients);
        wait_for_bounds_hit(&gateway, 2);
        get_at_once(&mut clients);
        assert_eq!(backend.connections(), 6 + 2, "four were kept");
    }
}
