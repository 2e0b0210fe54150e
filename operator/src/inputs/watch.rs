//! Reads manifests again when they change.
//!
//! The folders that hold the paths are watched, not the files: editors and ConfigMap mounts replace
//! files and links, and a watch on a file would follow the one that is gone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use thiserror::Error;

use super::Loaded;
use super::files::{Reader, STDIN};

/// How long it must be quiet before files are read: a write is several events.
const QUIET: Duration = Duration::from_millis(50);

/// The longest that a change waits for quiet.
const WAIT_MAX: Duration = Duration::from_millis(500);

/// Why files cannot be watched.
#[derive(Debug, Error)]
#[error("{path} cannot be watched: {source}; check that its folder exists, and fs.inotify limits")]
pub struct WatchError {
    path: String,
    source: notify::Error,
}

/// Reads the paths now and after every change. The first message is what is there now. Ends when
/// the receiver is dropped.
///
/// # Errors
/// When the operating system cannot watch the folders.
pub fn watch(paths: &[PathBuf], default_namespace: &str) -> Result<Receiver<Loaded>, WatchError> {
    let (events, changes) = channel();
    let watcher = watcher(paths, events)?;
    let (sender, loaded) = channel();
    let mut reader = Reader::new(paths, default_namespace);
    thread::spawn(move || {
        // Changes stop coming when the watcher is dropped.
        let _watcher = watcher;
        while sender.send(reader.read()).is_ok() {
            if !settle(&changes) {
                return;
            }
        }
    });
    Ok(loaded)
}

fn watcher(paths: &[PathBuf], events: Sender<()>) -> Result<RecommendedWatcher, WatchError> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        // Reading files is an event of its own; an error means that events were lost.
        if !matches!(
            event,
            Ok(Event {
                kind: EventKind::Access(_),
                ..
            })
        ) {
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

/// Waits for a change and for the quiet after it; false when there will be none.
fn settle(changes: &Receiver<()>) -> bool {
    if changes.recv().is_err() {
        return false;
    }
    let first = Instant::now();
    while first.elapsed() < WAIT_MAX {
        match changes.recv_timeout(QUIET) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
    true
}
