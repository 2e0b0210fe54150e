//! What docs/ARCHITECTURE.md promises and no other test can see: read from the sources.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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
    let pure = ["translator/src/translate", "translator/src/translate.rs"];
    has_none(&pure, &forbidden);
}

/// Nor does anything that it is built from.
#[test]
fn the_data_plane_knows_no_kubernetes() {
    for name in dependencies("limpet-dataplane") {
        let is_kubernetes = name.starts_with("kube") || name.starts_with("k8s");
        let is_ours = ["limpet-operator", "limpet-translator"].contains(&name.as_str());
        assert!(!is_kubernetes && !is_ours, "{name}");
    }
}

/// `limpet run` and fuzzers build it without what talks to an API server.
#[test]
fn the_translator_is_built_without_a_client_or_a_runtime() {
    for name in dependencies("limpet-translator") {
        let talks = [
            "kube-client",
            "kube-runtime",
            "tokio",
            "tonic",
            "hyper",
            "axum",
        ];
        assert!(!talks.contains(&name.as_str()), "{name}");
    }
}

/// Everything that a release's build of a crate of ours needs.
fn dependencies(of: &str) -> Vec<String> {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "-p", of])
        .args(["-e", "normal,build", "--prefix", "none"])
        .current_dir(root())
        .output()
        .expect("cargo runs this test");
    let tree = String::from_utf8(tree.stdout).expect("UTF-8");
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    let names: Vec<String> = names.map(str::to_owned).collect();
    assert!(names.iter().any(|name| name == "limpet-schema"), "{tree}");
    names
}

/// Left out is what the control thread and the log's writer do, beside the requests.
#[test]
fn the_request_path_shares_nothing() {
    let paths = [
        "affinity",
        "affinity.rs",
        "base",
        "cluster",
        "cluster.rs",
        "config.rs",
        "proto",
        "proxy",
        "proxy.rs",
        "route",
        "route.rs",
        "runtime",
        "proxy/core.rs",
        "server/cores.rs",
        "server/worker.rs",
        "telemetry/access_log/core_log.rs",
        "telemetry/access_log/record.rs",
        "telemetry/access_log/time.rs",
        "telemetry/metrics/route.rs",
        "transport",
    ];
    let paths = paths.map(|path| format!("dataplane/src/{path}"));
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
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
    has_none(&paths, &forbidden);
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
