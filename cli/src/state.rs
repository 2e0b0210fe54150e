//! The state folder: the affinity key, the manifests in use and the last good snapshot. Losing the
//! key logs every client out; losing the others costs nothing but safety at the next start.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use limpet_dataplane::affinity::{KeyFile, Keyring};
use limpet_dataplane::config::last_good;
use limpet_operator::inputs::Held;
use limpet_schema::snapshot::Snapshot;
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

/// The files of one state folder.
#[derive(Debug)]
pub struct State {
    folder: PathBuf,
}

impl State {
    /// Makes the folder where it is missing.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder).map_err(|error| {
            let folder = folder.display();
            anyhow::anyhow!(
                "state folder {folder}: {error}; name another with --state [state-unusable]"
            )
        })?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// The affinity keys; made at the first start, mode 0600.
    pub fn keys(&self) -> anyhow::Result<Keyring> {
        Ok(KeyFile::load_or_create(&self.key_path())?)
    }

    fn key_path(&self) -> PathBuf {
        self.folder.join("affinity.key")
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
    let path = State { folder }.key_path();
    KeyFile::rotate(&path)?;
    output::line(&format!(
        "{}: a new key seals, the one before it is still accepted",
        path.display()
    ))?;
    Ok(ExitCode::SUCCESS)
}
