//! Whether a status says already what is to be said.
//!
//! It is what [`super::merge()`] would find by making the status anew and comparing, for a small part
//! of the cost: nearly always nothing is to be written, and there may be thousands of objects. The
//! tests of `merge` hold each case of theirs against it.

use serde_json::Value;

/// Whether [`super::merge()`] of the same would come out equal to what is there.
#[must_use]
pub fn holds(kind: &str, there: &Value, said: &Value, controller: &str) -> bool {
    match kind {
        "HTTPRoute" => entries(&there["parents"], &said["parents"], controller),
        "XBackend" => entries(&there["ancestors"], &said["ancestors"], controller),
        _ => {
            let mut fields = said.as_object().into_iter().flatten();
            there.is_object() && fields.all(|(name, said)| field(name, &there[name], said))
        }
    }
}

/// The entries of others come first, then ours, one for one.
fn entries(there: &Value, said: &Value, controller: &str) -> bool {
    let Some(there) = there.as_array() else {
        return false;
    };
    let is_ours = |entry: &Value| entry["controllerName"] == controller;
    let others = there.iter().take_while(|entry| !is_ours(entry)).count();
    let (_, ours) = there.split_at(others);
    ours.iter().all(is_ours) && each(ours, items(said))
}

fn field(name: &str, there: &Value, said: &Value) -> bool {
    match name {
        "conditions" => there.is_array() && conditions(items(there), items(said)),
        "listeners" => there.is_array() && each(items(there), items(said)),
        _ => there == said,
    }
}

/// Listeners or entries.
fn each(there: &[Value], said: &[Value]) -> bool {
    there.len() == said.len()
        && there
            .iter()
            .zip(said)
            .all(|(there, said)| whole(there, said))
}

fn whole(there: &Value, said: &Value) -> bool {
    let (Some(known), Some(fields)) = (there.as_object(), said.as_object()) else {
        return false;
    };
    let mut fields = fields.iter();
    known.len() == fields.len() && fields.all(|(name, said)| field(name, &there[name], said))
}

/// Ours come first, then those of others.
fn conditions(there: &[Value], said: &[Value]) -> bool {
    let Some((own, others)) = there.split_at_checked(said.len()) else {
        return false;
    };
    let mut others = others.iter();
    let is_taken_back = |other: &Value| {
        let kind = &other["type"];
        kind == "ValidationErrors" || said.iter().any(|said| said["type"] == *kind)
    };
    own.iter().zip(said).all(|(own, said)| condition(own, said)) && !others.any(is_taken_back)
}

/// Whether it differs in nothing but its time. Waiting takes back nothing that was said about the
/// same generation.
fn condition(there: &Value, said: &Value) -> bool {
    let is_same = |name: &str| there[name] == said[name];
    let waits = said["status"] == "Unknown" && said["reason"] == "Pending";
    if waits && is_same("type") && is_same("observedGeneration") && there["status"] != "Unknown" {
        return true;
    }
    let (Some(known), Some(fields)) = (there.as_object(), said.as_object()) else {
        return false;
    };
    let has_time = known.contains_key("lastTransitionTime");
    has_time && known.len() == fields.len() + 1 && fields.keys().all(|name| is_same(name))
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}
