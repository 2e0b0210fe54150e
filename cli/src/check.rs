//! `limpet check`: the verdict that the webhook and the status give, without serving anything.

use std::process::ExitCode;

use limpet_operator::inputs;

use crate::args::{CheckArgs, Output};
use crate::output;

/// Prints every problem of every object; exit status 1 if there is one.
pub fn check(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let loaded = inputs::read(&args.filename, &args.namespace);
    if loaded.refusals.is_empty() && args.output == Output::Table {
        output::line(&format!("{} objects, no problem", loaded.inputs.len()))?;
    } else {
        output::refused(args.output, &loaded.refusals)?;
    }
    Ok(if loaded.refusals.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
