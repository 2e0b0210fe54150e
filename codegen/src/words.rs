//! What a type and its bounds are in words: for reference pages and for `explain`.

use crate::ir::{Node, Shape};

/// The type: `string`, `list of RewriteRule`.
#[must_use]
pub fn type_of(node: &Node) -> String {
    match &node.shape {
        Shape::Struct(_) => "object".to_owned(),
        Shape::List { items, .. } => format!("list of {}", type_of(items)),
        Shape::Enum(_) | Shape::Text { .. } => "string".to_owned(),
        Shape::Integer { .. } | Shape::IntegerEnum(_) => "integer".to_owned(),
        Shape::Boolean => "boolean".to_owned(),
        Shape::Duration(bounds) if bounds.is_seconds_too => "integer or duration".to_owned(),
        Shape::Duration(_) => "duration".to_owned(),
    }
}

/// The bounds, a sentence each.
#[must_use]
pub fn bounds_of(node: &Node) -> Vec<String> {
    match &node.shape {
        Shape::List { max, keys, items } => {
            let mut bounds = vec![format!("at most {max} items")];
            if !keys.is_empty() {
                bounds.push(format!("no two with the same {}", keys.join(" and ")));
            }
            let each = bounds_of(items)
                .into_iter()
                .map(|bound| format!("each: {bound}"));
            bounds.extend(each);
            bounds
        }
        Shape::Enum(words) => vec![format!("one of {}", words.join(", "))],
        Shape::Text { min, max, pattern } => {
            let length = match min {
                0 => format!("at most {max} characters"),
                _ => format!("{min} to {max} characters"),
            };
            let says = pattern.iter().map(|pattern| plain(&pattern.says));
            [length].into_iter().chain(says).collect()
        }
        Shape::Integer { min, max } => vec![format!("{min} to {max}")],
        Shape::IntegerEnum(numbers) => {
            let words: Vec<_> = numbers.iter().map(i64::to_string).collect();
            vec![format!("one of {}", words.join(", "))]
        }
        Shape::Duration(bounds) => vec![plain(&bounds.says)],
        Shape::Struct(_) | Shape::Boolean => Vec::new(),
    }
}

/// What a text that begins with "must be" allows.
fn plain(says: &str) -> String {
    says.strip_prefix("must be ").unwrap_or(says).to_owned()
}
