//! One translation, until the next: what it published and what follows from the answers.

use std::collections::BTreeSet;
use std::time::Instant;

use k8s_openapi::jiff::Timestamp;
use limpet_schema::secrets::AffinityKeys;
use limpet_schema::stream::Assignment;
use limpet_translator::status::{ObjectStatus, Report, acknowledge, awaits_answer};
use limpet_translator::translate::{GatewayService, expired, translate};

use super::{Settings, desired, refused};
use crate::cluster::World;
use crate::metrics;
use crate::publish::Board;
use crate::writes::{Target, Write};

/// What a translation came to.
pub struct Round {
    /// The version that was published.
    version: u64,
    /// Those that no answer changes.
    final_statuses: Vec<ObjectStatus>,
    /// Those that an answer settles, as the translator left them.
    open_statuses: Vec<ObjectStatus>,
    /// The same, settled by a report.
    settled: Option<(Report, Vec<ObjectStatus>)>,
    services: Vec<GatewayService>,
    answer: Answer,
}

/// What is known of the data planes' answer, which settles statuses: what is about to be settled is
/// written once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// It may still come; since when somebody waits for one.
    Awaited(Instant),
    /// It takes too long, be it that under a flood of changes no round's comes before the next: until
    /// one does come, statuses are written as they are.
    GivenUp,
    /// It is there, or there is nobody to answer.
    Settled,
}

impl Round {
    /// Translates and publishes.
    pub fn make(world: &World, settings: &Settings, board: &Board, keys: AffinityKeys) -> Self {
        metrics::TRANSLATIONS.count();
        let mut output = translate(&world.inputs, &settings.translation);
        let now_secs = Timestamp::now().as_second();
        output
            .statuses
            .extend(expired(&output.certificates, now_secs));
        let version = board.publish(Assignment {
            snapshot: output.snapshot.into(),
            certificates: output.certificates,
            affinity_keys: keys,
        });
        let statuses = refused::tell(output.statuses, world, &settings.translation);
        let (open_statuses, final_statuses) = statuses.into_iter().partition(awaits_answer);
        Self {
            version,
            final_statuses,
            open_statuses,
            settled: None,
            services: output.services,
            answer: match board.connected() {
                0 => Answer::Settled,
                _ => Answer::Awaited(Instant::now()),
            },
        }
    }

    /// What is said about every object, as far as it is known.
    pub fn statuses(&self) -> impl Iterator<Item = &ObjectStatus> {
        let settled = self.settled.as_ref().map(|(_, statuses)| statuses);
        let open = settled.unwrap_or(&self.open_statuses).iter();
        open.chain(&self.final_statuses)
    }

    /// Since when an answer may still come that settles statuses.
    pub fn waits_since(&self) -> Option<Instant> {
        match self.answer {
            Answer::Awaited(since) => Some(since),
            Answer::GivenUp | Answer::Settled => None,
        }
    }

    /// The round before waited already, or had waited for too long: nothing is waited for longer
    /// under a flood of changes.
    pub fn follow(&mut self, before: &Self) {
        if self.answer != Answer::Settled && before.answer != Answer::Settled {
            self.answer = before.answer;
        }
    }

    /// Nobody has answered for too long.
    pub fn give_up_waiting(&mut self) {
        self.answer = Answer::GivenUp;
    }

    /// The writes that make the cluster as it should be, each with the version of the object that
    /// it was made from. `lost`: pods that count as such.
    pub fn writes(
        &mut self,
        world: &World,
        settings: &Settings,
        board: &Board,
        lost: &BTreeSet<String>,
        now: &str,
    ) -> Vec<(Target, String, Write)> {
        let mut writes = desired::infra(world, settings, board, lost, &self.services);
        writes.extend(desired::ports(world, settings, &self.services));
        let report = board.report(self.version);
        if !report.is_pending {
            self.answer = Answer::Settled;
        }
        if self.waits_since().is_none() {
            let controller = &settings.translation.controller_name;
            let settled = self.settled.take().filter(|(by, _)| *by == report);
            let settled = settled.unwrap_or_else(|| {
                let mut statuses = self.open_statuses.clone();
                acknowledge(&mut statuses, &report);
                (report, statuses)
            });
            self.settled = Some(settled);
            let statuses = self.statuses();
            writes.extend(desired::statuses(world, statuses, controller, now));
        }
        writes
    }
}

#[cfg(test)]
mod tests {
    use limpet_schema::stream::Ack;
    use limpet_translator::inputs::ObjectKey;
    use limpet_translator::translate;
    use serde_json::{Value, json};

    use super::*;
    use crate::cluster::{Event, Object};
    use crate::infra;

    /// A Gateway of so many listeners, and one data plane.
    fn round(board: &Board, listeners: usize) -> Round {
        let mut world = World::default();
        let listener = |number: usize| json!({"name": number.to_string(), "port": 8080 + number, "protocol": "HTTP"});
        let listeners: Vec<Value> = (0..listeners).map(listener).collect();
        let gateway = json!({
            "metadata": {"name": "gateway", "namespace": "shop", "uid": "uid-1"},
            "spec": {"gatewayClassName": "limpet", "listeners": listeners},
        });
        world.apply(Event::Applied("Gateway", Box::new(Object::new(gateway))));
        let settings = Settings {
            translation: translate::Settings::default(),
            infra: infra::Settings {
                service_type: "ClusterIP".to_owned(),
                controller_name: "limpet.dev/gateway-controller".to_owned(),
                ports: ObjectKey::new("limpet-system", "limpet-ports"),
            },
            pod: "operator".to_owned(),
        };
        let mut round = Round::make(&world, &settings, board, AffinityKeys::default());
        round.writes(&world, &settings, board, &BTreeSet::new(), "now");
        round
    }

    fn answer(board: &Board) {
        let published = board.published().borrow().clone().expect("published");
        let version = published.version;
        let failed_listeners = Default::default();
        board.ack(
            "pod",
            Ack {
                version,
                failed_listeners,
            },
            &published,
        );
    }

    #[test]
    fn what_was_given_up_once_is_not_waited_for_again_until_an_answer_comes() {
        let board = Board::default();
        board.connect("pod");
        let mut first = round(&board, 1);
        let since = first.waits_since().expect("it waits");
        let mut second = round(&board, 2);
        second.follow(&first);
        assert_eq!(
            second.waits_since(),
            Some(since),
            "no longer than the first"
        );
        first.give_up_waiting();
        let mut third = round(&board, 3);
        third.follow(&first);
        assert_eq!(third.waits_since(), None);
        answer(&board);
        let settled = round(&board, 3);
        assert_eq!(
            settled.answer,
            Answer::Settled,
            "the same is served already"
        );
        let mut fourth = round(&board, 4);
        fourth.follow(&settled);
        assert!(fourth.waits_since().is_some());
    }
}
