//! What is published, and what each data plane made of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use limpet_schema::stream::{Ack, Assignment, Nack};
use limpet_translator::status::Report;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::leader::Leader;

/// How long a data plane may be without a stream before it counts as lost: as a rule it has found the
/// leader by then.
const LOST_AFTER: Duration = Duration::from_secs(4);

/// One version of what is served.
#[derive(Debug)]
pub struct Published {
    /// Rises; of this process.
    pub version: u64,
    /// What is served.
    pub assignment: Assignment,
}

/// What is published, and who serves it.
#[derive(Debug)]
pub struct Board {
    published: watch::Sender<Option<Arc<Published>>>,
    leader: watch::Sender<Leader>,
    /// By pod.
    answers: Mutex<BTreeMap<String, Answer>>,
    answered: Notify,
}

/// What a data plane last said.
#[derive(Clone, Debug, Default)]
struct Answer {
    served: Option<Served>,
    /// A version that it does not serve, and why.
    refused: Option<Nack>,
    /// How many streams it has; it may have begun one before the end of the last is noticed.
    streams: usize,
    /// When the last of them ended.
    silent_since: Option<Instant>,
}

/// Data planes that nobody has heard of for a while: their node may be gone, which Kubernetes says of
/// their pods after 40 seconds only.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// By pod. Nobody is lost where nobody is heard of: that is rather this replica's fault.
    pub pods: BTreeSet<String>,
    /// When another one will be, unless it is heard of.
    pub next: Option<Instant>,
}

#[derive(Clone, Debug)]
struct Served {
    what: Arc<Published>,
    /// By listener, why it has no address.
    failed: BTreeMap<String, String>,
}

impl Default for Board {
    fn default() -> Self {
        Self {
            published: watch::Sender::new(None),
            leader: watch::Sender::new(Leader::Us),
            answers: Mutex::default(),
            answered: Notify::new(),
        }
    }
}

impl Board {
    /// Publishes; what is published already is no news. The version that it has.
    pub fn publish(&self, assignment: Assignment) -> u64 {
        let mut version = 1;
        self.published.send_if_modified(|published| {
            if let Some(last) = published {
                version = last.version;
                if last.assignment == assignment {
                    return false;
                }
                version += 1;
            }
            *published = Some(Arc::new(Published {
                version,
                assignment,
            }));
            true
        });
        version
    }

    /// Tells data planes who leads. When this replica comes to lead, it forgets what data planes said that
    /// have no stream here: they went to another leader, and may serve something else by now.
    pub fn tell_leader(&self, now: Leader) {
        if now == Leader::Us && *self.leader.borrow() != Leader::Us {
            self.answers().retain(|_, answer| answer.streams > 0);
        }
        self.leader.send_if_modified(|leader| {
            let is_new = *leader != now;
            *leader = now;
            is_new
        });
    }

    /// What is published.
    #[must_use]
    pub fn published(&self) -> watch::Receiver<Option<Arc<Published>>> {
        self.published.subscribe()
    }

    /// Where data planes should be.
    #[must_use]
    pub fn leader(&self) -> watch::Receiver<Leader> {
        self.leader.subscribe()
    }

    /// Returns once a data plane came, answered or went since the last call.
    pub async fn answered(&self) {
        self.answered.notified().await;
    }

    /// What the data planes made of a version: a listener is served if one of them serves it.
    #[must_use]
    pub fn report(&self, version: u64) -> Report {
        let answers = self.answers();
        let served = answers.values().filter_map(|answer| answer.served.as_ref());
        let served: Vec<&Served> = served
            .filter(|served| served.what.version >= version)
            .collect();
        let mut report = Report::default();
        for Served { what, failed } in &served {
            for listener in &what.assignment.snapshot.listeners {
                let name = &listener.name;
                let verdict = failed
                    .get(name)
                    .map_or(Ok(listener.address), |why| Err(why.clone()));
                let known = report
                    .listeners
                    .entry(name.clone())
                    .or_insert_with(|| verdict.clone());
                if verdict.is_ok() {
                    *known = verdict;
                }
            }
        }
        if served.is_empty() {
            let mut refusals = answers
                .values()
                .filter_map(|answer| answer.refused.as_ref());
            let refusal = refusals.find(|refusal| refusal.version >= version);
            report.refused = refusal.map(|refusal| refusal.reason.clone());
            report.is_pending = refusal.is_none();
        }
        report
    }

    /// Whether a pod serves a port; `None`: it has not said anything yet.
    #[must_use]
    pub fn serves(&self, pod: &str, port: u16) -> Option<bool> {
        let answers = self.answers();
        let served = answers.get(pod)?.served.as_ref()?;
        let listeners = &served.what.assignment.snapshot.listeners;
        let mut listeners = listeners
            .iter()
            .filter(|listener| listener.address.port() == port);
        Some(listeners.any(|listener| !served.failed.contains_key(&listener.name)))
    }

    /// How many data planes have a stream.
    #[must_use]
    pub fn connected(&self) -> usize {
        self.answers()
            .values()
            .filter(|answer| answer.streams > 0)
            .count()
    }

    /// Which of these pods are lost, for a replica that leads since then.
    #[must_use]
    pub fn lost<'p>(&self, pods: impl Iterator<Item = &'p str>, leads_since: Instant) -> Lost {
        let (answers, now) = (self.answers(), Instant::now());
        let (mut lost, mut is_any_heard) = (Lost::default(), false);
        for pod in pods {
            let answer = answers.get(pod);
            if answer.is_some_and(|answer| answer.streams > 0) {
                is_any_heard = true;
                continue;
            }
            let silent_since = answer.and_then(|answer| answer.silent_since);
            let lost_at =
                silent_since.map_or(leads_since, |since| since.max(leads_since)) + LOST_AFTER;
            if lost_at <= now {
                lost.pods.insert(pod.to_owned());
            } else {
                lost.next = Some(lost.next.map_or(lost_at, |next| next.min(lost_at)));
            }
        }
        if !is_any_heard {
            lost.pods.clear();
        }
        lost
    }

    /// Forgets pods that are gone.
    pub fn retain(&self, pods: &BTreeSet<&str>) {
        self.answers()
            .retain(|pod, answer| answer.streams > 0 || pods.contains(pod.as_str()));
    }

    pub(crate) fn connect(&self, pod: &str) {
        let is_led_here = *self.leader.borrow() == Leader::Us;
        let mut answers = self.answers();
        let answer = answers.entry(pod.to_owned()).or_default();
        answer.streams += 1;
        // It was with another leader since it said that.
        if !is_led_here && answer.streams == 1 {
            (answer.served, answer.refused) = (None, None);
        }
        drop(answers);
        self.answered.notify_one();
    }

    pub(super) fn disconnect(&self, pod: &str) {
        if let Some(answer) = self.answers().get_mut(pod) {
            answer.streams -= 1;
            answer.silent_since = Some(Instant::now());
        }
        self.answered.notify_one();
    }

    pub(crate) fn ack(&self, pod: &str, ack: Ack, what: &Arc<Published>) {
        let mut answers = self.answers();
        let answer = answers.entry(pod.to_owned()).or_default();
        answer.refused = None;
        answer.served = Some(Served {
            what: Arc::clone(what),
            failed: ack.failed_listeners,
        });
        drop(answers);
        self.answered.notify_one();
    }

    pub(super) fn nack(&self, pod: &str, nack: Nack) {
        self.answers().entry(pod.to_owned()).or_default().refused = Some(nack);
        self.answered.notify_one();
    }

    fn answers(&self) -> MutexGuard<'_, BTreeMap<String, Answer>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(board: &Board, leads_since: Instant, lost: &[&str], next_secs: Option<u64>) {
        let found = board.lost(["a", "b"].into_iter(), leads_since);
        let next = next_secs.map(|secs| Instant::now() + Duration::from_secs(secs));
        let pods = lost.iter().map(|pod| (*pod).to_owned()).collect();
        assert_eq!(found, Lost { pods, next });
    }

    #[tokio::test(start_paused = true)]
    async fn a_data_plane_that_is_not_heard_of_is_lost_after_a_while() {
        let (board, since) = (Board::default(), Instant::now());
        board.connect("a");
        check(&board, since, &[], Some(LOST_AFTER.as_secs()));
        tokio::time::advance(LOST_AFTER).await;
        check(&board, since, &["b"], None);
        board.connect("b");
        check(&board, since, &[], None);
        tokio::time::advance(Duration::from_secs(60)).await;
        board.disconnect("b");
        check(&board, since, &[], Some(LOST_AFTER.as_secs()));
        tokio::time::advance(LOST_AFTER).await;
        check(&board, since, &["b"], None);
        check(&board, Instant::now(), &[], Some(LOST_AFTER.as_secs()));
    }

    #[tokio::test]
    async fn what_a_data_plane_said_before_it_went_to_another_leader_is_forgotten() {
        let board = Board::default();
        board.publish(Assignment::default());
        let published = board.published().borrow().clone().expect("published");
        let said = || Ack {
            version: 1,
            failed_listeners: BTreeMap::new(),
        };
        for pod in ["a", "b"] {
            board.connect(pod);
            board.ack(pod, said(), &published);
        }
        board.tell_leader(Leader::Another("10.0.0.2:9443".to_owned()));
        board.disconnect("a");
        let heard = |board: &Board| (board.serves("a", 80), board.serves("b", 80));
        assert_eq!(heard(&board), (Some(false), Some(false)));
        board.tell_leader(Leader::Us);
        assert_eq!(heard(&board), (None, Some(false)));
        // It may also come back before this replica knows that it leads.
        board.tell_leader(Leader::Another("10.0.0.2:9443".to_owned()));
        board.disconnect("b");
        board.connect("b");
        board.tell_leader(Leader::Us);
        assert_eq!(heard(&board), (None, None));
        // While this one leads, nobody else told it anything.
        board.ack("b", said(), &published);
        board.disconnect("b");
        board.connect("b");
        assert_eq!(heard(&board), (None, Some(false)));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_lost_where_nobody_is_heard_of() {
        let (board, since) = (Board::default(), Instant::now());
        board.connect("a");
        board.disconnect("a");
        tokio::time::advance(LOST_AFTER * 2).await;
        check(&board, since, &[], None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_ends_late_does_not_hide_the_next() {
        let (board, since) = (Board::default(), Instant::now());
        board.connect("a");
        board.connect("b");
        board.connect("b");
        board.disconnect("b");
        tokio::time::advance(LOST_AFTER * 2).await;
        check(&board, since, &[], None);
        assert_eq!(board.connected(), 2);
    }
}
