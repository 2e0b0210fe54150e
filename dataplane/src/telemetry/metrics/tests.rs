//! What a scrape shows.

use std::path::Path;
use std::time::Duration;

use http::StatusCode;

use super::*;
use crate::telemetry::pin_report::{PinOut, PinReport, PinWhy};

const ROUTE: &str = "HTTPRoute/test-infra/http-route";
const PROCESS: Process = Process {
    driver: "epoll",
    access_log_dropped: 4,
    configs_held: 2,
    objects_refused: None,
};

fn pin(out: PinOut, why: PinWhy) -> PinReport {
    PinReport {
        out,
        why,
        ..PinReport::default()
    }
}

/// Two cores that have each seen something.
fn busy() -> (Registry, PerCore) {
    let registry = Registry::new(2);
    let route = registry.route(ROUTE);
    registry.applied(1);
    registry.refused();
    for core in 0..2 {
        let stats = registry.core(core);
        stats.requests.add(10);
        stats.connections_open.set(3);
        stats.refusals.count("no-route");
        stats.timeouts.count("connect");
        stats.bounds_hit.count("connections");
        stats.tls_failures.count("server-name-unknown");
        let route = route.core(core);
        route.response(StatusCode::OK, Duration::from_micros(1_500));
        route.response(StatusCode::SWITCHING_PROTOCOLS, Duration::from_secs(90));
        route.pin(&pin(PinOut::Kept, PinWhy::Valid));
        route.pin(&pin(PinOut::Moved, PinWhy::Gone));
        route.pin(&PinReport::default());
    }
    registry.core(0).refusals.count("head-too-large");
    (registry, route)
}

#[test]
fn a_scrape_sums_the_cores() {
    let (registry, _held) = busy();
    let rendered = render(&registry, &PROCESS);
    let golden =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src/telemetry/metrics/metrics.golden.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, &rendered).expect("written");
    }
    let expected = std::fs::read_to_string(&golden).expect("the golden file is there");
    assert_eq!(
        rendered, expected,
        "run with UPDATE_GOLDEN=1 if this is meant"
    );
}

#[test]
fn a_route_without_a_request_has_no_series() {
    let registry = Registry::new(1);
    let _held = registry.route(ROUTE);
    assert!(!render(&registry, &PROCESS).contains(ROUTE));
}

#[test]
fn a_route_that_is_gone_has_no_series_and_starts_anew() {
    let (registry, held) = busy();
    assert!(render(&registry, &PROCESS).contains(ROUTE));
    drop(held);
    assert!(!render(&registry, &PROCESS).contains(ROUTE));
    let anew = registry.route(ROUTE);
    assert_eq!(anew.core(0).responses[1].get(), 0);
}

#[test]
fn a_route_keeps_its_counters_from_one_configuration_to_the_next() {
    let (registry, held) = busy();
    let again = registry.route(ROUTE);
    drop(held);
    registry.applied(2);
    assert_eq!(again.core(1).responses[1].get(), 1);
    assert!(render(&registry, &PROCESS).contains(ROUTE));
}

#[test]
fn counting_on_one_thread_is_seen_from_another() {
    let registry = Registry::new(2);
    std::thread::scope(|scope| {
        for core in 0..2 {
            let stats = registry.core(core);
            scope.spawn(move || (0..1000).for_each(|_| stats.requests.add(1)));
        }
    });
    let rendered = render(&registry, &PROCESS);
    assert!(
        rendered.contains("limpet_requests_total 2000"),
        "{rendered}"
    );
}
