//! The file that holds the affinity keys: text, for its owner's eyes only.
//!
//! ```text
//! # Limpet affinity keys: ...
//! 1 <32 bytes in base64url>
//! 0 <32 bytes in base64url>
//! ```
//!
//! The first key seals new pins, the second opens those sealed before the last rotation.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use thiserror::Error;

use crate::base::keyring::{KEY_IDS, Key, Keyring, SECRET_BYTES};

const HEADER: &str =
    "# Limpet affinity keys: the first seals, both open. Whoever reads this file can make pins.\n";

/// No key file is longer.
const FILE_BYTES_MAX: u64 = 4096;

/// Why there are no keys.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// The operating system's word.
    #[error(
        "affinity key file {path}: {error}; it must be readable and in a writable folder [affinity-key-unusable]"
    )]
    Io {
        /// Which file.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
    /// Others can read it.
    #[error(
        "affinity key file {path}: mode {mode:o} lets others read it; run `chmod 600 {path}` [affinity-key-unusable]"
    )]
    Mode {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not one or two keys.
    #[error(
        "affinity key file {path}: line {line} is not `<id 0-15> <32 bytes in base64url>` or is one \
         too many; restore the file, or remove it, which ends every session [affinity-key-unusable]"
    )]
    Format {
        /// Which file.
        path: PathBuf,
        /// Counted from 1; 0 when no line holds a key.
        line: usize,
    },
}

/// Reads, makes and rotates the file.
#[derive(Debug)]
pub struct KeyFile;

impl KeyFile {
    /// The keys of the file; makes it with one random key where it is missing.
    pub fn load_or_create(path: &Path) -> Result<Keyring, KeyFileError> {
        match Self::load(path) {
            Err(KeyFileError::Io { error, .. }) if error.kind() == io::ErrorKind::NotFound => {
                let keys = Keyring::new(random_key(0), None);
                write(path, &keys).map_err(|error| KeyFileError::Io {
                    path: path.into(),
                    error,
                })?;
                Ok(keys)
            }
            loaded => loaded,
        }
    }

    /// Puts a new random key first and keeps the one that sealed until now.
    pub fn rotate(path: &Path) -> Result<Keyring, KeyFileError> {
        let sealing = Self::load(path)?.sealing().clone();
        let keys = Keyring::new(random_key((sealing.id() + 1) % KEY_IDS), Some(sealing));
        write(path, &keys).map_err(|error| KeyFileError::Io {
            path: path.into(),
            error,
        })?;
        Ok(keys)
    }

    fn load(path: &Path) -> Result<Keyring, KeyFileError> {
        let text = read(path).map_err(|error| KeyFileError::Io {
            path: path.into(),
            error,
        })?;
        let mode = fs::metadata(path)
            .map_err(|error| KeyFileError::Io {
                path: path.into(),
                error,
            })?
            .permissions()
            .mode()
            & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyFileError::Mode {
                path: path.into(),
                mode,
            });
        }
        parse(&text).map_err(|line| KeyFileError::Format {
            path: path.into(),
            line,
        })
    }
}

impl Keyring {
    /// The keys of a key file's text; `None` where it holds none, or something else.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        parse(text).ok()
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?
        .take(FILE_BYTES_MAX)
        .read_to_string(&mut text)?;
    Ok(text)
}

fn parse(text: &str) -> Result<Keyring, usize> {
    let mut keys = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let key = parse_key(line).ok_or(index + 1)?;
        let is_new = keys.iter().all(|known: &Key| known.id() != key.id());
        if !is_new || keys.len() == 2 {
            return Err(index + 1);
        }
        keys.push(key);
    }
    let mut keys = keys.into_iter();
    let sealing = keys.next().ok_or(0_usize)?;
    Ok(Keyring::new(sealing, keys.next()))
}

fn parse_key(line: &str) -> Option<Key> {
    let (id, secret) = line.trim().split_once(' ')?;
    let id = id.parse().ok().filter(|id| *id < KEY_IDS)?;
    let secret = URL_SAFE_NO_PAD.decode(secret.trim()).ok()?;
    Some(Key::new(id, <[u8; SECRET_BYTES]>::try_from(secret).ok()?))
}

fn random_key(id: u8) -> Key {
    let mut secret = [0; SECRET_BYTES];
    rand::fill(&mut secret).expect("the system's random numbers never fail after start");
    Key::new(id, secret)
}

/// In one step: a reader sees the old file or the new one.
fn write(path: &Path, keys: &Keyring) -> io::Result<()> {
    let scratch = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&scratch)?;
    // A file left over from a crash keeps its own mode.
    file.set_permissions(Permissions::from_mode(0o600))?;
    let mut text = HEADER.to_owned();
    for key in keys.iter() {
        text += &format!("{} {}\n", key.id(), URL_SAFE_NO_PAD.encode(key.secret()));
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&scratch, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("affinity.key");
        (folder, path)
    }

    fn tag(keys: &Keyring) -> u64 {
        keys.sealing().endpoint_tag("uid-1")
    }

    #[test]
    fn it_is_made_once_for_its_owner_only() {
        let (_folder, path) = folder();
        let made = KeyFile::load_or_create(&path).expect("the folder is ours");
        let read = KeyFile::load_or_create(&path).expect("it is there");
        assert_eq!(tag(&made), tag(&read));
        let mode = fs::metadata(&path)
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_rotation_keeps_the_key_that_sealed_until_now_and_no_older_one() {
        let (_folder, path) = folder();
        let first = KeyFile::load_or_create(&path).expect("the folder is ours");
        let second = KeyFile::rotate(&path).expect("it is there");
        let third = KeyFile::rotate(&path).expect("it is there");
        assert_ne!(tag(&first), tag(&second));
        let ids = |keys: &Keyring| keys.iter().map(Key::id).collect::<Vec<_>>();
        assert_eq!(
            (ids(&first), ids(&second), ids(&third)),
            (vec![0], vec![1, 0], vec![2, 1])
        );
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_with_the_remedy() {
        let (_folder, path) = folder();
        KeyFile::load_or_create(&path).expect("the folder is ours");
        fs::set_permissions(&path, Permissions::from_mode(0o640)).expect("it is ours");
        let error = KeyFile::load_or_create(&path)
            .expect_err("others can read it")
            .to_string();
        assert!(error.contains("chmod 600"), "{error}");
    }

    #[test]
    fn a_broken_file_is_refused_by_line_and_without_its_content() {
        let (_folder, path) = folder();
        KeyFile::load_or_create(&path).expect("the folder is ours");
        for (text, line) in [
            ("", 0),
            ("# only\n", 0),
            ("# x\n1 c2hvcnQ\n", 2),
            ("99 x\n", 1),
            ("x", 1),
        ] {
            fs::write(&path, text).expect("it is ours");
            let error = KeyFile::load_or_create(&path).expect_err(text);
            assert!(
                matches!(error, KeyFileError::Format { line: l, .. } if l == line),
                "{error}"
            );
            assert!(!error.to_string().contains("c2hvcnQ"));
        }
    }
}
