//! Brings what should be there to the API server: only what differs, each object one write at a
//! time, and nothing twice.
//!
//! [`crate::controller`] compares what should be with what is known; [`Writes::start`] sends what is
//! missing. A write names the version of the object that it was made from: when somebody else was
//! first, it is refused, the watch brings what is there, and the next plan is made from that. A
//! write that fails otherwise is tried again after a while, which grows.
//!
//! Tested below with a client that fails as told, and on a real API server by `conformance`.

mod send;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use kube::Client;
use limpet_schema::messages;
use serde_json::Value;
use tokio::sync::{Semaphore, mpsc};

use crate::inputs::ObjectKey;
use crate::metrics;

pub use send::Failure;

/// How long after a first failure the same write is tried again; then twice as long each time.
const RETRY: Duration = Duration::from_secs(2);

/// A wait grows to no more than so many times the first.
const RETRY_GROWTH_MAX: u32 = 32;

/// How many writes are on their way at once: each may be a connection.
const AT_ONCE_MAX: usize = 32;

/// Which object, and which part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// Its kind.
    pub kind: &'static str,
    /// Which one.
    pub key: ObjectKey,
    /// Whether it is its status.
    pub is_status: bool,
}

/// A write.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// Of the status, which becomes this.
    Status(Value),
    /// Of what Limpet makes: the fields that are ours (server-side apply).
    Apply(Value),
    /// The object goes, if it is still this one (`metadata.uid`).
    Delete(String),
}

/// A write and what it was made from.
#[derive(Clone, Debug, PartialEq)]
struct Planned {
    /// `metadata.resourceVersion`; empty where there was no object.
    from: String,
    write: Write,
}

/// What is on its way, and what was written but not seen yet.
pub struct Writes {
    client: Client,
    done: mpsc::UnboundedSender<(Target, Result<(), Failure>)>,
    on_their_way: BTreeMap<Target, Planned>,
    written: BTreeMap<Target, Planned>,
    failed: BTreeMap<Target, Failed>,
    places: Arc<Semaphore>,
}

/// A write that did not happen.
struct Failed {
    since: Instant,
    times: u32,
}

impl Failed {
    fn waits(&self, now: Instant) -> bool {
        let growth = 1 << (self.times - 1).min(RETRY_GROWTH_MAX.ilog2());
        now.duration_since(self.since) < RETRY * growth
    }
}

/// How a write ended; [`Writes::finish`] takes it.
pub type Done = (Target, Result<(), Failure>);

impl Writes {
    /// None yet. What ends is sent to the receiver.
    #[must_use]
    pub fn new(client: Client) -> (Self, mpsc::UnboundedReceiver<Done>) {
        let (done, finished) = mpsc::unbounded_channel();
        let writes = Self {
            client,
            done,
            on_their_way: BTreeMap::new(),
            written: BTreeMap::new(),
            failed: BTreeMap::new(),
            places: Arc::new(Semaphore::new(AT_ONCE_MAX)),
        };
        (writes, finished)
    }

    /// Starts a write, made from that version of the object, unless the same is on its way or was
    /// done and is only not seen yet.
    pub fn start(&mut self, target: Target, from: &str, write: Write, now: Instant) {
        let planned = Planned {
            from: from.to_owned(),
            write,
        };
        let waits = self.failed.get(&target);
        let waits = waits.is_some_and(|failed| failed.waits(now));
        let is_done = self.written.get(&target) == Some(&planned);
        if waits || is_done || self.on_their_way.contains_key(&target) {
            return;
        }
        let send = send::send(
            self.client.clone(),
            target.clone(),
            planned.from.clone(),
            planned.write.clone(),
        );
        let (done, sent) = (self.done.clone(), target.clone());
        let places = Arc::clone(&self.places);
        tokio::spawn(async move {
            let _place = places.acquire().await;
            let result = send.await;
            // Nobody listens once the operator ends.
            let _ = done.send((sent, result));
        });
        self.on_their_way.insert(target, planned);
    }

    /// Takes note of how a write ended.
    pub fn finish(&mut self, (target, result): Done, now: Instant) {
        let planned = self.on_their_way.remove(&target);
        let failed = self.failed.remove(&target);
        let counter = match target.is_status {
            true => &metrics::STATUS_WRITES,
            false => &metrics::INFRA_WRITES,
        };
        match (result, planned) {
            (Ok(()), Some(planned)) => {
                counter.count();
                self.written.insert(target, planned);
            }
            // The watch brings what is there. Where there was nothing, it may bring nothing.
            (Err(Failure::Conflict), Some(planned)) if !planned.from.is_empty() => {
                metrics::WRITE_CONFLICTS.count();
                self.written.insert(target, planned);
            }
            (Err(failure), _) => {
                metrics::WRITE_FAILURES.count();
                let id = match target.is_status {
                    true => messages::STATUS_NOT_WRITTEN.id,
                    false => messages::INFRA_NOT_WRITTEN.id,
                };
                tracing::warn!("{} {}: {failure} [{id}]", target.kind, target.key);
                let times = failed.map_or(0, |failed| failed.times) + 1;
                self.failed.insert(target, Failed { since: now, times });
            }
            (Ok(()), None) => {}
        }
    }

    /// A watch saw the object: what was written to it is in what it saw, or undone.
    pub fn seen(&mut self, kind: &'static str, key: &ObjectKey) {
        for is_status in [false, true] {
            let key = key.clone();
            self.written.remove(&Target {
                kind,
                key,
                is_status,
            });
        }
    }

    /// A watch saw all objects of a kind.
    pub fn seen_all(&mut self, kind: &str) {
        self.written.retain(|target, _| target.kind != kind);
    }

    /// Only these are still to be written: what failed of others is no matter.
    pub fn want(&mut self, targets: &BTreeSet<Target>) {
        self.failed.retain(|target, _| targets.contains(target));
    }

    /// Whether something failed and waits to be tried again.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        !self.failed.is_empty()
    }

    /// Forgets what was written to objects, as another replica may have changed them since.
    pub fn forget(&mut self) {
        self.written.clear();
        self.failed.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::http::Response;
    use kube::client::Body;

    use super::*;

    fn target() -> Target {
        Target {
            kind: "Service",
            key: ObjectKey::new("shop", "gateway-limpet"),
            is_status: false,
        }
    }

    fn write() -> Write {
        Write::Apply(serde_json::json!({"metadata": {"name": "gateway-limpet"}}))
    }

    /// With an API server that answers everything so.
    fn writes(status: u16) -> (Writes, mpsc::UnboundedReceiver<Done>) {
        let server = tower::service_fn(move |_| async move {
            let body =
                serde_json::json!({"metadata": {}, "code": status, "reason": "", "message": ""});
            let answer = Response::builder().status(status);
            let answer = answer.body(Body::from(body.to_string().into_bytes()));
            Ok::<_, Infallible>(answer.expect("a response"))
        });
        Writes::new(Client::new(server, "default"))
    }

    #[tokio::test]
    async fn what_was_written_is_written_again_once_it_was_seen_undone() {
        let (mut writes, mut done) = writes(200);
        let now = Instant::now();
        writes.start(target(), "", write(), now);
        writes.finish(done.recv().await.expect("it ends"), now);
        writes.start(target(), "", write(), now);
        assert!(writes.on_their_way.is_empty(), "it is only not seen yet");
        writes.seen("Service", &target().key);
        writes.start(target(), "", write(), now);
        assert_eq!(writes.on_their_way.len(), 1);
        writes.finish(done.recv().await.expect("it ends"), now);
        writes.seen_all("Service");
        writes.start(target(), "", write(), now);
        assert_eq!(writes.on_their_way.len(), 1);
    }

    #[tokio::test]
    async fn a_conflict_about_what_is_not_there_is_tried_again_later_and_later() {
        let (mut writes, mut done) = writes(409);
        let mut now = Instant::now();
        for wait in [2, 4, 8] {
            writes.start(target(), "", write(), now);
            writes.finish(done.recv().await.expect("it ends"), now);
            writes.start(target(), "", write(), now + Duration::from_secs(wait - 1));
            assert!(writes.on_their_way.is_empty() && writes.has_failed());
            now += Duration::from_secs(wait);
        }
        writes.want(&BTreeSet::new());
        assert!(!writes.has_failed(), "nobody wants it any more");
    }
}
