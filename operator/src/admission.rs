//! The admission webhook: refuses bad RoutePolicies and IngressExtensions when they are applied.
//!
//! It is a convenience. CRD rules and the translator say the same without it, from the same rules
//! (`limpet_schema::rules`). The judgement is a pure function of the request: no other object, no
//! Secret, no file. What comes in is bounded, in bytes, in requests at once and in time; a request
//! that waits is not read, so waiting costs no memory.
//!
//! Tested below with every generated fixture, with any JSON, and with requests that are too many.

mod judge;

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::Value;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::metrics;

pub use judge::judge;

/// The longest request: two objects of the largest size that an API server stores, as JSON.
const BODY_BYTES_MAX: usize = 7 << 20;

/// Requests that are read or judged at once; more wait.
const REQUESTS_MAX: usize = 8;

/// How long one waits: the API server gives up after five seconds.
const WAIT: Duration = Duration::from_secs(3);

/// How long one may take to arrive.
const READ: Duration = Duration::from_secs(2);

/// Why a request gets no verdict.
type Refused = (StatusCode, &'static str);

/// Serves `POST /validate`.
pub fn router() -> Router {
    let places = Arc::new(Semaphore::new(REQUESTS_MAX));
    Router::new()
        .route("/validate", post(validate))
        .with_state(places)
}

async fn validate(State(places): State<Arc<Semaphore>>, body: Body) -> Response {
    match answer(&places, body).await {
        Ok(answer) => Json(answer).into_response(),
        Err(refused) => refused.into_response(),
    }
}

async fn answer(places: &Semaphore, body: Body) -> Result<Value, Refused> {
    let _place = place(places).await?;
    let body = read(body).await?;
    // A large object takes a while to judge, and the streams of data planes are served meanwhile.
    let judged = tokio::task::spawn_blocking(move || verdict(&body));
    judged.await.unwrap_or(Err((
        StatusCode::INTERNAL_SERVER_ERROR,
        "an error inside Limpet; see its log\n",
    )))
}

async fn place(places: &Semaphore) -> Result<SemaphorePermit<'_>, Refused> {
    let place = tokio::time::timeout(WAIT, places.acquire()).await;
    let Ok(Ok(place)) = place else {
        metrics::REVIEWS_TURNED_AWAY.count();
        let text = "too many requests at once; try again\n";
        return Err((StatusCode::SERVICE_UNAVAILABLE, text));
    };
    Ok(place)
}

async fn read(body: Body) -> Result<Bytes, Refused> {
    let late = (StatusCode::REQUEST_TIMEOUT, "the request took too long\n");
    let read = tokio::time::timeout(READ, to_bytes(body, BODY_BYTES_MAX)).await;
    // Also when the connection broke, where nobody reads the answer.
    let too_large = "the request is longer than 7 MiB, or was cut off\n";
    read.map_err(|_| late)?
        .map_err(|_| (StatusCode::PAYLOAD_TOO_LARGE, too_large))
}

fn verdict(body: &[u8]) -> Result<Value, Refused> {
    let no_review = (StatusCode::BAD_REQUEST, "not an AdmissionReview in JSON\n");
    let review: Value = serde_json::from_slice(body).map_err(|_| no_review)?;
    // An answer without it is nobody's.
    if !review["request"]["uid"].is_string() {
        return Err(no_review);
    }
    let answer = judge(&review);
    match answer["response"]["allowed"] == true {
        true => metrics::REVIEWS_ALLOWED.count(),
        false => metrics::REVIEWS_DENIED.count(),
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use futures::{StreamExt, poll, stream};

    use super::*;

    /// Sends this much, and says no more.
    fn stalled(bytes: &'static [u8]) -> Body {
        let said = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(bytes))]);
        Body::from_stream(said.chain(stream::pending()))
    }

    fn status(answer: Result<Value, Refused>) -> StatusCode {
        answer.expect_err("no verdict").0
    }

    #[tokio::test]
    async fn what_is_no_review_is_told_so() {
        let places = Semaphore::new(1);
        for text in ["", "{", "[]", "null", "{}", r#"{"request":{"uid":7}}"#] {
            let answer = answer(&places, Body::from(text)).await;
            assert_eq!(status(answer), StatusCode::BAD_REQUEST, "{text}");
        }
        let deep = "[".repeat(100_000);
        let answer = answer(&places, Body::from(deep)).await;
        assert_eq!(status(answer), StatusCode::BAD_REQUEST);
    }

    #[tokio::test]
    async fn a_request_that_is_too_long_is_read_no_further() {
        let places = Semaphore::new(1);
        let chunk = || Ok::<_, std::io::Error>(Bytes::from(vec![b' '; 1 << 20]));
        let endless = Body::from_stream(stream::repeat_with(chunk));
        let answer = answer(&places, endless).await;
        assert_eq!(status(answer), StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[tokio::test]
    async fn a_request_that_waits_is_not_read() {
        let places = Semaphore::new(1);
        let mut first = Box::pin(answer(&places, stalled(b"{")));
        assert!(matches!(poll!(&mut first), Poll::Pending));
        let unread = Body::from_stream(stream::once(async {
            panic!("it was read");
            #[allow(unreachable_code)]
            Ok::<Bytes, std::io::Error>(Bytes::new())
        }));
        let mut second = Box::pin(answer(&places, unread));
        assert!(matches!(poll!(&mut second), Poll::Pending));
        drop(second);
        drop(first);
        let third = answer(&places, Body::from(r#"{"request":{"uid":"a"}}"#)).await;
        assert_eq!(third.expect("a verdict")["response"]["uid"], "a");
    }

    #[tokio::test(start_paused = true)]
    async fn who_stalls_gives_its_place_back() {
        let places = Semaphore::new(1);
        let (stalled, next) = tokio::join!(
            answer(&places, stalled(b"{")),
            answer(&places, Body::from(r#"{"request":{"uid":"a"}}"#)),
        );
        assert_eq!(status(stalled), StatusCode::REQUEST_TIMEOUT);
        assert_eq!(next.expect("a verdict")["response"]["uid"], "a");
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_is_turned_away() {
        let places = Semaphore::new(0);
        let answer = answer(&places, Body::empty()).await;
        assert_eq!(status(answer), StatusCode::SERVICE_UNAVAILABLE);
    }
}
