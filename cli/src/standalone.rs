//! The standalone gateway: manifests in, translated, served; all in this process.
//!
//! A change takes one way: the files are read ([`inputs`]), translated to a snapshot and statuses
//! ([`translate()`]), the data plane acknowledges or refuses the snapshot, and the statuses say so
//! ([`status::acknowledge`]). A refused snapshot leaves the old one serving.

use limpet_dataplane::config::{Refused, last_good};
use limpet_dataplane::{Applied, DataPlane};
use limpet_operator::inputs::{Loaded, Refusal};
use limpet_operator::status::{self, ObjectStatus, Report};
use limpet_operator::translate::{self, translate};
use limpet_schema::snapshot::Snapshot;

use crate::settings::Settings;
use crate::state::State;

/// A running gateway.
pub struct Standalone {
    translation: translate::Settings,
    state: State,
    data_plane: DataPlane,
    /// Whether a snapshot is served.
    is_serving: bool,
    /// Whether it is one of an earlier run, as this run's files could not all be read yet.
    is_on_last_good: bool,
}

/// What became of the objects.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Of every object that was read well.
    pub statuses: Vec<ObjectStatus>,
    /// Every object and file that was not.
    pub refusals: Vec<Refusal>,
}

impl Standalone {
    /// Starts the data plane, serving nothing yet but what [`Standalone::resume`] finds.
    pub fn start(settings: &Settings) -> anyhow::Result<Self> {
        let state = State::open(&settings.state)?;
        let data_plane = DataPlane::start(settings.for_data_plane())?;
        data_plane.set_keys(state.keys()?)?;
        let translation = settings.for_translation();
        Ok(Self {
            translation,
            state,
            data_plane,
            is_serving: false,
            is_on_last_good: false,
        })
    }

    /// Serves what `loaded` holds.
    pub fn apply(&mut self, loaded: Loaded) -> View {
        let Loaded { inputs, refusals } = loaded;
        let output = translate(&inputs, &self.translation);
        let mut statuses = output.statuses;
        if self.serves_last_good_instead(&refusals) {
            return View { statuses, refusals };
        }
        let report = report(self.data_plane.apply(output.snapshot.clone()));
        if report.refused.is_none() {
            self.is_serving = true;
            self.save(&output.snapshot);
        }
        status::acknowledge(&mut statuses, &report);
        View { statuses, refusals }
    }

    /// Reads the affinity keys again: a rotation takes effect without a restart.
    pub fn reload_keys(&self) {
        let keys = self.state.keys();
        if let Err(error) = keys.and_then(|keys| Ok(self.data_plane.set_keys(keys)?)) {
            tracing::error!("the affinity keys stay as they were: {error:#}");
        }
    }

    /// Takes no new connections, finishes the requests in flight, ends.
    pub fn stop(self) {
        self.data_plane.drain();
    }

    /// A file that cannot be read hides its objects. While this process runs, what the file held
    /// before goes on being served; at a start, only the last good snapshot knows it.
    fn serves_last_good_instead(&mut self, refusals: &[Refusal]) -> bool {
        let hidden = refusals.iter().any(|refusal| refusal.object.is_none());
        if hidden && !self.is_serving {
            self.is_on_last_good = self.resume();
            self.is_serving = self.is_on_last_good;
        } else if !hidden {
            self.is_on_last_good = false;
        }
        self.is_on_last_good
    }

    fn resume(&self) -> bool {
        let path = self.state.snapshot_path();
        let snapshot = match last_good::load(&path) {
            Ok(Some(snapshot)) => snapshot,
            Ok(None) => return false,
            Err(error) => {
                tracing::warn!("{error}");
                return false;
            }
        };
        let resumed = self.data_plane.apply(snapshot).is_ok();
        if resumed {
            tracing::warn!("serving the last good snapshot until every manifest can be read");
        }
        resumed
    }

    fn save(&self, snapshot: &Snapshot) {
        if let Err(error) = last_good::save(&self.state.snapshot_path(), snapshot) {
            tracing::warn!("a restart could not fall back on this configuration: {error}");
        }
    }
}

fn report(answer: Result<Applied, Refused>) -> Report {
    match answer {
        Ok(applied) => Report {
            listeners: applied
                .listeners
                .into_iter()
                .map(|(name, result)| (name, result.map_err(|error| error.to_string())))
                .collect(),
            refused: None,
        },
        Err(refused) => Report {
            refused: Some(refused.to_string()),
            ..Report::default()
        },
    }
}
