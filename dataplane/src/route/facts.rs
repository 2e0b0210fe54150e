//! What conditions look at in one request.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::query::{self, Parameters};
use crate::proto::field_name::{FieldName, Known};
use crate::proto::head::RequestHead;

/// A request's head as conditions see it.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The core that asks.
    pub core: usize,
    head: &'a RequestHead,
    /// Split only when a condition asks.
    parameters: OnceCell<Parameters<'a>>,
}

impl<'a> Facts<'a> {
    /// Of this request.
    pub fn new(core: usize, head: &'a RequestHead) -> Self {
        Self {
            core,
            head,
            parameters: OnceCell::new(),
        }
    }

    /// The raw path.
    pub fn path(&self) -> &'a str {
        self.head.path()
    }

    /// The method.
    pub fn method(&self) -> &'a str {
        self.head.method.as_str()
    }

    /// The fields of a name as one value; `None` without such a field.
    pub fn header(&self, name: &FieldName) -> Option<Cow<'a, [u8]>> {
        let mut values = self.head.fields.all(name);
        let Some(first) = values.next() else {
            // HTTP/1.0 may name the host in its target alone; that is what goes out as Host.
            let is_host = name.known() == Some(Known::Host);
            let host = self.head.authority().filter(|_| is_host)?;
            return Some(host.as_bytes().into());
        };
        let mut joined = Cow::Borrowed(first);
        for value in values {
            joined.to_mut().push(b',');
            joined.to_mut().extend_from_slice(value);
        }
        Some(joined)
    }

    /// The first parameter of a name.
    pub fn parameter(&self, name: &str) -> Option<&[u8]> {
        let parameters = self
            .parameters
            .get_or_init(|| query::parse(self.head.query().unwrap_or_default()));
        parameters.get(name.as_bytes()).map(|value| &**value)
    }
}
