//! Clients that leave, or seem to, while an endpoint thinks.

use std::sync::{Mutex, mpsc};
use std::time::Duration;

use limpet_dataplane::{Driver, Settings};

use crate::on_both_drivers;
use crate::support::{Backend, Client, Gateway, PATIENCE, forward_to, settings};

const CLIENTS: usize = 50;

/// Reads requests and answers none; says when the gateway lets go of one.
fn thinking() -> (Backend, mpsc::Receiver<()>) {
    let (said, heard) = mpsc::channel();
    let said = Mutex::new(said);
    let backend = Backend::start(move |peer| {
        while peer.receive().is_some() {}
        let _ = said.lock().expect("no script panics").send(());
    });
    (backend, heard)
}

fn gateway(driver: Driver, backend: &Backend) -> Gateway {
    Gateway::with(settings(driver), forward_to(&[backend.address]))
}

/// Clients that each ask for something and leave; then nothing is left of any.
fn check_gone(driver: Driver, request: &str, leave: impl Fn(Client)) {
    let (backend, let_go) = thinking();
    let gateway = gateway(driver, &backend);
    for _ in 0..CLIENTS {
        let mut client = gateway.connect();
        client.send(request);
        leave(client);
    }
    for _ in 0..CLIENTS {
        let_go
            .recv_timeout(PATIENCE)
            .expect("no endpoint goes on thinking");
    }
    gateway.wait_for_metric("limpet_connections_open 0");
}

on_both_drivers! {
    fn clients_that_close_hold_nothing(driver) {
        check_gone(driver, "GET / HTTP/1.1|host: a||", drop);
    }

    fn clients_that_close_after_an_upload_hold_nothing(driver) {
        check_gone(driver, "POST / HTTP/1.1|host: a|content-length: 3||abc", drop);
    }

    fn clients_that_break_off_hold_nothing(driver) {
        for version in ["1.0", "1.1"] {
            check_gone(driver, &format!("GET / HTTP/{version}|host: a||"), |client| {
                let socket = socket2::SockRef::from(&client.stream);
                socket.set_linger(Some(Duration::ZERO)).expect("an option");
            });
        }
    }

    fn clients_that_leave_behind_more_requests_hold_nothing(driver) {
        check_gone(driver, "GET / HTTP/1.1|host: a||GET / HTTP/1.1|host: a||", drop);
    }

    fn a_client_that_ended_its_half_gets_its_answer(driver) {
        let (go, gone) = mpsc::channel::<()>();
        let gone = Mutex::new(gone);
        let backend = Backend::start(move |peer| {
            while peer.receive().is_some() {
                let gone = gone.lock().expect("no script panics");
                let _ = gone.recv_timeout(PATIENCE);
                peer.raw.send("HTTP/1.1 200 OK|content-length: 4||held");
            }
        });
        let gateway = gateway(driver, &backend);
        let mut client = gateway.connect();
        client.send("GET / HTTP/1.1|host: a||").end();
        assert_eq!(client.response_head().status, 102, "it is asked whether it is there");
        go.send(()).expect("the backend waits");
        assert_eq!(client.response().text(), "held");
        client.expect_closed();
        // Nothing is said to one of HTTP/1.0.
        let mut old = gateway.connect();
        old.send("GET / HTTP/1.0|host: a||").end();
        let mut asked = gateway.connect();
        asked.send("GET / HTTP/1.1|host: a||").end();
        assert_eq!(asked.response_head().status, 102, "meanwhile the other was looked at");
        for _ in 0..2 {
            go.send(()).expect("the backend waits");
        }
        assert_eq!((old.response().text(), asked.response().text()), ("held", "held"));
    }

    fn the_next_request_is_served_after_a_long_answer_to_an_upload(driver) {
        let backend = Backend::start(|peer| {
            while peer.receive().is_some() {
                let (_nobody, word) = mpsc::channel::<()>();
                let _ = word.recv_timeout(Duration::from_millis(400));
                peer.raw.send("HTTP/1.1 200 OK|content-length: 3||one");
            }
        });
        let idle_timeout = Duration::from_millis(200);
        let settings = Settings { idle_timeout, ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send("POST / HTTP/1.1|host: a|content-length: 3||");
        assert_eq!(client.send("abc").response().text(), "one");
        assert_eq!(client.get("/").text(), "one");
    }
}
