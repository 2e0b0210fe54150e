//! The loop of an operator: what the watches see becomes what data planes serve, and what they make
//! of it becomes statuses, Services and EndpointSlices.
//!
//! One task owns all state. Whatever happens while it works is taken together in its next round, so
//! a flood of changes makes few rounds. Every replica translates and publishes; only the leader
//! writes.

mod desired;
mod refused;
mod rounds;
mod unseen;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use k8s_openapi::jiff::Timestamp;
use kube::Client;
use limpet_schema::secrets::AffinityKeys;
use limpet_translator::inputs::{CONFIG_MAP, Scope};
use limpet_translator::pods::{Pod, pods};
use limpet_translator::translate;
use tokio::sync::{mpsc, watch};

use crate::cluster::{Asked, Event, FollowError, World, follow, follow_ports};
use crate::events::{Events, Reporter};
use crate::infra;
use crate::leader::Leader;
use crate::metrics;
use crate::publish::Board;
use crate::writes::{Done, Writes};

use rounds::Round;
use unseen::Unseen;

/// Events that may wait while a round is made.
const EVENTS_MAX: usize = 65_536;

/// How often writes that failed are tried again.
const RETRY: Duration = Duration::from_secs(1);

/// How long a round waits for data planes to answer before it writes that nobody has.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(500);

/// What a controller depends on beside the cluster.
#[derive(Clone, Debug)]
pub struct Settings {
    /// For the translator.
    pub translation: translate::Settings,
    /// For Gateways' Services.
    pub infra: infra::Settings,
    /// This replica's pod.
    pub pod: String,
}

impl Settings {
    /// The data planes that there are.
    fn pods(&self, world: &World) -> Vec<Pod> {
        let fleet = self.translation.fleet.iter();
        let pods = fleet.flat_map(|fleet| pods(&world.inputs, &fleet.data_planes));
        pods.collect()
    }
}

/// The state of the loop.
pub struct Controller {
    settings: Settings,
    world: World,
    /// The kinds that must have been listed before anything is decided.
    needed: Vec<Scope>,
    events: mpsc::Receiver<Event>,
    asked: Asked,
    /// What of it a round is held up for.
    unseen: Unseen,
    board: Arc<Board>,
    leader: watch::Receiver<Leader>,
    keys: watch::Receiver<AffinityKeys>,
    writes: Writes,
    done: mpsc::UnboundedReceiver<Done>,
    warnings: Events,
    round: Option<Round>,
    /// Since when this replica leads; or does not.
    leads_since: tokio::time::Instant,
    /// When a data plane counts as lost that nobody has heard of.
    loses_at: Option<tokio::time::Instant>,
    ready: watch::Sender<bool>,
}

/// What woke the loop.
enum Woken {
    /// The cluster, or the keys, are not as they were.
    Changed,
    /// A data plane came, answered, went or is lost, a write was seen or failed, another leads: what
    /// there is to write may be another.
    Answered,
    /// Writes ended: others may follow. Or warnings were said.
    Written,
    /// Nobody sends events any more.
    Ended,
}

impl Controller {
    /// Begins to watch.
    ///
    /// # Errors
    /// When the API server cannot be asked.
    pub async fn start(
        client: Client,
        settings: Settings,
        board: Arc<Board>,
        leader: watch::Receiver<Leader>,
        keys: watch::Receiver<AffinityKeys>,
    ) -> Result<Self, FollowError> {
        let (sender, events) = mpsc::channel(EVENTS_MAX);
        let needed = follow(client.clone(), sender.clone()).await?;
        let ports = settings.infra.ports.clone();
        tokio::spawn(follow_ports(client.clone(), ports.clone(), sender.clone()));
        // A port that was given to one Gateway is never found free for another.
        let needed = needed.into_iter().map(Scope::All);
        let needed = needed.chain([Scope::One(CONFIG_MAP.name, ports)]);
        let (writes, done) = Writes::new(client.clone());
        let reporter = Reporter {
            controller: settings.translation.controller_name.clone(),
            pod: settings.pod.clone(),
        };
        let warnings = Events::new(client.clone(), reporter);
        board.tell_leader(leader.borrow().clone());
        Ok(Self {
            settings,
            world: World::default(),
            needed: needed.collect(),
            events,
            asked: Asked::new(client, sender),
            unseen: Unseen::default(),
            board,
            leader,
            keys,
            writes,
            done,
            warnings,
            round: None,
            leads_since: tokio::time::Instant::now(),
            loses_at: None,
            ready: watch::Sender::new(false),
        })
    }

    /// Whether the caches are full and something is published.
    #[must_use]
    pub fn ready(&self) -> watch::Receiver<bool> {
        self.ready.subscribe()
    }

    /// Runs until the watches end.
    pub async fn run(mut self) {
        loop {
            match self.wait().await {
                Woken::Ended => return,
                Woken::Changed if self.can_translate() => {
                    self.translate();
                    self.plan();
                }
                Woken::Changed | Woken::Answered => self.plan(),
                Woken::Written => {}
            }
            self.writes.proceed(Instant::now());
        }
    }

    async fn wait(&mut self) -> Woken {
        let waits_since = self.round.as_ref().and_then(Round::waits_since);
        let gives_up = waits_since.unwrap_or_else(Instant::now) + ANSWER_TIMEOUT;
        let warns = self.warnings.next();
        let warns_at = warns.unwrap_or_else(Instant::now);
        let loses_at = self.loses_at.unwrap_or_else(tokio::time::Instant::now);
        let held_until = self.unseen.until();
        let goes_without = held_until.unwrap_or_else(tokio::time::Instant::now);
        tokio::select! {
            biased;
            // First, so that a flood of events does not hold up what follows a write.
            Some(done) = self.done.recv() => self.finish(done),
            event = self.events.recv() => {
                let Some(event) = event else { return Woken::Ended };
                self.take(event)
            }
            Ok(()) = self.keys.changed() => Woken::Changed,
            () = self.board.answered() => Woken::Answered,
            Ok(()) = self.leader.changed() => {
                self.lead();
                Woken::Answered
            }
            () = tokio::time::sleep_until(gives_up.into()), if waits_since.is_some() => {
                if let Some(round) = &mut self.round {
                    round.give_up_waiting();
                }
                Woken::Answered
            }
            () = tokio::time::sleep_until(warns_at.into()), if warns.is_some() => {
                self.warnings.say(&self.world, Instant::now());
                Woken::Written
            }
            () = tokio::time::sleep_until(loses_at), if self.loses_at.is_some() => Woken::Answered,
            () = tokio::time::sleep(RETRY), if self.writes.has_failed() => Woken::Answered,
            () = tokio::time::sleep_until(goes_without), if held_until.is_some() => {
                Woken::Changed
            }
        }
    }

    /// Takes note of how one write ended, and all others that have by now.
    fn finish(&mut self, done: Done) -> Woken {
        let mut woken = Woken::Written;
        let mut next = Some(done);
        while let Some(done) = next {
            if done.1.is_err() {
                woken = Woken::Answered;
            }
            self.writes.finish(done, Instant::now());
            next = self.done.try_recv().ok();
        }
        woken
    }

    /// Takes in one event, and all others that are there by now.
    fn take(&mut self, event: Event) -> Woken {
        let mut has_changed = self.see(event);
        while let Ok(event) = self.events.try_recv() {
            has_changed |= self.see(event);
        }
        match has_changed {
            true => Woken::Changed,
            false => Woken::Answered,
        }
    }

    /// Whether it is anything to the translator.
    fn see(&mut self, event: Event) -> bool {
        match &event {
            Event::Applied(kind, object) => self.writes.seen(kind, &object.key),
            Event::Deleted(kind, key) => self.writes.seen(kind, key),
            // What is not listed may have been deleted.
            Event::Listed(scope, _) => self.writes.seen_all(scope.kind()),
            Event::GatewayApi(_) => {}
        }
        self.world.apply(event)
    }

    fn lead(&mut self) {
        let leader = self.leader.borrow_and_update().clone();
        self.writes.forget();
        self.warnings.forget();
        self.leads_since = tokio::time::Instant::now();
        if leader == Leader::Us {
            tracing::info!("this replica leads: it writes statuses and Services");
        }
        self.board.tell_leader(leader);
    }

    fn can_translate(&mut self) -> bool {
        let has_keys = !self.keys.borrow_and_update().0.is_empty();
        // The wait's end is taken note of in any case, or it would end again and again.
        self.world.has_listed(self.needed.iter()) && !self.is_held_up() && has_keys
    }

    /// Whether Secrets and pods are still to be seen as far as they are referred to.
    fn is_held_up(&mut self) -> bool {
        let wanted = translate::wanted(&self.world.inputs, &self.settings.translation);
        for scope in self.asked.want(&wanted) {
            self.world.forget(&scope);
        }
        let scopes = self.asked.scopes();
        let unseen = scopes.filter(|scope| !self.world.has_listed(std::iter::once(*scope)));
        let unseen = unseen.cloned().collect();
        self.unseen.holds_up(unseen, tokio::time::Instant::now())
    }

    fn translate(&mut self) {
        metrics::tell_objects_refused(self.world.refused().count());
        let keys = self.keys.borrow().clone();
        let mut round = Round::make(&self.world, &self.settings, &self.board, keys);
        if let Some(before) = &self.round {
            round.follow(before);
        }
        self.round = Some(round);
        let pods = self.settings.pods(&self.world);
        let names: BTreeSet<&str> = pods.iter().map(|pod| pod.name.as_str()).collect();
        self.board.retain(&names);
        self.ready
            .send_if_modified(|ready| !std::mem::replace(ready, true));
    }

    /// Decides what is to be written.
    fn plan(&mut self) {
        self.loses_at = None;
        let Some(round) = &mut self.round else { return };
        if *self.leader.borrow() != Leader::Us {
            return;
        }
        let pods = self.settings.pods(&self.world);
        let names = pods.iter().map(|pod| pod.name.as_str());
        let lost = self.board.lost(names, self.leads_since);
        self.loses_at = lost.next;
        let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let planned = round.writes(&self.world, &self.settings, &self.board, &lost.pods, &now);
        self.writes.want(planned);
        // Statuses that are still to be settled are not among them.
        if round.waits_since().is_none() {
            self.writes.forget_unwanted_failures();
            self.warnings.stand(round.statuses(), Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::http::Response;
    use kube::client::Body;
    use limpet_translator::inputs::ObjectKey;
    use serde_json::json;

    use super::*;
    use crate::cluster::Object;

    /// With an API server that lets nothing be read.
    fn controller() -> Controller {
        let server = tower::service_fn(|_| async {
            let said = json!({"kind": "Status", "code": 403, "reason": "Forbidden", "message": ""});
            let answer = Response::builder().status(403);
            let answer = answer.body(Body::from(said.to_string().into_bytes()));
            Ok::<_, Infallible>(answer.expect("a response"))
        });
        let client = Client::new(server, "default");
        let (sender, events) = mpsc::channel(EVENTS_MAX);
        let (writes, done) = Writes::new(client.clone());
        let reporter = Reporter {
            controller: String::new(),
            pod: String::new(),
        };
        Controller {
            settings: Settings {
                translation: translate::Settings::default(),
                infra: infra::Settings {
                    service_type: "ClusterIP".to_owned(),
                    controller_name: String::new(),
                    ports: ObjectKey::default(),
                },
                pod: String::new(),
            },
            world: World::default(),
            needed: Vec::new(),
            events,
            asked: Asked::new(client.clone(), sender),
            unseen: Unseen::default(),
            board: Arc::default(),
            leader: watch::channel(Leader::Another(String::new())).1,
            keys: watch::channel(AffinityKeys("0 key".to_owned())).1,
            writes,
            done,
            warnings: Events::new(client, reporter),
            round: None,
            leads_since: tokio::time::Instant::now(),
            loses_at: None,
            ready: watch::Sender::new(false),
        }
    }

    fn applied(kind: &'static str, object: serde_json::Value) -> Event {
        Event::Applied(kind, Box::new(Object::new(object)))
    }

    #[tokio::test(start_paused = true)]
    async fn a_secret_that_is_never_seen_makes_one_round_and_no_more() {
        let mut controller = controller();
        let listener = json!({"name": "https", "port": 443, "protocol": "HTTPS",
            "tls": {"certificateRefs": [{"name": "a=b"}]}});
        controller.see(applied(
            "Gateway",
            json!({
                "metadata": {"name": "gateway", "namespace": "shop", "uid": "uid-1"},
                "spec": {"gatewayClassName": "limpet", "listeners": [listener]},
            }),
        ));
        assert!(!controller.can_translate(), "it waits for the Secret first");
        let (mut woken, mut rounds) = (0, 0);
        let end = tokio::time::Instant::now() + Duration::from_secs(600);
        while tokio::time::timeout_at(end, controller.wait())
            .await
            .is_ok()
        {
            rounds += usize::from(controller.can_translate());
            woken += 1;
            assert!(woken < 10, "it spins");
        }
        assert_eq!(rounds, 1);
    }
}
