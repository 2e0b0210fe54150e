//! The three that must agree.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use kube::core::cel::{CompiledSchema, Validator, compile_schema};
use limpet_codegen::oracle;
use limpet_codegen::source::Sources;
use limpet_schema::rules;
use serde_json::Value;

use crate::structural::Structural;

pub struct Judges {
    source: jsonschema::Validator,
    crd: Crd,
    table: &'static rules::Kind,
}

/// The API server.
pub struct Crd {
    structural: Structural,
    /// None: it has no rule.
    cel: Option<(Validator, CompiledSchema)>,
}

impl Judges {
    pub fn new(sources: &Sources, kind: &str) -> Self {
        let file = format!("{}.schema.json", heck::AsKebabCase(kind));
        let table = crate::table(kind);
        Self {
            source: oracle::validator(sources, &file).expect("the source is a schema"),
            crd: Crd::new(&crd_schema(table)),
            table,
        }
    }

    /// The verdict of all three, or who said what.
    pub fn agree(&self, object: &Value) -> Result<bool, String> {
        let source = self.source.is_valid(&without_nulls(object));
        let crd = self.crd.judge(object);
        let problems = rules::check(self.table, object);
        if source == crd.is_ok() && source == problems.is_empty() {
            return Ok(source);
        }
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        let source = if source { "valid" } else { "invalid" };
        Err(format!(
            "source: {source}\ncrd: {crd:?}\nrules: {problems:#?}\n{object:#}"
        ))
    }
}

impl Crd {
    pub fn new(schema: &Value) -> Self {
        let compiled = compile_schema(schema);
        assert!(
            !compiled.has_errors(),
            "{:?}",
            compiled.compilation_errors()
        );
        Self {
            structural: Structural::compile(schema),
            cel: has_rules(schema).then(|| (Validator::new(), compiled)),
        }
    }

    /// As the API server does: CEL only where the structural schema is content.
    pub fn judge(&self, object: &Value) -> Result<(), String> {
        let mut object = without_nulls(object);
        self.structural.put_defaults(&mut object);
        self.structural.check(&object)?;
        let Some((validator, compiled)) = &self.cel else {
            return Ok(());
        };
        validator
            .validate_compiled(compiled, &object, None)
            .map_err(|errors| errors.to_string())
    }
}

fn has_rules(schema: &Value) -> bool {
    match schema {
        Value::Object(fields) => {
            fields.contains_key("x-kubernetes-validations") || fields.values().any(has_rules)
        }
        Value::Array(items) => items.iter().any(has_rules),
        _ => false,
    }
}

/// Without the fields that are null: the API server drops them before it judges, and so does
/// whoever judges by the source.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let fields = object.iter().filter(|(_, value)| !value.is_null());
            fields
                .map(|(name, value)| (name.clone(), without_nulls(value)))
                .collect()
        }
        Value::Array(list) => list.iter().map(without_nulls).collect(),
        _ => value.clone(),
    }
}

/// The schema in the committed CRD.
pub fn crd_schema(kind: &rules::Kind) -> Value {
    let name = format!(
        "../schema/generated/crds/{}.{}.yaml",
        kind.plural, kind.group
    );
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name))
        .expect("it is committed");
    let mut crd: Value = serde_saphyr::from_str(&text).expect("it is YAML");
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"].take()
}

/// The messages of all CEL rules.
pub fn cel_messages(schema: &Value, into: &mut BTreeSet<String>) {
    match schema {
        Value::Object(object) => {
            let rules = object
                .get("x-kubernetes-validations")
                .and_then(Value::as_array);
            let messages = rules
                .into_iter()
                .flatten()
                .map(|rule| rule["message"].as_str());
            into.extend(messages.map(|message| message.expect("every rule has one").to_owned()));
            object.values().for_each(|value| cel_messages(value, into));
        }
        Value::Array(items) => items.iter().for_each(|value| cel_messages(value, into)),
        _ => {}
    }
}
