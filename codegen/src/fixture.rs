//! The sources' examples as whole objects, which tests and users can apply.
//!
//! An example of a shape, such as SessionAffinity, is put into each kind that has the shape: into
//! that kind's first valid example, at the first place where the shape can stand.

use serde_json::{Value, json};

use crate::ir::{Api, Examples, Expected, Kind, Node, Shape, TypeName};

/// An object with its verdict.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// The object's kind.
    pub kind: String,
    /// `route-policy-as-on-the-specification-page`
    pub name: String,
    /// The object.
    pub object: Value,
    /// Exactly what must be found; empty for a valid object.
    pub problems: Vec<Expected>,
}

/// All examples, the valid ones of each kind first.
#[must_use]
pub fn fixtures(api: &Api) -> Vec<Fixture> {
    api.kinds
        .iter()
        .flat_map(|kind| of_kind(api, kind))
        .collect()
}

fn of_kind(api: &Api, kind: &Kind) -> Vec<Fixture> {
    let mut fixtures = of_examples(kind, &kind.examples, None);
    for (shape, examples) in &api.shape_examples {
        if let Some(path) = find(&kind.root, shape) {
            fixtures.extend(of_examples(kind, examples, Some(&path)));
        }
    }
    fixtures
}

/// `path` is where the examples go; `None` for whole objects.
fn of_examples(kind: &Kind, examples: &Examples, path: Option<&[Step]>) -> Vec<Fixture> {
    let base = &kind.examples.valid[0].value;
    let fixture = |name: &str, value: &Value, problems: &[Expected]| Fixture {
        kind: kind.meta.kind.clone(),
        name: format!("{}-{name}", heck::AsKebabCase(&kind.meta.kind)),
        object: path.map_or_else(|| value.clone(), |path| put(base.clone(), path, value)),
        problems: problems
            .iter()
            .map(|problem| below(path.unwrap_or_default(), problem))
            .collect(),
    };
    let valid = examples
        .valid
        .iter()
        .map(|example| fixture(&example.name, &example.value, &[]));
    let invalid = examples.invalid.iter();
    let invalid = invalid.map(|example| fixture(&example.name, &example.value, &example.problems));
    valid.chain(invalid).collect()
}

/// A step down: into a field, or into the first item of a list.
#[derive(Clone, Debug)]
enum Step {
    Field(String),
    First,
}

fn find(node: &Node, shape: &TypeName) -> Option<Vec<Step>> {
    if node.name.as_ref() == Some(shape) {
        return Some(Vec::new());
    }
    let (step, rest) = match &node.shape {
        Shape::Struct(fields) => fields.iter().find_map(|field| {
            find(&field.node, shape).map(|rest| (Step::Field(field.name.clone()), rest))
        })?,
        Shape::List { items, .. } => (Step::First, find(items, shape)?),
        _ => return None,
    };
    Some([vec![step], rest].concat())
}

fn put(mut object: Value, path: &[Step], value: &Value) -> Value {
    let mut place = &mut object;
    for step in path {
        place = match step {
            Step::Field(name) => &mut place[name.as_str()],
            Step::First => {
                if place.is_null() {
                    *place = json!([null]);
                }
                &mut place[0]
            }
        };
    }
    *place = value.clone();
    object
}

fn below(path: &[Step], problem: &Expected) -> Expected {
    let mut field = String::new();
    for step in path {
        match step {
            Step::Field(name) if field.is_empty() => field.push_str(name),
            Step::Field(name) => field.extend([".", name]),
            Step::First => field.push_str("[0]"),
        }
    }
    if !field.is_empty() {
        field.push('.');
    }
    Expected {
        id: problem.id.clone(),
        field: field + &problem.field,
    }
}
