//! Every message id that is not a rule of our API, with its meaning and remedy.
//!
//! Generated from `schema/messages.json` by `cargo run -p limpet-codegen -- gen`; do not edit.

/// A message that a person may meet in `check`, status, log or docs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Stable: it never changes its meaning.
    pub id: &'static str,
    /// What is wrong.
    pub summary: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

/// A manifest is not valid YAML or JSON.
pub const YAML_MALFORMED: Message = Message {
    id: "yaml-malformed",
    summary: "A manifest is not valid YAML or JSON.",
    remedy: "Correct the file at the line and column named. The other files are served meanwhile.",
};

/// A manifest's apiVersion and kind are none that Limpet reads.
pub const KIND_UNKNOWN: Message = Message {
    id: "kind-unknown",
    summary: "A manifest's apiVersion and kind are none that Limpet reads.",
    remedy: "Check the spelling of apiVersion and kind, or keep the object in another folder.",
};

/// A field holds a value of the wrong type.
pub const FIELD_TYPE: Message = Message {
    id: "field-type",
    summary: "A field holds a value of the wrong type.",
    remedy: "Give the type that the message names.",
};

/// All of them, sorted by id.
pub const ALL: &[Message] = &[FIELD_TYPE, KIND_UNKNOWN, YAML_MALFORMED];
