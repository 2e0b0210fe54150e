//! The demo's backends: processes of this same binary, each standing for one pod.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use axum::Router;
use axum::http::{HeaderMap, Uri, header};
use serde::{Deserialize, Serialize};

use crate::args::DemoBackendArgs;
use crate::output;

/// The pods, with the last byte of their address (`examples/session-affinity/echo.yaml`).
const PODS: [(&str, u8); 3] = [("echo-a", 11), ("echo-b", 12), ("echo-c", 13)];

/// What a demo backend answers.
#[derive(Debug, Serialize, Deserialize)]
pub struct Echo {
    /// The pod that answers.
    pub pod: String,
    /// How many requests it has seen, this one too.
    pub requests: u64,
    /// The path it was asked for.
    pub path: String,
    /// The Host it was asked for.
    pub host: String,
}

/// Serves until it is killed. Says on standard output when it is ready.
pub fn serve(args: &DemoBackendArgs) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(args.listen)
            .await
            .with_context(|| format!("{} cannot listen on {}", args.pod, args.listen))?;
        output::line("ready")?;
        axum::serve(listener, echo(args.pod.clone())).await?;
        Ok(ExitCode::SUCCESS)
    })
}

fn echo(pod: String) -> Router {
    let requests: &'static AtomicU64 = Box::leak(Box::default());
    Router::new().fallback(async move |uri: Uri, headers: HeaderMap| {
        let host = headers.get("host").and_then(|host| host.to_str().ok());
        let echo = Echo {
            pod: pod.clone(),
            requests: requests.fetch_add(1, Ordering::Relaxed) + 1,
            path: uri.path().to_owned(),
            host: host.unwrap_or_default().to_owned(),
        };
        let text = serde_json::to_string(&echo).expect("texts and a number are JSON");
        // A terminal shows the next prompt on a line of its own.
        ([(header::CONTENT_TYPE, "application/json")], text + "\n")
    })
}

/// The three backends; they end with this value.
pub struct Backends(Vec<Child>);

impl Backends {
    /// Starts them and waits until each is ready.
    pub fn start(port: u16) -> anyhow::Result<Self> {
        let mut backends = Self(Vec::new());
        for (pod, byte) in PODS {
            let listen = SocketAddr::from((Ipv4Addr::new(127, 0, 0, byte), port));
            backends.0.push(spawn(pod, listen)?);
        }
        for (child, (pod, _)) in backends.0.iter_mut().zip(PODS) {
            wait_until_ready(child).with_context(|| {
                format!("backend {pod} did not start; is port {port} taken by another program?")
            })?;
        }
        Ok(backends)
    }
}

impl Drop for Backends {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // An error means that it has ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn spawn(pod: &str, listen: SocketAddr) -> anyhow::Result<Child> {
    let binary = std::env::current_exe().context("the demo cannot find its own binary")?;
    Command::new(binary)
        .args([
            "demo-backend",
            "--pod",
            pod,
            "--listen",
            &listen.to_string(),
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("backend {pod} cannot be started"))
}

fn wait_until_ready(child: &mut Child) -> anyhow::Result<()> {
    let stdout = child.stdout.take().context("its output is piped")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    anyhow::ensure!(line.trim() == "ready", "it ended before it was ready");
    Ok(())
}
