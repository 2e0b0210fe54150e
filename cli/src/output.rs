//! What is printed: lines and tables for eyes, JSON documents for scripts. The only place that
//! writes to standard output.
//!
//! A reader that left or a full disk is an error for the caller to judge: a command ends with it, a
//! gateway goes on. Nothing here panics. Tested by `cli/tests/output.rs`.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};
use limpet_schema::messages;
use limpet_translator::inputs::Finding;
use limpet_translator::status::{self, ObjectStatus, Row};
use serde_json::{Value, json};
use thiserror::Error;

use crate::args::Output;
use crate::check::Verdict;
use crate::standalone::View;

/// Nothing can be printed.
#[derive(Debug, Error)]
#[error(
    "standard output cannot be written: {0}; {remedy} [{id}]",
    remedy = messages::OUTPUT_UNWRITABLE.remedy,
    id = messages::OUTPUT_UNWRITABLE.id
)]
pub struct Unwritable(io::Error);

/// A line for eyes.
pub fn line(text: &str) -> Result<(), Unwritable> {
    writeln!(io::stdout().lock(), "{text}").map_err(Unwritable)
}

/// Why a command failed, and what it was doing. That its reader left is no news to anybody.
pub fn error(error: &anyhow::Error) {
    let unwritable = error.downcast_ref::<Unwritable>();
    if unwritable.is_none_or(|Unwritable(error)| error.kind() != io::ErrorKind::BrokenPipe) {
        // There is no third place to say it.
        let _ = writeln!(io::stderr().lock(), "limpet: {error:#}");
    }
}

/// Every object's conditions, and everything that is wrong with files and objects.
pub fn view(form: Output, view: &View) -> Result<(), Unwritable> {
    let View {
        statuses,
        refusals,
        warnings,
    } = view;
    match form {
        Output::Table => {
            line(&conditions(statuses))?;
            findings(refusals, warnings)
        }
        Output::Json => line(
            &json!({
                "statuses": statuses,
                "refused": causes(refusals),
                "warnings": causes(warnings),
            })
            .to_string(),
        ),
    }
}

/// What is wrong with files and objects.
fn findings(refusals: &[Finding], warnings: &[Finding]) -> Result<(), Unwritable> {
    let mut all = refusals.iter().chain(warnings);
    all.try_for_each(|finding| line(&finding.to_string()))
}

/// Everything that `check` found.
pub fn verdict(form: Output, verdict: &Verdict) -> Result<(), Unwritable> {
    let Verdict {
        refusals,
        warnings,
        troubles,
    } = verdict;
    match form {
        Output::Table => {
            findings(refusals, warnings)?;
            let told = |row: &Row| format!("{}: {}: {}", row.object, row.condition, row.message);
            troubles.iter().try_for_each(|row| line(&told(row)))
        }
        Output::Json => {
            let trouble = |row: &Row| {
                json!({
                    "object": row.object,
                    "condition": row.condition,
                    "reason": row.reason,
                    "message": row.message,
                })
            };
            let troubles: Vec<Value> = troubles.iter().map(trouble).collect();
            let found = json!({
                "refused": causes(refusals),
                "warnings": causes(warnings),
                "problems": troubles,
            });
            line(&found.to_string())
        }
    }
}

fn conditions(statuses: &[ObjectStatus]) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["OBJECT", "CONDITION", "STATUS", "REASON", "MESSAGE"]);
    for row in status::rows(statuses) {
        table.add_row([
            row.object,
            row.condition,
            row.status,
            row.reason,
            row.message,
        ]);
    }
    table.trim_fmt()
}

fn causes(refusals: &[Finding]) -> Vec<Value> {
    let cause = |refusal: &Finding| {
        let problems: Vec<Value> = refusal
            .problems
            .iter()
            .map(|problem| {
                json!({
                    "field": problem.field,
                    "reason": problem.reason.as_str(),
                    "message": problem.message,
                    "id": problem.id,
                })
            })
            .collect();
        json!({
            "source": refusal.source.to_string(),
            "object": refusal.object.as_ref().map(ToString::to_string),
            "problems": problems,
            "held": refusal.held,
        })
    };
    refusals.iter().map(cause).collect()
}
