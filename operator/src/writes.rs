//! Brings what should be there to the API server: only what differs, each object one write at a
//! time, and nothing twice.
//!
//! [`Writes::plan`] compares what should be with what is known; [`Writes::start`] sends what is
//! missing. A write names the version of the object that it was made from: when somebody else was
//! first, it is refused, the watch brings what is there, and the next plan is made from that. A
//! write that fails otherwise is tried again after a while.
//!
//! Tested below with a client that fails as told, and on a real API server by `conformance`.

mod send;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use kube::Client;
use limpet_schema::messages;
use serde_json::Value;
use tokio::sync::mpsc;

use crate::inputs::ObjectKey;
use crate::metrics;

pub use send::Failure;

/// How long after a failure the same write is tried again.
const RETRY: Duration = Duration::from_secs(2);

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
    failed: BTreeMap<Target, Instant>,
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
        let waits = self
            .failed
            .get(&target)
            .is_some_and(|since| now.duration_since(*since) < RETRY);
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
        tokio::spawn(async move {
            let result = send.await;
            // Nobody listens once the operator ends.
            let _ = done.send((sent, result));
        });
        self.on_their_way.insert(target, planned);
    }

    /// Takes note of how a write ended.
    pub fn finish(&mut self, (target, result): Done, now: Instant) {
        let planned = self.on_their_way.remove(&target);
        self.failed.remove(&target);
        let counter = match target.is_status {
            true => &metrics::STATUS_WRITES,
            false => &metrics::INFRA_WRITES,
        };
        match (result, planned) {
            (Ok(()), Some(planned)) => {
                counter.count();
                self.written.insert(target, planned);
            }
            // The watch brings what is there.
            (Err(Failure::Conflict), Some(planned)) => {
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
                self.failed.insert(target, now);
            }
            (Ok(()), None) => {}
        }
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
