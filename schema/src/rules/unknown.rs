use serde_json::Value;

use super::{Kind, Node, Shape};
use crate::messages;
use crate::near::near;
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
                    None => {
                        let known: Vec<_> = fields.iter().map(|field| field.name).collect();
                        found.push(unknown(path, name, &known));
                    }
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

fn unknown(path: String, name: &str, known: &[&str]) -> Problem {
    let message = match near(name, known.iter().copied()) {
        Some(meant) => format!("unknown field, ignored; did you mean {meant}?"),
        None => format!("unknown field, ignored; known here: {}", known.join(", ")),
    };
    Problem {
        field: path,
        reason: Reason::NotSupported,
        message,
        id: messages::FIELD_UNKNOWN.id,
    }
}
