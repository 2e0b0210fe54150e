//! `limpet check`: what `run`, the webhook and the statuses would say, without serving anything.

use std::process::ExitCode;

use jiff::Timestamp;
use limpet_schema::messages;
use limpet_translator::inputs::{self, Finding, Loaded};
use limpet_translator::status::{self, Row};
use limpet_translator::translate::{self, expired, translate};

use crate::args::{CheckArgs, Output};
use crate::output;

/// What no file tells.
const UNSEEN: &str = "Not seen: whether addresses are free, whether endpoints answer, and what a cluster has \
                      beside these files.";

/// Everything that is found.
pub struct Verdict {
    /// Files and objects that are not used.
    pub refusals: Vec<Finding>,
    /// What is ignored in objects that are used.
    pub warnings: Vec<Finding>,
    /// What a status or a warning says of objects together.
    pub troubles: Vec<Row>,
}

impl Verdict {
    fn is_good(&self) -> bool {
        self.refusals.is_empty() && self.troubles.is_empty() && self.warnings.iter().all(is_skipped)
    }
}

/// Of a kind that means nothing here: there is a word about it, and nothing to mend.
fn is_skipped(finding: &Finding) -> bool {
    let mut problems = finding.problems.iter();
    problems.all(|problem| problem.id == messages::KIND_SKIPPED.id)
}

/// Prints every problem of every object; exit status 1 if there is one. A field that would be
/// ignored is one, as for `kubectl apply`, and so is whatever a status or a warning would say.
pub fn check(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let loaded = inputs::read(&args.filename, &args.namespace);
    some_objects(&loaded)?;
    let mut output = translate(&loaded.inputs, &translate::Settings::default());
    let ended = expired(&output.certificates, Timestamp::now().as_second());
    output.statuses.extend(ended);
    let verdict = Verdict {
        refusals: loaded.refusals,
        warnings: loaded.warnings,
        troubles: status::troubles(&output.statuses),
    };
    let is_good = verdict.is_good();
    output::verdict(args.output, &verdict)?;
    if args.output == Output::Table {
        if is_good {
            output::line(&match loaded.inputs.len() {
                0 => "No object of a kind that Limpet reads, so nothing was checked".to_owned(),
                1 => "1 object, no problem".to_owned(),
                count => format!("{count} objects, no problem"),
            })?;
        }
        output::line(UNSEEN)?;
    }
    Ok(if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Refuses a named path in which there is no object, as a typing error is likelier than an empty folder.
pub fn some_objects(loaded: &Loaded) -> anyhow::Result<()> {
    match loaded.empty.first() {
        None => Ok(()),
        Some(path) => anyhow::bail!(
            "{}: there is no object in it, so nothing was checked; manifests end in .yaml, .yml or \
             .json [no-objects]",
            path.display()
        ),
    }
}
