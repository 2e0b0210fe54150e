use serde_json::Value;

use super::{Kind, Node, Shape};
use crate::messages;
use crate::problem::{Problem, Reason};

/// What an object may have beside `spec` and `status`.
const STANDARD: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// Fields that the kind does not have, in the object's order, as warnings: the API server drops
/// them, so what they ask for does not happen.
#[must_use]
pub fn unknown_fields(kind: &Kind, object: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    walk(kind.root, "", object, &mut found);
    found
}

fn walk(node: &Node, path: &str, value: &Value, found: &mut Vec<Problem>) {
    match (&node.shape, value) {
        (Shape::Struct(fields), Value::Object(object)) => {
            for (name, value) in object {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                match fields.iter().find(|field| field.name == name) {
                    Some(field) => walk(field.node, &path, value, found),
                    None if STANDARD.contains(&path.as_str()) => {}
                    None => found.push(unknown(path, fields.iter().map(|field| field.name))),
                }
            }
        }
        (Shape::List { items, .. }, Value::Array(list)) => {
            for (index, item) in list.iter().enumerate() {
                walk(items, &format!("{path}[{index}]"), item, found);
            }
        }
        _ => {}
    }
}

fn unknown<'a>(path: String, known: impl Iterator<Item = &'a str>) -> Problem {
    let known: Vec<_> = known.collect();
    Problem {
        field: path,
        reason: Reason::NotSupported,
        message: format!("unknown field, ignored; known here: {}", known.join(", ")),
        id: messages::FIELD_UNKNOWN.id,
    }
}
