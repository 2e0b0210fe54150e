//! Objects by chance: mostly right, with boundary values, and now and then a mistake.

use std::fmt;

use limpet_codegen::ir::{Duration, Expr, Field, Node, Rule, Shape};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::corpus;

/// Shown as JSON when it fails.
pub struct Json(pub Value);

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

/// Objects of the kind with this root.
pub fn objects(root: &Node) -> BoxedStrategy<Value> {
    value(root)
}

fn value(node: &Node) -> BoxedStrategy<Value> {
    let others = corpus::others(&node.shape);
    prop_oneof![150 => right(node), 1 => select(others)].boxed()
}

/// Values of the right type.
fn right(node: &Node) -> BoxedStrategy<Value> {
    match &node.shape {
        Shape::Struct(fields) => structs(fields, &node.rules),
        Shape::List { items, max, keys } => lists(items, *max, keys.is_empty()),
        Shape::Enum(words) => {
            let words: Vec<_> = words.iter().map(|word| json!(word)).collect();
            prop_oneof![100 => select(words), 1 => select(corpus::samples(node))].boxed()
        }
        Shape::Duration(bounds) => {
            prop_oneof![20 => durations(bounds), 1 => select(corpus::samples(node))].boxed()
        }
        _ => {
            let usual = usual(node);
            prop_oneof![40 => select(usual), 1 => select(corpus::samples(node))].boxed()
        }
    }
}

/// Values that are likely to be allowed.
fn usual(node: &Node) -> Vec<Value> {
    if let Some(example) = &node.example {
        return vec![example.clone()];
    }
    match &node.shape {
        Shape::Text { .. } => vec![json!("a"), json!("b1")],
        Shape::Integer { min, max } => vec![json!(min), json!(max)],
        Shape::IntegerEnum(numbers) => numbers.iter().map(|n| json!(n)).collect(),
        _ => vec![json!(true), json!(false)],
    }
}

fn structs(fields: &[Field], rules: &[Rule]) -> BoxedStrategy<Value> {
    let fields: Vec<_> = fields
        .iter()
        .map(|field| {
            let share = if field.is_required { 0.99 } else { 0.5 };
            let name = field.name.clone();
            prop::option::weighted(share, value(&field.node))
                .prop_map(move |value| (name.clone(), value))
        })
        .collect();
    let unknown = prop::option::weighted(0.01, Just(("unknown".to_owned(), Some(json!([null])))));
    let objects = (fields, unknown).prop_map(|(fields, unknown)| {
        let fields = fields.into_iter().chain(unknown);
        Value::Object(
            fields
                .filter_map(|(name, value)| Some((name, value?)))
                .collect::<Map<_, _>>(),
        )
    });
    if rules.is_empty() {
        return objects.boxed();
    }
    // By chance alone nearly every object would break a rule.
    let rules = rules.to_vec();
    let sound = objects.clone().prop_filter("breaks a rule", move |object| {
        rules.iter().all(|rule| holds(&rule.holds, object))
    });
    prop_oneof![15 => sound, 1 => objects].boxed()
}

fn lists(items: &Node, max: usize, may_repeat: bool) -> BoxedStrategy<Value> {
    let few = vec(value(items), 0..=if may_repeat { 2 } else { 1 }).prop_map(Value::Array);
    let edge = (value(items), select(vec![2, max, max + 1]));
    let edge = edge.prop_map(|(item, len)| Value::Array(vec![item; len]));
    prop_oneof![400 => few, 1 => edge].boxed()
}

/// Sums of terms, the fractions such as a binary float holds exactly.
fn durations(bounds: &Duration) -> BoxedStrategy<Value> {
    let number =
        prop_oneof![4 => 0_u32..100, 1 => Just(bounds.max_seconds), 1 => 0_u32..40_000_000];
    let fraction = select(vec!["", "", "", ".5", ".25", ".125", ".50"]);
    let unit = select(vec!["s", "s", "s", "m", "h"]);
    let long = (number.clone(), fraction, unit)
        .prop_map(|(n, fraction, unit)| format!("{n}{fraction}{unit}"));
    let short = (0_u32..3000, select(vec!["ms", "000us", "000000ns"]))
        .prop_map(|(n, unit)| format!("{n}{unit}"));
    let term = prop_oneof![8 => long, 1 => short];
    let sum = vec(term, 1..=3).prop_map(|terms| json!(terms.concat()));
    if bounds.is_seconds_too {
        let bare = number.prop_map(|secs| json!(secs));
        return prop_oneof![1 => sum, 1 => bare.clone(), 1 => bare.prop_map(|n| json!(n.to_string()))].boxed();
    }
    sum.boxed()
}

/// Whether a condition holds, roughly: only to steer what is generated.
fn holds(expr: &Expr, value: &Value) -> bool {
    match expr {
        Expr::All(parts) => parts.iter().all(|part| holds(part, value)),
        Expr::Any(parts) => parts.iter().any(|part| holds(part, value)),
        Expr::One(parts) => parts.iter().filter(|part| holds(part, value)).count() == 1,
        Expr::Not(part) => !holds(part, value),
        Expr::Has(name) => value.get(name).is_some(),
        Expr::Field(name, part) => value.get(name).is_none_or(|value| holds(part, value)),
        Expr::Each(part) => value
            .as_array()
            .is_none_or(|list| list.iter().all(|item| holds(part, item))),
        Expr::In(words) => words.iter().any(|word| value == word),
        Expr::Given => ![json!(0), json!("0"), json!("0s")].contains(value),
    }
}
