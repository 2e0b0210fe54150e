//! What was good last, kept for the next start: the snapshot that every core served, for a start
//! without an operator; a fleet's whole assignment; the manifests in use, for a standalone gateway.
//!
//! One JSON file each, replaced whole: a reader sees the old one or the new one, also after a power cut.
//! What cannot be read is an error that says what to do, and never a reason not to start. Only the
//! owner can read them: a fleet's configuration has secrets in it.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Bound of the file: about twenty times ten thousand routes with a hundred thousand endpoints.
const FILE_BYTES_MAX: u64 = 1 << 28;
/// Goes up when an older file would be misread.
const VERSION: u32 = 1;

/// The file's content.
#[derive(Serialize, Deserialize)]
struct Document<T> {
    version: u32,
    content: T,
}

/// The part that every version has.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// Why the last good configuration cannot be kept or found again.
#[derive(Debug, Error)]
pub enum LastGoodError {
    /// The file or its folder cannot be used.
    #[error(
        "cannot {verb} the last good configuration {path}: {source}; check the state folder [last-good-unusable]"
    )]
    Io {
        /// `read` or `write`.
        verb: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The file is not what was written.
    #[error(
        "the last good configuration {path} is damaged: {source}; delete it, it is written anew \
         with the next configuration [last-good-unusable]"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// Another release wrote it.
    #[error(
        "the last good configuration {path} has version {found}, this release reads {VERSION}; \
         delete it, it is written anew with the next configuration [last-good-unusable]"
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// The version it says.
        found: u32,
    },
    /// It is larger than the file may be.
    #[error(
        "the last good configuration {path} is larger than {FILE_BYTES_MAX} bytes and is not used [last-good-unusable]"
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
}

/// Keeps it. When that fails, what was kept before stays.
pub fn save(path: &Path, content: &impl Serialize) -> Result<(), LastGoodError> {
    let failed = |source| LastGoodError::Io {
        verb: "write",
        path: path.into(),
        source,
    };
    let new = path.with_extension("new");
    let len = write(&new, content).map_err(failed)?;
    if len > FILE_BYTES_MAX {
        let _ = fs::remove_file(&new);
        return Err(LastGoodError::TooLarge { path: path.into() });
    }
    fs::rename(&new, path).map_err(failed)?;
    sync_folder(path).map_err(failed)
}

/// What was kept; `None` when nothing was.
pub fn load<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, LastGoodError> {
    let failed = |source| LastGoodError::Io {
        verb: "read",
        path: path.into(),
        source,
    };
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(failed)?,
    };
    if file.metadata().map_err(failed)?.len() > FILE_BYTES_MAX {
        return Err(LastGoodError::TooLarge { path: path.into() });
    }
    let mut content = Vec::new();
    file.read_to_end(&mut content).map_err(failed)?;
    parse(path, &content).map(Some)
}

/// Reads the file's content; `path` is for the error.
pub(crate) fn parse<T: DeserializeOwned>(path: &Path, content: &[u8]) -> Result<T, LastGoodError> {
    let damaged = |source| LastGoodError::Damaged {
        path: path.into(),
        source,
    };
    // The version first: what else another version holds is not ours to judge.
    let Version { version: found } = serde_json::from_slice(content).map_err(damaged)?;
    if found != VERSION {
        let path = path.into();
        return Err(LastGoodError::Version { path, found });
    }
    let document: Document<T> = serde_json::from_slice(content).map_err(damaged)?;
    Ok(document.content)
}

/// The file's length, once all of it is on the disk.
fn write(path: &Path, content: &impl Serialize) -> io::Result<u64> {
    // It may hold certificates and keys.
    let mut options = File::options();
    let options = options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = BufWriter::new(options.open(path)?);
    let version = VERSION;
    serde_json::to_writer(&mut file, &Document { version, content })?;
    file.write_all(b"\n")?;
    let file = file.into_inner()?;
    file.sync_all()?;
    Ok(file.metadata()?.len())
}

/// A rename lasts once its folder is on the disk.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        Some(folder) => File::open(folder)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use limpet_schema::snapshot::{Backend, Endpoint, EndpointState, Snapshot};

    use super::*;

    fn snapshot(port: u16) -> Snapshot {
        let endpoint = Endpoint {
            id: "pod".into(),
            address: ([127, 0, 0, 1], port).into(),
            state: EndpointState::Ready,
        };
        let mut snapshot = Snapshot::default();
        let endpoints = vec![endpoint];
        snapshot.backends.insert("b".into(), Backend { endpoints });
        snapshot
    }

    fn check_error(content: &[u8], expected: &str) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("snapshot.json");
        fs::write(&path, content).expect("written");
        let error = load::<Snapshot>(&path)
            .expect_err("it is broken")
            .to_string();
        let error = error.replace(&path.display().to_string(), "FILE");
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn what_was_saved_last_is_loaded() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("snapshot.json");
        assert_eq!(load::<Snapshot>(&path).expect("no file is no error"), None);
        for port in [1, 2] {
            save(&path, &snapshot(port)).expect("saved");
        }
        assert_eq!(load(&path).expect("loaded"), Some(snapshot(2)));
        let files = fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(files, 1, "nothing else is left");
    }

    #[test]
    fn a_broken_file_says_what_to_do() {
        let remedy = "delete it, it is written anew with the next configuration";
        check_error(b"", remedy);
        check_error(b"{\"version\":1,\"content\":{\"lis", "FILE is damaged");
        check_error(
            b"{\"version\":1,\"content\":{\"listeners\":7}}",
            "FILE is damaged",
        );
        check_error(b"\xff\xfe\x00", "FILE is damaged");
        check_error(
            b"{\"version\":2,\"content\":\"unheard of\"}",
            "FILE has version 2, this release reads 1; delete it",
        );
    }

    #[test]
    fn a_file_over_the_bound_is_not_read_into_memory() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("snapshot.json");
        let file = File::create(&path).expect("created");
        // A sparse file; no test machine needs the space.
        file.set_len(FILE_BYTES_MAX + 1).expect("sized");
        let error = load::<Snapshot>(&path).expect_err("too large").to_string();
        assert!(error.contains("is larger than 268435456 bytes"), "{error}");
    }

    #[test]
    fn a_failed_save_keeps_what_was_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("snapshot.json");
        save(&path, &snapshot(1)).expect("saved");
        // The place of the new file is taken by a folder.
        fs::create_dir(path.with_extension("new")).expect("created");
        let error = save(&path, &snapshot(2))
            .expect_err("no file there")
            .to_string();
        assert!(
            error.contains("cannot write the last good configuration"),
            "{error}"
        );
        assert_eq!(load(&path).expect("loaded"), Some(snapshot(1)));
    }
}
