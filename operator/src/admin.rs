//! Health and metrics of an operator, over plain HTTP.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::metrics;

/// What must hold before an operator is ready.
#[derive(Debug, Default)]
pub struct Health(Mutex<Option<watch::Receiver<bool>>>);

impl Health {
    /// The loop's own word: its caches are full and something is published.
    pub fn watch(&self, ready: watch::Receiver<bool>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(ready);
    }

    fn is_ready(&self) -> bool {
        let ready = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ready.as_ref().is_some_and(|ready| *ready.borrow())
    }
}

/// Serves /metrics, /livez and /readyz.
///
/// # Errors
/// When the address cannot be had.
pub async fn serve(address: SocketAddr, health: Arc<Health>) -> std::io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    let router = Router::new()
        .route("/metrics", get(async || metrics::render()))
        .route("/livez", get("ok\n"))
        .route("/readyz", get(readyz))
        .with_state(health);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(())
}

async fn readyz(State(health): State<Arc<Health>>) -> Response {
    match health.is_ready() {
        true => "ok\n".into_response(),
        false => {
            let text = "the caches are not full yet\n";
            (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
        }
    }
}
