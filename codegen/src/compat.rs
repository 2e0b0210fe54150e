//! Whether the API still accepts what a released one accepted.
//!
//! Compares what was lowered from both, place by place, and judges the old valid examples by the
//! new sources. A pattern or a rule that is new or different may or may not refuse something: where
//! no example tells, the finding is [`Verdict::Unknown`] and a person has to look.

use std::fmt;

use serde_json::{Value, json};

use crate::Result;
use crate::fixture::fixtures;
use crate::ir::{Api, Duration, Field, Node, Shape};
use crate::lower::lower;
use crate::oracle;
use crate::source::Sources;

/// Something that has become narrower.
#[derive(Debug)]
pub struct Finding {
    /// `RoutePolicy.spec.targetRef.name`
    pub place: String,
    /// What is different.
    pub change: String,
    /// Whether a value is known that is refused now.
    pub verdict: Verdict,
}

/// What a change means for those who use the API.
#[derive(Debug, PartialEq)]
pub enum Verdict {
    /// The old API accepted this value there, the new one refuses or drops it.
    Refused(Value),
    /// Nobody knows.
    Unknown,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.change)?;
        match &self.verdict {
            Verdict::Refused(value) => write!(f, "\n  accepted before, not any more: {value}"),
            Verdict::Unknown => write!(f, "\n  nobody knows whether an object in use is refused"),
        }
    }
}

/// Everything that `old` accepted and `new` may not.
///
/// # Errors
/// When one of them cannot be lowered.
pub fn compare(old: &Sources, new: &Sources) -> Result<Vec<Finding>> {
    let (old_api, new_api) = (lower(old)?, lower(new)?);
    let mut findings = Vec::new();
    for old in &old_api.kinds {
        let name = &old.meta.kind;
        match new_api.kinds.iter().find(|kind| kind.meta.kind == *name) {
            Some(new) => compare_nodes(name, &old.root, &new.root, &mut findings),
            None => refuse(
                &mut findings,
                name,
                "the kind is gone",
                json!({ "kind": name }),
            ),
        }
    }
    findings.extend(compare_examples(&old_api, new)?);
    Ok(findings)
}

fn compare_examples(old: &Api, new: &Sources) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for fixture in fixtures(old)
        .into_iter()
        .filter(|fixture| fixture.problems.is_empty())
    {
        let file = format!("{}.schema.json", heck::AsKebabCase(&fixture.kind));
        let is_there = new.schemas.contains_key(&file);
        if is_there && !oracle::validator(new, &file)?.is_valid(&fixture.object) {
            refuse(
                &mut findings,
                &fixture.kind,
                &format!("the example {} is refused", fixture.name),
                fixture.object,
            );
        }
    }
    Ok(findings)
}

fn refuse(findings: &mut Vec<Finding>, place: &str, change: &str, value: Value) {
    let (place, change) = (place.to_owned(), change.to_owned());
    findings.push(Finding {
        place,
        change,
        verdict: Verdict::Refused(value),
    });
}

fn doubt(findings: &mut Vec<Finding>, place: &str, change: String) {
    findings.push(Finding {
        place: place.to_owned(),
        change,
        verdict: Verdict::Unknown,
    });
}

fn compare_nodes(place: &str, old: &Node, new: &Node, findings: &mut Vec<Finding>) {
    for rule in &new.rules {
        if old.rules.iter().all(|known| known.holds != rule.holds) {
            doubt(
                findings,
                place,
                format!("the rule {} is new or different", rule.meta.id),
            );
        }
    }
    match (&old.shape, &new.shape) {
        (Shape::Struct(old), Shape::Struct(new)) => compare_fields(place, old, new, findings),
        (
            Shape::List {
                items: old_items,
                max: old_max,
                keys: old_keys,
            },
            Shape::List { items, max, keys },
        ) => {
            if max < old_max {
                refuse(
                    findings,
                    place,
                    "shorter lists only",
                    json!(format!("{} items", max + 1)),
                );
            }
            if keys != old_keys && !keys.is_empty() {
                doubt(
                    findings,
                    place,
                    format!("items must differ in {}", keys.join(" and ")),
                );
            }
            compare_nodes(&format!("{place}[]"), old_items, items, findings);
        }
        (old, new) => compare_scalars(place, old, new, findings),
    }
}

fn compare_fields(place: &str, old: &[Field], new: &[Field], findings: &mut Vec<Finding>) {
    for field in new.iter().filter(|field| field.is_required) {
        let was_required = old
            .iter()
            .any(|old| old.name == field.name && old.is_required);
        if !was_required {
            refuse(
                findings,
                place,
                &format!("{} is required", field.name),
                json!({}),
            );
        }
    }
    for field in old {
        let place = format!("{place}.{}", field.name);
        match new.iter().find(|new| new.name == field.name) {
            Some(new) => compare_nodes(&place, &field.node, &new.node, findings),
            None => refuse(
                findings,
                &place,
                "the field is gone: it would be dropped",
                sample(&field.node),
            ),
        }
    }
}

fn compare_scalars(place: &str, old: &Shape, new: &Shape, findings: &mut Vec<Finding>) {
    match (old, new) {
        (Shape::Boolean, Shape::Boolean) => {}
        (Shape::Enum(old), Shape::Enum(new)) => {
            for word in old.iter().filter(|word| !new.contains(word)) {
                refuse(findings, place, "a word is gone", json!(word));
            }
        }
        (Shape::IntegerEnum(old), Shape::IntegerEnum(new)) => {
            for number in old.iter().filter(|number| !new.contains(number)) {
                refuse(findings, place, "a number is gone", json!(number));
            }
        }
        (
            Shape::Integer {
                min: old_min,
                max: old_max,
            },
            Shape::Integer { min, max },
        ) => {
            if min > old_min {
                refuse(findings, place, "the least is greater", json!(old_min));
            }
            if max < old_max {
                refuse(findings, place, "the greatest is less", json!(old_max));
            }
        }
        (
            Shape::Text {
                min: old_min,
                max: old_max,
                pattern: old_pattern,
            },
            Shape::Text { min, max, pattern },
        ) => {
            if min > old_min {
                refuse(
                    findings,
                    place,
                    "shorter ones are refused",
                    json!("a".repeat(*old_min)),
                );
            }
            if max < old_max {
                refuse(
                    findings,
                    place,
                    "longer ones are refused",
                    json!("a".repeat(max + 1)),
                );
            }
            let same = |a: &crate::ir::Pattern, b: &crate::ir::Pattern| a.regex == b.regex;
            let is_same = pattern
                .as_ref()
                .is_none_or(|new| old_pattern.as_ref().is_some_and(|old| same(old, new)));
            if !is_same {
                doubt(
                    findings,
                    place,
                    "the pattern is new or different".to_owned(),
                );
            }
        }
        (Shape::Duration(old), Shape::Duration(new)) => {
            compare_durations(place, old, new, findings)
        }
        _ => doubt(findings, place, "the type is different".to_owned()),
    }
}

fn compare_durations(place: &str, old: &Duration, new: &Duration, findings: &mut Vec<Finding>) {
    let secs = |secs: u32| json!(format!("{secs}s"));
    if new.min_seconds > old.min_seconds.max(1) {
        refuse(
            findings,
            place,
            "the least is longer",
            secs(old.min_seconds.max(1)),
        );
    }
    if new.max_seconds < old.max_seconds {
        refuse(
            findings,
            place,
            "the longest is shorter",
            secs(old.max_seconds),
        );
    }
    if new.whole_seconds && !old.whole_seconds {
        refuse(findings, place, "whole seconds only", json!("1.5s"));
    }
    if old.is_seconds_too && !new.is_seconds_too {
        refuse(findings, place, "no bare seconds", json!(old.max_seconds));
    }
}

/// Some value that a node accepts.
fn sample(node: &Node) -> Value {
    node.example.clone().unwrap_or_else(|| match &node.shape {
        Shape::Struct(_) => json!({}),
        Shape::List { .. } => json!([]),
        Shape::Enum(words) => json!(words.first()),
        Shape::Text { min, .. } => json!("a".repeat(*min)),
        Shape::Integer { min, .. } => json!(min),
        Shape::IntegerEnum(numbers) => json!(numbers.first()),
        Shape::Boolean => json!(true),
        Shape::Duration(bounds) => json!(format!("{}s", bounds.max_seconds)),
    })
}
