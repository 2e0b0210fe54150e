//! Reads manifests from files, folders and standard input.
//!
//! What a file held when it was last read well is held ([`Held`]): while it cannot be read, or an
//! object of it is refused, that goes on being used, as a cluster keeps the object it has when a
//! change to it is refused. Objects go when they are taken out of their file, or their file out of
//! its folder; a named path or a link that leads nowhere hides what it held, and removes nothing.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use limpet_schema::messages::{self, Message};
use limpet_schema::problem::{Problem, Reason};

use super::birth::Births;
use super::held::{Held, Object};
use super::kinds::{Inputs, ObjectId, identify};
use super::list::Listing;
use super::parse::{Document, TEXT_MAX, parse};
use super::writers::{Writers, Writing};
use super::{Finding, Loaded, Source};

/// A file whose writer is not heard of any more is believed after that much time without a change.
const WRITER_MAX: Duration = Duration::from_secs(30);

/// The same, where nothing tells whether it has a writer.
const SETTLE: Duration = Duration::from_secs(2);

/// Standard input's name among the paths.
pub const STDIN: &str = "-";

/// Reads everything once. Objects without a namespace get `default_namespace`.
#[must_use]
pub fn read(paths: &[PathBuf], default_namespace: &str) -> Loaded {
    Reader::new(
        paths,
        default_namespace,
        Held::default(),
        Writers::default(),
    )
    .read()
}

/// Reads the same paths again and again.
pub struct Reader {
    paths: Vec<PathBuf>,
    default_namespace: String,
    writers: Writers,
    /// Of the last reading.
    held: Held,
    /// Whether it is another than that of the reading before.
    is_held_changed: bool,
    /// It can be read once.
    stdin: OnceCell<io::Result<String>>,
}

impl Reader {
    /// Of these files and folders, of which `held` was in use before.
    pub fn new(paths: &[PathBuf], default_namespace: &str, held: Held, writers: Writers) -> Self {
        Self {
            paths: paths.to_vec(),
            default_namespace: default_namespace.to_owned(),
            writers,
            held,
            is_held_changed: false,
            stdin: OnceCell::new(),
        }
    }

    /// Reads everything as it is now.
    pub fn read(&mut self) -> Loaded {
        let before = std::mem::take(&mut self.held);
        let mut loaded = Loaded::default();
        let births = Births::new(&before, Timestamp::now());
        let listing = Listing::of(&self.paths, &before);
        for file in listing.files {
            let used = self.read_file(&file, before.of(&file), &births, &mut loaded);
            self.held.insert(&file, used);
        }
        for (path, error) in listing.hidden {
            let mut is_held = false;
            for (file, objects) in before.below(&path) {
                is_held = true;
                self.held.insert(file, keep(objects, &mut loaded.inputs));
            }
            let refused = refuse(&path, unreadable(&error), is_held);
            loaded.refusals.push(refused);
        }
        self.is_held_changed = self.held != before;
        loaded.empty = self.empty(&loaded.refusals);
        loaded
    }

    /// The paths in which there is no object, and nothing that was refused.
    fn empty(&self, refusals: &[Finding]) -> Vec<PathBuf> {
        let is_refused = |path: &Path| {
            let mut refusals = refusals.iter();
            refusals.any(|refusal| refusal.source.file.starts_with(path))
        };
        let has_some = |path: &Path| self.held.below(path).any(|(_, held)| !held.is_empty());
        let empty = self.paths.iter();
        let empty = empty.filter(|path| !has_some(path) && !is_refused(path));
        empty.cloned().collect()
    }

    /// What is in use now, if the last reading changed it.
    pub fn changed(&self) -> Option<&Held> {
        self.is_held_changed.then_some(&self.held)
    }

    /// Takes in what the file holds, and in place of what is refused what it held before.
    fn read_file(
        &self,
        file: &Path,
        before: &[Object],
        births: &Births<'_>,
        loaded: &mut Loaded,
    ) -> Vec<Object> {
        // It may be closed while it is read; the event makes another reading.
        let was_open = self.writers.of(file) == Some(Writing::Open);
        let found = self.objects(file, !before.is_empty(), births);
        let found = found.and_then(|objects| {
            match self.is_half_written(file, was_open, before, &objects) {
                true => Err(unsettled()),
                false => Ok(objects),
            }
        });
        let objects = match found {
            Ok(objects) => objects,
            Err(problem) => {
                let refused = refuse(file, problem, !before.is_empty());
                loaded.refusals.push(refused);
                return keep(before, &mut loaded.inputs);
            }
        };
        let mut used = Vec::new();
        let mut is_last_refused = false;
        for object in &objects {
            let problems = match loaded.inputs.admit(&object.id, &object.document.value) {
                Err(problems) => problems,
                Ok(ignored) => {
                    is_last_refused = false;
                    used.push(object.clone());
                    loaded.warnings.extend(warning(object, ignored));
                    continue;
                }
            };
            is_last_refused = true;
            let kept = keep(predecessor(object, before, &objects), &mut loaded.inputs);
            let held = kept.first();
            loaded.refusals.push(Finding {
                source: object.document.source.clone(),
                object: Some(object.id.to_string()),
                problems,
                held: held.map(|held| format!("{}, as it was before,", held.id)),
            });
            used.extend(kept);
        }
        if is_last_refused {
            // They may stand behind what is not written yet.
            let gone = gone(before, objects.iter().chain(&used));
            used.extend(keep(&gone, &mut loaded.inputs));
        }
        used
    }

    /// Whether a file that held something may be a part of what it is to become.
    fn is_half_written(
        &self,
        file: &Path,
        was_open: bool,
        before: &[Object],
        now: &[Object],
    ) -> bool {
        if before.is_empty() || file == Path::new(STDIN) {
            return false;
        }
        match self.writers.of(file) {
            Some(Writing::Open) => !is_quiet(file, WRITER_MAX),
            Some(Writing::Done) => was_open && !is_quiet(file, WRITER_MAX),
            None => !gone(before, now.iter()).is_empty() && !is_quiet(file, SETTLE),
        }
    }

    fn objects(
        &self,
        file: &Path,
        had_some: bool,
        births: &Births<'_>,
    ) -> Result<Vec<Object>, Problem> {
        let read;
        let text = if file == Path::new(STDIN) {
            self.stdin.get_or_init(|| text(io::stdin()))
        } else {
            read = text_of(file);
            &read
        };
        let text = text.as_ref().map_err(unreadable)?;
        if text.is_empty() && had_some {
            return Err(emptied());
        }
        let identified = |mut document: Document| {
            let id = identify(&mut document.value, &self.default_namespace);
            births.write(&id, &mut document.value);
            Object { id, document }
        };
        Ok(parse(file, text)?.into_iter().map(identified).collect())
    }
}

/// What a refused object was before: the one of its name; else, as its name may be what is broken,
/// the one that was in its place and is nowhere in the file now.
fn predecessor<'a>(refused: &Object, before: &'a [Object], now: &[Object]) -> &'a [Object] {
    let is_same = |old: &Object| old.id == refused.id;
    let is_gone = |old: &Object| now.iter().all(|object| object.id != old.id);
    let is_in_its_place = |old: &Object| {
        old.document.source.document == refused.document.source.document && is_gone(old)
    };
    let found = before.iter().position(is_same);
    let found = found.or_else(|| before.iter().position(is_in_its_place));
    found.map_or(&[], |index| &before[index..=index])
}

/// What is not there any more.
fn gone<'a>(before: &[Object], now: impl Iterator<Item = &'a Object>) -> Vec<Object> {
    let now: BTreeSet<&ObjectId> = now.map(|object| &object.id).collect();
    let gone = before.iter().filter(|old| !now.contains(&old.id));
    gone.cloned().collect()
}

/// Whether nothing changed in the file for so long. One from the future has no age.
fn is_quiet(file: &Path, time: Duration) -> bool {
    let changed = fs::metadata(file).and_then(|found| found.modified());
    let age = changed.map(|changed| changed.elapsed());
    !matches!(age, Ok(Ok(age)) if age < time)
}

fn keep(before: &[Object], inputs: &mut Inputs) -> Vec<Object> {
    let is_taken = |object: &&Object| inputs.admit(&object.id, &object.document.value).is_ok();
    before.iter().filter(is_taken).cloned().collect()
}

/// Only what ends by itself: a pipe would make the reader wait for whoever writes into it.
fn text_of(file: &Path) -> io::Result<String> {
    if !fs::metadata(file)?.is_file() {
        let what = "it is no regular file; pipe it in, and name it -";
        return Err(io::Error::other(what));
    }
    text(File::open(file)?)
}

/// At most one byte beyond what [`parse`] takes, for it to refuse.
fn text(reader: impl Read) -> io::Result<String> {
    let mut text = String::new();
    reader.take(TEXT_MAX as u64 + 1).read_to_string(&mut text)?;
    Ok(text)
}

fn refuse(path: &Path, problem: Problem, is_held: bool) -> Finding {
    Finding {
        source: Source {
            file: path.to_owned(),
            document: None,
        },
        object: None,
        problems: vec![problem],
        held: is_held.then(|| "what it held before".to_owned()),
    }
}

fn warning(object: &Object, problems: Vec<Problem>) -> Option<Finding> {
    (!problems.is_empty()).then(|| Finding {
        source: object.document.source.clone(),
        object: Some(object.id.to_string()),
        problems,
        held: None,
    })
}

fn unreadable(error: &io::Error) -> Problem {
    let message = format!("cannot be read: {error}");
    problem(message, &messages::FILE_UNREADABLE)
}

fn unsettled() -> Problem {
    let message = "is being written; what it held is used until that is done".to_owned();
    problem(message, &messages::FILE_UNSETTLED)
}

fn emptied() -> Problem {
    let message =
        "became empty, and may be half-written; to remove its objects, remove the file".to_owned();
    problem(message, &messages::FILE_EMPTIED)
}

fn problem(message: String, is: &'static Message) -> Problem {
    Problem {
        field: String::new(),
        reason: Reason::Invalid,
        message,
        id: is.id,
    }
}
