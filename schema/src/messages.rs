// Generated from schema/messages.json by `cargo run -p limpet-codegen -- gen`; do not edit.

//! Every message id that is not a rule of our API, with its meaning and remedy.

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

/// A list has too many items.
pub const FIELD_COUNT: Message = Message {
    id: "field-count",
    summary: "A list has too many items.",
    remedy: "Keep to the number named; split the object where more are needed.",
};

/// Two items of a list have the same key.
pub const FIELD_DUPLICATE: Message = Message {
    id: "field-duplicate",
    summary: "Two items of a list have the same key.",
    remedy: "Remove one of them, or give it another key.",
};

/// A length of time is malformed, out of range or too fine.
pub const FIELD_DURATION: Message = Message {
    id: "field-duration",
    summary: "A length of time is malformed, out of range or too fine.",
    remedy: "Write it as Go does (`30s`, `1h30m`, `500ms`; hours are the largest unit), within the bounds named.",
};

/// A field holds none of the words or numbers that it may hold.
pub const FIELD_ENUM: Message = Message {
    id: "field-enum",
    summary: "A field holds none of the words or numbers that it may hold.",
    remedy: "Use one of those that the message lists; letter case counts.",
};

/// A string is empty, too short or too long.
pub const FIELD_LENGTH: Message = Message {
    id: "field-length",
    summary: "A string is empty, too short or too long.",
    remedy: "Keep its length within the bounds named, counted in characters.",
};

/// A string has characters or a form that its field does not allow.
pub const FIELD_PATTERN: Message = Message {
    id: "field-pattern",
    summary: "A string has characters or a form that its field does not allow.",
    remedy: "Write it as the message says.",
};

/// A number is too small or too large.
pub const FIELD_RANGE: Message = Message {
    id: "field-range",
    summary: "A number is too small or too large.",
    remedy: "Keep it within the bounds named.",
};

/// A field that must be given is missing.
pub const FIELD_REQUIRED: Message = Message {
    id: "field-required",
    summary: "A field that must be given is missing.",
    remedy: "Add the field. `limpet explain` and its path tell what it may hold.",
};

/// A field holds a value of the wrong type.
pub const FIELD_TYPE: Message = Message {
    id: "field-type",
    summary: "A field holds a value of the wrong type.",
    remedy: "Give the type that the message names.",
};

/// A field that the kind does not have. It is ignored.
pub const FIELD_UNKNOWN: Message = Message {
    id: "field-unknown",
    summary: "A field that the kind does not have. It is ignored.",
    remedy: "Check its spelling and indentation against the fields that the message lists.",
};

/// A manifest's apiVersion and kind are none that Limpet reads.
pub const KIND_UNKNOWN: Message = Message {
    id: "kind-unknown",
    summary: "A manifest's apiVersion and kind are none that Limpet reads.",
    remedy: "Check the spelling of apiVersion and kind, or keep the object in another folder.",
};

/// An object has more problems than one answer names.
pub const PROBLEMS_LEFT_OUT: Message = Message {
    id: "problems-left-out",
    summary: "An object has more problems than one answer names.",
    remedy: "Correct the ones named, then check again.",
};

/// A manifest is not valid YAML or JSON.
pub const YAML_MALFORMED: Message = Message {
    id: "yaml-malformed",
    summary: "A manifest is not valid YAML or JSON.",
    remedy: "Correct the file at the line and column named. The other files are served meanwhile.",
};

/// All of them, sorted by id.
pub const ALL: &[Message] = &[
    FIELD_COUNT,
    FIELD_DUPLICATE,
    FIELD_DURATION,
    FIELD_ENUM,
    FIELD_LENGTH,
    FIELD_PATTERN,
    FIELD_RANGE,
    FIELD_REQUIRED,
    FIELD_TYPE,
    FIELD_UNKNOWN,
    KIND_UNKNOWN,
    PROBLEMS_LEFT_OUT,
    YAML_MALFORMED,
];
