//! Who is writing which file, as far as inotify tells.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RenameMode};
use notify::{Event, EventKind};

use super::held::absolute;

/// Files that changed while they were watched. Clones share what they know.
#[derive(Clone, Debug, Default)]
pub struct Writers(Arc<Mutex<BTreeMap<PathBuf, Writing>>>);

/// How far whoever changed a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// It changed, and its writer has not closed it.
    Open,
    /// Its writer closed it, or it was put into its place whole.
    Done,
}

impl Writers {
    /// How far the writer of a file is; `None`: nothing was seen of it.
    pub fn of(&self, file: &Path) -> Option<Writing> {
        self.files().get(&absolute(file)).copied()
    }

    /// Takes in an event.
    pub fn note(&self, event: &Event) {
        let (writing, path) = match event.kind {
            EventKind::Create(CreateKind::File) => {
                let path = event.paths.first();
                let is_link = path.is_some_and(|path| is_link(path));
                let writing = if is_link {
                    Writing::Done
                } else {
                    Writing::Open
                };
                (Some(writing), path)
            }
            EventKind::Modify(ModifyKind::Data(_)) => (Some(Writing::Open), event.paths.first()),
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => {
                (Some(Writing::Done), event.paths.first())
            }
            EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Both)) => {
                (Some(Writing::Done), event.paths.last())
            }
            EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => {
                (None, event.paths.first())
            }
            _ => return,
        };
        let Some(path) = path.map(|path| absolute(path)) else {
            return;
        };
        match writing {
            Some(writing) => drop(self.files().insert(path, writing)),
            None => drop(self.files().remove(&path)),
        }
    }

    fn files(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Writing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether somebody closed a file that it wrote: an Access event, but one that tells of a change.
pub fn is_closed(event: &Event) -> bool {
    event.kind == EventKind::Access(AccessKind::Close(AccessMode::Write))
}

/// Whether a new name stands for a file that was there before: nobody writes it under that name, so nobody
/// closes it either.
fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink() || found.nlink() > 1)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_new_link_is_whole_and_a_new_file_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        fs::write(path("file"), "").expect("the folder is ours");
        fs::write(path("other"), "").expect("the folder is ours");
        symlink(path("file"), path("soft")).expect("the folder is ours");
        fs::hard_link(path("other"), path("hard")).expect("the folder is ours");
        let writers = Writers::default();
        for (name, expected) in [
            ("file", Writing::Open),
            ("soft", Writing::Done),
            ("hard", Writing::Done),
        ] {
            let event = Event::new(EventKind::Create(CreateKind::File)).add_path(path(name));
            writers.note(&event);
            assert_eq!(writers.of(&path(name)), Some(expected), "{name}");
        }
    }
}
