//! What conditions look at in one request.

use std::borrow::Cow;
use std::cell::OnceCell;

use http::header::HOST;
use http::{HeaderName, HeaderValue};
use monoio_http::common::request::RequestHead;

use super::query::{self, Parameters};
use crate::proto::h1::target;

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
        target::path(self.head)
    }

    /// The method.
    pub fn method(&self) -> &'a str {
        self.head.method.as_str()
    }

    /// The fields of a name as one value; `None` without such a field.
    pub fn header(&self, name: &HeaderName) -> Option<Cow<'a, [u8]>> {
        let mut values = self.head.headers.get_all(name).iter();
        let Some(first) = values.next() else {
            // HTTP/1.0 may name the host in its target alone; that is what goes out as Host.
            let host = self.head.uri.authority().filter(|_| *name == HOST)?;
            return Some(host.as_str().as_bytes().into());
        };
        let mut joined = Cow::Borrowed(first.as_bytes());
        for value in values.map(HeaderValue::as_bytes) {
            joined.to_mut().push(b',');
            joined.to_mut().extend_from_slice(value);
        }
        Some(joined)
    }

    /// The first parameter of a name.
    pub fn parameter(&self, name: &str) -> Option<&[u8]> {
        let parameters = self
            .parameters
            .get_or_init(|| query::parse(target::query(self.head).unwrap_or_default()));
        parameters.get(name.as_bytes()).map(|value| &**value)
    }
}
