//! A text that sends its reader to a setting names one that exists: flags, variables and values of the chart
//! in every source of what Limpet says.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Flags of other programs and of the hidden one that is a backend of the demo; variables of tests, and those
/// that Kubernetes sets for a Service.
const OF_OTHERS: [&str; 8] = [
    "--bin",
    "--help",
    "--listen",
    "--pod",
    "--test",
    "--version",
    "LIMPET_OPERATOR_SERVICE_HOST",
    "LIMPET_TEST_REFUSE",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: impl AsRef<Path>) -> String {
    fs::read_to_string(root().join(path)).expect("it is in the checkout")
}

/// What is printed, logged or answered: the catalogues, and the sources' own literals.
fn said() -> Vec<(PathBuf, String)> {
    let mut found = vec!["schema/messages.json".into(), "schema/glossary.json".into()];
    for folder in ["cli/src", "dataplane/src", "operator/src", "translator/src"] {
        sources(Path::new(folder), &mut found);
    }
    found
        .into_iter()
        .map(|path| (path.clone(), text(&path)))
        .collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(root().join(folder)).expect("a source folder") {
        let name = entry.expect("readable").file_name();
        let path = folder.join(name);
        if root().join(&path).is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Words of these characters that begin so.
fn words<'a>(
    text: &'a str,
    start: &'a str,
    is_part: fn(char) -> bool,
) -> impl Iterator<Item = &'a str> {
    let found = text.match_indices(start).filter_map(move |(at, _)| {
        let before = text[..at].chars().next_back();
        let rest = &text[at..];
        let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        let is_whole = before.is_none_or(|c| !is_part(c) && c != '/');
        is_whole.then(|| rest[..end].trim_end_matches(['-', '.']))
    });
    found.filter(|word| word.len() > start.len())
}

#[test]
fn flags_and_variables_that_a_text_names_are_there() {
    // A test of the flags keeps this page whole.
    let settings = text("docs/settings.md");
    let mut checked = 0;
    for (path, text) in said() {
        let is_flag = |c: char| c.is_ascii_lowercase() || c == '-';
        let is_variable = |c: char| c.is_ascii_uppercase() || c == '_';
        let named = words(&text, "--", is_flag).chain(words(&text, "LIMPET_", is_variable));
        let is_shown = |name: &str| {
            let begins = |end: &str| settings.contains(&format!("| `{name}{end}"));
            begins("`") || begins(" ")
        };
        for name in named.filter(|name| !OF_OTHERS.contains(name)) {
            assert!(is_shown(name), "{}: {name}", path.display());
            checked += 1;
        }
    }
    assert!(checked > 30, "{checked}");
}

/// `a.b.c` of every key, by the indentation.
fn values_of_the_chart() -> BTreeSet<String> {
    let mut path: Vec<String> = Vec::new();
    let mut values = BTreeSet::new();
    for line in text("charts/limpet/values.yaml").lines() {
        let Some((key, _)) = line.trim_start().split_once(':') else {
            continue;
        };
        if key.contains(['#', ' ', '-', '{']) {
            continue;
        }
        path.truncate((line.len() - line.trim_start().len()) / 2);
        path.push(key.to_owned());
        values.insert(path.join("."));
    }
    values
}

#[test]
fn values_of_the_chart_that_a_text_names_are_there() {
    let values = values_of_the_chart();
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '.';
    let mut checked = 0;
    for file in ["schema/messages.json", "schema/glossary.json"] {
        let text = text(file);
        for group in values.iter().filter(|value| !value.contains('.')) {
            let start = format!("{group}.");
            let named = words(&text, &start, is_part).filter(|name| !name.contains(".k8s"));
            for name in named {
                assert!(values.contains(name), "{file}: {name}");
                checked += 1;
            }
        }
    }
    assert!(checked > 5, "{checked}");
}
