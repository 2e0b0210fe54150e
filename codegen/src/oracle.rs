//! The sources as a JSON Schema validator: the judge that all outputs are compared with.
//!
//! Our own keywords are read here a second time, apart from `limpet_schema::rules`, so that the
//! proof compares two readings and not one with itself.

use std::collections::HashSet;
use std::sync::LazyLock;

use jsonschema::{Keyword, PatternOptions, ValidationError, Validator};
use regex::Regex;
use serde_json::{Map, Value, json};

use crate::duration;
use crate::ir::Duration;
use crate::source::{Sources, from_json};
use crate::{Error, Result};

/// A validator of one source, such as `route-policy.schema.json`.
///
/// # Errors
/// When `jsonschema` does not accept the source.
pub fn validator(sources: &Sources, file: &str) -> Result<Validator> {
    let bundle = bundle(sources, file);
    jsonschema::draft202012::options()
        .offline()
        .with_pattern_options(PatternOptions::regex())
        .with_keyword("x-limpet-duration", |parent, value, _| {
            let bounds: Duration = from_json("x-limpet-duration", value.clone())
                .map_err(|error| ValidationError::custom(error.to_string()))?;
            let is_seconds_too = parent.get("type").is_some_and(Value::is_array);
            let bounds = Duration {
                is_seconds_too,
                ..bounds
            };
            let pattern = Regex::new(&duration::pattern(&bounds)).expect("a constant");
            Ok(Predicate::boxed(move |value| {
                is_within(&bounds, &pattern, value)
            }))
        })
        .with_keyword("x-limpet-given", |_, _, _| {
            Ok(Predicate::boxed(|value| millis(value) != Some(0)))
        })
        .with_keyword("x-limpet-list", |_, value, _| {
            let keys = value["keys"].as_array().cloned().unwrap_or_default();
            Ok(Predicate::boxed(move |value| is_unique(&keys, value)))
        })
        .build(&bundle)
        .map_err(|error| Error::source(file, error.to_string()))
}

/// One document that holds all sources, and is the one called `file`.
#[must_use]
pub fn bundle(sources: &Sources, file: &str) -> Value {
    let embedded = sources.schemas.iter().map(|(name, schema)| {
        let mut schema = schema.clone();
        schema
            .as_object_mut()
            .and_then(|schema| schema.shift_remove("$schema"));
        (name.clone(), schema)
    });
    let embedded: Map<_, _> = embedded.collect();
    json!({ "$id": "https://limpet.dev/", "$ref": file, "$defs": embedded })
}

/// A keyword that is a yes or no.
struct Predicate<F>(F);

impl<F: Fn(&Value) -> bool + Send + Sync + 'static> Predicate<F> {
    fn boxed(holds: F) -> Box<dyn for<'i> Keyword<'i>> {
        Box::new(Self(holds))
    }
}

impl<'i, F: Fn(&Value) -> bool + Send + Sync> Keyword<'i> for Predicate<F> {
    fn validate(&self, instance: &'i Value) -> std::result::Result<(), ValidationError<'i>> {
        match self.is_valid(instance) {
            true => Ok(()),
            false => Err(ValidationError::custom(
                "refused by one of our own keywords",
            )),
        }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        (self.0)(instance)
    }
}

fn is_within(bounds: &Duration, pattern: &Regex, value: &Value) -> bool {
    let is_well_formed = |text: &str| text.len() <= duration::LENGTH_MAX && pattern.is_match(text);
    if value.as_str().is_some_and(|text| !is_well_formed(text)) {
        return false;
    }
    let Some(millis) = millis(value) else {
        return false;
    };
    let (min, max) = (
        u128::from(bounds.min_seconds),
        u128::from(bounds.max_seconds),
    );
    let is_whole = millis % 1000 == 0 || !bounds.whole_seconds;
    millis == 0 || (millis >= min * 1000 && millis <= max * 1000 && is_whole)
}

static TERM: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"([0-9]+)(?:\.([0-9]+))?([a-z]+)").expect("a constant"));

/// The sum of a duration's terms; `None` when it is none.
fn millis(value: &Value) -> Option<u128> {
    let text = match value {
        Value::Number(secs) => return Some(u128::from(secs.as_u64()?) * 1000),
        Value::String(text) => text,
        _ => return None,
    };
    if let Ok(secs) = text.parse::<u128>() {
        return secs.checked_mul(1000);
    }
    TERM.captures_iter(text).try_fold(0_u128, |sum, term| {
        let nanos = match &term[3] {
            "h" => 3_600_000_000_000,
            "m" => 60_000_000_000,
            "s" => 1_000_000_000,
            "ms" => 1_000_000,
            "us" => 1_000,
            "ns" => 1_u128,
            _ => return None,
        };
        let fraction = term
            .get(2)
            .map_or("", |digits| digits.as_str())
            .trim_end_matches('0');
        let scale = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let digits: u128 = format!("{}{fraction}", &term[1]).parse().ok()?;
        sum.checked_add(digits.checked_mul(nanos)? / scale / 1_000_000)
    })
}

/// Whether no two items have the same values at all keys.
fn is_unique(keys: &[Value], value: &Value) -> bool {
    let Some(items) = value.as_array() else {
        return true;
    };
    let key = |item: &Value| {
        let parts = keys
            .iter()
            .map(|key| item.get(key.as_str().unwrap_or_default()));
        parts
            .map(|part| part.map(ToString::to_string))
            .collect::<Option<Vec<_>>>()
    };
    let mut seen = HashSet::new();
    items.iter().filter_map(key).all(|key| seen.insert(key))
}
