// Generated from schema/common.schema.json by `cargo run -p limpet-codegen -- gen`; do not edit.

//! The types of `schema/common.schema.json`.

/// One aspect of the object's state (`metav1.Condition`).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// Which aspect: Accepted, ResolvedRefs, Programmed.
    pub r#type: String,
    /// Whether it holds.
    pub status: ConditionStatus,
    /// The `metadata.generation` this was said about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// When `status` last changed.
    pub last_transition_time: String,
    /// Why, in one CamelCase word.
    pub reason: String,
    /// Why, for people.
    pub message: String,
}

/// Whether it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ConditionStatus {
    /// `True`
    #[serde(rename = "True")]
    True,
    /// `False`
    #[serde(rename = "False")]
    False,
    /// `Unknown`
    #[serde(rename = "Unknown")]
    Unknown,
}
