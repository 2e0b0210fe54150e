//! What a scrape shows of real traffic, on both drivers.
//!
//! A request is counted after its answer was sent and before its connection is closed: each test
//! waits for the close.

mod support;

use std::net::SocketAddr;

use limpet_dataplane::Settings;
use limpet_dataplane::{Key, Keyring};
use limpet_schema::snapshot::{Action, Affinity, PathMatch, Snapshot};
use socket2::{Domain, Socket, Type};
use support::{Backend, Gateway, RULE, Response, forward_to, settings};

const ROUTE: &str = "HTTPRoute/test/route";

/// One request on a connection of its own, which is over when this returns.
fn ask(gateway: &Gateway, path: &str, fields: &str) -> Response {
    let mut client = gateway.connect();
    client.send(&format!(
        "GET {path} HTTP/1.1|host: a|connection: close|{fields}|"
    ));
    let response = client.response();
    client.expect_closed();
    response
}

fn check(gateway: &Gateway, series: &str, expected: Option<u64>) {
    let metrics = gateway.plane.metrics();
    let line = metrics.lines().find_map(|line| line.strip_prefix(series));
    let found = line.map(|value| value.trim().parse().expect("a whole number"));
    assert_eq!(found, expected, "{series} in\n{metrics}");
}

fn responses(code: &str) -> String {
    format!("limpet_route_responses_total{{route=\"{ROUTE}\",code=\"{code}\"}}")
}

fn pins(outcome: &str, reason: &str) -> String {
    format!("limpet_pins_total{{route=\"{ROUTE}\",outcome=\"{outcome}\",reason=\"{reason}\"}}")
}

fn with_affinity(mut snapshot: Snapshot) -> Snapshot {
    let rule = snapshot.rules.get_mut(RULE).expect("the rule");
    if let Action::Forward(forward) = &mut rule.action {
        forward.affinity = Some(Affinity {
            scope: ROUTE.into(),
            cookie_name: "nomnom".into(),
            cookie_duration_secs: 3600,
            ..Affinity::default()
        });
    }
    snapshot
}

/// A bound socket that does not listen: connections to it are refused, and nobody else gets its
/// port.
fn refusing() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(&any_port.into()).expect("a free port");
    let address = socket.local_addr().expect("bound").as_socket();
    (socket, address.expect("an IP address"))
}

on_both_drivers! {
    fn requests_are_counted_by_route_and_class_of_status(driver) {
        let backend = Backend::named("one");
        let mut snapshot = forward_to(&[backend.address]);
        snapshot.listeners[0].hosts[0].entries[0].when.path = PathMatch::Prefix("/here".into());
        let gateway = Gateway::start(driver, snapshot);
        for path in ["/here", "/here/too", "/elsewhere"] {
            ask(&gateway, path, "");
        }
        check(&gateway, "limpet_requests_total", Some(3));
        check(&gateway, "limpet_connections_total", Some(3));
        check(&gateway, &responses("2xx"), Some(2));
        check(&gateway, &responses("4xx"), None);
        check(&gateway, "limpet_refusals_total{reason=\"no-route\"}", Some(1));
        let count = format!("limpet_route_duration_seconds_count{{route=\"{ROUTE}\"}}");
        check(&gateway, &count, Some(2));
    }

    fn pins_are_counted_by_what_became_of_them(driver) {
        let backends = [Backend::named("one"), Backend::named("two")];
        let addresses = backends.each_ref().map(|backend| backend.address);
        let one_core = Settings { workers: 1, ..settings(driver) };
        let gateway = Gateway::with(one_core, with_affinity(forward_to(&addresses)));
        let keys = Keyring::new(Key::new(1, [7; 32]), None);
        gateway.plane.set_keys(keys).expect("the snapshot is sound");
        let first = ask(&gateway, "/", "");
        let cookie = first.header("set-cookie").expect("a pin").split(';').next();
        let cookie = cookie.expect("a pair").to_owned();
        for _ in 0..3 {
            ask(&gateway, "/", &format!("cookie: {cookie}|"));
        }
        // The first was opened, the others were remembered.
        check(&gateway, "limpet_pin_opens_total", Some(1));
        check(&gateway, "limpet_session_table_hits_total", Some(2));
        check(&gateway, "limpet_session_table_sessions", Some(1));
        ask(&gateway, "/", "cookie: nomnom=forged|");
        check(&gateway, &pins("issued", "new"), Some(1));
        check(&gateway, &pins("kept", "valid"), Some(3));
        check(&gateway, &pins("issued", "invalid"), Some(1));
    }

    fn an_endpoint_that_refuses_is_counted(driver) {
        let (_held, address) = refusing();
        let gateway = Gateway::start(driver, forward_to(&[address]));
        ask(&gateway, "/", "");
        check(&gateway, "limpet_upstream_connect_failures_total", Some(1));
        check(&gateway, "limpet_refusals_total{reason=\"upstream-unreachable\"}", Some(1));
        check(&gateway, &responses("5xx"), Some(1));
    }

    fn a_refused_snapshot_is_counted_and_the_one_before_serves_on(driver) {
        let backend = Backend::named("one");
        let snapshot = forward_to(&[backend.address]);
        let gateway = Gateway::start(driver, snapshot.clone());
        let mut flawed = snapshot;
        flawed.backends.clear();
        let refused = gateway.plane.apply(flawed).expect_err("a backend is missing");
        assert!(refused.to_string().contains("which the snapshot does not hold"), "{refused}");
        check(&gateway, "limpet_config_generation", Some(1));
        check(&gateway, "limpet_config_refused_total", Some(1));
        assert_eq!(ask(&gateway, "/", "").status, 200);
    }

    fn a_route_that_is_gone_has_no_series(driver) {
        let backend = Backend::named("one");
        let snapshot = forward_to(&[backend.address]);
        let gateway = Gateway::start(driver, snapshot.clone());
        ask(&gateway, "/", "");
        check(&gateway, &responses("2xx"), Some(1));
        let mut renamed = snapshot;
        let rule = renamed.rules.get_mut(RULE).expect("the rule");
        rule.route = "HTTPRoute/test/other".into();
        gateway.apply(renamed);
        check(&gateway, &responses("2xx"), None);
        check(&gateway, "limpet_config_generation", Some(2));
    }
}
