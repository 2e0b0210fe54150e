//! The API server's structural schemas: the part that our CRDs use, and no more. A keyword that it
//! does not know is a failure, so that nothing in a CRD goes unread.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::Value;

#[derive(Default)]
pub struct Structural {
    types: BTreeSet<&'static str>,
    properties: BTreeMap<String, Structural>,
    required: Vec<String>,
    items: Option<Box<Structural>>,
    keys: Vec<String>,
    max_items: Option<usize>,
    one_of: Option<Vec<Value>>,
    min_length: usize,
    max_length: Option<usize>,
    pattern: Option<Regex>,
    minimum: Option<i64>,
    maximum: Option<i64>,
    default: Option<Value>,
}

impl Structural {
    pub fn compile(schema: &Value) -> Self {
        let mut this = Self::default();
        for (keyword, value) in schema.as_object().expect("a schema is an object") {
            this.keyword(keyword, value);
        }
        this
    }

    fn keyword(&mut self, keyword: &str, value: &Value) {
        let size = || usize::try_from(value.as_u64().expect("a size")).expect("it fits");
        let words = || {
            value
                .as_array()
                .expect("a list")
                .iter()
                .map(|v| v.as_str().expect("a word").to_owned())
                .collect()
        };
        match keyword {
            "type" => {
                self.types.insert(known_type(value));
            }
            "x-kubernetes-int-or-string" => self.types.extend(["integer", "string"]),
            "properties" => {
                let fields = value.as_object().expect("an object").iter();
                self.properties = fields
                    .map(|(name, field)| (name.clone(), Self::compile(field)))
                    .collect();
            }
            "required" => self.required = words(),
            "items" => self.items = Some(Box::new(Self::compile(value))),
            "x-kubernetes-list-map-keys" => self.keys = words(),
            "maxItems" => self.max_items = Some(size()),
            "enum" => self.one_of = value.as_array().cloned(),
            "minLength" => self.min_length = size(),
            "maxLength" => self.max_length = Some(size()),
            "pattern" => {
                self.pattern =
                    Some(Regex::new(value.as_str().expect("a pattern")).expect("it compiles"))
            }
            "minimum" => self.minimum = value.as_i64(),
            "maximum" => self.maximum = value.as_i64(),
            "default" => self.default = Some(value.clone()),
            // Read with others, or by the CEL interpreter, or said to people only.
            "description"
            | "format"
            | "x-kubernetes-validations"
            | "x-kubernetes-list-type"
            | "anyOf" => {}
            _ => panic!("{keyword} is no keyword that this evaluator knows"),
        }
    }

    /// Puts in the defaults of absent fields.
    pub fn put_defaults(&self, value: &mut Value) {
        match value {
            Value::Object(object) => {
                for (name, field) in &self.properties {
                    if let (None, Some(default)) = (object.get(name), &field.default) {
                        object.insert(name.clone(), default.clone());
                    }
                    if let Some(value) = object.get_mut(name) {
                        field.put_defaults(value);
                    }
                }
            }
            Value::Array(list) => {
                let items = self.items.iter();
                items.for_each(|items| list.iter_mut().for_each(|item| items.put_defaults(item)));
            }
            _ => {}
        }
    }

    /// The first thing wrong.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        ensure(self.types.contains(type_of(value)), || {
            format!("{value} is none of {:?}", self.types)
        })?;
        if let Some(one_of) = &self.one_of {
            ensure(one_of.contains(value), || {
                format!("{value} is none of {one_of:?}")
            })?;
        }
        match value {
            Value::String(text) => self.check_text(text),
            Value::Number(number) => {
                let number = number.as_f64().expect("a number");
                let is_high = self.minimum.is_none_or(|min| number >= min as f64);
                let is_low = self.maximum.is_none_or(|max| number <= max as f64);
                ensure(is_high && is_low, || format!("{number} is out of range"))
            }
            Value::Array(list) => self.check_list(list),
            Value::Object(object) => {
                let missing = self
                    .required
                    .iter()
                    .find(|name| !object.contains_key(*name));
                ensure(missing.is_none(), || format!("{missing:?} is missing"))?;
                let known = object
                    .iter()
                    .filter_map(|(name, v)| Some((self.properties.get(name)?, v)));
                known
                    .into_iter()
                    .try_for_each(|(field, value)| field.check(value))
            }
            _ => Ok(()),
        }
    }

    fn check_text(&self, text: &str) -> Result<(), String> {
        let len = text.chars().count();
        let fits = len >= self.min_length && self.max_length.is_none_or(|max| len <= max);
        ensure(fits, || format!("{len} characters"))?;
        let fits = self
            .pattern
            .as_ref()
            .is_none_or(|pattern| pattern.is_match(text));
        ensure(fits, || format!("{text:?} does not match"))
    }

    fn check_list(&self, list: &[Value]) -> Result<(), String> {
        ensure(self.max_items.is_none_or(|max| list.len() <= max), || {
            format!("{} items", list.len())
        })?;
        let items = self.items.as_ref().expect("a list has items");
        list.iter().try_for_each(|item| items.check(item))?;
        let keys = list
            .iter()
            .map(|item| self.keys.iter().map(|key| &item[key]).collect::<Vec<_>>());
        let keys: Vec<_> = keys.collect();
        let twice =
            (1..keys.len()).find(|&at| !self.keys.is_empty() && keys[..at].contains(&keys[at]));
        ensure(twice.is_none(), || format!("item {twice:?} is there twice"))
    }
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn known_type(value: &Value) -> &'static str {
    let known = ["object", "array", "string", "integer", "boolean"];
    known
        .into_iter()
        .find(|known| value == known)
        .unwrap_or_else(|| panic!("type {value}"))
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.as_f64().is_some_and(|n| n.fract() == 0.0) => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
