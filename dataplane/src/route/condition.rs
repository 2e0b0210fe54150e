//! The part of a match that is not the path: method, headers, query.

use std::borrow::Cow;

use limpet_schema::snapshot::{Match, TextMatch, ValueMatch};

use super::Pattern;
use super::facts::Facts;
use crate::proto::field_name::FieldName;

/// What must hold besides the path.
#[derive(Debug)]
pub struct Condition {
    method: Option<Box<str>>,
    headers: Vec<(FieldName, Text)>,
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
            let parsed = FieldName::parse(name.as_bytes());
            let name = parsed.ok_or_else(|| format!("{name:?} is not a header name"))?;
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
            Self::Regex(pattern) => pattern.is_match(core, &text(value)),
        }
    }
}

/// A value for an expression, which asks for characters: a byte that is no UTF-8 is the character
/// that it is in Latin-1, so that one cookie of an old application hides none of the others.
fn text(value: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(value) {
        Ok(text) => text.into(),
        Err(_) => mixed(value).into(),
    }
}

fn mixed(value: &[u8]) -> String {
    let mut text = String::with_capacity(value.len());
    for chunk in value.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| char::from(*byte)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expression: &str, value: &[u8], expected: bool) {
        let regex = TextMatch::Regex(expression.into());
        let text = Text::compile(&regex, 1).expect("sound");
        let is_taken = text.takes(0, value);
        assert_eq!(is_taken, expected, "{expression} {}", value.escape_ascii());
    }

    #[test]
    fn an_expression_sees_every_byte_of_a_value() {
        // A cookie of an old application beside the one that is asked for.
        check("(.*; )?canary=yes(;.*)?", b"name=Ren\xe9; canary=yes", true);
        check("[^;]*; canary=yes", b"name=Ren\xe9; canary=yes", true);
        check("[^;]*; canary=no", b"name=Ren\xe9; canary=yes", false);
        check("é+.", "éé€".as_bytes(), true);
        check("é.", b"\xc3\xa9\xff", true);
    }
}
