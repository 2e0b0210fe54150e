//! What each file held when it was last read well.
//!
//! Whoever runs [`super::watch`] keeps it for the next start, so that a restart finds the same
//! objects in use as the process before it: what is refused then stays as it was, the rest is
//! served as it is. Tested by `operator/tests/files.rs` and, with restarts, `cli/tests/live.rs`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files::STDIN;
use super::kinds::ObjectId;
use super::parse::Document;

/// An object that is used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// Who it is.
    pub id: ObjectId,
    /// As it was written.
    pub document: Document,
}

/// By file, the objects that were used.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Held(BTreeMap<PathBuf, Vec<Object>>);

impl Held {
    /// What a file held.
    pub(super) fn of(&self, file: &Path) -> &[Object] {
        self.0
            .get(&absolute(file))
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// Every file at or below a path, with what it held.
    pub(super) fn below(&self, path: &Path) -> impl Iterator<Item = (&Path, &[Object])> {
        let path = absolute(path);
        let from = self.0.range(path.clone()..);
        from.map(|(file, objects)| (file.as_path(), objects.as_slice()))
            .take_while(move |(file, _)| file.starts_with(&path))
    }

    /// All objects.
    pub(super) fn objects(&self) -> impl Iterator<Item = &Object> {
        self.0.values().flatten()
    }

    /// A file holds these.
    pub(super) fn insert(&mut self, file: &Path, objects: Vec<Object>) {
        self.0.insert(absolute(file), objects);
    }
}

/// The same file's name in another working directory.
pub(super) fn absolute(file: &Path) -> PathBuf {
    match std::path::absolute(file) {
        Ok(absolute) if file != Path::new(STDIN) => absolute,
        _ => file.to_owned(),
    }
}
