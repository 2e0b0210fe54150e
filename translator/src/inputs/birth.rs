//! When objects came: what wants the same as another object yields to what was there first.
//!
//! An API server gives each object the time of its creation; here it is the time of the reading
//! that first found it, through restarts too ([`Held`]). An object that says a time is believed.

use std::collections::BTreeMap;

use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use super::held::Held;
use super::kinds::ObjectId;

/// What is known of it in one reading.
pub struct Births<'a> {
    now: Value,
    known: BTreeMap<&'a ObjectId, &'a Value>,
}

impl<'a> Births<'a> {
    /// What came before keeps its time, the rest comes now.
    pub fn new(before: &'a Held, now: Timestamp) -> Self {
        let time = |value: &'a Value| &value["metadata"]["creationTimestamp"];
        let objects = before.objects();
        Self {
            now: now.to_string().into(),
            known: objects
                .map(|object| (&object.id, time(&object.document.value)))
                .collect(),
        }
    }

    /// Writes an object's time into it.
    pub fn write(&self, id: &ObjectId, object: &mut Value) {
        let metadata = object.get_mut("metadata").and_then(Value::as_object_mut);
        if let Some(metadata) = metadata {
            let time = metadata.entry("creationTimestamp").or_insert(Value::Null);
            if time.is_null() {
                *time = (*self.known.get(id).unwrap_or(&&self.now)).clone();
            }
        }
    }
}
