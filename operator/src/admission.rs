//! The admission webhook: refuses bad RoutePolicies and IngressExtensions when they are applied.
//!
//! It is a convenience. CRD rules and the translator say the same without it, from the same rules
//! (`limpet_schema::rules`). The judgement is a pure function of the request: no other object, no
//! Secret, no file. What comes in is bounded, in bytes and in requests at once.
//!
//! Tested below with every generated fixture, and with any JSON.

mod judge;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::metrics;

pub use judge::judge;

/// The longest request: two objects of the largest size that an API server stores, as JSON.
const BODY_BYTES_MAX: usize = 7 << 20;

/// Requests at once; more wait.
const REQUESTS_MAX: usize = 8;

/// How long one waits: the API server gives up after five seconds.
const WAIT: Duration = Duration::from_secs(4);

/// Serves `POST /validate`.
pub fn router() -> Router {
    Router::new()
        .route("/validate", post(validate))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(Arc::new(Semaphore::new(REQUESTS_MAX)))
}

async fn validate(State(places): State<Arc<Semaphore>>, body: Bytes) -> Response {
    let place = tokio::time::timeout(WAIT, places.acquire()).await;
    let Ok(Ok(_place)) = place else {
        metrics::REVIEWS_TURNED_AWAY.count();
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "too many requests at once\n",
        )
            .into_response();
    };
    let Ok(review) = serde_json::from_slice::<Value>(&body) else {
        return (StatusCode::BAD_REQUEST, "not JSON\n").into_response();
    };
    let answer = judge(&review);
    match answer["response"]["allowed"] == true {
        true => metrics::REVIEWS_ALLOWED.count(),
        false => metrics::REVIEWS_DENIED.count(),
    }
    Json(answer).into_response()
}
