//! What clients cost that keep their connections and say nothing. Alone in its process, which it
//! measures.

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use limpet_dataplane::Driver;
use support::{Backend, Client, Gateway, forward_to, resident_bytes};

/// As many as a limit of 20 000 open files leaves, half of which are kept for endpoints.
const CLIENTS: usize = 9_000;
/// Of the whole process: workers, session tables and all. Ten thousand must fit into 100 MiB.
const RESIDENT_MAX: usize = 90 * 1024 * 1024;
/// Where the clients connect; in a process of their own, as one may not have so many descriptors.
const GATEWAY: &str = "LIMPET_TEST_GATEWAY";
/// The driver to measure; in a process of its own, as what another left behind would count too.
const DRIVER: &str = "LIMPET_TEST_DRIVER";

/// This test again, for another part.
fn again(part: &str, value: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command
        .args([
            "nine_thousand_idle_clients_fit_into_90_mib",
            "--exact",
            "--nocapture",
        ])
        .env(part, value);
    command
}

/// Starts the clients, and waits until each of them has been served.
fn start_clients(gateway: &Gateway) -> (Child, BufReader<ChildStdout>) {
    let mut clients = again(GATEWAY, &gateway.address.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut said = BufReader::new(clients.stdout.take().expect("piped"));
    let mut lines = said.by_ref().lines().map(|line| line.expect("text"));
    assert!(
        lines.any(|line| line.ends_with("served")),
        "the clients are served"
    );
    (clients, said)
}

fn be_the_clients(gateway: &str) {
    let address = gateway.parse().expect("an address");
    let kept: Vec<Client> = (0..CLIENTS)
        .map(|number| {
            let mut client = Client::connect(address);
            // As a browser with its cookies, and now and then one with far too many.
            let cookies = if number % 100 == 0 { 60_000 } else { 2_000 };
            let cookies = "c".repeat(cookies);
            client.send(&format!("GET / HTTP/1.1|host: test|cookie: a={cookies}||"));
            assert_eq!(client.response().text(), "one");
            client
        })
        .collect();
    let mut out = std::io::stdout();
    writeln!(out, "served").expect("somebody reads");
    // Until the other end is dropped.
    let _ = std::io::stdin().read(&mut [0]);
    drop(kept);
}

fn measure(driver: &str) {
    let status = again(DRIVER, driver).status().expect("it starts");
    assert!(status.success(), "{driver}");
}

fn check(driver: Driver) {
    support::raise_descriptor_limit(20_000);
    let backend = Backend::named("one");
    let gateway = Gateway::start(driver, forward_to(&[backend.address]));
    let (mut clients, _said) = start_clients(&gateway);
    let resident = resident_bytes();
    let metrics = gateway.plane.metrics();
    assert!(
        metrics.contains(&format!("limpet_connections_open {CLIENTS}\n")),
        "{metrics}"
    );
    assert!(
        resident <= RESIDENT_MAX,
        "{driver:?}: {} KiB",
        resident / 1024
    );
    drop(clients.stdin.take());
    assert!(clients.wait().expect("it ends").success());
}

#[test]
fn nine_thousand_idle_clients_fit_into_90_mib() {
    if let Ok(gateway) = std::env::var(GATEWAY) {
        return be_the_clients(&gateway);
    }
    match std::env::var(DRIVER).as_deref() {
        Ok("io_uring") => check(Driver::IoUring),
        Ok(_) => check(Driver::Epoll),
        Err(_) => ["io_uring", "epoll"].into_iter().for_each(measure),
    }
}
