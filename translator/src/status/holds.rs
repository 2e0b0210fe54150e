//! Whether a status says already what is to be said.
//!
//! It is what [`super::merge()`] would find by making the status anew and comparing, for a small part
//! of the cost: nearly always nothing is to be written, and there may be thousands of objects. The
//! tests of `merge` hold each case of theirs against it.

use serde_json::Value;

/// Whether [`super::merge()`] of the same would come out equal to what is there.
#[must_use]
pub fn holds(kind: &str, there: &Value, said: &Value, controller: &str) -> bool {
    let entries = |list: &str, reference| entries(&there[list], &said[list], reference, controller);
    match kind {
        "HTTPRoute" => entries("parents", "parentRef"),
        "XBackend" => entries("ancestors", "ancestorRef"),
        _ => {
            let mut fields = said.as_object().into_iter().flatten();
            there.is_object() && fields.all(|(name, said)| field(name, &there[name], said))
        }
    }
}

/// Ours, wherever they stand, are those that are said, one for one.
fn entries(there: &Value, said: &Value, reference: &str, controller: &str) -> bool {
    let Some(there) = there.as_array() else {
        return false;
    };
    let mut left: Vec<&Value> = items(said).iter().collect();
    let mut ours = there
        .iter()
        .filter(|entry| entry["controllerName"] == controller);
    let stands = |known: &Value| {
        let place = left
            .iter()
            .position(|said| said[reference] == known[reference]);
        place.is_some_and(|place| {
            let said = left.remove(place);
            // Conditions of others have no place in an entry of ours.
            let counts = [known, said].map(|entry| items(&entry["conditions"]).len());
            counts[0] == counts[1] && whole(known, said)
        })
    };
    ours.all(stands) && left.is_empty()
}

fn field(name: &str, there: &Value, said: &Value) -> bool {
    match name {
        "conditions" => there.is_array() && conditions(items(there), items(said)),
        "listeners" => there.is_array() && each(items(there), items(said)),
        _ => there == said,
    }
}

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

/// Ours, wherever they stand, are those that are said; of others' none is taken back.
fn conditions(there: &[Value], said: &[Value]) -> bool {
    let mut left: Vec<&Value> = said.iter().collect();
    let stands = |known: &Value| {
        let place = left.iter().position(|said| said["type"] == known["type"]);
        match place {
            Some(place) => condition(known, left.remove(place)),
            None => {
                let is_said = said.iter().any(|said| said["type"] == known["type"]);
                known["type"] != "ValidationErrors" && !is_said
            }
        }
    };
    there.iter().all(stands) && left.is_empty()
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
