//! Where `unsafe` may stand. The workspace denies it; these files alone allow it to themselves.

use std::fs;
use std::path::{Path, PathBuf};

/// Each says why beside every use.
const ALLOWED: [&str; 7] = [
    "bench/src/ring/server.rs",
    "cli/src/memory.rs",
    "dataplane/src/runtime/socket.rs",
    "dataplane/src/runtime/stream.rs",
    "dataplane/src/transport/scripted.rs",
    "dataplane/src/transport/tls/stream.rs",
    "dataplane/tests/support/refuse.rs",
];

#[test]
fn only_listed_files_allow_unsafe_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut allowing: Vec<String> = sources(&root)
        .into_iter()
        .filter(|file| allows(&fs::read_to_string(file).expect("readable")))
        .map(|file| {
            let file = file.strip_prefix(&root).expect("it was found there");
            file.display().to_string()
        })
        .collect();
    allowing.sort();
    assert_eq!(allowing, ALLOWED);
}

/// An attribute may go over several lines.
fn allows(text: &str) -> bool {
    let levels = ["allow", "warn", "expect"];
    let mut attributes = text.split('#').skip(1).filter_map(|rest| {
        let attribute = rest.strip_prefix('!').unwrap_or(rest).strip_prefix('[')?;
        attribute.split(']').next()
    });
    attributes.any(|attribute| {
        attribute.contains("unsafe_code") && levels.iter().any(|level| attribute.contains(level))
    })
}

#[test]
fn an_attribute_is_seen_however_it_is_written() {
    // Not written out, as this file is looked at, too.
    let lint = ["unsafe", "code"].join("_");
    for text in [
        format!("#![allow({lint})]"),
        format!("#[allow(\n    dead_code,\n    {lint}\n)]\nfn f() {{}}"),
        format!("    #[cfg_attr(test, expect({lint}))]"),
    ] {
        assert!(allows(&text), "{text}");
    }
    assert!(!allows(&format!("#![deny({lint})]")));
    assert!(!allows(&format!(
        "// {lint} is denied\n#[allow(dead_code)]"
    )));
}

/// Every Rust file of the repository but what is built.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        let name = path.file_name().expect("it has a name").to_string_lossy();
        if path.is_dir() && !name.starts_with('.') && name != "target" {
            found.extend(sources(&path));
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
    found
}
