use serde_json::Value;

use super::{Kind, Node, Shape};

/// Puts in what the API server would put in: the default of every absent field, and of every
/// one that is null.
pub fn defaults(kind: &Kind, object: &mut Value) {
    fill(kind.root, object);
}

fn fill(node: &Node, value: &mut Value) {
    match (&node.shape, value) {
        (Shape::Struct(fields), Value::Object(object)) => {
            for field in *fields {
                if let (None | Some(Value::Null), Some(default)) =
                    (object.get(field.name), field.default)
                {
                    let default = serde_json::from_str(default).expect("the generator wrote it");
                    object.insert(field.name.to_owned(), default);
                }
                if let Some(value) = object.get_mut(field.name) {
                    fill(field.node, value);
                }
            }
        }
        (Shape::List { items, .. }, Value::Array(list)) => {
            list.iter_mut().for_each(|item| fill(items, item));
        }
        _ => {}
    }
}
