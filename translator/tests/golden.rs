//! `golden/<behaviour>.in.yaml` becomes `.out.yaml` (the snapshot) and `.status.yaml` (what is said
//! about each object and what was refused, before the data plane has answered).
//! `UPDATE_GOLDEN=1 cargo test -p limpet-translator --test golden` rewrites them.

use std::fs;
use std::path::{Path, PathBuf};

use limpet_translator::inputs::{self, Finding};
use limpet_translator::translate::{Settings, translate};
use serde::Serialize;
use serde_json::json;

#[test]
fn manifests_become_what_the_golden_files_say() {
    let mut wrong = Vec::new();
    for input in manifests() {
        let loaded = inputs::read(std::slice::from_ref(&input), "default");
        let output = translate(&loaded.inputs, &Settings::default());
        assert_eq!(output.snapshot.check(), [], "{}", input.display());
        let refused: Vec<String> = loaded.refusals.iter().map(without_folder).collect();
        let mut said = json!({ "statuses": output.statuses, "refused": refused });
        if !loaded.warnings.is_empty() {
            let warnings = loaded.warnings.iter().map(without_folder);
            said["warnings"] = warnings.collect();
        }
        wrong.extend(compare(&input, "out", &output.snapshot));
        wrong.extend(compare(&input, "status", &said));
    }
    assert!(
        wrong.is_empty(),
        "UPDATE_GOLDEN=1 rewrites: {}",
        wrong.join("\n")
    );
}

fn manifests() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let files = fs::read_dir(folder).expect("the folder is there");
    let paths = files.map(|file| file.expect("readable").path());
    let mut inputs: Vec<PathBuf> = paths
        .filter(|path| path.to_string_lossy().ends_with(".in.yaml"))
        .collect();
    inputs.sort();
    assert!(!inputs.is_empty());
    inputs
}

fn without_folder(refusal: &Finding) -> String {
    let mut refusal = refusal.clone();
    let name = refusal.source.file.file_name().expect("a file").to_owned();
    refusal.source.file = name.into();
    refusal.to_string()
}

/// The first line that differs, if one does.
fn compare(input: &Path, what: &str, actual: &impl Serialize) -> Option<String> {
    let actual = serde_saphyr::to_string(actual).expect("plain data");
    let path = input
        .to_string_lossy()
        .replace(".in.yaml", &format!(".{what}.yaml"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, actual).expect("writable");
        return None;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    if actual == expected {
        return None;
    }
    let same = actual
        .lines()
        .zip(expected.lines())
        .take_while(|(a, b)| a == b)
        .count();
    let line = |text: &str| text.lines().nth(same).unwrap_or("(end)").to_owned();
    let number = same + 1;
    Some(format!(
        "{path}:{number}\n  is:     {}\n  should: {}",
        line(&actual),
        line(&expected)
    ))
}
