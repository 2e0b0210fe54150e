//! Brings what should be there to the API server: only what differs, each object one write at a
//! time, and nothing twice.
//!
//! [`crate::controller`] compares what should be with what is known; [`Writes::want`] takes what is
//! missing and [`Writes::proceed`] sends it, some at once: what waits for a place is replaced by the
//! next plan, so that nothing outdated is sent. A write names the version of the object that it was
//! made from: when somebody else was first, it is refused, the watch brings what is there, and the
//! next plan is made from that. A write that fails otherwise is tried again after a while, which
//! grows.
//!
//! Tested below with a client that fails as told, and on a real API server by `conformance`.

mod send;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use kube::Client;
use limpet_schema::messages;
use limpet_translator::inputs::ObjectKey;
use serde_json::Value;
use tokio::sync::mpsc;

use crate::metrics;

pub use send::{Answer, Failure};

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

/// What became of a version of an object, until a watch sees the object.
struct Written {
    /// That version.
    from: String,
    /// What changed nothing, so that other writes may be made from it; `None`: no other may.
    vain: Option<Write>,
}

impl Written {
    fn excludes(&self, planned: &Planned) -> bool {
        let is_other = self
            .vain
            .as_ref()
            .is_some_and(|vain| *vain != planned.write);
        self.from == planned.from && !is_other
    }
}

/// What is wanted, what is on its way, and what was written but not seen yet.
pub struct Writes {
    client: Client,
    done: mpsc::UnboundedSender<Done>,
    wanted: BTreeMap<(Rank, Target), Planned>,
    on_their_way: BTreeMap<Target, Planned>,
    written: BTreeMap<Target, Written>,
    failed: BTreeMap<Target, Failed>,
}

/// Whose turn is first: what many others hang on does not wait behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// A Service or an EndpointSlice.
    Made,
    /// The status of a Gateway or what is like it.
    Gateway,
    /// Any other status.
    Other,
}

impl Target {
    fn rank(&self) -> Rank {
        match self.kind {
            _ if !self.is_status => Rank::Made,
            "GatewayClass" | "Gateway" | "ListenerSet" => Rank::Gateway,
            _ => Rank::Other,
        }
    }
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
pub type Done = (Target, Result<Answer, Failure>);

impl Writes {
    /// None yet. What ends is sent to the receiver.
    #[must_use]
    pub fn new(client: Client) -> (Self, mpsc::UnboundedReceiver<Done>) {
        let (done, finished) = mpsc::unbounded_channel();
        let writes = Self {
            client,
            done,
            wanted: BTreeMap::new(),
            on_their_way: BTreeMap::new(),
            written: BTreeMap::new(),
            failed: BTreeMap::new(),
        };
        (writes, finished)
    }

    /// These are all that is to be written by now, each with the version of the object that it was
    /// made from. What was wanted before and has not started is forgotten.
    pub fn want(&mut self, planned: Vec<(Target, String, Write)>) {
        let planned = planned.into_iter();
        let planned = planned.map(|(target, from, write)| {
            let planned = Planned { from, write };
            ((target.rank(), target), planned)
        });
        self.wanted = planned.collect();
    }

    /// Starts what is wanted, as far as there are places, unless the same is on its way or was done
    /// and is only not seen yet.
    pub fn proceed(&mut self, now: Instant) {
        let places = AT_ONCE_MAX.saturating_sub(self.on_their_way.len());
        let next = self.wanted.iter();
        let next = next.filter(|((_, target), planned)| self.may_start(target, planned, now));
        let next: Vec<_> = next.take(places).map(|(key, _)| key.clone()).collect();
        for key in next {
            if let Some(planned) = self.wanted.remove(&key) {
                self.start(key.1, planned);
            }
        }
    }

    fn may_start(&self, target: &Target, planned: &Planned, now: Instant) -> bool {
        let waits = self
            .failed
            .get(target)
            .is_some_and(|failed| failed.waits(now));
        let written = self.written.get(target);
        let is_done = written.is_some_and(|written| written.excludes(planned));
        !waits && !is_done && !self.on_their_way.contains_key(target)
    }

    fn start(&mut self, target: Target, planned: Planned) {
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
        let failed = self.failed.remove(&target);
        let Some(Planned { from, write }) = planned else {
            return;
        };
        match result {
            Ok(answer) => {
                match target.is_status {
                    true => metrics::STATUS_WRITES.count(),
                    false => metrics::INFRA_WRITES.count(),
                }
                let vain = (answer == Answer::AsItWas).then_some(write);
                self.written.insert(target, Written { from, vain });
            }
            // The watch brings what is there. Where there was nothing, it may bring nothing.
            Err(Failure::Conflict) if !from.is_empty() => {
                metrics::WRITE_CONFLICTS.count();
                self.written.insert(target, Written { from, vain: None });
            }
            Err(failure) => {
                report(&target, &failure);
                let times = failed.map_or(0, |failed| failed.times) + 1;
                self.failed.insert(target, Failed { since: now, times });
            }
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

    /// What failed and is not wanted any more is no matter.
    pub fn forget_unwanted_failures(&mut self) {
        let wanted = &self.wanted;
        self.failed
            .retain(|target, _| wanted.contains_key(&(target.rank(), target.clone())));
    }

    /// Whether something failed and waits to be tried again.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        !self.failed.is_empty()
    }

    /// Forgets what is wanted and what was written, as another replica may have changed it since.
    pub fn forget(&mut self) {
        self.wanted.clear();
        self.written.clear();
        self.failed.clear();
    }
}

fn report(target: &Target, failure: &Failure) {
    metrics::WRITE_FAILURES.count();
    let id = match target.is_status {
        true => messages::STATUS_NOT_WRITTEN.id,
        false => messages::INFRA_NOT_WRITTEN.id,
    };
    tracing::warn!("{} {}: {failure} [{id}]", target.kind, target.key);
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

    /// What every object has after a write.
    const VERSION: &str = "17";

    /// With an API server that answers everything so.
    fn writes(status: u16) -> (Writes, mpsc::UnboundedReceiver<Done>) {
        let server = tower::service_fn(move |_| async move {
            let metadata = serde_json::json!({"name": "x", "resourceVersion": VERSION});
            let body = serde_json::json!({"metadata": metadata, "code": status, "reason": "", "message": ""});
            let answer = Response::builder().status(status);
            let answer = answer.body(Body::from(body.to_string().into_bytes()));
            Ok::<_, Infallible>(answer.expect("a response"))
        });
        Writes::new(Client::new(server, "default"))
    }

    /// It is wanted, from a version; how many are on their way then.
    fn wanted(writes: &mut Writes, from: &str, now: Instant) -> usize {
        writes.want(vec![(target(), from.to_owned(), write())]);
        writes.proceed(now);
        writes.on_their_way.len()
    }

    #[tokio::test]
    async fn what_was_written_is_written_again_once_it_was_seen_undone() {
        let (mut writes, mut done) = writes(200);
        let now = Instant::now();
        wanted(&mut writes, "", now);
        writes.finish(done.recv().await.expect("it ends"), now);
        assert_eq!(wanted(&mut writes, "", now), 0, "it is only not seen yet");
        writes.seen("Service", &target().key);
        assert_eq!(wanted(&mut writes, "", now), 1);
        writes.finish(done.recv().await.expect("it ends"), now);
        writes.seen_all("Service");
        assert_eq!(wanted(&mut writes, "", now), 1);
    }

    #[tokio::test]
    async fn nothing_else_is_made_from_a_version_that_is_written_over_but_what_changed_nothing() {
        let other = Write::Apply(serde_json::json!({"metadata": {"name": "other"}}));
        for (from, places_taken) in [("16", 0), (VERSION, 1)] {
            let (mut writes, mut done) = writes(200);
            let now = Instant::now();
            wanted(&mut writes, from, now);
            writes.finish(done.recv().await.expect("it ends"), now);
            assert_eq!(wanted(&mut writes, from, now), 0);
            writes.want(vec![(target(), from.to_owned(), other.clone())]);
            writes.proceed(now);
            assert_eq!(writes.on_their_way.len(), places_taken, "from {from}");
        }
    }

    #[tokio::test]
    async fn what_waits_for_a_place_is_sent_as_it_is_wanted_then_and_gateways_go_first() {
        let status = |kind, name: &str, count: usize| {
            let target = Target {
                kind,
                key: ObjectKey::new("shop", name),
                is_status: true,
            };
            let write = Write::Status(serde_json::json!({"count": count}));
            (target, "1".to_owned(), write)
        };
        let plan = |count| {
            let routes = 0..2 * AT_ONCE_MAX;
            let routes = routes.map(|route| status("HTTPRoute", &format!("{route:02}"), count));
            routes.chain([status("XBackend", "last", count)]).collect()
        };
        let (mut writes, mut done) = writes(200);
        let now = Instant::now();
        writes.want(plan(1));
        writes.proceed(now);
        assert_eq!(writes.on_their_way.len(), AT_ONCE_MAX);
        let mut next: Vec<_> = plan(2);
        next.push(status("Gateway", "gateway", 2));
        writes.want(next);
        writes.finish(done.recv().await.expect("it ends"), now);
        writes.proceed(now);
        let (gateway, _, count) = status("Gateway", "gateway", 2);
        assert_eq!(writes.on_their_way[&gateway].write, count);
        writes.finish(done.recv().await.expect("it ends"), now);
        writes.proceed(now);
        let started = writes.on_their_way.values();
        let outdated = started.filter(|planned| planned.write != count).count();
        assert_eq!(outdated, AT_ONCE_MAX - 2);
    }

    #[tokio::test]
    async fn a_conflict_about_what_is_not_there_is_tried_again_later_and_later() {
        let (mut writes, mut done) = writes(409);
        let mut now = Instant::now();
        for wait in [2, 4, 8] {
            wanted(&mut writes, "", now);
            writes.finish(done.recv().await.expect("it ends"), now);
            let early = now + Duration::from_secs(wait - 1);
            assert!(wanted(&mut writes, "", early) == 0 && writes.has_failed());
            now += Duration::from_secs(wait);
        }
        writes.want(Vec::new());
        writes.forget_unwanted_failures();
        assert!(!writes.has_failed(), "nobody wants it any more");
    }
}
