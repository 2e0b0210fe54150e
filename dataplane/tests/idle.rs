//! What clients cost that keep their connections and say nothing. Each test is alone in its process, which
//! it measures.

mod support;

#[path = "tls/scene.rs"]
#[allow(dead_code)]
mod scene;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Stdio};

use support::{Backend, Client, Gateway, again, alone, forward_to, resident_bytes};

/// As many as a limit of 20 000 open files leaves, half of which are kept for endpoints.
const CLIENTS: usize = 9_000;
/// As long as a browser's with its cookies.
const COOKIE: usize = 2_000;
/// Of the whole process: workers, session tables and all. Ten thousand must fit into 100 MiB.
const RESIDENT_MAX: usize = 90 * 1024 * 1024;
/// Shaking hands takes a while in a build for tests.
const ENCRYPTED_CLIENTS: usize = 1_000;
/// Longer than a record: nothing is to be left of the room that one took.
const ENCRYPTED_COOKIE: usize = 17_000;
/// What each of those may add.
const ENCRYPTED_BYTES_MAX: usize = 32 * 1024;
const NAME: &str = "a.example";
/// Where the clients connect; in a process of their own, as one may not have so many descriptors.
const GATEWAY: &str = "LIMPET_TEST_GATEWAY";

/// The clients of the test of this name, while they say nothing.
struct Clients {
    process: Child,
    _said: BufReader<ChildStdout>,
}

impl Clients {
    /// Starts them, and waits until each of them has been served.
    fn start(test: &str, gateway: SocketAddr) -> Self {
        let mut process = again(test)
            .env(GATEWAY, gateway.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut said = BufReader::new(process.stdout.take().expect("piped"));
        let mut lines = said.by_ref().lines().map(|line| line.expect("text"));
        assert!(
            lines.any(|line| line.ends_with("served")),
            "the clients are served"
        );
        Self {
            process,
            _said: said,
        }
    }

    fn end(mut self) {
        drop(self.process.stdin.take());
        assert!(self.process.wait().expect("it ends").success());
    }
}

/// Whether this process is to be so many clients with so long a cookie; then it was.
fn was_clients<S: Read + Write>(
    (count, cookie): (usize, usize),
    connect: impl Fn(SocketAddr) -> Client<S>,
) -> bool {
    let Ok(gateway) = std::env::var(GATEWAY) else {
        return false;
    };
    let address = gateway.parse().expect("an address");
    let kept: Vec<Client<S>> = (0..count)
        .map(|number| {
            let mut client = connect(address);
            // Now and then one whose cookies are far too many.
            let cookie = if number % 100 == 0 { 60_000 } else { cookie };
            let cookie = "c".repeat(cookie);
            client.send(&format!("GET / HTTP/1.1|host: {NAME}|cookie: a={cookie}||"));
            assert_eq!(client.response().text(), "one");
            client
        })
        .collect();
    let mut out = std::io::stdout();
    writeln!(out, "served").expect("somebody reads");
    // Until the other end is dropped.
    let _ = std::io::stdin().read(&mut [0]);
    drop(kept);
    true
}

#[test]
fn nine_thousand_idle_clients_fit_into_90_mib() {
    let name = "nine_thousand_idle_clients_fit_into_90_mib";
    if was_clients((CLIENTS, COOKIE), Client::connect) {
        return;
    }
    alone(name, |driver| {
        support::raise_descriptor_limit(20_000);
        let backend = Backend::named("one");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let clients = Clients::start(name, gateway.address);
        let resident = resident_bytes();
        let metrics = gateway.plane.metrics();
        let line = format!("limpet_connections_open {CLIENTS}\n");
        assert!(metrics.contains(&line), "{metrics}");
        assert!(resident <= RESIDENT_MAX, "{} KiB", resident / 1024);
        clients.end();
    });
}

#[test]
fn an_idle_encrypted_client_costs_no_more_than_32_kib() {
    let name = "an_idle_encrypted_client_costs_no_more_than_32_kib";
    if was_clients((ENCRYPTED_CLIENTS, ENCRYPTED_COOKIE), |address| {
        scene::connect(address, NAME)
    }) {
        return;
    }
    alone(name, |driver| {
        support::raise_descriptor_limit(20_000);
        let backend = Backend::named("one");
        let snapshot = scene::snapshot(&[(NAME, backend.address)]);
        let gateway = scene::Gateway::start(driver, snapshot, &scene::certificates(&[NAME]));
        assert_eq!(gateway.connect_to(NAME).get_at(NAME).text(), "one");
        let before = resident_bytes();
        let clients = Clients::start(name, gateway.address);
        let each = resident_bytes().saturating_sub(before) / ENCRYPTED_CLIENTS;
        gateway.expect_metric(&format!("limpet_connections_open {ENCRYPTED_CLIENTS}"));
        assert!(each <= ENCRYPTED_BYTES_MAX, "{each} bytes");
        clients.end();
    });
}
