//! `schema/generated/crds/*.yaml`: structural schemas with CEL rules.

use serde_json::{Value, json};

use super::{cel, yaml};
use crate::ir::{Api, Duration, Field, Kind, Node, Pattern, Rule, Shape};
use crate::{Outputs, Result, duration};

pub fn emit(api: &Api) -> Result<Outputs> {
    api.kinds.iter().map(emit_kind).collect()
}

fn emit_kind(kind: &Kind) -> Result<(String, String)> {
    let meta = &kind.meta;
    let name = format!("{}.{}", meta.plural, meta.group);
    let columns = meta.printer_columns.iter().map(|column| {
        json!({ "name": column.name, "type": column.r#type, "jsonPath": column.json_path })
    });
    let crd = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": name },
        "spec": {
            "group": meta.group,
            "names": {
                "kind": meta.kind,
                "listKind": format!("{}List", meta.kind),
                "plural": meta.plural,
                "singular": meta.singular,
            },
            "scope": meta.scope,
            "versions": [{
                "name": meta.version,
                "served": true,
                "storage": true,
                "subresources": { "status": {} },
                "additionalPrinterColumns": columns.collect::<Vec<_>>(),
                "schema": { "openAPIV3Schema": root(&kind.root)? },
            }],
        },
    });
    let source = kind.root.at.trim_end_matches('#');
    let text = yaml::file(&format!("schema/{source}"), &crd)?;
    Ok((format!("schema/generated/crds/{name}.yaml"), text))
}

/// The root also has what every object has.
fn root(node: &Node) -> Result<Value> {
    let mut schema = schema(node, 0)?;
    let standard = [
        (
            "apiVersion",
            json!({ "type": "string", "description": "Group and version of the object's kind." }),
        ),
        (
            "kind",
            json!({ "type": "string", "description": "The object's kind." }),
        ),
        ("metadata", json!({ "type": "object" })),
    ];
    let standard = standard.map(|(name, schema)| (name.to_owned(), schema));
    let properties = schema["properties"]
        .as_object_mut()
        .expect("the root is an object");
    let own = std::mem::take(properties);
    properties.extend(standard.into_iter().chain(own));
    Ok(schema)
}

/// Inside more lists than this the API server finds a rule for each item too dear, and refuses the CRD.
/// There a bound is a keyword, which is refused in the API server's own words.
const LISTS_MAX: usize = 1;

/// Of a value inside so many lists.
fn schema(node: &Node, lists: usize) -> Result<Value> {
    let mut whole = json!({ "description": node.docs.description });
    let whole_object = whole.as_object_mut().expect("just made");
    if let Value::Object(shape) = shape(&node.shape, lists)? {
        whole_object.extend(shape);
    }
    if let Some(default) = &node.default {
        whole_object.insert("default".to_owned(), default.clone());
    }
    let rules = rules(node, lists)?;
    if !rules.is_empty() {
        whole_object.insert("x-kubernetes-validations".to_owned(), json!(rules));
    }
    Ok(whole)
}

fn shape(shape: &Shape, lists: usize) -> Result<Value> {
    Ok(match shape {
        Shape::Struct(fields) => structure(fields, lists)?,
        Shape::List { items, max, keys } => list(&schema(items, lists + 1)?, *max, keys),
        Shape::Enum(words) => json!({ "type": "string", "enum": words }),
        Shape::Text { min, max, pattern } if are_keywords(shape, lists) => {
            text(*min, *max, pattern.as_ref())
        }
        Shape::Text { max, .. } => json!({ "type": "string", "maxLength": max }),
        Shape::Integer { min, max } if are_keywords(shape, lists) => {
            json!({ "type": "integer", "format": "int64", "minimum": min, "maximum": max })
        }
        Shape::Integer { .. } => json!({ "type": "integer", "format": "int64" }),
        Shape::IntegerEnum(numbers) => {
            json!({ "type": "integer", "format": "int64", "enum": numbers })
        }
        Shape::Boolean => json!({ "type": "boolean" }),
        Shape::Duration(bounds) => duration(bounds),
    })
}

fn text(min: usize, max: usize, pattern: Option<&Pattern>) -> Value {
    let mut text = json!({ "type": "string" });
    if min > 0 {
        text["minLength"] = json!(min);
    }
    text["maxLength"] = json!(max);
    if let Some(pattern) = pattern {
        text["pattern"] = json!(pattern.regex);
    }
    text
}

fn structure(fields: &[Field], lists: usize) -> Result<Value> {
    let properties = fields
        .iter()
        .map(|field| Ok((field.name.clone(), schema(&field.node, lists)?)));
    let mut structure = json!({ "type": "object" });
    structure["properties"] = Value::Object(properties.collect::<Result<_>>()?);
    let required: Vec<_> = fields.iter().filter(|field| field.is_required).collect();
    if !required.is_empty() {
        structure["required"] = required.iter().map(|field| field.name.as_str()).collect();
    }
    Ok(structure)
}

fn list(items: &Value, max: usize, keys: &[String]) -> Value {
    let mut list = json!({ "type": "array", "maxItems": max });
    list["x-kubernetes-list-type"] = json!(if keys.is_empty() { "atomic" } else { "map" });
    if !keys.is_empty() {
        list["x-kubernetes-list-map-keys"] = json!(keys);
    }
    list["items"] = items.clone();
    list
}

fn duration(bounds: &Duration) -> Value {
    let mut text = json!({ "type": "string" });
    if bounds.is_seconds_too {
        text = json!({
            "x-kubernetes-int-or-string": true,
            "anyOf": [{ "type": "integer" }, { "type": "string" }],
        });
    }
    text["maxLength"] = json!(duration::LENGTH_MAX);
    text
}

/// Whether what holds for the value by itself is said by keywords. No keyword says what a duration is.
fn are_keywords(shape: &Shape, lists: usize) -> bool {
    lists > LISTS_MAX && !matches!(shape, Shape::Duration(_))
}

/// The texts are the rule table's, with the id at the end as `Problem` shows it.
fn rules(node: &Node, lists: usize) -> Result<Vec<Value>> {
    let bounds = match are_keywords(&node.shape, lists) {
        true => Vec::new(),
        false => bounds(&node.shape),
    };
    let bounds = bounds.into_iter();
    let bounds = bounds.map(|(rule, message)| Ok(json!({ "rule": rule, "message": message })));
    let emit = |rule: &Rule| {
        let meta = &rule.meta;
        let mut validation = json!({
            "rule": cel::rule(rule, &node.shape, &node.at)?,
            "message": format!("{} [{}]", meta.message, meta.id),
            "reason": format!("FieldValue{}", meta.reason),
        });
        if !meta.field.is_empty() {
            validation["fieldPath"] = json!(format!(".{}", meta.field));
        }
        Ok(validation)
    };
    bounds.chain(node.rules.iter().map(emit)).collect()
}

/// What holds for the value by itself: the rule, and its message.
fn bounds(shape: &Shape) -> Vec<(String, String)> {
    match shape {
        Shape::Text { min, pattern, .. } => {
            let length = (*min > 0).then(|| {
                let says = match min {
                    1 => "must not be empty".to_owned(),
                    _ => format!("must have at least {min} characters"),
                };
                (cel::at_least(*min), format!("{says} [field-length]"))
            });
            let pattern = pattern.iter().map(|pattern| {
                let says = format!("{} [field-pattern]", pattern.says);
                (cel::pattern(*min, pattern), says)
            });
            length.into_iter().chain(pattern).collect()
        }
        Shape::Integer { min, max } => {
            let says = format!("must be from {min} to {max} [field-range]");
            vec![(cel::range(*min, *max), says)]
        }
        Shape::Duration(bounds) => {
            let says = format!("{} [field-duration]", bounds.says);
            vec![(cel::duration(bounds), says)]
        }
        _ => Vec::new(),
    }
}
