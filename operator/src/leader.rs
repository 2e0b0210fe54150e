//! Who writes: one replica holds a lease.
//!
//! The holder's identity is `<pod>/<address of its stream>`, so that the others can send data planes
//! there. A replica that cannot tell whether it still leads does not write. One that sees the lease
//! given up takes it at once: until somebody leads, no data plane is listed anew.

use std::sync::Arc;
use std::time::{Duration, Instant};

use k8s_openapi::api::coordination::v1::Lease;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client};
use kube_lease_manager::{LeaseManager, LeaseManagerBuilder, LeaseManagerError};
use thiserror::Error;
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::JoinHandle;

/// How long a lease holds without being renewed, in seconds: how long nobody writes when the leader
/// is lost.
const DURATION_SECS: u64 = 8;

/// How long before its end it is renewed, in seconds.
const GRACE_SECS: u64 = 4;

/// How long to wait after the API server refused something.
const REST: Duration = Duration::from_secs(1);

/// How long a lease is left alone that was given up: whoever finds it over gives it up as well, a
/// moment later, and would take it from who was quicker.
const SETTLE: Duration = Duration::from_millis(200);

/// How long a release may take at the end.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(2);

/// The lease, and this replica.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The lease's namespace.
    pub namespace: String,
    /// The lease's name.
    pub lease: String,
    /// This replica's pod.
    pub pod: String,
    /// Where its stream is served, `<ip>:<port>`.
    pub address: String,
}

impl Settings {
    fn identity(&self) -> String {
        format!("{}/{}", self.pod, self.address)
    }
}

/// Who leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leader {
    /// This replica.
    Us,
    /// The one whose stream is at this address; empty: not known.
    Another(String),
}

/// A replica that takes part.
pub struct Part {
    leader: watch::Receiver<Leader>,
    lease: JoinHandle<()>,
    leave: oneshot::Sender<()>,
}

impl Part {
    /// Who leads, whenever that changes.
    #[must_use]
    pub fn leader(&self) -> watch::Receiver<Leader> {
        self.leader.clone()
    }

    /// Returns when this replica can never lead again; its process has to end.
    pub async fn lost(&mut self) -> LeaseLost {
        let ended = (&mut self.lease).await;
        LeaseLost(ended.map_or_else(|error| error.to_string(), |()| "nobody keeps it".to_owned()))
    }

    /// Lets another replica lead at once; who that is goes on being told.
    pub async fn release(self) {
        let _ = self.leave.send(());
        let _ = tokio::time::timeout(RELEASE_TIMEOUT, self.lease).await;
    }
}

/// The lease cannot be held or asked for any more.
#[derive(Debug, Error)]
#[error("ours: the lease is lost for good: {0} [operator-not-started]")]
pub struct LeaseLost(String);

/// Takes part.
///
/// # Errors
/// When the lease cannot be read or made.
pub async fn take_part(client: Client, settings: Settings) -> Result<Part, LeaseManagerError> {
    let mut candidate = Candidate {
        manager: manager(client.clone(), &settings).await?,
        client: client.clone(),
        settings: settings.clone(),
        is_held: watch::Sender::new(false),
        freed: Arc::new(Notify::new()),
    };
    let view = View {
        identity: settings.identity(),
        pod: settings.pod,
        is_held: Some(candidate.is_held.subscribe()),
        holder: String::new(),
        seen: Instant::now(),
    };
    let (sender, leader) = watch::channel(Leader::Another(String::new()));
    let (leave, left) = oneshot::channel();
    let api: Api<Lease> = Api::namespaced(client, &settings.namespace);
    let only = watcher::Config::default().fields(&format!("metadata.name={}", settings.lease));
    let leases = watcher(api, only).default_backoff().applied_objects();
    tokio::spawn(follow(leases, view, Arc::clone(&candidate.freed), sender));
    let lease = tokio::spawn(async move { candidate.keep(left).await });
    Ok(Part {
        leader,
        lease,
        leave,
    })
}

async fn manager(client: Client, settings: &Settings) -> Result<LeaseManager, LeaseManagerError> {
    LeaseManagerBuilder::new(client, &settings.lease)
        .with_namespace(&settings.namespace)
        .with_identity(settings.identity())
        .with_field_manager(format!("limpet-{}", settings.pod))
        .with_duration(DURATION_SECS)
        .with_grace(GRACE_SECS)
        .build()
        .await
}

/// Holds the lease whenever it can be had.
struct Candidate {
    manager: LeaseManager,
    client: Client,
    settings: Settings,
    is_held: watch::Sender<bool>,
    /// The lease was seen to be nobody's.
    freed: Arc<Notify>,
}

impl Candidate {
    /// Until it is told to leave; then nobody holds it.
    async fn keep(&mut self, mut left: oneshot::Receiver<()>) {
        loop {
            let is_held = *self.is_held.borrow();
            tokio::select! {
                biased;
                _ = &mut left => break,
                () = self.freed.notified(), if !is_held => self.look_again().await,
                changed = self.manager.changed() => self.take(changed).await,
            }
        }
        self.is_held.send_replace(false);
        if let Err(error) = self.manager.release().await {
            tracing::warn!("ours: the lease is not given up: {error} [api-unreachable]");
        }
    }

    async fn take(&self, changed: Result<bool, LeaseManagerError>) {
        match changed {
            Ok(is_held) => drop(self.is_held.send_replace(is_held)),
            Err(error) => {
                tracing::warn!("ours: the lease cannot be used: {error} [api-unreachable]");
                tokio::time::sleep(REST).await;
            }
        }
    }

    /// The manager sleeps until the end of the lease that it has read, also when it is given up
    /// before; a new one reads it anew.
    async fn look_again(&mut self) {
        tokio::time::sleep(SETTLE).await;
        if let Ok(manager) = manager(self.client.clone(), &self.settings).await {
            self.manager = manager;
        }
    }
}

/// What a replica knows of the lease.
struct View {
    /// Its own, as a holder.
    identity: String,
    pod: String,
    /// What keeps the lease says of it; none: nobody keeps it any more.
    is_held: Option<watch::Receiver<bool>>,
    /// Whom the lease names.
    holder: String,
    /// When that was last heard: renewals are news.
    seen: Instant,
}

impl View {
    /// Until when it can be sure of leading, by its own clock.
    fn good_until(&self) -> Instant {
        self.seen + Duration::from_secs(DURATION_SECS)
    }

    /// Leads only who was seen to hold the lease, no longer ago than it holds: one that is cut off
    /// from the API server must not think that it leads, while another does.
    fn leader(&self, now: Instant) -> Leader {
        let is_held = self.is_held.as_ref().is_some_and(|held| *held.borrow());
        match is_held && self.holder == self.identity && now < self.good_until() {
            true => Leader::Us,
            false => Leader::Another(address(&self.holder, &self.pod)),
        }
    }
}

async fn follow(
    leases: impl futures::Stream<Item = watcher::Result<Lease>>,
    mut view: View,
    freed: Arc<Notify>,
    sender: watch::Sender<Leader>,
) {
    let mut leases = std::pin::pin!(leases);
    loop {
        let is_led = *sender.borrow() == Leader::Us;
        let (good_until, takes_part) = (view.good_until(), view.is_held.is_some());
        tokio::select! {
            () = changed(&mut view.is_held), if takes_part => {}
            lease = futures::StreamExt::next(&mut leases) => match lease {
                Some(Ok(lease)) => {
                    view.holder = lease.spec.and_then(|spec| spec.holder_identity).unwrap_or_default();
                    view.seen = Instant::now();
                    if view.holder.is_empty() {
                        freed.notify_one();
                    }
                }
                Some(Err(_)) => {}
                None => return,
            },
            () = tokio::time::sleep_until(good_until.into()), if is_led => {}
        }
        let now = view.leader(Instant::now());
        sender.send_if_modified(|leader| {
            let is_new = *leader != now;
            *leader = now;
            is_new
        });
    }
}

/// The lease is held or not any more; it may also be lost for good, which [`Part::lost`] tells.
async fn changed(is_held: &mut Option<watch::Receiver<bool>>) {
    let Some(held) = is_held else { return };
    if held.changed().await.is_err() {
        *is_held = None;
    }
}

/// The address in a holder's identity; empty where it is ours of before.
fn address(holder: &str, pod: &str) -> String {
    match holder.split_once('/') {
        Some((other, address)) if other != pod => address.to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Mutex;

    use axum::http::{Request, Response};
    use kube::client::Body;
    use serde_json::{Value, json};

    use super::*;

    /// An API server with one lease, which takes any change.
    fn server(lease: &Arc<Mutex<Value>>) -> Client {
        let lease = Arc::clone(lease);
        let server = tower::service_fn(move |request: Request<Body>| {
            let lease = Arc::clone(&lease);
            async move {
                let change = request.into_body().collect_bytes().await.expect("whole");
                let change: Value = serde_json::from_slice(&change).unwrap_or_default();
                let mut lease = lease.lock().expect("no panic");
                for (name, value) in change["spec"].as_object().into_iter().flatten() {
                    lease["spec"][name] = value.clone();
                }
                Ok::<_, Infallible>(Response::new(Body::from(lease.to_string().into_bytes())))
            }
        });
        Client::new(server, "default")
    }

    #[tokio::test]
    async fn a_lease_that_is_given_up_is_taken_before_its_end() {
        let now = k8s_openapi::jiff::Timestamp::now();
        let held = json!({
            "holderIdentity": "b/10.0.0.2:9443", "leaseDurationSeconds": 3600,
            "renewTime": now.to_string(), "acquireTime": now.to_string(),
        });
        let lease = Arc::new(Mutex::new(
            json!({"metadata": {"name": "lease"}, "spec": held}),
        ));
        let (client, settings) = (
            server(&lease),
            Settings {
                namespace: "limpet-system".to_owned(),
                lease: "lease".to_owned(),
                pod: "a".to_owned(),
                address: "10.0.0.1:9443".to_owned(),
            },
        );
        let mut candidate = Candidate {
            manager: manager(client.clone(), &settings).await.expect("there"),
            client,
            settings,
            is_held: watch::Sender::new(false),
            freed: Arc::new(Notify::new()),
        };
        // It reads the lease, and sleeps until its end.
        let sleeps = tokio::time::timeout(Duration::from_millis(100), candidate.manager.changed());
        assert!(sleeps.await.is_err());
        let (mut is_held, freed) = (candidate.is_held.subscribe(), Arc::clone(&candidate.freed));
        let (leave, left) = oneshot::channel();
        let kept = tokio::spawn(async move { candidate.keep(left).await });
        lease.lock().expect("no panic")["spec"] = json!({});
        freed.notify_one();
        let taken = is_held.wait_for(|is_held| *is_held);
        tokio::time::timeout(Duration::from_secs(30), taken)
            .await
            .expect("long before its end")
            .expect("it is kept");
        let holder = lease.lock().expect("no panic")["spec"]["holderIdentity"].clone();
        assert_eq!(holder, "a/10.0.0.1:9443");
        leave.send(()).expect("it listens");
        kept.await.expect("no panic");
        let holder = lease.lock().expect("no panic")["spec"]["holderIdentity"].clone();
        assert_eq!(holder, Value::Null, "given up");
    }

    #[test]
    fn a_replica_leads_as_long_as_it_is_seen_to_hold_the_lease() {
        let (held, is_held) = watch::channel(true);
        let seen = Instant::now();
        let mut view = View {
            identity: "a/10.0.0.1:9443".to_owned(),
            pod: "a".to_owned(),
            is_held: Some(is_held),
            holder: "a/10.0.0.1:9443".to_owned(),
            seen,
        };
        let lease = Duration::from_secs(DURATION_SECS);
        let another = |address: &str| Leader::Another(address.to_owned());
        assert_eq!(view.leader(seen), Leader::Us);
        assert_eq!(view.leader(seen + lease), another(""), "not renewed");
        view.holder = "b/10.0.0.2:9443".to_owned();
        assert_eq!(view.leader(seen), another("10.0.0.2:9443"), "taken");
        view.holder = "a/10.0.0.9:9443".to_owned();
        assert_eq!(view.leader(seen), another(""), "its own of before");
        view.holder.clone_from(&view.identity);
        held.send_replace(false);
        assert_eq!(view.leader(seen), another(""), "given up");
    }
}
