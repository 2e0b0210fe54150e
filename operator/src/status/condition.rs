//! Conditions as the API writes them.

use std::fmt::Display;

use limpet_schema::messages::Message;
use serde_json::Value;

/// One aspect of an object's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    kind: &'static str,
    status: &'static str,
    reason: String,
    message: String,
}

impl Condition {
    /// It holds.
    pub fn yes(kind: &'static str, reason: &str, message: impl Display) -> Self {
        Self::new(kind, "True", reason, message)
    }

    /// It does not hold.
    pub fn no(kind: &'static str, reason: &str, message: impl Display) -> Self {
        Self::new(kind, "False", reason, message)
    }

    /// `Programmed`, before the data plane has answered.
    pub fn pending() -> Self {
        Self::new(
            "Programmed",
            "Unknown",
            "Pending",
            "Waiting for the data plane",
        )
    }

    fn new(kind: &'static str, status: &'static str, reason: &str, message: impl Display) -> Self {
        Self {
            kind,
            status,
            reason: reason.to_owned(),
            message: message.to_string(),
        }
    }
}

/// The list in a status field, about one generation of the object; a manifest
/// in a file has none.
pub fn conditions(generation: Option<i64>, conditions: &[Condition]) -> Value {
    let render = |condition: &Condition| {
        let generation = generation.map(|generation| ("observedGeneration", generation.into()));
        let said = [
            ("type", condition.kind.into()),
            ("status", condition.status.into()),
            ("reason", condition.reason.as_str().into()),
            ("message", condition.message.as_str().into()),
        ];
        object(said.into_iter().chain(generation))
    };
    conditions.iter().map(render).collect()
}

/// An object of these fields, which are moved: `json!` copies what it is given, and there may be
/// thousands of statuses.
pub fn object(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let fields = fields.into_iter();
    Value::Object(
        fields
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

/// A text for people, with the id that tells more.
pub fn with_id(text: impl Display, is: &Message) -> String {
    format!("{text} [{}]", is.id)
}
