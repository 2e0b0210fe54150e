//! Reads manifests from files, folders and standard input.
//!
//! What a file held when it was last read well is kept: while it cannot be read, or an object of it
//! is refused, that goes on being used, as a cluster keeps the object it has when a change to it is
//! refused. Objects go when their file goes, or when they are taken out of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use limpet_schema::messages::{self, Message};
use limpet_schema::problem::{Problem, Reason};

use super::kinds::{Inputs, ObjectId, identify};
use super::parse::{Document, TEXT_MAX, parse};
use super::{Loaded, Refusal, Source};

/// Standard input's name among the paths.
pub const STDIN: &str = "-";

/// The deepest nesting of folders that is followed.
const FOLDERS_MAX: usize = 16;

/// Reads everything once. Objects without a namespace get `default_namespace`.
#[must_use]
pub fn read(paths: &[PathBuf], default_namespace: &str) -> Loaded {
    Reader::new(paths, default_namespace).read()
}

/// Reads the same paths again and again.
pub struct Reader {
    paths: Vec<PathBuf>,
    default_namespace: String,
    /// By file, the objects that were used when it was last read.
    last_good: BTreeMap<PathBuf, Vec<(ObjectId, Document)>>,
}

impl Reader {
    /// Of these files and folders.
    pub fn new(paths: &[PathBuf], default_namespace: &str) -> Self {
        Self {
            paths: paths.to_vec(),
            default_namespace: default_namespace.to_owned(),
            last_good: BTreeMap::new(),
        }
    }

    /// Reads everything as it is now.
    pub fn read(&mut self) -> Loaded {
        let mut files = BTreeSet::new();
        let mut loaded = Loaded::default();
        for path in &self.paths {
            list(path, FOLDERS_MAX, &mut files, &mut loaded.refusals);
        }
        // A folder that cannot be listed hides its files, it does not remove them.
        let hidden = loaded
            .refusals
            .iter()
            .map(|refusal| refusal.source.file.clone());
        let hidden: Vec<PathBuf> = hidden.collect();
        let is_hidden = |file: &&PathBuf| hidden.iter().any(|folder| file.starts_with(folder));
        let kept: Vec<PathBuf> = self.last_good.keys().filter(is_hidden).cloned().collect();
        let before = std::mem::take(&mut self.last_good);
        for file in files.into_iter().chain(kept) {
            let good = before.get(&file).map(Vec::as_slice).unwrap_or_default();
            let used = self.read_file(&file, good, &mut loaded);
            self.last_good.insert(file, used);
        }
        loaded
    }

    /// Takes in what the file holds, and in place of what is refused what it held before.
    fn read_file(
        &self,
        file: &Path,
        before: &[(ObjectId, Document)],
        loaded: &mut Loaded,
    ) -> Vec<(ObjectId, Document)> {
        let documents = match self.documents(file, before) {
            Ok(documents) => documents,
            Err(refused) => {
                loaded.refusals.extend(refused);
                return keep(before, &mut loaded.inputs);
            }
        };
        let mut used = Vec::new();
        for (id, document) in documents {
            let Err(problems) = loaded.inputs.admit(&id, &document.value) else {
                used.push((id, document));
                continue;
            };
            let same = before.iter().filter(|(before, _)| *before == id).cloned();
            used.extend(keep(&same.collect::<Vec<_>>(), &mut loaded.inputs));
            let object = Some(id.to_string());
            loaded.refusals.push(Refusal {
                source: document.source,
                object,
                problems,
            });
        }
        used
    }

    /// The file's objects; `Err(None)` says that there is nothing new to read.
    fn documents(
        &self,
        file: &Path,
        before: &[(ObjectId, Document)],
    ) -> Result<Vec<(ObjectId, Document)>, Option<Refusal>> {
        if file == Path::new(STDIN) && !before.is_empty() {
            return Err(None);
        }
        let refuse = |problem| {
            let source = Source {
                file: file.to_owned(),
                document: None,
            };
            Some(Refusal {
                source,
                object: None,
                problems: vec![problem],
            })
        };
        let text = text(file).map_err(|error| refuse(unreadable(&error)))?;
        if text.is_empty() && !before.is_empty() {
            return Err(refuse(emptied()));
        }
        let identified = |mut document: Document| {
            (
                identify(&mut document.value, &self.default_namespace),
                document,
            )
        };
        let documents = parse(file, &text).map_err(refuse)?;
        Ok(documents.into_iter().map(identified).collect())
    }
}

fn keep(before: &[(ObjectId, Document)], inputs: &mut Inputs) -> Vec<(ObjectId, Document)> {
    let is_taken =
        |(id, document): &&(ObjectId, Document)| inputs.admit(id, &document.value).is_ok();
    before.iter().filter(is_taken).cloned().collect()
}

/// Adds the manifests at and below `path`. Hidden files and folders are left out, so that the
/// real files behind a mounted ConfigMap's links are not read twice.
fn list(path: &Path, depth: usize, files: &mut BTreeSet<PathBuf>, refusals: &mut Vec<Refusal>) {
    if path == Path::new(STDIN) || !path.is_dir() {
        files.insert(path.to_owned());
        return;
    }
    let entries = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    match entries {
        Err(error) => refusals.push(Refusal {
            source: Source {
                file: path.to_owned(),
                document: None,
            },
            object: None,
            problems: vec![unreadable(&error)],
        }),
        Ok(entries) => {
            for path in entries
                .iter()
                .map(fs::DirEntry::path)
                .filter(|path| !is_hidden(path))
            {
                if path.is_dir() && depth > 0 {
                    list(&path, depth - 1, files, refusals);
                } else if is_manifest(&path) {
                    files.insert(path);
                }
            }
        }
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

/// At most one byte beyond what [`parse`] takes, for it to refuse.
fn text(file: &Path) -> io::Result<String> {
    let reader: Box<dyn Read> = if file == Path::new(STDIN) {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(file)?)
    };
    let mut text = String::new();
    reader.take(TEXT_MAX as u64 + 1).read_to_string(&mut text)?;
    Ok(text)
}

fn unreadable(error: &io::Error) -> Problem {
    let message = format!("cannot be read: {error}; what it held before is used");
    problem(message, &messages::FILE_UNREADABLE)
}

fn emptied() -> Problem {
    let message = "became empty, and may be half-written; what it held before is used. To remove \
                   its objects, remove the file";
    problem(message.to_owned(), &messages::FILE_EMPTIED)
}

fn problem(message: String, is: &'static Message) -> Problem {
    Problem {
        field: String::new(),
        reason: Reason::Invalid,
        message,
        id: is.id,
    }
}
