//! Which files there are at and below the named paths.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::files::STDIN;
use super::held::Held;

/// What was found.
pub struct Listing<'a> {
    /// Files to read.
    pub files: BTreeSet<PathBuf>,
    /// Paths that hide what is below them, and why.
    pub hidden: BTreeMap<PathBuf, io::Error>,
    /// Folders that were listed, so that links in a circle end.
    folders: BTreeSet<PathBuf>,
    before: &'a Held,
}

impl<'a> Listing<'a> {
    /// Lists the manifests at and below the paths. Hidden files and folders are left out, so that
    /// the real files behind a mounted ConfigMap's links are not read twice.
    pub fn of(paths: &[PathBuf], before: &'a Held) -> Self {
        let mut listing = Self {
            files: BTreeSet::new(),
            hidden: BTreeMap::new(),
            folders: BTreeSet::new(),
            before,
        };
        paths.iter().for_each(|path| listing.add(path));
        listing
    }

    fn add(&mut self, path: &Path) {
        if path == Path::new(STDIN) {
            self.files.insert(path.to_owned());
            return;
        }
        let added = match fs::metadata(path) {
            Ok(found) if found.is_dir() => self.add_folder(path),
            Ok(_) => {
                self.files.insert(path.to_owned());
                Ok(())
            }
            Err(error) => Err(error),
        };
        if let Err(error) = added {
            self.hidden.insert(path.to_owned(), error);
        }
    }

    fn add_folder(&mut self, folder: &Path) -> io::Result<()> {
        if !self.folders.insert(fs::canonicalize(folder)?) {
            return Ok(());
        }
        let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
        let mut entries = entries.collect::<io::Result<Vec<PathBuf>>>()?;
        // Of two ways to one folder always the same is taken.
        entries.sort();
        for path in entries.iter().filter(|path| !is_hidden(path)) {
            if is_manifest(path) || path.is_dir() || self.held_manifests(path) {
                self.add(path);
            }
        }
        Ok(())
    }

    /// Whether it is a link that led to a folder and leads nowhere now.
    fn held_manifests(&self, path: &Path) -> bool {
        !path.exists() && self.before.below(path).next().is_some()
    }
}

fn is_hidden(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

fn is_manifest(path: &Path) -> bool {
    let extensions = ["yaml", "yml", "json"];
    path.extension()
        .is_some_and(|found| extensions.iter().any(|known| found == *known))
}
