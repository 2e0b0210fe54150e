//! The Gateway API's types, which kopium writes and not we: whether somebody edited them.
//!
//! `schema/gateway-api.sh` needs the network, so nothing here runs it; it leaves a checksum of each
//! file that it writes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// What writes them.
pub const COMMAND: &str = "schema/gateway-api.sh";

const FOLDER: &str = "schema/src/gateway_api";
const SUMS: &str = "SHA256SUMS";

/// The files that are not as the command left them; sorted.
///
/// # Errors
/// When a file cannot be read.
pub fn drift(root: &Path) -> Result<Vec<String>> {
    let folder = root.join(FOLDER);
    let sums = read(&folder.join(SUMS))?;
    let sums = String::from_utf8_lossy(&sums);
    let lines = sums.lines().filter_map(|line| line.split_once("  "));
    let mut sums: BTreeMap<&str, &str> = lines.map(|(sum, name)| (name, sum)).collect();
    let mut drifted = Vec::new();
    for name in names(&folder)? {
        let digest = Sha256::digest(read(&folder.join(&name))?);
        let found: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        if sums.remove(name.as_str()) != Some(&found) {
            drifted.push(format!("{FOLDER}/{name}"));
        }
    }
    drifted.extend(sums.keys().map(|missing| format!("{FOLDER}/{missing}")));
    drifted.sort();
    Ok(drifted)
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let failed = |cause| Error::File {
        path: folder.to_owned(),
        cause,
    };
    let entries = fs::read_dir(folder).map_err(failed)?;
    let names = entries.map(|entry| Ok(entry.map_err(failed)?.file_name()));
    let names = names.collect::<Result<Vec<_>>>()?.into_iter();
    let names = names.map(|name| name.to_string_lossy().into_owned());
    Ok(names.filter(|name| name != SUMS).collect())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|cause| Error::File {
        path: path.to_owned(),
        cause,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_types_are_as_they_were_made() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        assert_eq!(drift(&root).expect("readable"), Vec::<String>::new());
    }

    #[test]
    fn an_edit_a_file_too_many_and_one_too_few_are_noticed() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join(FOLDER);
        fs::create_dir_all(&folder).expect("writable");
        let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("writable");
        let sum = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
        write(
            SUMS,
            &format!("{sum}  same.rs\n{sum}  edited.rs\n{sum}  gone.rs\n"),
        );
        write("same.rs", "hello\n");
        write("edited.rs", "hello!\n");
        write("more.rs", "hello\n");
        let expected = ["edited.rs", "gone.rs", "more.rs"].map(|name| format!("{FOLDER}/{name}"));
        assert_eq!(drift(root.path()).expect("readable"), expected);
    }
}
