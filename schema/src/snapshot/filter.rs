//! What is done to messages on their way.

use serde::{Deserialize, Serialize};

use super::BackendId;

/// One thing that is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Filter {
    /// Of the request, before it goes to the backend.
    #[serde(rename = "request-headers")]
    RequestHeaders(HeaderEdit),
    /// Of the response, before it goes to the client.
    #[serde(rename = "response-headers")]
    ResponseHeaders(HeaderEdit),
    /// Answers for other origins; at most one of a rule, none of a backend.
    #[serde(rename = "cors")]
    Cors(Cors),
    /// A copy for another backend, whose answer nobody reads; of a rule only.
    #[serde(rename = "mirror")]
    Mirror(Mirror),
    /// Where the request points; of a backend only, and before what its rule says.
    #[serde(rename = "rewrite")]
    Rewrite(UrlRewrite),
}

/// Who gets copies of which share of the requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mirror {
    /// Where they go.
    pub backend: BackendId,
    /// Of the share; no more than the denominator.
    pub numerator: u32,
    /// At least 1.
    pub denominator: u32,
}

/// What browsers may let pages of other origins do (Fetch 3.3; Gateway API HTTPCORSFilter).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cors {
    /// `*`, `https://www.example.com`, or `https://*.example.com`, where the star is one label or
    /// more; lower case.
    pub origins: Vec<String>,
    /// Methods, or `*`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// Names of request fields, or `*`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
    /// Names of response fields that pages may read, or `*`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exposed: Vec<String>,
    /// Whether requests may carry cookies and other credentials.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allows_credentials: bool,
    /// How long a browser may remember the answer to a preflight.
    pub max_age_secs: u32,
}

/// Header edits: `set`, then `add`, then `remove`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
pub struct HeaderField {
    /// HTTP token.
    pub name: String,
    /// Without CR, LF or NUL.
    pub value: String,
}

/// Changes to where a forwarded request points.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
