//! What an operator sees, over real sockets. What the numbers mean is tested by `metrics.rs`.

mod support;

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use limpet_dataplane::{DataPlane, Driver, Settings};
use limpet_dataplane::{Key, Keyring};
use limpet_schema::snapshot::{Action, Affinity, Snapshot};
use serde_json::Value;
use socket2::{Domain, Socket, Type};
use support::{Backend, Client, Gateway, PATIENCE, RULE, Response, forward_to, settings};

fn with_admin(driver: Driver) -> Settings {
    Settings {
        admin: Some((Ipv4Addr::LOCALHOST, 0).into()),
        ..settings(driver)
    }
}

fn keys() -> Keyring {
    Keyring::new(Key::new(7, [7; 32]), None)
}

fn sticky(addresses: &[SocketAddr]) -> Snapshot {
    let mut snapshot = forward_to(addresses);
    let rule = snapshot.rules.get_mut(RULE).expect("it has the rule");
    if let Action::Forward(forward) = &mut rule.action {
        forward.affinity = Some(Affinity {
            scope: "HTTPRoute/test/route".to_owned(),
            cookie_name: "nomnom".to_owned(),
            cookie_duration_secs: 3600,
            ..Affinity::default()
        });
    }
    snapshot
}

fn ask(gateway: &Gateway, path: &str) -> Response {
    let admin = gateway.plane.admin_address().expect("it was asked for");
    Client::connect(admin).get(path)
}

fn json(response: &Response) -> Value {
    serde_json::from_str(response.text()).expect("JSON")
}

on_both_drivers! {
    fn it_is_ready_with_a_snapshot_and_a_key_and_says_what_is_missing(driver) {
        let pods = [Backend::named("a")];
        let gateway = Gateway::with(with_admin(driver), sticky(&[pods[0].address]));
        let early = ask(&gateway, "/readyz");
        assert_eq!((early.status, early.text()), (503, "no affinity key yet\n"));
        gateway.plane.set_keys(keys()).expect("the snapshot is sound");
        assert_eq!(ask(&gateway, "/readyz").status, 200);
        assert_eq!(ask(&gateway, "/livez").status, 200);
    }

    fn it_is_not_ready_while_nothing_is_bound_or_nothing_is_asked_for(driver) {
        let ready = |gateway: &Gateway| {
            let answer = ask(gateway, "/readyz");
            (answer.status, answer.text().to_owned())
        };
        let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let mut blocked = forward_to(&[]);
        blocked.listeners[0].address = taken.local_addr().expect("bound");
        let gateway = Gateway::with(with_admin(driver), forward_to(&[]));
        gateway.plane.set_keys(keys()).expect("the snapshot is sound");
        assert_eq!(ready(&gateway).0, 200);
        gateway.apply(blocked);
        assert_eq!(ready(&gateway), (503, "none of 1 listeners has its address\n".to_owned()));
        gateway.apply(Snapshot::default());
        assert_eq!(ready(&gateway), (503, "no listener: nothing is served\n".to_owned()));
    }

    fn a_fleet_is_ready_before_the_first_listener(driver) {
        let settings = Settings { is_ready_without_listeners: true, ..with_admin(driver) };
        let plane = DataPlane::start(settings).expect("it starts");
        plane.set_keys(keys()).expect("no snapshot yet");
        plane.apply(Snapshot::default()).expect("it is sound");
        let admin = plane.admin_address().expect("it was asked for");
        assert_eq!(Client::connect(admin).get("/readyz").status, 200);
    }

    fn refused_objects_are_a_metric_where_manifests_are_read(driver) {
        let gateway = Gateway::with(with_admin(driver), forward_to(&[]));
        assert!(!gateway.plane.metrics().contains("limpet_objects_refused"));
        gateway.plane.tell_objects_refused(2);
        gateway.wait_for_metric("limpet_objects_refused 2");
    }

    fn config_shows_the_snapshot_and_the_keys_by_id_only(driver) {
        let pods = [Backend::named("a")];
        let gateway = Gateway::with(with_admin(driver), sticky(&[pods[0].address]));
        gateway.plane.set_keys(keys()).expect("the snapshot is sound");
        let response = ask(&gateway, "/config");
        let config = json(&response);
        assert_eq!(config["affinity_key_ids"], serde_json::json!([7]));
        assert!(config["snapshot"]["rules"][RULE].is_object());
        assert!(!response.text().contains("BwcHBw"), "the secret in base64");
    }

    fn sessions_are_counted_once_by_route_and_endpoint(driver) {
        let pods = [Backend::named("a"), Backend::named("b")];
        let addresses = [pods[0].address, pods[1].address];
        let gateway = Gateway::with(with_admin(driver), sticky(&addresses));
        gateway.plane.set_keys(keys()).expect("the snapshot is sound");
        for _ in 0..5 {
            let first = gateway.get("/");
            let set_cookie = first.header("set-cookie").expect("a pin");
            let cookie = set_cookie.split(';').next().expect("a pair");
            // Over several connections, so that several cores see the session.
            for _ in 0..6 {
                let request = format!("GET / HTTP/1.1|host: a|cookie: {cookie}||");
                assert_eq!(gateway.connect().send(&request).response().status, 200);
            }
        }
        let sessions = json(&ask(&gateway, "/sessions"));
        let routes = sessions["routes"].as_array().expect("a list");
        assert_eq!(routes.len(), 1);
        assert_eq!(routes[0]["sessions"], 5);
        let endpoints = routes[0]["endpoints"].as_array().expect("a list");
        let counts: u64 = endpoints.iter().filter_map(|e| e["sessions"].as_u64()).sum();
        assert_eq!(counts, 5);
    }

    fn metrics_are_served_in_prometheus_text_format(driver) {
        let pods = [Backend::named("a")];
        let gateway = Gateway::with(with_admin(driver), sticky(&[pods[0].address]));
        let response = ask(&gateway, "/metrics");
        assert_eq!(response.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
        assert!(response.text().contains("\nlimpet_config_generation 1\n"), "{}", response.text());
    }

    fn the_thread_ends_with_the_data_plane(driver) {
        let pods = [Backend::named("a")];
        let gateway = Gateway::with(with_admin(driver), sticky(&[pods[0].address]));
        let admin = gateway.plane.admin_address().expect("it was asked for");
        gateway.plane.drain();
        assert!(std::net::TcpStream::connect(admin).is_err());
    }

    fn a_data_plane_that_drains_lives_and_is_not_ready(driver) {
        let (arrived, has_arrived) = mpsc::channel();
        let (answer, may_answer) = mpsc::channel::<()>();
        let may_answer = Mutex::new(may_answer);
        let pod = Backend::start(move |peer| {
            if peer.receive().is_some() {
                // Nobody waits where the test has failed.
                let _ = arrived.send(());
                let _ = may_answer.lock().expect("no panic").recv();
                peer.raw.send("HTTP/1.1 200 OK|content-length: 0||");
            }
        });
        let settings = Settings { drain_timeout: PATIENCE, ..with_admin(driver) };
        let gateway = Gateway::with(settings, sticky(&[pod.address]));
        gateway.plane.set_keys(keys()).expect("the snapshot is sound");
        let admin = gateway.plane.admin_address().expect("it was asked for");
        let mut client = gateway.connect();
        client.send("GET / HTTP/1.1|host: a||");
        has_arrived.recv_timeout(PATIENCE).expect("the pod is asked");
        let draining = std::thread::spawn(move || gateway.plane.drain());
        let until = Instant::now() + PATIENCE / 2;
        while Client::connect(admin).get("/readyz").status == 200 {
            assert!(Instant::now() < until, "ready while it drains");
        }
        assert_eq!(Client::connect(admin).get("/livez").status, 200);
        answer.send(()).expect("the pod waits");
        assert_eq!(client.response().status, 200);
        draining.join().expect("no panic");
    }

    fn a_core_that_is_stuck_hangs_neither_probes_nor_the_end(driver) {
        let pods = [Backend::named("a")];
        let settings = Settings { drain_timeout: Duration::from_millis(100), ..with_admin(driver) };
        let gateway = Gateway::with(settings, sticky(&[pods[0].address]));
        gateway.plane.set_keys(keys()).expect("the snapshot is sound");
        let (free, is_free) = mpsc::channel::<()>();
        let is_free = Arc::new(Mutex::new(is_free));
        let stuck = gateway.plane.ask_affinity(move |_| {
            drop(is_free.lock().map(|is_free| is_free.recv()));
        });
        assert!(stuck.iter().all(Option::is_none));
        let (begins, has_begun) = mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                begins.send(()).expect("the test waits");
                gateway.plane.apply(sticky(&[pods[0].address])).expect("the snapshot is sound");
            });
            has_begun.recv_timeout(PATIENCE).expect("it begins");
            for _ in 0..20 {
                assert_eq!(ask(&gateway, "/readyz").status, 200);
                assert_eq!(ask(&gateway, "/config").status, 200);
            }
            assert_eq!(ask(&gateway, "/livez").status, 503);
            gateway.plane.leave();
        });
        let since = Instant::now();
        gateway.plane.drain();
        assert!(since.elapsed() < PATIENCE, "it ended after {:?}", since.elapsed());
        drop(free);
    }
}

#[test]
fn silent_connections_keep_no_probe_out_and_end_soon() {
    let pods = [Backend::named("a")];
    let gateway = Gateway::with(with_admin(Driver::Epoll), sticky(&[pods[0].address]));
    let admin = gateway.plane.admin_address().expect("it was asked for");
    let silent: Vec<TcpStream> = (0..300)
        .filter_map(|_| connect_from([127, 0, 0, 2], admin))
        .collect();
    assert_eq!(ask(&gateway, "/livez").status, 200);
    let since = Instant::now();
    for mut stream in silent {
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        // Reset where there were too many.
        assert_eq!(stream.read(&mut [0]).unwrap_or(0), 0);
    }
    assert!(
        since.elapsed() < PATIENCE,
        "they lasted {:?}",
        since.elapsed()
    );
}

#[test]
fn a_head_that_is_too_long_is_refused() {
    let pods = [Backend::named("a")];
    let gateway = Gateway::with(with_admin(Driver::Epoll), sticky(&[pods[0].address]));
    let admin = gateway.plane.admin_address().expect("it was asked for");
    let mut client = Client::connect(admin);
    let long = "a".repeat(32 * 1024);
    client.send(&format!("GET /livez HTTP/1.1|host: a|x: {long}||"));
    assert_eq!(client.response().status, 431);
}

fn connect_from(from: [u8; 4], to: SocketAddr) -> Option<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket
        .bind(&SocketAddr::from((from, 0)).into())
        .expect("one of this machine's");
    socket.connect(&to.into()).ok()?;
    Some(socket.into())
}
