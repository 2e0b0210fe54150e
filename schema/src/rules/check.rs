use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Duration, Field, Kind, Node, Rule, Shape};
use crate::duration;
use crate::messages;
use crate::problem::{Problem, Reason};

/// The most problems named for one object; one more says how many were left out.
pub const PROBLEMS_MAX: usize = 20;

/// The most characters of a value that a message repeats.
const QUOTE_MAX: usize = 64;

/// Everything that is wrong with `object`, in the order of its fields.
///
/// Looks at `spec` and `status`; apiVersion, kind and metadata are the caller's. A field that is
/// null counts as absent, as for the API server, which drops it. Unknown fields
/// are no problem here, see [`super::unknown_fields`]. At most [`PROBLEMS_MAX`], and one that
/// counts the rest.
#[must_use]
pub fn check(kind: &Kind, object: &Value) -> Vec<Problem> {
    let mut walk = Walk::default();
    walk.node(kind.root, object);
    walk.finish()
}

#[derive(Default)]
struct Walk {
    path: String,
    problems: Vec<Problem>,
    left_out: usize,
}

impl Walk {
    fn finish(mut self) -> Vec<Problem> {
        if self.left_out > 0 {
            self.problems.push(Problem {
                field: String::new(),
                reason: Reason::Invalid,
                message: format!("{} more problems are not shown", self.left_out),
                id: messages::PROBLEMS_LEFT_OUT.id,
            });
        }
        self.problems
    }

    /// Returns whether the value itself is sound, whatever its parts are.
    fn node(&mut self, node: &Node, value: &Value) -> bool {
        let found = match (&node.shape, value) {
            (Shape::Struct(fields), Value::Object(object)) => {
                if self.fields(fields, object) {
                    self.rules(node.rules, value);
                }
                None
            }
            (Shape::List { items, max, keys }, Value::Array(list)) => {
                if list.len() <= *max {
                    self.items(items, keys, list);
                    None
                } else {
                    let says = format!("must have at most {max} items");
                    Some((Reason::Invalid, says, messages::FIELD_COUNT.id))
                }
            }
            (Shape::Enum(words), Value::String(text)) => check_enum(words, text),
            (Shape::Text { min, max, pattern }, Value::String(text)) => {
                check_length(*min, *max, text).or_else(|| {
                    let pattern = pattern.filter(|p| !p.fits(text))?;
                    let says = pattern.says.to_owned();
                    Some((Reason::Invalid, says, messages::FIELD_PATTERN.id))
                })
            }
            (Shape::Integer { min, max }, Value::Number(_)) => check_integer(*min, *max, value),
            (Shape::IntegerEnum(numbers), Value::Number(_)) => check_integer_enum(numbers, value),
            (Shape::Boolean, Value::Bool(_)) => None,
            (Shape::Duration(d), Value::String(_)) => check_duration(d, value),
            (Shape::Duration(d), Value::Number(_)) if d.is_seconds_too => check_duration(d, value),
            (shape, _) => Some(wrong_type(&shape.to_string())),
        };
        let Some((reason, says, id)) = found else {
            return true;
        };
        self.add(reason, format!("{}: {says}", quote(value)), id);
        false
    }

    /// Returns whether the rules among the fields can be judged: nothing required is missing, and
    /// the words that they turn on are known.
    fn fields(&mut self, fields: &[Field], object: &Map<String, Value>) -> bool {
        let mut is_clear = true;
        for field in fields {
            let from = self.path.len();
            self.enter_field(field.name);
            match object.get(field.name).filter(|value| !value.is_null()) {
                Some(value) => {
                    let is_sound = self.node(field.node, value);
                    is_clear &= is_sound || !matches!(field.node.shape, Shape::Enum(_));
                }
                None if field.is_required => {
                    let message = format!("must be given: {}", field.description);
                    self.add(Reason::Required, message, messages::FIELD_REQUIRED.id);
                    is_clear = false;
                }
                None => {}
            }
            self.path.truncate(from);
        }
        is_clear
    }

    fn items(&mut self, items: &Node, keys: &[&str], list: &[Value]) {
        let mut seen = BTreeSet::new();
        for (index, item) in list.iter().enumerate() {
            let from = self.path.len();
            self.path.push_str(&format!("[{index}]"));
            self.node(items, item);
            if let Some(key) = key_of(keys, item).filter(|key| !seen.insert(key.clone())) {
                let message = format!("{key}: an earlier item has the same {}", keys.join(" and "));
                self.add(Reason::Duplicate, message, messages::FIELD_DUPLICATE.id);
            }
            self.path.truncate(from);
        }
    }

    fn rules(&mut self, rules: &[Rule], value: &Value) {
        for rule in rules.iter().filter(|rule| !rule.holds.holds(value)) {
            let from = self.path.len();
            if !rule.field.is_empty() {
                self.enter_field(rule.field);
            }
            self.add(rule.reason, rule.message.to_owned(), rule.id);
            self.path.truncate(from);
        }
    }

    fn enter_field(&mut self, name: &str) {
        if !self.path.is_empty() {
            self.path.push('.');
        }
        self.path.push_str(name);
    }

    fn add(&mut self, reason: Reason, message: String, id: &'static str) {
        if self.problems.len() == PROBLEMS_MAX {
            self.left_out += 1;
            return;
        }
        self.problems.push(Problem {
            field: self.path.clone(),
            reason,
            message,
            id,
        });
    }
}

/// What is wrong with a value: the kind of mistake, what is allowed, the message id.
type Mistake = (Reason, String, &'static str);

fn wrong_type(expected: &str) -> Mistake {
    let article = if expected.starts_with(['o', 'i']) {
        "an"
    } else {
        "a"
    };
    (
        Reason::TypeInvalid,
        format!("must be {article} {expected}"),
        messages::FIELD_TYPE.id,
    )
}

fn check_enum(words: &[&str], text: &str) -> Option<Mistake> {
    let says = || format!("must be one of {}", words.join(", "));
    (!words.contains(&text)).then(|| (Reason::NotSupported, says(), messages::FIELD_ENUM.id))
}

/// Counts code points, as JSON Schema and the API server do.
fn check_length(min: usize, max: usize, text: &str) -> Option<Mistake> {
    let (reason, says) = match text.chars().count() {
        len if len > max => (
            Reason::TooLong,
            format!("must have at most {max} characters"),
        ),
        len if len < min && min == 1 => (Reason::Invalid, "must not be empty".to_owned()),
        len if len < min => (
            Reason::Invalid,
            format!("must have at least {min} characters"),
        ),
        _ => return None,
    };
    Some((reason, says, messages::FIELD_LENGTH.id))
}

fn check_integer(min: i64, max: i64, value: &Value) -> Option<Mistake> {
    let Some(number) = integer(value) else {
        return Some(wrong_type("integer"));
    };
    let says = || format!("must be from {min} to {max}");
    let is_within = (i128::from(min)..=i128::from(max)).contains(&number);
    (!is_within).then(|| (Reason::Invalid, says(), messages::FIELD_RANGE.id))
}

fn check_integer_enum(numbers: &[i64], value: &Value) -> Option<Mistake> {
    let Some(number) = integer(value) else {
        return Some(wrong_type("integer"));
    };
    if numbers.iter().any(|&allowed| i128::from(allowed) == number) {
        return None;
    }
    let words: Vec<_> = numbers.iter().map(i64::to_string).collect();
    let says = format!("must be one of {}", words.join(", "));
    Some((Reason::NotSupported, says, messages::FIELD_ENUM.id))
}

/// A whole number; `1.0` is one to JSON Schema and to the API server.
fn integer(value: &Value) -> Option<i128> {
    let is_whole = |number: &f64| number.fract() == 0.0;
    let float = || value.as_f64().filter(is_whole).map(|number| number as i128);
    value
        .as_i64()
        .map(i128::from)
        .or_else(|| value.as_u64().map(i128::from))
        .or_else(float)
}

fn check_duration(bounds: &Duration, value: &Value) -> Option<Mistake> {
    let mistake = || {
        (
            Reason::Invalid,
            bounds.says.to_owned(),
            messages::FIELD_DURATION.id,
        )
    };
    (!duration::is_within(bounds, value)).then(mistake)
}

/// What the API server compares in a list whose items must differ in `keys`.
fn key_of(keys: &[&str], item: &Value) -> Option<String> {
    let parts: Option<Vec<_>> = keys.iter().map(|key| item.get(key).map(quote)).collect();
    parts
        .filter(|parts| !parts.is_empty())
        .map(|parts| parts.join(", "))
}

/// The value as JSON, cut to what a line can hold.
fn quote(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(list) => format!("a list of {}", list.len()),
        Value::String(text) => quote_text(text),
        _ => value.to_string(),
    }
}

fn quote_text(text: &str) -> String {
    let mut chars = text.chars();
    let head: String = chars.by_ref().take(QUOTE_MAX).collect();
    let dots = if chars.next().is_some() { "..." } else { "" };
    format!("{head:?}{dots}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::{ROUTE_POLICY, defaults, unknown_fields};

    fn policy(target: &Value) -> Value {
        json!({ "apiVersion": "a/v1", "metadata": {}, "spec": { "targetRef": target } })
    }

    fn target() -> Value {
        json!({ "group": "", "kind": "HTTPRoute", "name": "a" })
    }

    #[test]
    fn problems_beyond_the_limit_are_counted() {
        let mut object = policy(&target());
        object["spec"]["targetRef"]["sectionNames"] = (0..30).collect();
        let problems = check(&ROUTE_POLICY, &object);
        assert_eq!(problems.len(), PROBLEMS_MAX + 1);
        assert_eq!(
            problems[PROBLEMS_MAX].message,
            "10 more problems are not shown"
        );
    }

    #[test]
    fn a_long_value_is_cut_in_the_message() {
        let mut object = policy(&target());
        object["spec"]["targetRef"]["namespace"] = json!("A".repeat(1000));
        let problems = check(&ROUTE_POLICY, &object);
        assert_eq!(problems[0].id, "field-length");
        assert!(problems[0].message.len() < 200, "{}", problems[0].message);
    }

    #[test]
    fn a_value_that_is_no_object_is_one_problem() {
        for value in [json!(null), json!([]), json!("RoutePolicy")] {
            assert_eq!(check(&ROUTE_POLICY, &value).len(), 1);
        }
    }

    #[test]
    fn a_field_that_is_null_is_absent() {
        let mut object = policy(&target());
        object["spec"]["default"] = json!({ "sessionAffinity": null });
        assert_eq!(check(&ROUTE_POLICY, &object), []);
        object["spec"]["targetRef"]["name"] = Value::Null;
        assert_eq!(check(&ROUTE_POLICY, &object)[0].id, "field-required");
    }

    #[test]
    fn unknown_fields_are_named_and_no_problem() {
        let mut object = policy(&target());
        object["spec"]["targetRef"]["Name"] = json!("b");
        assert_eq!(check(&ROUTE_POLICY, &object), []);
        let found = unknown_fields(&ROUTE_POLICY, &object);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].field, "spec.targetRef.Name");
    }

    #[test]
    fn defaults_are_put_in_and_are_valid() {
        let mut object = policy(&target());
        object["status"] = json!({});
        defaults(&ROUTE_POLICY, &mut object);
        assert_eq!(object["status"]["conditions"][0]["reason"], "Pending");
        assert_eq!(check(&ROUTE_POLICY, &object), []);
    }
}
