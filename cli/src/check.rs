//! `limpet check`: the verdict that the webhook and the status give, without serving anything.

use std::process::ExitCode;

use limpet_operator::inputs::{self, Loaded};

use crate::args::{CheckArgs, Output};
use crate::output;

/// Prints every problem of every object; exit status 1 if there is one. A field that would be
/// ignored is one, as for `kubectl apply`.
pub fn check(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let Loaded {
        inputs,
        refusals,
        warnings,
    } = inputs::read(&args.filename, &args.namespace);
    let is_good = refusals.is_empty() && warnings.is_empty();
    if is_good && args.output == Output::Table {
        let objects = if inputs.len() == 1 {
            "object"
        } else {
            "objects"
        };
        output::line(&format!("{} {objects}, no problem", inputs.len()))?;
    } else {
        output::findings(args.output, &refusals, &warnings)?;
    }
    Ok(if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
