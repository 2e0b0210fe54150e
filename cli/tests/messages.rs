//! Every message that a person may meet ends in an id that `limpet explain` knows. Read from the
//! sources, as most of these messages need a broken machine to be said.

use std::fs;
use std::path::{Path, PathBuf};

/// Whole files of errors that end a start or are logged.
const ERRORS: [&str; 10] = [
    "cli/src/diff/gateway.rs",
    "cli/src/package.rs",
    "cli/src/output.rs",
    "dataplane/src/server/admin/server.rs",
    "dataplane/src/affinity/key_file.rs",
    "dataplane/src/server/last_good.rs",
    "dataplane/src/runtime/driver.rs",
    "dataplane/src/server/data_plane.rs",
    "translator/src/inputs/watch.rs",
    "cli/src/settings.rs",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a source folder") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The text between each `start` and the next `end`.
fn parts<'a>(text: &'a str, start: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
    let parts = text.split(start).skip(1);
    parts.map(move |rest| rest.split(end).next().unwrap_or(rest))
}

/// Whether it ends in a known id, or in a value that brings its own.
fn has_id(message: &str) -> bool {
    let ids = message.split('[').filter_map(|rest| rest.split_once(']'));
    ids.map(|(id, _)| id).any(|id| {
        id == "{id}"
            || limpet_schema::messages::ALL
                .iter()
                .any(|known| known.id == id)
    }) || ["{error}\"", "{error:#}\""]
        .iter()
        .any(|end| message.contains(end))
}

#[test]
fn every_warning_and_error_in_the_log_has_an_id() {
    let mut files = Vec::new();
    for folder in ["cli/src", "dataplane/src", "operator/src", "translator/src"] {
        sources(&root().join(folder), &mut files);
    }
    let mut checked = 0;
    for path in files {
        let text = fs::read_to_string(&path).expect("readable");
        for level in ["tracing::warn!(", "tracing::error!("] {
            for message in parts(&text, level, ");") {
                assert!(has_id(message), "{}: {message}", path.display());
                checked += 1;
            }
        }
    }
    assert!(checked > 10, "{checked}");
}

#[test]
fn every_error_that_ends_a_start_has_an_id() {
    for file in ERRORS {
        let text = fs::read_to_string(root().join(file)).expect("readable");
        let errors = parts(&text, "#[error(", ")]").chain(parts(&text, "anyhow::ensure!(", ");"));
        for message in errors.filter(|message| *message != "transparent") {
            assert!(has_id(message), "{file}: {message}");
        }
    }
}
