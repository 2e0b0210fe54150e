//! Conditions on requests, and which of two that hold decides.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use limpet_schema::gateway_api::httproutes::{
    HttpRouteRulesMatches, HttpRouteRulesMatchesHeadersType, HttpRouteRulesMatchesPath,
    HttpRouteRulesMatchesPathType, HttpRouteRulesMatchesQueryParamsType,
};
use limpet_schema::messages;
use limpet_schema::snapshot::{Match, PathMatch, TextMatch, ValueMatch};
use regex::RegexBuilder;

use super::hostname::Rank;
use super::re2;
use super::rule::Unsupported;
use crate::inputs::ObjectKey;

/// The most memory that a compiled expression may take, in bytes.
const REGEX_SIZE_MAX: usize = 1 << 20;

/// Whose entry it is; less comes first. Older routes come first, then namespace/name, then the
/// order in the manifest.
pub type Owner = (Option<Time>, ObjectKey, usize, usize);

/// The Gateway API's order of matches; less comes first.
///
/// What the route calls the host comes first: where a listener narrows two hostnames to one, the
/// route that named it more exactly is asked first. Exact paths before all others; then, where the API leaves it open, regular expressions before
/// prefixes, so that an expression can carve an exception out of a prefix. Then the longer path, a
/// method, more headers, more query parameters, and the [`Owner`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Precedence {
    host: Rank,
    path_kind: u8,
    path_chars: Reverse<usize>,
    has_method: Reverse<bool>,
    headers: Reverse<usize>,
    query: Reverse<usize>,
    owner: Owner,
}

impl Precedence {
    /// Of a match.
    pub fn of(when: &Match, owner: Owner) -> Self {
        let (path_kind, path) = match &when.path {
            PathMatch::Exact(path) => (0, path),
            PathMatch::Regex(path) => (1, path),
            PathMatch::Prefix(path) => (2, path),
        };
        Self {
            host: (0, Reverse(0)),
            path_kind,
            path_chars: Reverse(path.chars().count()),
            has_method: Reverse(when.method.is_some()),
            headers: Reverse(when.headers.len()),
            query: Reverse(when.query.len()),
            owner,
        }
    }

    /// The same, of a route that calls the host by a name of this rank.
    pub fn under(&self, host: Rank) -> Self {
        Self {
            host,
            ..self.clone()
        }
    }

    /// Of what takes the requests that nothing else takes: an Ingress's default backend.
    pub fn last(owner: Owner) -> Self {
        let path_kind = 3;
        Self {
            path_kind,
            ..Self::of(&everything(), owner)
        }
    }
}

/// The match that takes everything.
pub fn everything() -> Match {
    Match {
        path: PathMatch::Prefix("/".to_owned()),
        method: None,
        headers: Vec::new(),
        query: Vec::new(),
    }
}

/// Reads a match of an HTTPRoute.
///
/// # Errors
/// When an expression does not compile.
pub fn read(when: &HttpRouteRulesMatches) -> Result<Match, Unsupported> {
    let headers = when.headers.iter().flatten().map(|header| {
        let is_regex = header.r#type == Some(HttpRouteRulesMatchesHeadersType::RegularExpression);
        (header.name.to_ascii_lowercase(), &header.value, is_regex)
    });
    let query = when.query_params.iter().flatten().map(|param| {
        let is_regex =
            param.r#type == Some(HttpRouteRulesMatchesQueryParamsType::RegularExpression);
        (param.name.clone(), &param.value, is_regex)
    });
    Ok(Match {
        path: when.path.as_ref().map_or(Ok(everything().path), path)?,
        method: when.method.as_ref().map(method),
        headers: values(headers)?,
        query: values(query)?,
    })
}

/// A prefix without the slash at its end, which says nothing.
pub fn prefix(path: &str) -> PathMatch {
    let trimmed = path.strip_suffix('/').unwrap_or(path);
    PathMatch::Prefix(if trimmed.is_empty() { "/" } else { trimmed }.to_owned())
}

fn path(path: &HttpRouteRulesMatchesPath) -> Result<PathMatch, Unsupported> {
    let value = path.value.as_deref().unwrap_or("/");
    match &path.r#type {
        Some(HttpRouteRulesMatchesPathType::Exact) => Ok(PathMatch::Exact(value.to_owned())),
        Some(HttpRouteRulesMatchesPathType::RegularExpression) => {
            regex(value).map(PathMatch::Regex)
        }
        Some(HttpRouteRulesMatchesPathType::PathPrefix) | None => Ok(prefix(value)),
    }
}

fn method(method: &limpet_schema::gateway_api::httproutes::HttpRouteRulesMatchesMethod) -> String {
    let name = serde_json::to_value(method).expect("an enum of words");
    name.as_str().expect("an enum of words").to_owned()
}

/// Of several conditions on one name the first counts (HTTPHeaderMatch, HTTPQueryParamMatch).
fn values<'a>(
    conditions: impl Iterator<Item = (String, &'a String, bool)>,
) -> Result<Vec<ValueMatch>, Unsupported> {
    let mut seen = BTreeSet::new();
    conditions
        .filter(|(name, ..)| seen.insert(name.clone()))
        .map(|(name, value, is_regex)| {
            let value = match is_regex {
                true => TextMatch::Regex(regex(value)?),
                false => TextMatch::Exact(value.clone()),
            };
            Ok(ValueMatch { name, value })
        })
        .collect()
}

/// The expression, if the data plane can use it: it refuses a snapshot whole, so an expression that
/// compiles only alone (`(?x)a # b`, where the group's end would be comment) must not get there.
fn regex(text: &str) -> Result<String, Unsupported> {
    let ours = re2::ascii_classes(text);
    let compiles = |text: &str| {
        let built = RegexBuilder::new(text).size_limit(REGEX_SIZE_MAX).build();
        built.map(|_| ())
    };
    match compiles(&ours).and_then(|()| compiles(&format!("^(?:{ours})$"))) {
        Ok(()) => Ok(ours),
        Err(error) => {
            // The library draws the place with lines of its own.
            let error = error.to_string();
            let cause = error.lines().last().unwrap_or_default().trim();
            Err(Unsupported::new(
                format!("{text:?} is no regular expression: {cause}"),
                &messages::REGEX_INVALID,
            ))
        }
    }
}

#[cfg(test)]
mod tests;
