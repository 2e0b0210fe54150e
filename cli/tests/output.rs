//! Output that cannot be written ends no gateway, and no command in a panic.

mod support;

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use support::{Backends, PATIENCE, ROUTE_POLICY, client, free_port, gateway, limpet_command};
use tempfile::TempDir;

/// A gateway whose output a test has in its hands.
struct Running {
    child: Child,
    folder: TempDir,
    port: u16,
}

impl Running {
    fn start(backends: &Backends, extra: &str, attach: impl Fn(&mut Command)) -> Self {
        let (folder, port) = (tempfile::tempdir().expect("a folder"), free_port());
        let manifests = folder.path().join("manifests");
        fs::create_dir(&manifests).expect("the folder is ours");
        let text = [&backends.manifest(), &gateway(port), ROUTE_POLICY, extra].join("\n---\n");
        fs::write(manifests.join("all.yaml"), text).expect("the folder is ours");
        let mut command = limpet_command();
        command
            .args(["run", "-n", "test-infra", "--workers", "1"])
            .args(["--admin", &format!("127.0.0.1:{}", free_port())])
            .args(["--ingress-port", &free_port().to_string()])
            .arg("-f")
            .arg(manifests)
            .arg("--state")
            .arg(folder.path().join("state"));
        attach(&mut command);
        let child = command.spawn().expect("the binary is built");
        Self {
            child,
            folder,
            port,
        }
    }

    /// Waits until the cookie lives for so many seconds.
    fn wait_for_cookie_of(&self, secs: &str) {
        let until = Instant::now() + PATIENCE;
        let is_there = || {
            std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok()
                && client(self.port, None)
                    .set_cookie
                    .is_some_and(|cookie| cookie.contains(&format!("Max-Age={secs};")))
        };
        while !is_there() {
            assert!(Instant::now() < until, "no cookie of {secs} s");
            std::thread::yield_now();
        }
    }

    fn change(&self) {
        let path = self.folder.path().join("manifests/all.yaml");
        let text = fs::read_to_string(&path).expect("it is there");
        fs::write(path, text.replace("3600", "7200")).expect("the folder is ours");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn full() -> Stdio {
    let full = OpenOptions::new().write(true).open("/dev/full");
    full.expect("Linux has it").into()
}

/// What it prints until a line begins so.
fn read_until(
    lines: &mut impl Iterator<Item = std::io::Result<String>>,
    start: &str,
) -> Vec<String> {
    let mut read: Vec<String> = Vec::new();
    while !read.last().is_some_and(|line| line.starts_with(start)) {
        let next = lines
            .next()
            .unwrap_or_else(|| panic!("no line {start:?} after {read:#?}"));
        read.push(next.expect("UTF-8"));
    }
    read
}

#[test]
fn it_says_where_it_serves_and_then_only_what_a_change_made_different() {
    let backends = Backends::start(2);
    let mut running = Running::start(&backends, "", |command| {
        command.stdout(Stdio::piped());
    });
    let mut lines = BufReader::new(running.child.stdout.take().expect("it is piped")).lines();
    let first = read_until(&mut lines, "Manifests ");
    assert!(first[0].trim_start().starts_with("OBJECT "), "{first:#?}");
    let too_wide = first
        .iter()
        .find(|line| line.chars().count() > 100 && line.contains("Programmed"));
    assert_eq!(too_wide, None);
    let serving = format!(
        "Serving     http://127.0.0.1:{}/ for every host (Gateway/test-infra/gateway/http)",
        running.port
    );
    assert!(first.contains(&serving), "{serving} in {first:#?}");
    // Fewer endpoints, and nothing else.
    let path = running.folder.path().join("manifests/all.yaml");
    let text = fs::read_to_string(&path).expect("it is there");
    let fewer = backends.manifest_where(|name| name != "pod-0");
    fs::write(&path, text.replace(&backends.manifest(), &fewer)).expect("the folder is ours");
    let change = read_until(&mut lines, "Endpoints ");
    assert_eq!(change.len(), 1, "{change:#?}");
    assert!(
        change[0].starts_with("Endpoints   Service/test-infra/echo/80: 1 gone (127.0.0.11:"),
        "{change:#?}"
    );
    // A route that leads nowhere is told, with its conditions that differ and no other.
    let text = fs::read_to_string(&path).expect("it is there");
    fs::write(&path, text.replace("port: 80\n", "port: 81\n")).expect("the folder is ours");
    let change = read_until(&mut lines, "Endpoints ").join("\n");
    assert!(change.contains("test-infra/http-route on"), "{change}");
    assert!(!change.contains("Programmed"), "{change}");
}

#[test]
fn a_full_disk_under_both_outputs_stops_nothing() {
    let backends = Backends::start(1);
    // A listener that cannot be served is said on standard error.
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port of ours");
    let taken = taken.local_addr().expect("it is bound").port();
    let extra = gateway(taken).replace("name: gateway", "name: taken");
    let running = Running::start(&backends, &extra, |command| {
        command.stdout(full()).stderr(full());
    });
    running.wait_for_cookie_of("3600");
    running.change();
    running.wait_for_cookie_of("7200");
}

#[test]
fn a_reader_that_leaves_stops_nothing() {
    let backends = Backends::start(1);
    let mut running = Running::start(&backends, "", |command| {
        command.stdout(Stdio::piped()).stderr(Stdio::null());
    });
    let stdout = running.child.stdout.take().expect("it is piped");
    let mut first = String::new();
    BufReader::new(stdout)
        .read_line(&mut first)
        .expect("a line");
    running.change();
    running.wait_for_cookie_of("7200");
}

#[test]
fn a_command_whose_reader_left_ends_quietly() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = limpet_command()
        .arg("explain")
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .expect("the binary is built");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_command_that_cannot_write_says_so() {
    let output = limpet_command()
        .arg("explain")
        .stdout(full())
        .stderr(Stdio::piped())
        .output()
        .expect("the binary is built");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("[output-unwritable]"), "{said}");
}
