//! Changes under traffic, the end of a data plane, and its own faults.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use limpet_dataplane::Settings;
use limpet_schema::snapshot::{Listener, Snapshot};

use crate::on_both_drivers;
use crate::support::{Backend, Gateway, LISTENER, PATIENCE, forward_to, settings};

const SECOND: &str = "Gateway/test/gateway/second";

/// A backend that says when it has a request, and answers when told to.
fn holding() -> (Backend, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let (said, heard) = mpsc::channel();
    let (go, gone) = mpsc::channel::<()>();
    let ends = Mutex::new((said, gone));
    let backend = Backend::start(move |peer| {
        while peer.receive().is_some() {
            let ends = ends.lock().expect("no script panics");
            let _ = ends.0.send(());
            let _ = ends.1.recv_timeout(PATIENCE);
            peer.raw.send("HTTP/1.1 200 OK|content-length: 4||held");
        }
    });
    (backend, heard, go)
}

/// The same routes on another port as well.
fn with_second(mut snapshot: Snapshot, address: SocketAddr) -> Snapshot {
    let first = &snapshot.listeners[0];
    let second = Listener {
        name: SECOND.into(),
        address,
        ..first.clone()
    };
    snapshot.listeners.push(second);
    snapshot
}

/// Of an address that no other test uses: nobody else takes the port when it is free again.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.2:0")
        .expect("a port")
        .local_addr()
        .expect("bound")
}

on_both_drivers! {
    fn a_change_is_live_on_every_core_when_apply_returns(driver) {
        let backends = [Backend::named("one"), Backend::named("two")];
        let gateway = Gateway::start(driver, forward_to(&[backends[0].address]));
        let mut kept: Vec<_> = (0..20).map(|_| gateway.connect()).collect();
        for (number, name) in ["one", "two", "one", "two"].into_iter().enumerate() {
            gateway.apply(forward_to(&[backends[number % 2].address]));
            for client in &mut kept {
                assert_eq!(client.get("/").text(), name);
            }
            for _ in 0..20 {
                assert_eq!(gateway.get("/").text(), name);
            }
        }
    }

    fn a_request_in_flight_keeps_what_it_started_with(driver) {
        let (backend, arrived, go) = holding();
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send("GET / HTTP/1.1|host: a||");
        arrived.recv_timeout(PATIENCE).expect("the request is there");
        gateway.apply(forward_to(&[]));
        go.send(()).expect("the backend waits");
        assert_eq!(client.response().text(), "held");
        assert_eq!(client.get("/").status, 503);
    }

    fn listeners_come_and_go(driver) {
        let backend = Backend::named("one");
        let plain = forward_to(&[backend.address]);
        let gateway = Gateway::start(driver, plain.clone());
        let second = free_address();
        let both = with_second(plain.clone(), second);
        let applied = gateway.plane.apply(both).expect("accepted");
        assert_eq!(*applied.listeners[SECOND].as_ref().expect("free"), second);
        let mut idle = crate::support::Client::connect(second);
        assert_eq!(idle.get("/").text(), "one");
        let mut kept = gateway.connect();
        assert_eq!(kept.get("/").text(), "one");
        gateway.apply(plain);
        idle.expect_closed();
        assert_eq!(kept.get("/").text(), "one", "the other listener is not disturbed");
        // The cores close their copies once they have emptied the queues.
        let is_closed = (0..1000).any(|_| TcpStream::connect(second).is_err());
        assert!(is_closed, "the port is still open");
    }

    fn a_request_on_a_listener_that_goes_is_finished(driver) {
        let (backend, arrived, go) = holding();
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send("GET / HTTP/1.1|host: a||");
        arrived.recv_timeout(PATIENCE).expect("the request is there");
        gateway.apply(Snapshot::default());
        go.send(()).expect("the backend waits");
        let response = client.response();
        assert_eq!((response.text(), response.header("connection")), ("held", Some("close")));
        client.expect_closed();
    }

    fn no_request_is_lost_while_routes_and_listeners_change(driver) {
        let backend = Backend::named("one");
        let plain = forward_to(&[backend.address]);
        let gateway = Gateway::start(driver, plain.clone());
        let is_over = Arc::new(AtomicBool::new(false));
        let clients: Vec<_> = (0..4)
            .map(|number| {
                let (is_over, address) = (Arc::clone(&is_over), gateway.address);
                let (each_answer, answers) = mpsc::channel();
                let client = thread::spawn(move || {
                    let mut kept = crate::support::Client::connect(address);
                    while !is_over.load(Ordering::SeqCst) {
                        if number % 2 == 0 {
                            kept = crate::support::Client::connect(address);
                        }
                        assert_eq!(kept.get("/").text(), "one");
                        let _ = each_answer.send(());
                    }
                });
                (client, answers)
            })
            .collect();
        let second = free_address();
        for _ in 0..50 {
            gateway.apply(with_second(plain.clone(), second));
            for (_, answers) in &clients {
                answers.recv().expect("no request is lost");
            }
            gateway.apply(plain.clone());
        }
        is_over.store(true, Ordering::SeqCst);
        for (client, _) in clients {
            client.join().expect("no request was lost");
        }
    }

    fn an_address_in_use_does_not_stop_the_others(driver) {
        let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
        let second = taken.local_addr().expect("bound");
        let backend = Backend::named("one");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let both = with_second(forward_to(&[backend.address]), second);
        let applied = gateway.plane.apply(both).expect("accepted");
        let error = applied.listeners[SECOND].as_ref().expect_err("taken").to_string();
        assert!(error.starts_with(&format!("cannot listen on {second}: ")), "{error}");
        assert!(error.ends_with("; stop the program that uses the port, or choose another"), "{error}");
        assert!(applied.listeners[LISTENER].is_ok());
        assert_eq!(gateway.get("/").text(), "one");
    }

    fn a_data_plane_that_leaves_serves_on_and_says_goodbye(driver) {
        let backend = Backend::named("one");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut kept = gateway.connect();
        assert_eq!(kept.get("/").header("connection"), None);
        gateway.plane.leave();
        // Orders are taken in turn.
        gateway.plane.ask_affinity(|_| ());
        let last = kept.get("/");
        assert_eq!((last.text(), last.header("connection")), ("one", Some("close")));
        kept.expect_closed();
        assert_eq!(gateway.get("/").text(), "one", "new ones are served");
    }

    fn a_drain_finishes_what_is_in_flight(driver) {
        let (backend, arrived, go) = holding();
        let settings = Settings { drain_timeout: PATIENCE, ..settings(driver) };
        let mut snapshot = forward_to(&[backend.address]);
        snapshot.listeners[0].address = free_address();
        let gateway = Gateway::with(settings, snapshot);
        let address = gateway.address;
        let mut idle = gateway.connect();
        idle.send("GET / HTTP/1.1|host: a||");
        arrived.recv_timeout(PATIENCE).expect("the first request is there");
        go.send(()).expect("the backend waits");
        assert_eq!(idle.response().text(), "held");
        let mut busy = gateway.connect();
        busy.send("GET / HTTP/1.1|host: a||");
        arrived.recv_timeout(PATIENCE).expect("the request is there");
        let drained = thread::spawn(move || gateway.plane.drain());
        idle.expect_closed();
        let until = Instant::now() + PATIENCE / 2;
        while TcpStream::connect(address).is_ok() {
            assert!(Instant::now() < until, "it goes on accepting");
        }
        go.send(()).expect("the backend waits");
        let response = busy.response();
        assert_eq!((response.text(), response.header("connection")), ("held", Some("close")));
        busy.expect_closed();
        drained.join().expect("the data plane ends");
    }

    fn a_drain_ends_in_time_whatever_is_in_flight(driver) {
        let backend = Backend::start(|peer| {
            let head = peer.receive_head().expect("a request");
            match head.split(' ').nth(1) {
                Some("/half") => peer.raw.send("HTTP/1.1 200 OK|content-length: 10||abc"),
                Some("/tunnel") => peer.raw.send("HTTP/1.1 101 Switching Protocols|connection: upgrade|upgrade: raw||"),
                // The head alone would be an answer to what these wait for.
                _ => peer.raw.send("HTTP/1.1 103 Early Hints|link: </a>||"),
            };
            peer.raw.until_over();
        });
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut clients = [
            ("GET /held HTTP/1.1|host: a||", 103),
            ("POST /upload HTTP/1.1|host: a|content-length: 10||abc", 103),
            ("GET /half HTTP/1.1|host: a||", 200),
            ("GET /tunnel HTTP/1.1|host: a|connection: upgrade|upgrade: raw||", 101),
        ]
        .map(|(request, status)| {
            let mut client = gateway.connect();
            client.send(request);
            assert_eq!(client.response_head().status, status, "{request}");
            client
        });
        let limit = settings(driver).drain_timeout;
        let start = Instant::now();
        gateway.plane.drain();
        let took = start.elapsed();
        assert!(took >= limit, "nothing was waited for: {took:?}");
        assert!(took <= limit + Duration::from_secs(1), "{took:?}");
        for client in &mut clients {
            client.until_over();
        }
    }

    fn connections_past_the_bound_wait_their_turn(driver) {
        let backend = Backend::named("one");
        let settings = Settings { workers: 1, connections_max: 2, ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        // Clients that wait for an answer give way to nobody.
        let mut first = gateway.connect();
        first.send("GET / HTTP/1.1|host: a|");
        let mut second = gateway.connect();
        second.send("GET / HTTP/1.1|host: a|");
        let mut third = gateway.connect();
        third.send("GET / HTTP/1.1|host: a||");
        let metric = "limpet_bounds_hit_total{reason=\"connections\"}";
        let until = Instant::now() + PATIENCE;
        while !gateway.plane.metrics().contains(metric) {
            assert!(Instant::now() < until, "{}", gateway.plane.metrics());
            thread::yield_now();
        }
        drop(first);
        assert_eq!(third.response().text(), "one");
    }

    fn the_client_that_has_waited_for_longest_gives_way_to_a_new_one(driver) {
        let backend = Backend::named("one");
        let settings = Settings { workers: 1, connections_max: 40, ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        let mut idle: Vec<_> = (0..40).map(|_| gateway.connect()).collect();
        for client in &mut idle {
            assert_eq!(client.get("/").text(), "one");
        }
        let mut new = gateway.connect();
        assert_eq!(new.get("/").text(), "one");
        idle[0].expect_closed();
        assert_eq!(idle[39].get("/").text(), "one", "the last to wait stays");
    }

    fn nobody_waits_for_a_full_core_while_another_has_room(driver) {
        let backend = Backend::named("one");
        let settings = Settings { workers: 4, connections_max: 4, ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        let mut clients: Vec<_> = (0..16).map(|_| gateway.connect()).collect();
        for client in &mut clients {
            client.send("GET / HTTP/1.1|host: a|");
        }
        let until = Instant::now() + PATIENCE;
        while !gateway.plane.metrics().contains("limpet_connections_open 16\n") {
            assert!(Instant::now() < until, "{}", gateway.plane.metrics());
            thread::yield_now();
        }
        for client in &mut clients {
            assert_eq!(client.send("|").response().text(), "one");
        }
    }

    fn a_panic_costs_one_connection(driver) {
        let (backend, arrived, go) = holding();
        let settings = Settings { workers: 1, ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        let mut busy = gateway.connect();
        busy.send("GET / HTTP/1.1|host: a||");
        arrived.recv_timeout(PATIENCE).expect("the request is there");
        for _ in 0..10 {
            let mut client = gateway.connect();
            client.send("GET / HTTP/1.1|host: a|x-limpet-panic: 1||").expect_closed();
        }
        go.send(()).expect("the backend waits");
        assert_eq!(busy.response().text(), "held");
    }

    fn a_dead_worker_comes_back_on_the_same_sockets(driver) {
        let backend = Backend::named("one");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        for _ in 0..3 {
            let mut kept = gateway.connect();
            assert_eq!(kept.get("/").text(), "one");
            gateway.plane.kill_workers();
            kept.expect_closed();
            for _ in 0..20 {
                assert_eq!(gateway.get("/").text(), "one");
            }
        }
        gateway.apply(forward_to(&[]));
        assert_eq!(gateway.get("/").status, 503);
    }
}
