use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::source::Sources;
use crate::{Error, Result, check, emit, lower};

/// Folders that hold nothing but outputs: a file there that is none is left over.
const FOLDERS: [&str; 8] = [
    "charts/limpet/files/crds",
    "docs/reference",
    "schema/fixtures/invalid",
    "schema/fixtures/valid",
    "schema/generated/admission",
    "schema/generated/crds",
    "schema/generated/helm",
    "schema/src/generated",
];

/// Every generated file: its path in the repository, and its text.
pub type Outputs = BTreeMap<String, String>;

/// Makes every output of the sources in `<root>/schema`.
///
/// # Errors
/// When a source is wrong.
pub fn generate(root: &Path) -> Result<Outputs> {
    from_sources(&Sources::read(&root.join("schema"))?)
}

/// Makes every output of these sources.
///
/// # Errors
/// When a source is wrong.
pub fn from_sources(sources: &Sources) -> Result<Outputs> {
    let api = lower::lower(sources)?;
    check::check(sources, &api)?;
    emit::emit(sources, &api)
}

/// The files below `root` that differ from the outputs, are missing, or are left over; sorted.
///
/// # Errors
/// When a folder cannot be read.
pub fn drift(root: &Path, outputs: &Outputs) -> Result<Vec<String>> {
    let differs = |(path, text): &(&String, &String)| {
        fs::read_to_string(root.join(path)).map_or(true, |found| found != **text)
    };
    let mut drifted: BTreeSet<_> = outputs
        .iter()
        .filter(differs)
        .map(|(path, _)| path.clone())
        .collect();
    drifted.extend(left_over(root, outputs)?);
    Ok(drifted.into_iter().collect())
}

/// Writes what differs, and removes what is left over.
///
/// # Errors
/// When a file cannot be written.
pub fn write(root: &Path, outputs: &Outputs) -> Result<()> {
    for file in drift(root, outputs)? {
        let path = root.join(&file);
        let failed = |cause| Error::File {
            path: path.clone(),
            cause,
        };
        match outputs.get(&file) {
            Some(text) => {
                fs::create_dir_all(path.parent().unwrap_or(root)).map_err(failed)?;
                fs::write(&path, text).map_err(failed)?;
            }
            None => fs::remove_file(&path).map_err(failed)?,
        }
    }
    Ok(())
}

fn left_over(root: &Path, outputs: &Outputs) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        let path = root.join(folder);
        if !path.exists() {
            continue;
        }
        let failed = |cause| Error::File {
            path: path.clone(),
            cause,
        };
        for entry in fs::read_dir(&path).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            found.push(format!("{folder}/{}", name.to_string_lossy()));
        }
    }
    found.retain(|file| !outputs.contains_key(file));
    Ok(found)
}
