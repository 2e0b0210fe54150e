use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::source::Sources;
use crate::{Error, Result, check, emit, lower};

/// Every generated file: its path in the repository, and its text.
pub type Outputs = BTreeMap<String, String>;

/// Makes every output of the sources in `<root>/schema`.
///
/// # Errors
/// When a source is wrong.
pub fn generate(root: &Path) -> Result<Outputs> {
    let sources = Sources::read(&root.join("schema"))?;
    let api = lower::lower(&sources)?;
    check::check(&sources, &api)?;
    emit::emit(&sources, &api)
}

/// Writes the outputs below `root`, leaving alone the files that hold the right text already.
///
/// # Errors
/// When a file cannot be written.
pub fn write(root: &Path, outputs: &Outputs) -> Result<()> {
    for (path, text) in outputs {
        let path = root.join(path);
        let failed = |cause| Error::File {
            path: path.clone(),
            cause,
        };
        if fs::read_to_string(&path).is_ok_and(|old| old == *text) {
            continue;
        }
        fs::create_dir_all(path.parent().unwrap_or(root)).map_err(failed)?;
        fs::write(&path, text).map_err(failed)?;
    }
    Ok(())
}
