//! What docs/ARCHITECTURE.md promises and no other test can see: read from the sources.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every source file at and below a path that is no test.
fn sources(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a source folder") {
            sources(&entry.expect("readable").path(), found);
        }
    } else if !path.to_string_lossy().ends_with("tests.rs") {
        found.push(path.to_owned());
    }
}

/// Asserts that no code there, tests and comments aside, has any of these words.
#[track_caller]
fn has_none(paths: &[&str], words: &[&str]) {
    let mut files = Vec::new();
    paths
        .iter()
        .for_each(|path| sources(&root().join(path), &mut files));
    assert!(files.len() >= paths.len());
    for file in files {
        let text = fs::read_to_string(&file).expect("readable");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let lines = code.lines().filter(|line| !line.trim().starts_with("//"));
        for line in lines {
            let found = words.iter().find(|word| line.contains(**word));
            assert_eq!(found, None, "{}: {line}", file.display());
        }
    }
}

#[test]
fn translation_has_no_clock_no_randomness_and_no_io() {
    let forbidden = [
        "::now(",
        "std::env",
        "std::fs",
        "std::io",
        "std::process",
        "std::thread",
        "SystemTime",
        "Instant",
        "TcpStream",
        "HashMap",
        "HashSet",
        "rand::",
        "static mut",
        "unsafe",
    ];
    let pure = ["operator/src/translate", "operator/src/translate.rs"];
    has_none(&pure, &forbidden);
}

#[test]
fn the_data_plane_knows_no_kubernetes() {
    let manifest = read("dataplane/Cargo.toml");
    let dependencies = manifest
        .split("[dependencies]")
        .nth(1)
        .expect("it has some");
    for word in ["kube", "k8s", "limpet-operator", "\"api\""] {
        assert!(!dependencies.contains(word), "{word}");
    }
}

#[test]
fn the_request_path_shares_nothing() {
    let folders = [
        "http", "route", "affinity", "upstream", "core", "listen", "tls",
    ];
    let folders = folders.map(|folder| format!("dataplane/src/{folder}"));
    let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
    let forbidden = [
        "Mutex",
        "RwLock",
        "Condvar",
        "fetch_",
        "compare_exchange",
        ".swap(",
        "static mut",
        "thread_local",
    ];
    has_none(&folders, &forbidden);
}

/// Each is a link: a function's name, and the file that has it.
#[test]
fn every_guard_that_the_document_names_exists() {
    let text = read("docs/ARCHITECTURE.md");
    let links = text.split("[`").skip(1).filter_map(|rest| {
        let (name, rest) = rest.split_once("`](../")?;
        Some((name, rest.split(')').next()?))
    });
    let mut guards = 0;
    for (name, path) in links {
        assert!(root().join(path).exists(), "{name}: there is no {path}");
        if name.contains('_') && !name.contains(['/', '.']) {
            assert!(
                read(path).contains(&format!("fn {name}")),
                "{path}: no {name}"
            );
            guards += 1;
        }
    }
    assert!(guards > 40, "{guards}");
}
