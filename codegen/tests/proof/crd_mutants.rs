//! CRD schemas with one constraint or CEL rule taken away or changed.

use serde_json::{Value, json};

pub struct Mutant {
    /// Where, such as `.spec.rules[].host`.
    pub place: String,
    /// What is different there.
    pub change: String,
    pub schema: Value,
    /// Of the place in the schema.
    pointer: String,
}

impl Mutant {
    /// The changed place alone, and what it was, both without the CEL rules inside it, which did not change.
    /// The whole ones differ only over an object with a value there of which these two say different things.
    pub fn parts(&self, original: &Value) -> (Value, Value) {
        let part = |schema: &Value| {
            let mut part = schema
                .pointer(&self.pointer)
                .expect("it was walked to")
                .clone();
            let rules = part.get_mut(RULES).map(Value::take);
            without_rules(&mut part);
            if let Some(rules) = rules {
                part[RULES] = rules;
            }
            part
        };
        (part(&self.schema), part(original))
    }
}

/// The values of an object at a place, which are several inside a list. Nulls are none.
pub fn values<'a>(object: &'a Value, place: &str) -> Vec<&'a Value> {
    let mut values = vec![object];
    for name in place.split('.').skip(1) {
        let lists = name.matches("[]").count();
        let name = name.trim_end_matches("[]");
        values = values.iter().filter_map(|value| value.get(name)).collect();
        for _ in 0..lists {
            let items = values.iter().filter_map(|value| value.as_array());
            values = items.flatten().collect();
        }
    }
    values.retain(|value| !value.is_null());
    values
}

/// The keyword of CEL rules.
const RULES: &str = "x-kubernetes-validations";

fn without_rules(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.remove(RULES);
            fields.values_mut().for_each(without_rules);
        }
        Value::Array(items) => items.iter_mut().for_each(without_rules),
        _ => {}
    }
}

/// Every mutant of a schema.
pub fn of(schema: &Value) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    walk(schema, "", "", &mut |place, pointer, node| {
        for (change, keyword, value) in changes(node) {
            let mut schema = schema.clone();
            let node = schema.pointer_mut(pointer).expect("it was walked to");
            match value {
                Some(value) => node[keyword.as_str()] = value,
                None => drop(node.as_object_mut().expect("a schema").remove(&keyword)),
            }
            mutants.push(Mutant {
                place: place.to_owned(),
                change,
                schema,
                pointer: pointer.to_owned(),
            });
        }
    });
    mutants
}

fn walk(node: &Value, place: &str, pointer: &str, visit: &mut dyn FnMut(&str, &str, &Value)) {
    visit(place, pointer, node);
    let fields = node.get("properties").and_then(Value::as_object);
    for (name, field) in fields.into_iter().flatten() {
        let (place, pointer) = (
            format!("{place}.{name}"),
            format!("{pointer}/properties/{name}"),
        );
        walk(field, &place, &pointer, visit);
    }
    if let Some(items) = node.get("items") {
        walk(
            items,
            &format!("{place}[]"),
            &format!("{pointer}/items"),
            visit,
        );
    }
}

/// What is changed, the keyword, and its new value; `None`: the keyword goes.
fn changes(node: &Value) -> Vec<(String, String, Option<Value>)> {
    let mut changes = Vec::new();
    for (keyword, value) in node.as_object().into_iter().flatten() {
        let mut add = |what: String, value| changes.push((what, keyword.clone(), value));
        match keyword.as_str() {
            RULES | "required" | "enum" => {
                let items = value.as_array().expect("a list");
                for index in 0..items.len() {
                    let mut fewer = items.clone();
                    let gone = fewer.remove(index);
                    add(format!("without {gone}"), Some(fewer.into()));
                }
                if keyword == RULES {
                    for index in 0..items.len() {
                        let mut turned = items.clone();
                        let rule = items[index]["rule"].as_str().expect("a rule");
                        turned[index]["rule"] = json!(format!("!({rule})"));
                        add(format!("turned around: {rule}"), Some(turned.into()));
                    }
                }
            }
            "minLength" | "minimum" => {
                let least = value.as_i64().expect("a number");
                add(format!("{keyword} gone"), None);
                add(format!("{keyword} greater"), Some(json!(least + 1)));
            }
            "maxLength" | "maximum" | "maxItems" => {
                let greatest = value.as_i64().expect("a number");
                add(format!("{keyword} greater"), Some(json!(greatest + 1)));
                add(format!("{keyword} lesser"), Some(json!(greatest - 1)));
            }
            "pattern" | "x-kubernetes-list-map-keys" => {
                add(format!("{keyword} gone"), None);
            }
            "type" if value != "boolean" => {
                add("another type".to_owned(), Some(json!("boolean")));
            }
            _ => {}
        }
    }
    changes
}
