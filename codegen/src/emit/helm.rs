//! `schema/generated/helm/values.schema.json`: the part of a chart's values that is rendered as
//! objects of our kinds: `routePolicies` and `ingressExtensions`, each a map from an object's name
//! to its spec. Rules among fields are left to the CRDs.

use heck::ToLowerCamelCase;
use serde_json::{Map, Value, json};

use crate::ir::{Api, Field, Kind, Node, Shape};
use crate::{Error, Outputs, Result, duration};

use super::COMMAND;

pub fn emit(api: &Api) -> Result<Outputs> {
    let kinds: Map<_, _> = api.kinds.iter().map(emit_kind).collect();
    let schema = json!({
        "$comment": format!("Generated from schema/*.schema.json by `{COMMAND}`; do not edit."),
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": kinds,
    });
    let path = "schema/generated/helm/values.schema.json";
    let text = serde_json::to_string_pretty(&schema);
    let text = text.map_err(|cause| Error::source(path, cause.to_string()))?;
    // So that the first line names the command here too.
    let text = text.replacen("{\n ", "{", 1);
    Ok(Outputs::from([(path.to_owned(), text + "\n")]))
}

fn emit_kind(kind: &Kind) -> (String, Value) {
    let meta = &kind.meta;
    let singular = meta.kind.to_lower_camel_case();
    let plural = match singular.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{singular}s"),
    };
    let spec = match &kind.root.shape {
        Shape::Struct(fields) => fields.iter().find(|field| field.name == "spec"),
        _ => None,
    };
    let values = json!({
        "description": format!("{} objects to create: the spec of each, by name.", meta.kind),
        "type": "object",
        "additionalProperties": spec.map_or(json!(true), |spec| schema(&spec.node)),
    });
    (plural, values)
}

fn schema(node: &Node) -> Value {
    let mut schema = match &node.shape {
        Shape::Struct(fields) => structure(fields),
        Shape::List { items, max, .. } => {
            json!({ "type": "array", "maxItems": max, "items": schema(items) })
        }
        Shape::Enum(words) => json!({ "type": "string", "enum": words }),
        Shape::Text { min, max, pattern } => {
            let mut text = json!({ "type": "string", "minLength": min, "maxLength": max });
            if let Some(pattern) = pattern {
                text["pattern"] = json!(pattern.regex);
            }
            text
        }
        Shape::Integer { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Shape::IntegerEnum(numbers) => json!({ "type": "integer", "enum": numbers }),
        Shape::Boolean => json!({ "type": "boolean" }),
        Shape::Duration(bounds) => {
            let types = if bounds.is_seconds_too {
                json!(["integer", "string"])
            } else {
                json!("string")
            };
            json!({ "type": types, "pattern": duration::pattern(bounds) })
        }
    };
    schema["description"] = json!(node.docs.description);
    schema
}

fn structure(fields: &[Field]) -> Value {
    let properties: Map<_, _> = fields
        .iter()
        .map(|f| (f.name.clone(), schema(&f.node)))
        .collect();
    let required: Vec<_> = fields
        .iter()
        .filter(|f| f.is_required)
        .map(|f| &f.name)
        .collect();
    // Unlike the API server, a chart can afford to refuse what is misspelt.
    let mut structure =
        json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        structure["required"] = json!(required);
    }
    structure
}
