//! Header edits of rules and backends, parsed once when the configuration is compiled.

use http::{HeaderMap, HeaderName, HeaderValue};
use limpet_schema::snapshot::{Filter, HeaderEdit, HeaderField};

/// The edits of one rule or one backend, in order.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    request: Vec<Edit>,
    response: Vec<Edit>,
}

#[derive(Clone, Debug)]
enum Edit {
    Set(HeaderName, HeaderValue),
    Add(HeaderName, HeaderValue),
    Remove(HeaderName),
}

impl Edits {
    /// Parses edits; the error says which name or value cannot be sent.
    pub fn compile(filters: &[Filter]) -> Result<Self, String> {
        let mut edits = Self::default();
        for filter in filters {
            match filter {
                Filter::RequestHeaders(edit) => compile(edit, &mut edits.request)?,
                Filter::ResponseHeaders(edit) => compile(edit, &mut edits.response)?,
                Filter::Cors(_) | Filter::Mirror(_) | Filter::Rewrite(_) => {}
            }
        }
        Ok(edits)
    }

    /// Whether requests pass as they are.
    #[must_use]
    pub fn leaves_requests(&self) -> bool {
        self.request.is_empty()
    }

    /// Edits a request's fields.
    pub fn request(&self, headers: &mut HeaderMap) {
        apply(&self.request, headers);
    }

    /// Edits a response's fields.
    pub fn response(&self, headers: &mut HeaderMap) {
        apply(&self.response, headers);
    }
}

fn apply(edits: &[Edit], headers: &mut HeaderMap) {
    for edit in edits {
        match edit {
            Edit::Set(name, value) => drop(headers.insert(name, value.clone())),
            Edit::Add(name, value) => drop(headers.append(name, value.clone())),
            Edit::Remove(name) => drop(headers.remove(name)),
        }
    }
}

fn compile(edit: &HeaderEdit, into: &mut Vec<Edit>) -> Result<(), String> {
    for field in &edit.set {
        into.push(Edit::Set(name(&field.name)?, value(field)?));
    }
    for field in &edit.add {
        into.push(Edit::Add(name(&field.name)?, value(field)?));
    }
    for removed in &edit.remove {
        into.push(Edit::Remove(name(removed)?));
    }
    Ok(())
}

fn name(text: &str) -> Result<HeaderName, String> {
    text.parse()
        .map_err(|_| format!("{text:?} is not a header name"))
}

fn value(field: &HeaderField) -> Result<HeaderValue, String> {
    let HeaderField { name, value } = field;
    value
        .parse()
        .map_err(|_| format!("{value:?} cannot be sent as the value of {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, value: &str) -> HeaderField {
        HeaderField {
            name: name.into(),
            value: value.into(),
        }
    }

    #[test]
    fn set_then_add_then_remove() {
        let edit = HeaderEdit {
            set: vec![field("a", "1"), field("b", "1")],
            add: vec![field("a", "2")],
            remove: vec!["c".into()],
        };
        let edits = Edits::compile(&[Filter::RequestHeaders(edit)]).expect("valid");
        let mut headers = HeaderMap::new();
        headers.append("a", HeaderValue::from_static("0"));
        headers.append("a", HeaderValue::from_static("00"));
        headers.append("c", HeaderValue::from_static("0"));
        edits.request(&mut headers);
        assert_eq!(headers.get_all("a").iter().collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(headers.get("b").expect("set"), "1");
        assert!(!headers.contains_key("c"));
    }

    #[test]
    fn what_cannot_be_sent_is_named() {
        let bad_name = HeaderEdit {
            remove: vec!["a b".into()],
            ..HeaderEdit::default()
        };
        let error = Edits::compile(&[Filter::ResponseHeaders(bad_name)]).expect_err("a space");
        assert_eq!(error, "\"a b\" is not a header name");
        let bad_value = HeaderEdit {
            add: vec![field("a", "b\r\nc: d")],
            ..HeaderEdit::default()
        };
        assert!(Edits::compile(&[Filter::RequestHeaders(bad_value)]).is_err());
    }
}
