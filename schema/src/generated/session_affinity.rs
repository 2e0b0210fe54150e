// Generated from schema/session-affinity.schema.json by `cargo run -p limpet-codegen -- gen`; do not edit.

//! The types of `schema/session-affinity.schema.json`.

/// How a client's requests keep going to the same backend target.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionAffinity {
    /// Who chooses the cookie's name and lifetime: the gateway (managed-cookie) or this object
    /// (application-cookie).
    pub affinity_type: SessionAffinityType,
    /// Name of the cookie. Required by application-cookie, discarded by managed-cookie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cookie_name: Option<String>,
    /// How long the cookie lives: whole seconds (3600) or a Go duration (3600s, 1h30m). Absent, 0
    /// and 0s mean not given. Required by application-cookie, discarded by managed-cookie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cookie_duration: Option<crate::duration::IntOrString>,
}

/// Who chooses the cookie's name and lifetime: the gateway (managed-cookie) or this object
/// (application-cookie).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum SessionAffinityType {
    /// `application-cookie`
    #[serde(rename = "application-cookie")]
    ApplicationCookie,
    /// `managed-cookie`
    #[serde(rename = "managed-cookie")]
    ManagedCookie,
}
