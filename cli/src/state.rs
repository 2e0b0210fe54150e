//! The state folder: the affinity key, the manifests in use and the last good snapshot. Losing the
//! key logs every client out; losing the others costs nothing but safety at the next start.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};
use std::sync::Arc;

use limpet_dataplane::last_good;
use limpet_dataplane::{KeyFile, Keyring};
use limpet_schema::snapshot::Snapshot;
use limpet_translator::inputs::Held;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::args::RotateKeyArgs;
use crate::output;

/// `$XDG_STATE_HOME/limpet`, else `~/.local/state/limpet`, else `./.limpet`.
pub fn default_folder() -> PathBuf {
    let absolute = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|p| p.is_absolute())
    };
    absolute("XDG_STATE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))
        .map_or_else(|| PathBuf::from(".limpet"), |folder| folder.join("limpet"))
}

/// Says whose the folder is, and is locked for as long as its process runs.
const LOCK: &str = "lock";

/// The files of one state folder, which is this process's alone.
#[derive(Clone, Debug)]
pub struct State {
    folder: PathBuf,
    /// The last clone gives the folder back.
    _lock: Arc<File>,
}

impl State {
    /// Makes the folder where it is missing, and takes it: of two processes that keep their state in
    /// one, each would lose what was good last.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let unusable = |error: io::Error| {
            let folder = folder.display();
            anyhow::anyhow!(
                "state folder {folder}: {error}; name another with --state [state-unusable]"
            )
        };
        fs::create_dir_all(folder).map_err(unusable)?;
        let path = folder.join(LOCK);
        let lock = lock(&path).map_err(unusable)?;
        let lock = lock.ok_or_else(|| in_use(folder, &path))?;
        Ok(Self {
            folder: folder.to_owned(),
            _lock: Arc::new(lock),
        })
    }

    /// The affinity keys; made at the first start, mode 0600.
    pub fn keys(&self) -> anyhow::Result<Keyring> {
        Ok(KeyFile::load_or_create(&key_path(&self.folder))?)
    }

    /// The manifests that were in use last.
    pub fn held(&self) -> Held {
        load(&self.held_path()).unwrap_or_default()
    }

    /// Keeps the manifests in use.
    pub fn keep_held(&self, held: &Held) {
        save(&self.held_path(), held);
    }

    /// The snapshot that was served last.
    pub fn snapshot(&self) -> Option<Snapshot> {
        load(&self.snapshot_path())
    }

    /// Keeps the snapshot that is served.
    pub fn keep_snapshot(&self, snapshot: &Snapshot) {
        save(&self.snapshot_path(), snapshot);
    }

    fn held_path(&self) -> PathBuf {
        self.folder.join("manifests.json")
    }

    fn snapshot_path(&self) -> PathBuf {
        self.folder.join("snapshot.json")
    }
}

fn load<T: DeserializeOwned>(path: &Path) -> Option<T> {
    last_good::load(path).unwrap_or_else(|error| {
        tracing::warn!("{error}");
        None
    })
}

fn save(path: &Path, content: &impl Serialize) {
    if let Err(error) = last_good::save(path, content) {
        tracing::warn!("a restart could not fall back on this configuration: {error}");
    }
}

/// `limpet rotate-key`.
pub fn rotate_key(args: &RotateKeyArgs) -> anyhow::Result<ExitCode> {
    let folder = args.state.clone().unwrap_or_else(default_folder);
    let path = key_path(&folder);
    KeyFile::rotate(&path)?;
    output::line(&format!(
        "{}: a new key seals, the one before it is still accepted",
        path.display()
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn key_path(folder: &Path) -> PathBuf {
    folder.join("affinity.key")
}

/// The locked file, with our process's number in it; `None`: another process has locked it. The kernel
/// unlocks it when its process ends, however that is.
fn lock(path: &Path) -> io::Result<Option<File>> {
    let mut options = File::options();
    let options = options.write(true).create(true).truncate(false);
    let mut file = options.open(path)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
        Ok(()) => {}
    }
    // A full disk costs the next process a name, and this one nothing.
    let _ = file
        .set_len(0)
        .and_then(|()| writeln!(file, "{}", process::id()));
    Ok(Some(file))
}

fn in_use(folder: &Path, lock: &Path) -> anyhow::Error {
    let holder = fs::read_to_string(lock).unwrap_or_default();
    let holder = match holder.trim() {
        "" => "another process".to_owned(),
        id => format!("process {id}"),
    };
    anyhow::anyhow!(
        "state folder {} is in use by {holder}; end it, or give this one a folder of its own with --state [state-in-use]",
        folder.display()
    )
}
