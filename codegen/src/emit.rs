//! Writes the outputs, a module each. All are pure functions of the [`crate::ir`].

mod cel;
mod crd;
mod messages;
mod rules;
mod rust;
mod types;
mod yaml;

use crate::ir::Api;
use crate::source::Sources;
use crate::{Outputs, Result};

/// The command that every generated file names in its first line.
pub const COMMAND: &str = "cargo run -p limpet-codegen -- gen";

/// All outputs.
///
/// # Errors
/// When two types have the same name.
pub fn emit(sources: &Sources, api: &Api) -> Result<Outputs> {
    let mut outputs = Outputs::new();
    outputs.extend(types::emit(api)?);
    outputs.extend(rules::emit(api)?);
    outputs.extend(crd::emit(api)?);
    outputs.extend(messages::emit(&sources.messages)?);
    Ok(outputs)
}

/// The first line of a generated file, without its comment signs.
fn made_by(source: &str) -> String {
    format!("Generated from {source} by `{COMMAND}`; do not edit.")
}
