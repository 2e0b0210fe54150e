use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::{Method, Request, Response};
use futures::StreamExt;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::jiff::{SignedDuration, Timestamp};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use super::candidate::{CUT_OFF_AFTER, Candidate, DURATION, RENEW_EVERY};
use super::{Leader, Part, Settings};

const US: &str = "a/10.0.0.1:9443";
const OTHER: &str = "b/10.0.0.2:9443";

/// How long the API server takes for an answer.
const LATENCY: Duration = Duration::from_millis(1);

/// No more than some answers.
const SOON: Duration = Duration::from_millis(10);

/// An API server with one lease.
#[derive(Clone)]
struct Server {
    lease: Arc<Mutex<Value>>,
    changes: watch::Sender<()>,
    /// It takes requests and answers none.
    is_silent: Arc<AtomicBool>,
    /// It does what the next request asks for, and answers that late.
    is_late: Arc<AtomicBool>,
}

impl Server {
    fn new() -> Self {
        Self {
            lease: Arc::new(Mutex::new(Value::Null)),
            changes: watch::Sender::new(()),
            is_silent: Arc::default(),
            is_late: Arc::default(),
        }
    }

    fn lease(&self) -> Value {
        self.lease.lock().expect("no panic").clone()
    }

    fn holder(&self) -> Value {
        self.lease()["spec"]["holderIdentity"].clone()
    }

    /// What stands there from now on; each write is a version of its own.
    fn put(&self, spec: Value) {
        let mut lease = self.lease.lock().expect("no panic");
        let version = lease["metadata"]["resourceVersion"].as_str();
        let version: u64 = version.map_or(0, |version| version.parse().expect("a number"));
        let version = (version + 1).to_string();
        *lease = json!({
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {"name": "lease", "resourceVersion": version}, "spec": spec,
        });
        self.changes.send_replace(());
    }

    /// Another replica's, whose clock differs from ours by so much.
    fn renew_by_other(&self, skew_secs: i64) {
        let renewed = Timestamp::now() + SignedDuration::from_secs(skew_secs);
        self.put(json!({
            "holderIdentity": OTHER, "leaseDurationSeconds": 7, "renewTime": renewed.to_string(),
        }));
    }

    fn answer(&self, method: &Method, given: &Value) -> (u16, Value) {
        let version = |lease: &Value| lease["metadata"]["resourceVersion"].clone();
        let there = self.lease();
        if *method == Method::GET {
            return match there.is_null() {
                true => failure(404),
                false => (200, there),
            };
        }
        let is_from_it = match *method == Method::POST {
            true => there.is_null(),
            false => version(&there) == version(given),
        };
        if !is_from_it {
            return failure(409);
        }
        self.put(given["spec"].clone());
        (200, self.lease())
    }

    fn client(&self) -> Client {
        let server = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let server = server.clone();
            async move {
                let method = request.method().clone();
                let given = request.into_body().collect_bytes().await.expect("whole");
                let given = serde_json::from_slice(&given).unwrap_or_default();
                if server.is_silent.load(Ordering::Relaxed) {
                    std::future::pending::<()>().await;
                }
                tokio::time::sleep(LATENCY).await;
                let (code, answer) = server.answer(&method, &given);
                if server.is_late.swap(false, Ordering::Relaxed) {
                    tokio::time::sleep(DURATION).await;
                }
                let answer = Body::from(answer.to_string().into_bytes());
                let answer = Response::builder().status(code).body(answer);
                Ok::<_, Infallible>(answer.expect("a response"))
            }
        });
        Client::new(service, "default")
    }

    /// A replica that takes part, and watches.
    async fn replica(&self, pod: &str, address: &str) -> Part {
        let settings = Settings {
            namespace: "limpet-system".to_owned(),
            lease: "lease".to_owned(),
            pod: pod.to_owned(),
            address: address.to_owned(),
        };
        let (sender, leader) = watch::channel(Leader::Another(String::new()));
        let api = kube::Api::namespaced(self.client(), "limpet-system");
        let candidate = Candidate::new(api, settings, sender)
            .await
            .expect("it is read");
        let (server, changes) = (self.clone(), self.changes.subscribe());
        let leases = futures::stream::unfold((server, changes), async |(server, mut changes)| {
            changes.changed().await.ok()?;
            let lease: Lease = serde_json::from_value(server.lease()).expect("a lease");
            Some((Ok(lease), (server, changes)))
        });
        let (leave, leaves) = oneshot::channel();
        let (has_left, left) = oneshot::channel();
        tokio::spawn(candidate.run(leases.boxed(), leaves, has_left));
        Part {
            leader,
            leave,
            left,
        }
    }

    async fn us(&self) -> Part {
        self.replica("a", "10.0.0.1:9443").await
    }
}

fn failure(code: u16) -> (u16, Value) {
    let reason = if code == 404 { "NotFound" } else { "Conflict" };
    (
        code,
        json!({"kind": "Status", "message": "no", "reason": reason, "code": code}),
    )
}

/// After how long a replica leads.
async fn until_led(part: &Part) -> Duration {
    let since = Instant::now();
    let mut leader = part.leader();
    let led = leader.wait_for(|leader| *leader == Leader::Us);
    let led = tokio::time::timeout(Duration::from_secs(3600), led).await;
    led.expect("in time").expect("it takes part");
    since.elapsed()
}

fn other() -> Leader {
    Leader::Another("10.0.0.2:9443".to_owned())
}

#[tokio::test(start_paused = true)]
async fn where_there_is_no_lease_one_of_two_makes_it() {
    let server = Server::new();
    let (one, two) = (
        server.us().await,
        server.replica("b", "10.0.0.2:9443").await,
    );
    assert!(until_led(&one).await <= SOON);
    tokio::time::sleep(DURATION * 10).await;
    assert_eq!(
        (server.holder(), &*two.leader().borrow()),
        (json!(US), &Leader::Another("10.0.0.1:9443".to_owned()))
    );
    assert_eq!(*one.leader().borrow(), Leader::Us);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_given_up_is_taken_at_once() {
    let server = Server::new();
    let one = server.us().await;
    until_led(&one).await;
    let two = server.replica("b", "10.0.0.2:9443").await;
    let told = one.leader();
    one.release().await;
    assert!(until_led(&two).await <= SOON);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(*told.borrow(), other(), "it goes on telling");
}

#[tokio::test(start_paused = true)]
async fn the_clock_of_a_holder_that_lives_does_not_matter() {
    for skew_secs in [-3600, -5, 0, 5, 3600] {
        let server = Server::new();
        server.renew_by_other(skew_secs);
        let part = server.us().await;
        for _ in 0..100 {
            tokio::time::sleep(RENEW_EVERY).await;
            assert_eq!(
                (server.holder(), &*part.leader().borrow()),
                (json!(OTHER), &other())
            );
            server.renew_by_other(skew_secs);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_clock_of_a_holder_that_died_does_not_matter() {
    for skew_secs in [-3600, -5, 0, 5, 3600] {
        let server = Server::new();
        server.renew_by_other(skew_secs);
        let led = until_led(&server.us().await).await;
        assert!((DURATION..=DURATION + SOON).contains(&led), "{led:?}");
        assert_eq!(server.holder(), US);
    }
}

#[tokio::test(start_paused = true)]
async fn the_lease_of_a_process_before_in_this_pod_is_taken_at_once() {
    let server = Server::new();
    server.put(json!({"holderIdentity": US, "leaseDurationSeconds": 7}));
    assert!(until_led(&server.us().await).await <= SOON);
}

#[tokio::test(start_paused = true)]
async fn who_is_robbed_of_the_lease_stops_to_lead_at_once() {
    let server = Server::new();
    let part = server.us().await;
    until_led(&part).await;
    server.renew_by_other(0);
    tokio::time::sleep(SOON).await;
    assert_eq!(*part.leader().borrow(), other());
}

#[tokio::test(start_paused = true)]
async fn who_could_not_renew_for_a_while_leads_again_or_follows_the_next() {
    for is_taken in [false, true] {
        let server = Server::new();
        let part = server.us().await;
        until_led(&part).await;
        server.is_silent.store(true, Ordering::Relaxed);
        tokio::time::sleep(DURATION + RENEW_EVERY / 2).await;
        assert_ne!(*part.leader().borrow(), Leader::Us);
        if is_taken {
            server.renew_by_other(0);
        }
        server.is_silent.store(false, Ordering::Relaxed);
        let led = until_led(&part).await;
        let expected = if is_taken { DURATION } else { Duration::ZERO };
        let rest = Duration::from_secs(5);
        assert!((expected..expected + rest).contains(&led), "{led:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_was_cut_off_for_long_takes_no_part_any_more() {
    for is_led in [false, true] {
        let server = Server::new();
        if !is_led {
            server.renew_by_other(0);
        }
        let mut part = server.us().await;
        tokio::time::sleep(SOON).await;
        server.is_silent.store(true, Ordering::Relaxed);
        tokio::time::sleep(CUT_OFF_AFTER * 2).await;
        server.is_silent.store(false, Ordering::Relaxed);
        let lost = tokio::time::timeout(CUT_OFF_AFTER, part.lost()).await;
        lost.expect("it ends when it hears again");
        assert_ne!(*part.leader().borrow(), Leader::Us);
    }
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_is_answered_late_is_one() {
    let server = Server::new();
    let part = server.us().await;
    until_led(&part).await;
    server.is_late.store(true, Ordering::Relaxed);
    let mut leader = part.leader();
    let lost = leader.wait_for(|leader| *leader != Leader::Us);
    let lost = tokio::time::timeout(DURATION * 3, lost).await;
    assert!(lost.is_err(), "it leads all the time");
}

#[tokio::test(start_paused = true)]
async fn who_is_cut_off_does_not_name_a_leader_of_long_ago() {
    let server = Server::new();
    server.renew_by_other(0);
    let part = server.us().await;
    server.is_silent.store(true, Ordering::Relaxed);
    tokio::time::sleep(DURATION).await;
    assert_eq!(*part.leader().borrow(), other());
    tokio::time::sleep(DURATION * 2).await;
    assert_eq!(*part.leader().borrow(), Leader::Another(String::new()));
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_somebody_deletes_is_made_anew() {
    let server = Server::new();
    let part = server.us().await;
    until_led(&part).await;
    *server.lease.lock().expect("no panic") = Value::Null;
    tokio::time::sleep(DURATION).await;
    assert_eq!(
        (server.holder(), &*part.leader().borrow()),
        (json!(US), &Leader::Us)
    );
}

#[tokio::test(start_paused = true)]
async fn who_cannot_renew_leads_no_longer_than_the_lease_holds() {
    let server = Server::new();
    let part = server.us().await;
    until_led(&part).await;
    let (since, mut leader) = (Instant::now(), part.leader());
    server.is_silent.store(true, Ordering::Relaxed);
    leader
        .wait_for(|leader| *leader != Leader::Us)
        .await
        .expect("it takes part");
    let led = since.elapsed();
    assert!(
        (DURATION - RENEW_EVERY..=DURATION).contains(&led),
        "{led:?}"
    );
}
