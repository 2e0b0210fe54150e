//! Answers that last while the configuration changes.

use std::sync::{Mutex, mpsc};
use std::time::Instant;

use crate::on_both_drivers;
use crate::support::{Backend, Client, Gateway, PATIENCE, forward_to};

const CHANGES: usize = 20;

/// Answers /tunnel with a tunnel that echoes, anything else with half a body and, once what it returns is
/// dropped, the rest.
fn lasting() -> (Backend, mpsc::Sender<()>) {
    let (go, gone) = mpsc::channel::<()>();
    let gone = Mutex::new(gone);
    let backend = Backend::start(move |peer| {
        while let Some(request) = peer.receive() {
            if request.head.contains("/tunnel") {
                peer.raw
                    .send("HTTP/1.1 101 Switching Protocols|connection: upgrade|upgrade: raw||");
                let said = peer.raw.take(4);
                peer.raw.send_bytes(&said);
                return;
            }
            peer.raw.send("HTTP/1.1 200 OK|content-length: 10||first");
            let _ = gone
                .lock()
                .expect("no script panics")
                .recv_timeout(PATIENCE);
            peer.raw.send("later");
        }
    });
    (backend, go)
}

fn configs_held(gateway: &Gateway) -> u64 {
    let metrics = gateway.plane.metrics();
    let line = metrics
        .lines()
        .find_map(|line| line.strip_prefix("limpet_configs_held "));
    line.and_then(|value| value.parse().ok())
        .expect("it is counted")
}

on_both_drivers! {
    fn answers_that_last_hold_no_configuration(driver) {
        let (backend, go) = lasting();
        let snapshot = || forward_to(&[backend.address]);
        let gateway = Gateway::start(driver, snapshot());
        let (mut tunnels, mut downloads): (Vec<Client>, Vec<Client>) = (Vec::new(), Vec::new());
        for _ in 0..CHANGES {
            let mut tunnel = gateway.connect();
            tunnel.send("GET /tunnel HTTP/1.1|host: a|connection: upgrade|upgrade: raw||");
            assert_eq!(tunnel.response_head().status, 101);
            let mut download = gateway.connect();
            download.send("GET / HTTP/1.1|host: a||");
            assert_eq!(download.response_head().status, 200);
            assert_eq!(download.take(5), b"first");
            tunnels.push(tunnel);
            downloads.push(download);
            gateway.apply(snapshot());
        }
        // What a client has read, the gateway may still be busy with.
        let until = Instant::now() + PATIENCE;
        while configs_held(&gateway) > 1 {
            assert!(Instant::now() < until, "{} are held", configs_held(&gateway));
        }
        for mut tunnel in tunnels {
            tunnel.send("ping");
            assert_eq!(tunnel.take(4), b"ping");
        }
        drop(go);
        for mut download in downloads {
            assert_eq!(download.take(5), b"later");
            download.send("GET / HTTP/1.1|host: a||");
            assert_eq!(download.response_head().status, 200, "the connection is kept");
        }
    }
}
