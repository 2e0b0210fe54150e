//! What is printed: lines and tables for eyes, JSON documents for scripts. The only place that
//! writes to standard output.
//!
//! A reader that left or a full disk is an error for the caller to judge: a command ends with it, a
//! gateway goes on. Nothing here panics. Tested by `cli/tests/output.rs`.

mod difference;
mod endpoints;
mod view;

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};
use limpet_schema::messages;
use limpet_translator::inputs::Finding;
use limpet_translator::status::Row;
use serde_json::{Value, json};
use thiserror::Error;

use crate::args::Output;
use crate::check::Verdict;

pub use difference::difference;
pub use endpoints::{EndpointChange, endpoint_changes};
pub use view::view;

/// How wide a table may be: longer texts wrap.
const COLUMNS_MAX: u16 = 100;

/// The most of anything that one line names.
const NAMED_MAX: usize = 8;

/// Nothing can be printed.
#[derive(Debug, Error)]
#[error(
    "standard output cannot be written: {0}; {remedy} [{id}]",
    remedy = messages::OUTPUT_UNWRITABLE.remedy,
    id = messages::OUTPUT_UNWRITABLE.id
)]
pub struct Unwritable(pub io::Error);

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

/// Conditions of objects, in no more than `COLUMNS_MAX` columns.
fn table<'r>(rows: impl Iterator<Item = &'r Row>) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(COLUMNS_MAX);
    table.set_header(["OBJECT", "CONDITION", "STATUS", "REASON", "MESSAGE"]);
    for row in rows {
        table.add_row([
            &row.object,
            &row.condition,
            &row.status,
            &row.reason,
            &row.message,
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

/// The first of these, and how many more there are.
fn some_of(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(NAMED_MAX);
    let named: Vec<String> = names.take(NAMED_MAX).collect();
    match more {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::some_of;

    #[test]
    fn of_many_names_only_some_are_told() {
        let names = |count: usize| {
            (0..count)
                .map(|index| index.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(some_of(names(2).into_iter()), "0, 1");
        assert_eq!(
            some_of(names(10).into_iter()),
            "0, 1, 2, 3, 4, 5, 6, 7 and 2 more"
        );
    }
}
