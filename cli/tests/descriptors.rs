//! Clients that take every file descriptor take none from the endpoints.

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Instant;

use support::{Backends, PATIENCE, free_port, gateway};

/// Enough for the process, one worker, and some clients.
const LIMIT: &str = "160";
const CLIENTS: usize = 200;

fn status(mut stream: &TcpStream) -> String {
    write!(stream, "GET / HTTP/1.1\r\nhost: a\r\n\r\n").expect("it is open");
    let mut line = String::new();
    BufReader::new(stream)
        .read_line(&mut line)
        .expect("an answer");
    line
}

fn metrics(admin: u16) -> String {
    let url = format!("http://127.0.0.1:{admin}/metrics");
    let mut reply = ureq::get(url).call().expect("the admin port answers");
    reply.body_mut().read_to_string().expect("text")
}

#[test]
fn a_client_that_was_there_is_served_when_no_more_can_be_accepted() {
    let (backends, port, admin) = (Backends::start(1), free_port(), free_port());
    let folder = tempfile::tempdir().expect("a folder");
    let manifests = folder.path().join("all.yaml");
    let text = [backends.manifest(), gateway(port)].join("\n---\n");
    fs::write(&manifests, text).expect("the folder is ours");
    let mut child = Command::new("sh")
        .args(["-c", &format!("ulimit -n {LIMIT}; exec \"$0\" \"$@\"")])
        .args([env!("CARGO_BIN_EXE_limpet"), "run", "-n", "test-infra"])
        .args(["--workers", "1", "--admin", &format!("127.0.0.1:{admin}")])
        .args(["--ingress-port", &free_port().to_string()])
        .arg("-f")
        .arg(&manifests)
        .arg("--state")
        .arg(folder.path().join("state"))
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell");
    let stdout = child.stdout.take().expect("it is piped");
    BufReader::new(stdout)
        .read_line(&mut String::new())
        .expect("it serves");

    let early = TcpStream::connect(("127.0.0.1", port)).expect("it is served");
    let crowd: Vec<_> = (0..CLIENTS)
        .map(|_| TcpStream::connect(("127.0.0.1", port)).expect("it waits in the queue"))
        .collect();
    let until = Instant::now() + PATIENCE;
    while !metrics(admin).contains("limpet_bounds_hit_total{reason=") {
        assert!(Instant::now() < until, "no bound is hit");
        std::thread::yield_now();
    }
    let status = status(&early);
    drop(crowd);
    let _ = child.kill();
    let _ = child.wait();
    assert_eq!(status, "HTTP/1.1 200 OK\r\n");
}
