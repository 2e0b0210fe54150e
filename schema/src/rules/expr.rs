use serde_json::Value;

use crate::duration;

/// A condition on a value, as the source states it and CEL repeats it.
///
/// As in JSON Schema, a condition on a type that the value does not have holds: the type itself
/// is judged elsewhere.
#[derive(Clone, Copy, Debug)]
pub enum Expr {
    /// All of them hold.
    All(&'static [Expr]),
    /// At least one holds.
    Any(&'static [Expr]),
    /// Exactly one holds.
    One(&'static [Expr]),
    /// It does not hold.
    Not(&'static Expr),
    /// The object has the field.
    Has(&'static str),
    /// It holds for the field's value, or there is none.
    Field(&'static str, &'static Expr),
    /// It holds for every item.
    Each(&'static Expr),
    /// The string is one of these.
    In(&'static [&'static str]),
    /// The duration is not zero.
    Given,
}

impl Expr {
    /// Whether it holds for `value`.
    #[must_use]
    pub fn holds(&self, value: &Value) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(value)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(value)),
            Self::One(parts) => parts.iter().filter(|part| part.holds(value)).count() == 1,
            Self::Not(part) => !part.holds(value),
            Self::Has(field) => !value.is_object() || given(value, field).is_some(),
            Self::Field(field, part) => given(value, field).is_none_or(|v| part.holds(v)),
            Self::Each(part) => value
                .as_array()
                .is_none_or(|v| v.iter().all(|v| part.holds(v))),
            Self::In(words) => value.as_str().is_some_and(|v| words.contains(&v)),
            Self::Given => !duration::is_zero(value),
        }
    }
}

/// A field's value. The API server drops a null before it judges: it is no value.
pub(super) fn given<'a>(object: &'a Value, field: &str) -> Option<&'a Value> {
    object.get(field).filter(|value| !value.is_null())
}
