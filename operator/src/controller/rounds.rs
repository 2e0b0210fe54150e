//! One translation, until the next: what it published and what follows from the answers.

use std::time::Instant;

use limpet_schema::secrets::AffinityKeys;
use limpet_schema::stream::Assignment;

use super::{Settings, desired};
use crate::inputs::cluster::World;
use crate::metrics;
use crate::publish::Board;
use crate::status::{ObjectStatus, acknowledge};
use crate::translate::{GatewayService, translate};
use crate::writes::{Target, Write};

/// What a translation came to.
pub struct Round {
    /// The version that was published.
    version: u64,
    statuses: Vec<ObjectStatus>,
    services: Vec<GatewayService>,
    /// Since when it waits for an answer, if it does.
    waits: Option<Instant>,
}

impl Round {
    /// Translates and publishes.
    pub fn make(world: &World, settings: &Settings, board: &Board, keys: AffinityKeys) -> Self {
        metrics::TRANSLATIONS.count();
        let output = translate(&world.inputs, &settings.translation);
        let version = board.publish(Assignment {
            snapshot: output.snapshot,
            certificates: output.certificates,
            affinity_keys: keys,
        });
        Self {
            version,
            statuses: output.statuses,
            services: output.services,
            waits: (board.connected() > 0).then(Instant::now),
        }
    }

    /// Since when an answer may still come that settles statuses.
    pub fn waits_since(&self) -> Option<Instant> {
        self.waits
    }

    /// The round before waited since then: under a flood of changes each is waited for no longer.
    pub fn wait_since(&mut self, earlier: Option<Instant>) {
        self.waits = self.waits.map(|now| earlier.unwrap_or(now));
    }

    /// Nobody has answered for too long.
    pub fn give_up_waiting(&mut self) {
        self.waits = None;
    }

    /// The writes that make the cluster as it should be, each with the version of the object that
    /// it was made from.
    pub fn writes(
        &mut self,
        world: &World,
        settings: &Settings,
        board: &Board,
        now: &str,
    ) -> Vec<(Target, String, Write)> {
        let mut writes = desired::infra(world, settings, board, &self.services);
        let report = board.report(self.version);
        if !report.is_pending {
            self.waits = None;
        }
        // What is about to be settled is written once.
        if self.waits.is_none() {
            let mut statuses = self.statuses.clone();
            acknowledge(&mut statuses, &report);
            let controller = &settings.translation.controller_name;
            writes.extend(desired::statuses(world, &statuses, controller, now));
        }
        writes
    }
}
