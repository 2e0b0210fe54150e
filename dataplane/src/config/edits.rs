//! Header edits of rules and backends, parsed once when the configuration is compiled.

use http::HeaderValue;
use limpet_schema::snapshot::{Filter, HeaderEdit, HeaderField};

use crate::proto::field_name::FieldName;
use crate::proto::fields::Fields;

/// The edits of one rule or one backend, in order.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    request: Vec<Edit>,
    response: Vec<Edit>,
}

#[derive(Clone, Debug)]
enum Edit {
    Set(FieldName, HeaderValue),
    Add(FieldName, HeaderValue),
    Remove(FieldName),
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
    pub fn request(&self, fields: &mut Fields) {
        apply(&self.request, fields);
    }

    /// Edits a response's fields.
    pub fn response(&self, fields: &mut Fields) {
        apply(&self.response, fields);
    }
}

fn apply(edits: &[Edit], fields: &mut Fields) {
    for edit in edits {
        match edit {
            Edit::Set(name, value) => fields.set(name, value.as_bytes()),
            Edit::Add(name, value) => fields.add(name, value.as_bytes()),
            Edit::Remove(name) => fields.remove(name),
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

fn name(text: &str) -> Result<FieldName, String> {
    FieldName::parse(text.as_bytes()).ok_or_else(|| format!("{text:?} is not a header name"))
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
        let mut fields = Fields::default();
        for (name, value) in [("a", "0"), ("a", "00"), ("c", "0"), ("d", "0")] {
            let name = FieldName::parse(name.as_bytes()).expect("a token");
            fields.add(&name, value.as_bytes());
        }
        edits.request(&mut fields);
        let expected = [("d", "0"), ("a", "1"), ("b", "1"), ("a", "2")];
        let expected = expected.map(|(name, value)| (name.as_bytes(), value.as_bytes()));
        assert_eq!(fields.iter().collect::<Vec<_>>(), expected);
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
