//! Reads manifests again when they change.
//!
//! The folders that hold the paths are watched, not the files: editors and ConfigMap mounts replace
//! files and links, and a watch on a file would follow the one that is gone. A watch on a folder
//! does the same, so each reading begins with new watches, and every two seconds it is looked
//! whether the paths still lead to where they led. Then, too, what could not be read is tried again.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use limpet_schema::messages;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use thiserror::Error;

use super::files::{Reader, STDIN};
use super::writers::{Writers, is_closed};
use super::{Finding, Held, Loaded};

/// How long it must be quiet before files are read: a write is several events.
const QUIET: Duration = Duration::from_millis(50);

/// The longest that a change waits for quiet.
const WAIT_MAX: Duration = Duration::from_millis(500);

/// How often what no event tells is looked for.
const RECHECK: Duration = Duration::from_secs(2);

/// Why files cannot be watched.
#[derive(Debug, Error)]
#[error(
    "{path} cannot be watched: {source}; check that its folder exists, and fs.inotify limits [watch-unavailable]"
)]
pub struct WatchError {
    path: String,
    source: notify::Error,
}

/// Reads the paths now and after every change. The first message is what is there now. Ends when
/// the receiver is dropped.
///
/// `held` is what an earlier process held last; each time it changes, `keep` gets it before the
/// objects are sent.
///
/// # Errors
/// When the operating system cannot watch the folders.
pub fn watch(
    paths: &[PathBuf],
    default_namespace: &str,
    held: Held,
    keep: impl Fn(&Held) + Send + 'static,
) -> Result<Receiver<Loaded>, WatchError> {
    let writers = Writers::default();
    let mut watch = Watch::new(paths, writers.clone())?;
    let (sender, loaded) = channel();
    let mut reader = Reader::new(paths, default_namespace, held, writers);
    thread::spawn(move || {
        let mut next = reader.read();
        loop {
            reader.changed().into_iter().for_each(&keep);
            let refusals = next.refusals.clone();
            if sender.send(next).is_err() {
                return;
            }
            next = loop {
                let why = watch.wait(refusals.iter().any(is_passing));
                let again = reader.read();
                if why == Why::Changed || again.refusals != refusals {
                    break again;
                }
            };
        }
    });
    Ok(loaded)
}

/// Why files are read again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    /// Something changed.
    Changed,
    /// What could not be read may be readable now.
    Retry,
}

/// Whether it may be over without an event that tells.
fn is_passing(refusal: &Finding) -> bool {
    let passing = [messages::FILE_UNREADABLE.id, messages::FILE_UNSETTLED.id];
    let mut problems = refusal.problems.iter();
    problems.any(|problem| passing.contains(&problem.id))
}

/// The watches on what the paths lead to.
struct Watch {
    paths: Vec<PathBuf>,
    writers: Writers,
    events: Sender<()>,
    changes: Receiver<()>,
    /// `None`: it could not be made, and everything counts as changed.
    watcher: Option<RecommendedWatcher>,
    places: Vec<Place>,
}

impl Watch {
    fn new(paths: &[PathBuf], writers: Writers) -> Result<Self, WatchError> {
        let (events, changes) = channel();
        Ok(Self {
            places: places(paths),
            watcher: Some(watcher(paths, events.clone(), writers.clone())?),
            writers,
            paths: paths.to_vec(),
            events,
            changes,
        })
    }

    /// Returns when there is something to read, with watches on what is there now.
    fn wait(&mut self, is_incomplete: bool) -> Why {
        let why = loop {
            if self.changes.recv_timeout(RECHECK).is_ok() {
                self.settle();
                break Why::Changed;
            }
            if self.watcher.is_none() || self.places != places(&self.paths) {
                break Why::Changed;
            }
            if is_incomplete {
                break Why::Retry;
            }
        };
        self.places = places(&self.paths);
        self.watcher = watcher(&self.paths, self.events.clone(), self.writers.clone()).ok();
        why
    }

    /// Waits for the quiet after a change.
    fn settle(&self) {
        let first = Instant::now();
        while first.elapsed() < WAIT_MAX && self.changes.recv_timeout(QUIET).is_ok() {}
    }
}

fn watcher(
    paths: &[PathBuf],
    events: Sender<()>,
    writers: Writers,
) -> Result<RecommendedWatcher, WatchError> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        if let Ok(event) = &event {
            writers.note(event);
        }
        // Reading files is an event of its own; an error means that events were lost.
        let is_news = event.as_ref().map_or(true, |event| {
            !matches!(event.kind, EventKind::Access(_)) || is_closed(event)
        });
        if is_news {
            // The reading thread ended: nothing is left to tell.
            let _ = events.send(());
        }
    })
    .map_err(|source| WatchError {
        path: "The file system".to_owned(),
        source,
    })?;
    for (folder, mode) in folders(paths) {
        watcher.watch(&folder, mode).map_err(|source| WatchError {
            path: folder.display().to_string(),
            source,
        })?;
    }
    Ok(watcher)
}

/// What to watch: a folder with all below it, and the folder that a path is an entry of.
fn folders(paths: &[PathBuf]) -> Vec<(PathBuf, RecursiveMode)> {
    let real = paths
        .iter()
        .filter(|path| path.as_path() != Path::new(STDIN));
    let whole: BTreeSet<PathBuf> = real.clone().filter(|path| path.is_dir()).cloned().collect();
    let parent = |path: &PathBuf| match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let parents: BTreeSet<PathBuf> = real.filter(|path| !path.is_dir()).map(parent).collect();
    let whole_folders = whole
        .iter()
        .map(|path| (path.clone(), RecursiveMode::Recursive));
    let parents = parents
        .difference(&whole)
        .map(|path| (path.clone(), RecursiveMode::NonRecursive));
    whole_folders.chain(parents).collect()
}

/// Where a path leads, and which folder is there; `None`: nowhere.
type Place = Option<(PathBuf, Option<(u64, u64)>)>;

fn places(paths: &[PathBuf]) -> Vec<Place> {
    let place = |path: &PathBuf| {
        let real = fs::canonicalize(path).ok()?;
        let found = fs::metadata(&real).ok()?;
        let folder = found.is_dir().then(|| (found.dev(), found.ino()));
        Some((real, folder))
    };
    let folders = folders(paths);
    let watched = folders.iter().map(|(folder, _)| folder);
    paths.iter().chain(watched).map(place).collect()
}
