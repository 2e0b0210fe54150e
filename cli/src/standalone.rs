//! The standalone gateway: manifests in, translated, served; all in this process.
//!
//! A change takes one way: the files are read ([`limpet_translator::inputs`]), translated to a
//! snapshot and statuses ([`translate()`]), the data plane acknowledges or refuses the snapshot,
//! and the statuses say so ([`status::acknowledge`]).
//!
//! Nothing good goes down with what is bad, through restarts too. A refused file or object stays as
//! it was when it was last read well ([`limpet_translator::inputs::Held`], kept in the state folder),
//! and the rest is served as it is. A refused snapshot leaves the one before serving; at a start,
//! the last good one.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use jiff::Timestamp;
use limpet_dataplane::Refused;
use limpet_dataplane::{Applied, DataPlane};
use limpet_schema::secrets::Certificates;
use limpet_schema::snapshot::{Backend, BackendId, Listener, Protocol, Snapshot};
use limpet_translator::inputs::{Finding, Loaded};
use limpet_translator::status::{self, ObjectStatus, Report};
use limpet_translator::translate::{self, expired, translate};

use crate::settings::Settings;
use crate::state::State;

/// A running gateway.
pub struct Standalone {
    translation: translate::Settings,
    state: State,
    data_plane: DataPlane,
    /// Whether a snapshot is served.
    is_serving: bool,
    /// What is served but for a listener whose address was not to be had.
    unfinished: Option<Unfinished>,
}

struct Unfinished {
    snapshot: Snapshot,
    certificates: Certificates,
    /// Before the data plane has answered.
    statuses: Vec<ObjectStatus>,
    refusals: Vec<Finding>,
    warnings: Vec<Finding>,
}

/// What became of the objects.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Of every object that was read well.
    pub statuses: Vec<ObjectStatus>,
    /// Every object and file that was not.
    pub refusals: Vec<Finding>,
    /// What is ignored in objects that are used.
    pub warnings: Vec<Finding>,
    /// Where what is served.
    pub listeners: Vec<Served>,
    /// Where requests can go.
    pub backends: BTreeMap<BackendId, Backend>,
}

/// A listener that is served.
#[derive(Clone, Debug, PartialEq)]
pub struct Served {
    /// As in a snapshot.
    pub name: String,
    /// Where it is reached.
    pub url: String,
    /// For which hosts; `*` is every one.
    pub hosts: Vec<String>,
}

impl Standalone {
    /// Starts the data plane, serving nothing yet.
    pub fn start(settings: &Settings, state: State) -> anyhow::Result<Self> {
        let data_plane = DataPlane::start(settings.for_data_plane())?;
        data_plane.set_keys(state.keys()?)?;
        let translation = settings.for_translation();
        Ok(Self {
            translation,
            state,
            data_plane,
            is_serving: false,
            unfinished: None,
        })
    }

    /// Whether all that was asked for is served.
    pub fn is_whole(&self) -> bool {
        self.is_serving && self.unfinished.is_none()
    }

    /// Serves what `loaded` holds.
    pub fn apply(&mut self, loaded: Loaded) -> View {
        self.data_plane.tell_objects_refused(loaded.refusals.len());
        let mut output = translate(&loaded.inputs, &self.translation);
        let ended = expired(&output.certificates, Timestamp::now().as_second());
        output.statuses.extend(ended);
        let report = self.serve(output.snapshot.clone(), &output.certificates);
        let unfinished = Unfinished {
            snapshot: output.snapshot,
            certificates: output.certificates,
            statuses: output.statuses,
            refusals: loaded.refusals,
            warnings: loaded.warnings,
        };
        self.finish(unfinished, &report)
    }

    /// Tries again what was not to be had, as an address is free once its owner ends; `None`:
    /// nothing was missing.
    pub fn retry(&mut self) -> Option<View> {
        let unfinished = self.unfinished.take()?;
        let snapshot = unfinished.snapshot.clone();
        let applied = self
            .data_plane
            .apply_with(snapshot, &unfinished.certificates);
        let report = report(applied);
        Some(self.finish(unfinished, &report))
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

    fn finish(&mut self, served: Unfinished, report: &Report) -> View {
        let mut statuses = served.statuses.clone();
        status::acknowledge(&mut statuses, report);
        let view = View {
            statuses,
            refusals: served.refusals.clone(),
            warnings: served.warnings.clone(),
            listeners: served_of(&served.snapshot, report),
            backends: served.snapshot.backends.clone(),
        };
        let is_unfinished = report.listeners.values().any(Result::is_err);
        self.unfinished = is_unfinished.then_some(served);
        view
    }

    fn serve(&mut self, snapshot: Snapshot, certificates: &Certificates) -> Report {
        let report = report(self.data_plane.apply_with(snapshot.clone(), certificates));
        if report.refused.is_none() {
            self.is_serving = true;
            self.state.keep_snapshot(&snapshot);
        } else if !self.is_serving {
            self.resume();
        }
        report
    }

    fn resume(&mut self) {
        let last_good = self.state.snapshot();
        self.is_serving = last_good.is_some_and(|good| self.data_plane.apply(good).is_ok());
        if self.is_serving {
            tracing::warn!("serving the last good snapshot of an earlier run [last-good-served]");
        }
    }
}

/// Those whose address was to be had.
fn served_of(snapshot: &Snapshot, report: &Report) -> Vec<Served> {
    let served = snapshot.listeners.iter().filter_map(|listener| {
        let bound = report.listeners.get(&listener.name)?;
        Some(served(listener, *bound.as_ref().ok()?))
    });
    served.collect()
}

fn served(listener: &Listener, address: SocketAddr) -> Served {
    let scheme = match listener.protocol {
        Protocol::Http => "http",
        Protocol::Https => "https",
    };
    let hosts = listener.hosts.iter().map(|host| host.hostname.clone());
    Served {
        name: listener.name.clone(),
        url: format!("{scheme}://{address}/"),
        hosts: hosts.collect(),
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
            is_pending: false,
        },
        Err(refused) => Report {
            refused: Some(refused.to_string()),
            ..Report::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    fn listener(address: SocketAddr) -> Listener {
        Listener {
            name: "Gateway/shop/gateway/http".to_owned(),
            address,
            port: address.port(),
            protocol: Protocol::Http,
            hostname: "*".to_owned(),
            certificates: Vec::new(),
            hosts: Vec::new(),
        }
    }

    #[test]
    fn a_snapshot_that_is_refused_at_the_start_leaves_the_last_good_one_serving() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = Settings {
            workers: 1,
            admin: ([127, 0, 0, 1], 0).into(),
            state: folder.path().to_owned(),
            ..Settings::default()
        };
        let free = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = free.local_addr().expect("it is bound");
        drop(free);
        let good = Snapshot {
            listeners: vec![listener(address)],
            ..Snapshot::default()
        };
        let flawed = Snapshot {
            listeners: vec![listener(address), listener(address)],
            ..Snapshot::default()
        };
        let state = State::open(&settings.state).expect("a folder");
        let mut standalone = Standalone::start(&settings, state).expect("it starts");
        standalone.state.keep_snapshot(&good);
        assert!(
            standalone
                .serve(flawed, &Certificates::new())
                .refused
                .is_some()
        );
        TcpStream::connect(address).expect("the last good snapshot is served");
        assert_eq!(standalone.state.snapshot(), Some(good));
    }
}
