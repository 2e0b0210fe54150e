//! What must hold before anything is written, beyond what lowering has seen.

use std::collections::BTreeMap;

use crate::ir::{Api, Expr, Node, Shape};
use crate::source::Sources;
use crate::{Error, Result};

/// The API server's limit for one CEL rule, and for all rules of a CRD.
const COST_MAX: u64 = 10_000_000;
const COST_MAX_OF_CRD: u64 = 100_000_000;

/// More than the API server estimates for any one operation of our rules: they compare short
/// words, look for fields, and read durations.
const COST_OF_OPERATION: u64 = 10;

/// More operations than the longest duration rule has: the API server estimates 206 for it.
const OPERATIONS_OF_DURATION: u64 = 21;

/// Checks what lowering made.
///
/// # Errors
/// The first thing that is wrong, with its path.
pub fn check(sources: &Sources, api: &Api) -> Result<()> {
    check_ids(sources, api)?;
    for kind in &api.kinds {
        let mut failed = None;
        kind.root.walk(&mut |node| {
            if let (Err(error), None) = (check_pattern(node), &failed) {
                failed = Some(error);
            }
        });
        failed.map_or(Ok(()), Err)?;
        let total = check_cost(&kind.root, 1)?;
        if total > COST_MAX_OF_CRD {
            let what = format!("the CEL rules cost {total}, more than {COST_MAX_OF_CRD}");
            return Err(Error::source(&kind.root.at, what));
        }
    }
    Ok(())
}

/// An id stands for one rule or message, and a name of the glossary for one thing.
fn check_ids(sources: &Sources, api: &Api) -> Result<()> {
    let mut owners = BTreeMap::<&str, &str>::new();
    for message in &sources.messages {
        if owners.insert(&message.id, "messages.json").is_some() {
            return Err(Error::source(
                "messages.json",
                format!("{} is there twice", message.id),
            ));
        }
    }
    for term in sources.glossary.iter().flat_map(|section| &section.entries) {
        if owners.insert(&term.name, "glossary.json").is_some() {
            let what = format!("{} is there twice", term.name);
            return Err(Error::source("glossary.json", what));
        }
    }
    let mut twice = None;
    for kind in &api.kinds {
        kind.root.walk(&mut |node| {
            for rule in &node.rules {
                let owner = owners.entry(&rule.meta.id).or_insert(&node.at);
                if *owner != node.at {
                    twice = Some(Error::source(
                        &node.at,
                        format!("{} is an id of {owner}", rule.meta.id),
                    ));
                }
            }
        });
    }
    twice.map_or(Ok(()), Err)
}

/// Go's RE2 and Rust's regex read a pattern alike if it keeps to what both have always had.
fn check_pattern(node: &Node) -> Result<()> {
    let Shape::Text {
        pattern: Some(pattern),
        ..
    } = &node.shape
    else {
        return Ok(());
    };
    let regex = &pattern.regex;
    let escapes_word = regex
        .match_indices('\\')
        .any(|(at, _)| regex[at + 1..].starts_with(|c: char| c.is_ascii_alphanumeric()));
    let sets = ["&&", "--", "~~", "(?", "[["];
    let foreign = sets.into_iter().find(|set| regex.contains(set));
    if escapes_word || foreign.is_some() || !regex.is_ascii() {
        return Err(Error::source(
            &node.at,
            "the pattern is not plain enough to mean the same to Go and Rust",
        ));
    }
    Ok(())
}

/// Returns the cost of all rules at and below a node of which an object may have `count`.
fn check_cost(node: &Node, count: u64) -> Result<u64> {
    let mut total = 0;
    let own = match &node.shape {
        Shape::Duration(_) => vec![("field-duration", OPERATIONS_OF_DURATION * COST_OF_OPERATION)],
        _ => node
            .rules
            .iter()
            .map(|rule| (rule.meta.id.as_str(), cost(&rule.holds, &node.shape)))
            .collect(),
    };
    for (id, cost) in own {
        let cost = cost.saturating_mul(count);
        if cost > COST_MAX {
            let what =
                format!("{id} costs {cost}, more than {COST_MAX}: bound the lists around it");
            return Err(Error::source(&node.at, what));
        }
        total += cost;
    }
    match &node.shape {
        Shape::Struct(fields) => {
            for field in fields {
                total += check_cost(&field.node, count)?;
            }
        }
        Shape::List { items, max, .. } => {
            total += check_cost(items, count.saturating_mul(*max as u64))?;
        }
        _ => {}
    }
    Ok(total)
}

fn cost(expr: &Expr, shape: &Shape) -> u64 {
    let sum = |parts: &[Expr]| parts.iter().map(|part| cost(part, shape)).sum::<u64>();
    match (expr, shape) {
        (Expr::All(parts) | Expr::Any(parts) | Expr::One(parts), _) => {
            COST_OF_OPERATION + sum(parts)
        }
        (Expr::Not(part), _) => COST_OF_OPERATION + cost(part, shape),
        (Expr::Field(name, part), Shape::Struct(fields)) => {
            let field = fields.iter().find(|field| field.name == *name);
            COST_OF_OPERATION + field.map_or(0, |field| cost(part, &field.node.shape))
        }
        (Expr::Each(part), Shape::List { items, max, .. }) => {
            COST_OF_OPERATION + (*max as u64).saturating_mul(cost(part, &items.shape))
        }
        (Expr::Given, _) => OPERATIONS_OF_DURATION * COST_OF_OPERATION,
        _ => COST_OF_OPERATION,
    }
}
