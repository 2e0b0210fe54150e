//! What is printed: lines and tables for eyes, JSON documents for scripts. The only place that
//! writes to standard output.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use comfy_table::{ContentArrangement, Table, presets};
use limpet_operator::inputs::Refusal;
use limpet_operator::status::{self, ObjectStatus};
use serde_json::{Value, json};

use crate::args::Output;

/// A line for eyes.
pub fn line(text: &str) {
    println!("{text}");
}

/// Why a command failed, and what it was doing.
pub fn error(error: &anyhow::Error) {
    eprintln!("limpet: {error:#}");
}

/// Every object's conditions, and every object that was refused.
pub fn view(form: Output, statuses: &[ObjectStatus], refusals: &[Refusal]) {
    match form {
        Output::Table => {
            line(&conditions(statuses));
            refused(form, refusals);
        }
        Output::Json => {
            line(&json!({"statuses": statuses, "refused": causes(refusals)}).to_string())
        }
    }
}

/// Every object that was refused.
pub fn refused(form: Output, refusals: &[Refusal]) {
    match form {
        Output::Table => refusals
            .iter()
            .for_each(|refusal| line(&refusal.to_string())),
        Output::Json => line(&json!({ "refused": causes(refusals) }).to_string()),
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

fn causes(refusals: &[Refusal]) -> Vec<Value> {
    let cause = |refusal: &Refusal| {
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
        })
    };
    refusals.iter().map(cause).collect()
}
