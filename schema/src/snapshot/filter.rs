//! Changes to a request's or response's head.

use serde::{Deserialize, Serialize};

/// One edit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Filter {
    /// Of the request, before it goes to the backend.
    #[serde(rename = "request-headers")]
    RequestHeaders(HeaderEdit),
    /// Of the response, before it goes to the client.
    #[serde(rename = "response-headers")]
    ResponseHeaders(HeaderEdit),
}

/// Header edits: `set`, then `add`, then `remove`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderEdit {
    /// Replaces every field of that name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<HeaderField>,
    /// Adds a field beside those there are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add: Vec<HeaderField>,
    /// Removes every field of that name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<String>,
}

/// A header field; the name is lower case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderField {
    /// HTTP token.
    pub name: String,
    /// Without CR, LF or NUL.
    pub value: String,
}

/// Changes to where a forwarded request points.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrlRewrite {
    /// The new Host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// The new path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathEdit>,
}

/// A change to a path; the query stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PathEdit {
    /// Replaces the whole path.
    Full(String),
    /// Replaces the matched prefix; only in rules whose matches are all prefixes.
    Prefix(String),
}
