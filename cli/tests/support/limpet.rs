//! A running `limpet run`.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::Agent;

/// How long anything may take before a test fails.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The binary, with an environment that says nothing.
pub fn limpet_command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_limpet"));
    for (name, _) in std::env::vars_os().filter(|(n, _)| n.to_string_lossy().starts_with("LIMPET_"))
    {
        command.env_remove(name);
    }
    command
}

/// `limpet run` on a folder of manifests.
pub struct Limpet {
    child: Child,
    lines: Receiver<String>,
    folder: tempfile::TempDir,
    /// What it printed last.
    pub view: Value,
    /// Where Ingress is served.
    pub ingress_port: u16,
    /// Where the admin endpoints are.
    pub admin: SocketAddr,
}

impl Limpet {
    /// Starts it in namespace `test-infra` on these manifests (file name, text), and waits until it
    /// has said what became of them.
    pub fn start(manifests: &[(&str, &str)]) -> Self {
        Self::start_in(place(manifests), None)
    }

    /// The same, with manifests on standard input too.
    pub fn start_with_input(manifests: &[(&str, &str)], input: &str) -> Self {
        Self::start_in(place(manifests), Some(input))
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let kill = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(kill.expect("kill is there").success());
    }

    /// Waits for its end: its output is over then.
    pub fn wait(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it goes on"),
            }
        }
        self.child.wait().expect("it was started")
    }

    fn start_in(folder: tempfile::TempDir, input: Option<&str>) -> Self {
        let (ingress_port, admin_port) = (super::free_port(), super::free_port());
        let admin = SocketAddr::from((Ipv4Addr::LOCALHOST, admin_port));
        let mut command = limpet_command();
        command
            .args(["run", "-o", "json", "-n", "test-infra", "--workers", "2"])
            .arg("-f")
            .arg(folder.path().join("manifests"))
            .arg("--state")
            .arg(folder.path().join("state"))
            .args([
                "--ingress-port",
                &ingress_port.to_string(),
                "--ingress-tls-port",
                &super::free_port().to_string(),
                "--admin",
                &admin.to_string(),
            ])
            .stdout(Stdio::piped());
        if input.is_some() {
            command.args(["-f", "-"]).stdin(Stdio::piped());
        }
        let mut child = command.spawn().expect("the binary is built");
        if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
            stdin.write_all(input.as_bytes()).expect("it reads");
        }
        let lines = lines(child.stdout.take().expect("it is piped"));
        let mut limpet = Self {
            child,
            lines,
            folder,
            view: Value::Null,
            ingress_port,
            admin,
        };
        limpet.next_view();
        limpet
    }

    /// Ends it as an operator would, and starts it again on the same folder.
    pub fn restart(mut self) -> Self {
        assert!(self.terminate().success(), "SIGTERM ends it well");
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().expect("a folder"));
        Self::start_in(folder, None)
    }

    /// Sends SIGTERM and waits for the end.
    pub fn terminate(&mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        let kill = Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .expect("kill is there");
        assert!(kill.success());
        self.wait()
    }

    /// Waits for the next statuses.
    pub fn next_view(&mut self) -> &Value {
        let line = self
            .lines
            .recv_timeout(PATIENCE)
            .expect("it prints within its time");
        self.view = serde_json::from_str(&line).expect("one JSON document a line");
        &self.view
    }

    /// Waits until what it prints satisfies `wanted`.
    pub fn wait_for(&mut self, wanted: impl Fn(&Self) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !wanted(self) {
            assert!(Instant::now() < until, "{:#}", self.view);
            self.next_view();
        }
    }

    /// Waits until new clients get a cookie that lives for so many seconds.
    pub fn wait_for_cookie_of(&self, port: u16, secs: u32) {
        let until = Instant::now() + PATIENCE;
        let wanted = format!("Max-Age={secs};");
        while !client(port, None)
            .set_cookie
            .is_some_and(|cookie| cookie.contains(&wanted))
        {
            assert!(Instant::now() < until, "no cookie of {secs} s");
            thread::yield_now();
        }
    }

    /// Replaces a manifest in one step, as editors do.
    pub fn write(&self, name: &str, text: &str) {
        let scratch = self.folder.path().join(name);
        std::fs::write(&scratch, text).expect("the folder is ours");
        std::fs::rename(scratch, self.manifest(name)).expect("the same file system");
    }

    /// Where a manifest lies.
    pub fn manifest(&self, name: &str) -> PathBuf {
        self.folder.path().join("manifests").join(name)
    }

    /// The state folder.
    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// The temporary folder that holds all of it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// `status` of an object, as printed last.
    pub fn status(&self, kind: &str, name: &str) -> &Value {
        let statuses = self.view["statuses"]
            .as_array()
            .expect("statuses are a list");
        let found = statuses
            .iter()
            .find(|s| s["kind"] == kind && s["name"] == name);
        found.map_or(&Value::Null, |object| &object["status"])
    }

    /// `(status, reason, message)` of a condition of an object.
    pub fn condition(&self, kind: &str, name: &str, condition: &str) -> (String, String, String) {
        let conditions = self.status(kind, name)["conditions"].as_array();
        let found = conditions
            .into_iter()
            .flatten()
            .find(|c| c["type"] == condition);
        let text = |key: &str| {
            found
                .and_then(|c| c[key].as_str())
                .unwrap_or_default()
                .to_owned()
        };
        (text("status"), text("reason"), text("message"))
    }
}

/// A folder with these manifests (file name, text).
fn place(manifests: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(folder.path().join("manifests")).expect("the folder is ours");
    for (name, text) in manifests {
        std::fs::write(folder.path().join("manifests").join(name), text).expect("it is ours");
    }
    folder
}

fn lines(stdout: ChildStdout) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            // The test may have ended.
            let _ = sender.send(line);
        }
    });
    lines
}

impl Drop for Limpet {
    fn drop(&mut self) {
        // An error means that it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub set_cookie: Option<String>,
    pub body: String,
}

impl Reply {
    /// The cookie as a client sends it back.
    pub fn cookie(&self) -> String {
        let set_cookie = self.set_cookie.as_deref().expect("the reply sets a cookie");
        set_cookie
            .split(';')
            .next()
            .expect("split gives at least one")
            .to_owned()
    }
}

/// Sends one GET on a new connection.
pub fn client(port: u16, cookie: Option<&str>) -> Reply {
    let config = Agent::config_builder()
        .max_idle_connections(0)
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE));
    let agent: Agent = config.build().into();
    let mut request = agent.get(format!("http://127.0.0.1:{port}/"));
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    let mut response = request.call().expect("a reply");
    let set_cookie = response.headers().get("set-cookie");
    let set_cookie = set_cookie.map(|value| value.to_str().expect("ASCII").to_owned());
    let status = response.status().as_u16();
    let body = response.body_mut().read_to_string().expect("a body");
    Reply {
        status,
        set_cookie,
        body,
    }
}
