//! A message becomes what is served, and an answer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use limpet_schema::messages;
use limpet_schema::secrets::AffinityKeys;
use limpet_schema::stream::{Ack, Assignment, Nack, Said, ToDataPlane};

use crate::base::keyring::Keyring;
use crate::server::data_plane::DataPlane;
use crate::server::last_good;

/// The file of what was served last, in the state folder.
const FILE_NAME: &str = "assignment.json";

/// How long what is served may not be kept yet: a flood of changes is not a flood of files.
const KEEP_DELAY: Duration = Duration::from_secs(1);

/// What is served, and what was received.
pub struct Served {
    data_plane: Arc<DataPlane>,
    /// Where what is served is kept.
    path: PathBuf,
    /// What the operator sent, also when it could not be served: changes are made to this.
    received: Assignment,
    /// The version of it.
    version: u64,
    /// By listener, why it has no address.
    failed: BTreeMap<String, String>,
    /// The keys that are in force.
    keys: AffinityKeys,
    /// What is served and not kept yet, and since when something is.
    unkept: Option<(Instant, Assignment)>,
}

impl Served {
    /// Serves what was served last, if anything was.
    pub fn resume(state: &Path, data_plane: Arc<DataPlane>) -> Self {
        let mut served = Self {
            keys: AffinityKeys::default(),
            data_plane,
            path: state.join(FILE_NAME),
            received: Assignment::default(),
            version: 0,
            failed: BTreeMap::new(),
            unkept: None,
        };
        match last_good::load::<Assignment>(&served.path) {
            Ok(Some(assignment)) => {
                let id = messages::LAST_GOOD_SERVED.id;
                match served.serve(&assignment) {
                    Ok(_) => tracing::warn!(
                        "serving what was served last, until an operator is there [{id}]"
                    ),
                    Err(why) => tracing::warn!(
                        "what was served last cannot be served: {why} [last-good-unusable]"
                    ),
                }
            }
            Ok(None) => {}
            Err(error) => tracing::warn!("{error}"),
        }
        served
    }

    /// Serves what the message makes of what was received; the answer to it.
    pub fn apply(&mut self, message: &ToDataPlane) -> Said {
        let version = message.version;
        self.version = version;
        let served = self
            .received
            .apply(message)
            .map_err(|error| error.to_string());
        let received = self.received.clone();
        match served.and_then(|()| self.serve(&received)) {
            Ok(failed) => {
                self.failed = failed;
                let since = self.unkept.as_ref().map(|(since, _)| *since);
                self.unkept = Some((since.unwrap_or_else(Instant::now), received));
                Said::Ack(self.ack())
            }
            Err(reason) => {
                self.failed.clear();
                Said::Nack(Nack { version, reason })
            }
        }
    }

    /// Whether a listener has no address.
    pub fn has_failed(&self) -> bool {
        !self.failed.is_empty()
    }

    /// Serves the same once more, as what was in a listener's way may be gone; an answer where that
    /// is news.
    pub fn try_again(&mut self) -> Option<Said> {
        let received = self.received.clone();
        let failed = self.serve(&received).ok()?;
        let is_news = failed != self.failed;
        self.failed = failed;
        is_news.then(|| Said::Ack(self.ack()))
    }

    fn ack(&self) -> Ack {
        Ack {
            version: self.version,
            failed_listeners: self.failed.clone(),
        }
    }

    /// The listeners that have no address, and why.
    fn serve(&mut self, assignment: &Assignment) -> Result<BTreeMap<String, String>, String> {
        let said = |refused: crate::base::refused::Refused| refused.to_string();
        if self.keys != assignment.affinity_keys {
            let keys = Keyring::from_text(&assignment.affinity_keys.0)
                .ok_or_else(|| "the affinity keys cannot be read".to_owned())?;
            self.data_plane.set_keys(keys).map_err(said)?;
            self.keys.clone_from(&assignment.affinity_keys);
        }
        let applied = self
            .data_plane
            .apply_with(assignment.snapshot.clone(), &assignment.certificates)
            .map_err(said)?;
        let failed = applied.listeners.into_iter();
        Ok(failed
            .filter_map(|(name, result)| Some((name, result.err()?.to_string())))
            .collect())
    }

    /// When what is served must be kept.
    pub fn keep_at(&self) -> Option<Instant> {
        let (since, _) = self.unkept.as_ref()?;
        Some(*since + KEEP_DELAY)
    }

    /// Keeps what is served for the next start, unless it is kept already.
    pub fn keep(&mut self) {
        let Some((_, served)) = self.unkept.take() else {
            return;
        };
        if let Err(error) = last_good::save(&self.path, &served) {
            tracing::warn!("a restart could not fall back on this configuration: {error}");
        }
    }
}
