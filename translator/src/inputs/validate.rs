//! What an API server would refuse in objects of kinds that are not ours, as far as it could do
//! harm here: names, hosts, paths, ports, header names, durations.
//!
//! Each function judges one object alone and names everything that is wrong. Our own kinds are
//! judged by their rule table (`limpet_schema::rules`).

mod endpoints;
pub mod gateway;
mod http_route;
mod ingress;
pub mod syntax;

use limpet_schema::messages::{self, Message};
use limpet_schema::problem::{Problem, Reason};
use serde_json::Value;

pub use endpoints::{endpoint_slice, service};
pub use gateway::{gateway, listener_set};
pub use http_route::http_route;
pub use ingress::ingress;

use super::kinds::ObjectId;

/// For kinds of which every well-typed object is good.
pub fn nothing<T>(_: &T) -> Vec<Problem> {
    Vec::new()
}

/// Whether the object is named so that the name can be part of an id.
pub fn metadata(id: &ObjectId, object: &Value) -> Vec<Problem> {
    let mut problems = Problems::default();
    match &object["metadata"]["name"] {
        Value::String(name) if !name.is_empty() => {
            problems.judge("metadata.name", syntax::dns_name(name));
        }
        Value::String(_) | Value::Null => problems.required("metadata.name"),
        // Of the wrong type, which is said where types are given.
        _ => {}
    }
    if !id.key.namespace.is_empty() {
        problems.judge("metadata.namespace", syntax::dns_label(&id.key.namespace));
    }
    problems.0
}

/// What is wrong with one object.
#[derive(Default)]
struct Problems(Vec<Problem>);

/// Why a value is refused.
pub struct Refused {
    /// Why.
    pub message: String,
    /// Its id.
    pub is: &'static Message,
}

impl Problems {
    fn judge(&mut self, field: &str, verdict: Result<(), Refused>) {
        if let Err(Refused { message, is }) = verdict {
            self.push(field, Reason::Invalid, message, is);
        }
    }

    fn judge_all<'a, T: 'a>(
        &mut self,
        field: &str,
        values: impl IntoIterator<Item = &'a T>,
        judge: fn(&T) -> Result<(), Refused>,
    ) {
        for (index, value) in values.into_iter().enumerate() {
            self.judge(&format!("{field}[{index}]"), judge(value));
        }
    }

    fn required(&mut self, field: &str) {
        let message = "must be given".to_owned();
        self.push(field, Reason::Required, message, &messages::FIELD_REQUIRED);
    }

    fn push(&mut self, field: &str, reason: Reason, message: String, is: &'static Message) {
        self.0.push(Problem {
            field: field.to_owned(),
            reason,
            message,
            id: is.id,
        });
    }
}
