//! The part of a match that is not the path: method, headers, query.

use http::HeaderName;
use limpet_schema::snapshot::{Match, TextMatch, ValueMatch};

use super::Pattern;
use super::facts::Facts;

/// What must hold besides the path.
#[derive(Debug)]
pub struct Condition {
    method: Option<Box<str>>,
    headers: Vec<(HeaderName, Text)>,
    query: Vec<(Box<str>, Text)>,
}

#[derive(Debug)]
enum Text {
    Exact(Box<[u8]>),
    Regex(Pattern),
}

impl Condition {
    /// Compiles a match; the error says what cannot be compiled.
    pub fn compile(when: &Match, cores: usize) -> Result<Self, String> {
        let header = |ValueMatch { name, value }: &ValueMatch| {
            let parsed = name.parse::<HeaderName>();
            let name = parsed.map_err(|_| format!("{name:?} is not a header name"))?;
            Ok((name, Text::compile(value, cores)?))
        };
        let parameter = |ValueMatch { name, value }: &ValueMatch| {
            Ok((name.as_str().into(), Text::compile(value, cores)?))
        };
        Ok(Self {
            method: when.method.as_deref().map(Into::into),
            headers: when
                .headers
                .iter()
                .map(header)
                .collect::<Result<_, String>>()?,
            query: when
                .query
                .iter()
                .map(parameter)
                .collect::<Result<_, String>>()?,
        })
    }

    /// Whether all of it holds.
    pub fn holds(&self, facts: &Facts<'_>) -> bool {
        let has_method = self
            .method
            .as_deref()
            .is_none_or(|method| method == facts.method());
        let has_headers = || {
            self.headers.iter().all(|(name, text)| {
                facts
                    .header(name)
                    .is_some_and(|value| text.takes(facts.core, &value))
            })
        };
        let has_parameters = || {
            self.query.iter().all(|(name, text)| {
                facts
                    .parameter(name)
                    .is_some_and(|value| text.takes(facts.core, value))
            })
        };
        has_method && has_headers() && has_parameters()
    }
}

impl Text {
    fn compile(text: &TextMatch, cores: usize) -> Result<Self, String> {
        match text {
            TextMatch::Exact(value) => Ok(Self::Exact(value.as_bytes().into())),
            TextMatch::Regex(expression) => Pattern::compile(expression, cores).map(Self::Regex),
        }
    }

    fn takes(&self, core: usize, value: &[u8]) -> bool {
        match self {
            Self::Exact(exact) => **exact == *value,
            Self::Regex(pattern) => {
                str::from_utf8(value).is_ok_and(|value| pattern.is_match(core, value))
            }
        }
    }
}
