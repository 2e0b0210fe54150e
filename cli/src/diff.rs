//! `limpet diff`: what manifests would change, against other manifests or a running gateway.
//!
//! Both sides become snapshots, as `run` makes them, and these are compared: a route is what happens to its
//! requests, so that a new order of objects or files is no difference. Addresses of listeners are not
//! compared, as flags of `run` decide them. A running gateway also says where its sessions are
//! ([`gateway`]), and so which of them would move or end ([`sessions`]). Tested by `cli/tests/diff.rs`.

mod gateway;
mod routes;
mod sessions;

use std::path::Path;
use std::process::ExitCode;

use limpet_schema::snapshot::Snapshot;
use limpet_translator::inputs::{self, Change, Finding, Inputs};
use limpet_translator::translate::{self, translate};

use crate::args::DiffArgs;
use crate::check::some_objects;
use crate::output::{self, EndpointChange};
use sessions::Sessions;

pub use sessions::Fate;

/// The exit status where something differs, and the one where that cannot be told.
const DIFFERENT: u8 = 1;
const FAILED: u8 = 2;

/// Everything that differs.
#[derive(Debug)]
pub struct Difference {
    /// Files and objects that would not be used.
    pub refusals: Vec<Finding>,
    /// None: a gateway does not tell its objects.
    pub objects: Option<Vec<(String, Change)>>,
    /// With the parts that are others.
    pub listeners: Vec<(String, Change, Vec<&'static str>)>,
    /// With the parts that are others.
    pub routes: Vec<(String, Change, Vec<&'static str>)>,
    /// By backend.
    pub endpoints: Vec<(String, EndpointChange)>,
    /// Of each route that has some; none: only a gateway knows them.
    pub sessions: Option<Vec<(String, Fate)>>,
}

impl Difference {
    /// Whether all is the same.
    pub fn is_none(&self) -> bool {
        self.refusals.is_empty()
            && self.objects.as_ref().is_none_or(Vec::is_empty)
            && self.listeners.is_empty()
            && self.routes.is_empty()
            && self.endpoints.is_empty()
    }
}

/// What is served, or would be.
struct Side {
    snapshot: Snapshot,
    inputs: Option<Inputs>,
    sessions: Option<Sessions>,
    refusals: Vec<Finding>,
}

/// Prints what differs. Exit status 2 where that cannot be told, so that scripts tell it from a difference.
pub fn diff(args: &DiffArgs) -> anyhow::Result<ExitCode> {
    match compare(args) {
        Ok(difference) => {
            output::difference(args.output, &difference)?;
            Ok(match args.exit_code && !difference.is_none() {
                true => ExitCode::from(DIFFERENT),
                false => ExitCode::SUCCESS,
            })
        }
        Err(error) => {
            output::error(&error);
            Ok(ExitCode::from(FAILED))
        }
    }
}

fn compare(args: &DiffArgs) -> anyhow::Result<Difference> {
    let now = manifests(&args.filename, &args.namespace)?;
    let before = match args.against.strip_prefix("http://") {
        Some(address) => gateway::ask(address)?,
        None => manifests(&[Path::new(&args.against)], &args.namespace)?,
    };
    // What goes on in place of such an object only a running gateway knows.
    if let Some(refusal) = before.refusals.first() {
        anyhow::bail!(
            "--against {} has a problem, so nothing was compared: {refusal}; `limpet check` shows all",
            args.against
        );
    }
    let objects = before.inputs.as_ref().zip(now.inputs.as_ref());
    let sessions = before.sessions.as_ref();
    Ok(Difference {
        objects: objects.map(|(before, now)| now.changes_since(before)),
        listeners: routes::listeners(&before.snapshot, &now.snapshot),
        routes: routes::routes(&before.snapshot, &now.snapshot),
        endpoints: output::endpoint_changes(&before.snapshot.backends, &now.snapshot.backends),
        sessions: sessions.map(|seen| sessions::fates(seen, &before.snapshot, &now.snapshot)),
        refusals: now.refusals,
    })
}

fn manifests(paths: &[impl AsRef<Path>], namespace: &str) -> anyhow::Result<Side> {
    let paths: Vec<_> = paths.iter().map(|path| path.as_ref().to_owned()).collect();
    let loaded = inputs::read(&paths, namespace);
    some_objects(&loaded)?;
    let output = translate(&loaded.inputs, &translate::Settings::default());
    Ok(Side {
        snapshot: output.snapshot,
        inputs: Some(loaded.inputs),
        sessions: None,
        refusals: loaded.refusals,
    })
}
