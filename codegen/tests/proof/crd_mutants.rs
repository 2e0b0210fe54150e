//! CRD schemas with one constraint or CEL rule taken away or changed.

use serde_json::{Value, json};

pub struct Mutant {
    /// Where, such as `.spec.rules[].host`.
    pub place: String,
    /// What is different there.
    pub change: String,
    pub schema: Value,
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
            "x-kubernetes-validations" | "required" | "enum" => {
                let items = value.as_array().expect("a list");
                for index in 0..items.len() {
                    let mut fewer = items.clone();
                    let gone = fewer.remove(index);
                    add(format!("without {gone}"), Some(fewer.into()));
                }
                if keyword == "x-kubernetes-validations" {
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
