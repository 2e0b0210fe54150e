//! The thread and its five endpoints.
//!
//! Probes and scrapes must get through whoever else is there: see [`super::connections`].

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::connections;
use crate::server::data_plane::Inside;

const INDEX: &str = "limpet\n\n\
    /metrics   Prometheus' text format\n\
    /livez     every core answers\n\
    /readyz    it can serve: a snapshot, an affinity key, and what is listened on\n\
    /config    what is running; to this machine only\n\
    /sessions  sessions seen, by route and endpoint; to this machine only\n";

/// What is running and who is there is nobody's business on a network.
const FROM_HERE: &str = "this is answered to the data plane's own machine only: \
    ask 127.0.0.1 there, on Kubernetes through `kubectl port-forward POD 9900`\n";

/// The running thread; it ends with this value.
#[derive(Debug)]
pub struct Admin {
    address: SocketAddr,
    end: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

/// Why the admin endpoints are not served.
#[derive(Debug, Error)]
pub enum AdminError {
    /// The address is taken or not ours.
    #[error(
        "admin address {address}: {error}; choose another, or end what listens there [admin-unavailable]"
    )]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// The operating system's word.
        error: std::io::Error,
    },
}

impl Admin {
    /// Listens, then serves from a new thread.
    pub fn start(address: SocketAddr, inside: Arc<Inside>) -> Result<Self, AdminError> {
        Self::serve(address, inside).map_err(|error| AdminError::Listen { address, error })
    }

    fn serve(address: SocketAddr, inside: Arc<Inside>) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let listener = runtime.block_on(TcpListener::bind(address))?;
        let address = listener.local_addr()?;
        let (end, ended) = oneshot::channel();
        let serve = move || {
            runtime.block_on(async {
                tokio::select! {
                    () = connections::serve(listener, endpoints(inside)) => {}
                    _ = ended => {}
                }
            });
        };
        let thread = thread::Builder::new()
            .name("admin".to_owned())
            .spawn(serve)?;
        Ok(Self {
            address,
            end: Some(end),
            thread: Some(thread),
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Admin {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

fn endpoints(inside: Arc<Inside>) -> Router {
    Router::new()
        .route("/config", get(config))
        .route("/sessions", get(sessions))
        .route_layer(from_fn(from_here))
        .route("/", get(INDEX))
        .route("/metrics", get(metrics))
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .with_state(inside)
}

async fn from_here(ConnectInfo(peer): ConnectInfo<SocketAddr>, ask: Request, to: Next) -> Response {
    match peer.ip().to_canonical().is_loopback() {
        true => to.run(ask).await,
        false => (StatusCode::FORBIDDEN, FROM_HERE).into_response(),
    }
}

async fn metrics(State(inside): State<Arc<Inside>>) -> Response {
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        inside.metrics(),
    )
        .into_response()
}

async fn livez(State(inside): State<Arc<Inside>>) -> Response {
    verdict(aside(move || inside.liveness()).await)
}

async fn readyz(State(inside): State<Arc<Inside>>) -> Response {
    verdict(inside.readiness())
}

async fn config(State(inside): State<Arc<Inside>>) -> Response {
    axum::Json(inside.running_config()).into_response()
}

async fn sessions(State(inside): State<Arc<Inside>>) -> Response {
    axum::Json(aside(move || inside.sessions()).await).into_response()
}

/// Questions to the cores wait for answers: beside the runtime, so that others are served.
async fn aside<T: Send + 'static>(question: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(question)
        .await
        .expect("questions to cores do not panic")
}

fn verdict(result: Result<(), String>) -> Response {
    match result {
        Ok(()) => "ok\n".into_response(),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")).into_response(),
    }
}
