//! Which requests a rule takes. Everything said must hold; what is absent matches anything.

use serde::{Deserialize, Serialize};

use super::RuleId;

/// One match of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The condition.
    #[serde(rename = "match")]
    pub when: Match,
    /// The rule that takes the request.
    pub rule: RuleId,
}

/// A condition on a request's head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// On the path, without the query.
    pub path: PathMatch,
    /// Exact, case-sensitive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Names are lower case. Several fields of one name are matched as one value joined with `,`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<ValueMatch>,
    /// The first parameter of a name counts; names and values are percent-decoded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<ValueMatch>,
}

/// A condition on a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PathMatch {
    /// The whole path.
    Exact(String),
    /// Whole path elements: `/a` takes `/a` and `/a/b`, not `/ab`. `/` takes everything.
    /// Never ends in `/` otherwise.
    Prefix(String),
    /// The whole path, in the syntax of the `regex` crate (RE2: linear time).
    Regex(String),
}

/// A condition on a named value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueMatch {
    /// The header's or parameter's name.
    pub name: String,
    /// What its value must be.
    pub value: TextMatch,
}

/// A condition on a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextMatch {
    /// Equal, case-sensitive.
    Exact(String),
    /// The whole value, in the syntax of the `regex` crate.
    Regex(String),
}
