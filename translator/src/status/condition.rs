//! Conditions as the API writes them.

use std::fmt::Display;

use limpet_schema::messages::Message;
use serde_json::Value;

/// The longest message of a condition, in characters: the Gateway API's CRDs and ours have it so.
pub const MESSAGE_CHARS_MAX: usize = 32_768;

/// The longest id with its brackets; what is longer is no id.
const ID_BYTES_MAX: usize = 64;

/// As much of a text as fits, and the id at its end.
pub fn fitting(text: String, chars_max: usize) -> String {
    if text.len() <= chars_max || text.chars().count() <= chars_max {
        return text;
    }
    let id = text
        .rfind(" [")
        .filter(|at| text.ends_with(']') && text.len() - at <= ID_BYTES_MAX);
    let end = format!("...{}", id.map_or("", |at| &text[at..]));
    let kept = chars_max - end.chars().count();
    text.chars().take(kept).collect::<String>() + &end
}

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
            message: fitting(message.to_string(), MESSAGE_CHARS_MAX),
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

#[cfg(test)]
mod tests {
    use limpet_schema::messages;

    use super::*;

    #[test]
    fn a_message_is_cut_to_what_an_api_server_takes_and_keeps_its_id() {
        let long = with_id("ä".repeat(MESSAGE_CHARS_MAX), &messages::FIELD_PATTERN);
        let said = conditions(None, &[Condition::no("Accepted", "Invalid", &long)]);
        let message = said[0]["message"].as_str().expect("text");
        assert_eq!(message.chars().count(), MESSAGE_CHARS_MAX);
        assert!(message.ends_with("ä... [field-pattern]"), "its end");
        let short = Condition::no("Accepted", "Invalid", "words");
        assert_eq!(conditions(None, &[short])[0]["message"], "words");
    }
}
