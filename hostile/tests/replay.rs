//! Every property on every seed and every find of the fuzzers, and on what a few mutations make of
//! them. This part of fuzzing needs no nightly compiler and runs always.

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use limpet_hostile::{PROPERTIES, Property};

/// Bytes that decide something in HTTP, YAML or JSON.
const TELLING: &[u8] = b"\r\n\0\t :;,.=/*#%\"{}[]-09afxAZ\x7f\x80\xff";

macro_rules! replay {
    ($($name:ident with $mutants:literal mutants;)+) => {
        const REPLAYED: &[&str] = &[$(stringify!($name)),+];

        $(
            #[test]
            fn $name() {
                for file in files(stringify!($name)) {
                    replay(limpet_hostile::$name, &file, $mutants);
                }
            }
        )+
    };
}

replay! {
    chunked with 200 mutants;
    connection with 200 mutants;
    cookie with 200 mutants;
    manifests with 20 mutants;
    pin with 200 mutants;
    proxy_protocol with 200 mutants;
    request_head with 200 mutants;
    response_head with 200 mutants;
    snapshot with 200 mutants;
}

#[test]
fn no_property_is_forgotten() {
    let names: Vec<&str> = PROPERTIES.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, REPLAYED);
}

/// Seeds and regressions; of manifests also the translator's golden inputs.
fn files(name: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for folder in ["seeds", "regressions"] {
        files.extend(list(&root.join("fuzz").join(folder).join(name)));
    }
    assert!(files.len() >= 12, "{name} has its seeds");
    if name == "manifests" {
        let golden = list(&root.join("translator/tests/golden"));
        let is_input = |path: &PathBuf| path.to_string_lossy().ends_with(".in.yaml");
        files.extend(golden.into_iter().filter(is_input));
    }
    files
}

fn list(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.expect("readable").path());
    let mut paths: Vec<PathBuf> = paths.collect();
    paths.sort();
    paths
}

fn replay(property: Property, file: &Path, mutants: u64) {
    let bytes = fs::read(file).expect("readable");
    let mut random = DefaultHasher::new();
    random.write(&bytes);
    check(property, file, &bytes);
    for number in 0..mutants {
        random.write_u64(number);
        check(property, file, &mutant(&bytes, random.finish()));
    }
}

fn check(property: Property, file: &Path, bytes: &[u8]) {
    let held = catch_unwind(|| property(bytes));
    assert!(held.is_ok(), "{}: {}", file.display(), bytes.escape_ascii());
}

/// One change: a byte made another or dropped, a byte put in, a cut, or a part twice.
fn mutant(bytes: &[u8], random: u64) -> Vec<u8> {
    let mut mutant = bytes.to_vec();
    let at = (random >> 8) as usize % (bytes.len() + 1);
    let byte = TELLING[(random >> 40) as usize % TELLING.len()];
    match random % 8 {
        0 => mutant.truncate(at),
        1 => mutant.extend_from_slice(&bytes[at..]),
        2 | 3 => mutant.insert(at, byte),
        4 if at < bytes.len() => drop(mutant.remove(at)),
        _ if at < bytes.len() => mutant[at] = byte,
        _ => mutant.push(byte),
    }
    mutant
}
