//! What we say, put into what is there.
//!
//! Others write to the same statuses: entries and conditions of theirs stay exactly as they are. A
//! condition keeps its `lastTransitionTime` unless its status flips. What comes out equal to what is
//! there is not written.
//!
//! `Programmed` that waits for the data plane does not take back what was said about the same
//! generation: a change elsewhere, or a new operator, must not make a served object look unserved.

use serde_json::{Map, Value, json};

/// What an object's status becomes.
#[must_use]
pub fn merge(kind: &str, there: &Value, said: &Value, controller: &str, now: &str) -> Value {
    let merge = Merge { controller, now };
    match kind {
        "HTTPRoute" => merge.entries("parents", "parentRef", there, said),
        "XBackend" => merge.entries("ancestors", "ancestorRef", there, said),
        _ => merge.plain(there, said),
    }
}

/// Whether a status holds entries of ours, which somebody must take back once they are not true.
#[must_use]
pub fn is_spoken_for(there: &Value, controller: &str) -> bool {
    let mut entries = items(&there["parents"]).chain(items(&there["ancestors"]));
    entries.any(|entry| entry["controllerName"] == controller)
}

struct Merge<'a> {
    controller: &'a str,
    now: &'a str,
}

impl Merge<'_> {
    /// Fields that we say nothing about stay.
    fn plain(&self, there: &Value, said: &Value) -> Value {
        let mut merged = there.as_object().cloned().unwrap_or_default();
        for (field, value) in said.as_object().into_iter().flatten() {
            let before = &there[field];
            let value = match field.as_str() {
                "conditions" => self.conditions(before, value),
                "listeners" => self.listeners(before, value),
                _ => value.clone(),
            };
            merged.insert(field.clone(), value);
        }
        Value::Object(merged)
    }

    fn listeners(&self, there: &Value, said: &Value) -> Value {
        let listener = |listener: &Value| {
            let before = items(there).find(|known| known["name"] == listener["name"]);
            let mut merged = listener.clone();
            let conditions = before.map_or(&Value::Null, |known| &known["conditions"]);
            merged["conditions"] = self.conditions(conditions, &listener["conditions"]);
            merged
        };
        items(said).map(listener).collect()
    }

    /// One entry for each object that `reference` names and controller, where the ones of others
    /// are not ours to touch. The list is atomic: whoever writes it writes all of it. Each entry keeps
    /// its place, as two who want theirs last would write for ever.
    fn entries(&self, list: &str, reference: &str, there: &Value, said: &Value) -> Value {
        let mut left: Vec<&Value> = items(&said[list]).collect();
        let mut entries = Vec::new();
        for known in items(&there[list]) {
            if known["controllerName"] != self.controller {
                entries.push(known.clone());
                continue;
            }
            let place = left
                .iter()
                .position(|said| said[reference] == known[reference]);
            // One that is not said any more goes.
            entries.extend(place.map(|place| self.entry(known, left.remove(place))));
        }
        let new = left.into_iter().map(|said| self.entry(&Value::Null, said));
        entries.extend(new);
        let mut merged = there.as_object().cloned().unwrap_or_else(Map::new);
        merged.insert(list.to_owned(), entries.into());
        Value::Object(merged)
    }

    fn entry(&self, before: &Value, said: &Value) -> Value {
        let mut merged = said.clone();
        // All in an entry of ours is ours: what is not said any more goes.
        let is_said =
            |known: &&Value| items(&said["conditions"]).any(|said| said["type"] == known["type"]);
        let before: Value = items(&before["conditions"])
            .filter(is_said)
            .cloned()
            .collect();
        merged["conditions"] = self.conditions(&before, &said["conditions"]);
        merged
    }

    /// Each keeps its place, too.
    fn conditions(&self, there: &Value, said: &Value) -> Value {
        let is_said = |known: &Value| items(said).any(|said| said["type"] == known["type"]);
        let mut left: Vec<&Value> = items(said).collect();
        let mut merged = Vec::new();
        for known in items(there) {
            let place = left.iter().position(|said| said["type"] == known["type"]);
            match place {
                Some(place) => merged.push(self.condition(Some(known), left.remove(place))),
                // A schema default of IngressExtension's CRD that no controller ever settles.
                None if known["type"] == "ValidationErrors" || is_said(known) => {}
                None => merged.push(known.clone()),
            }
        }
        merged.extend(left.into_iter().map(|said| self.condition(None, said)));
        merged.into()
    }

    fn condition(&self, before: Option<&Value>, said: &Value) -> Value {
        let waits = said["status"] == "Unknown" && said["reason"] == "Pending";
        if let Some(before) = before
            && waits
            && before["status"] != "Unknown"
            && before["observedGeneration"] == said["observedGeneration"]
        {
            return before.clone();
        }
        let mut merged = said.clone();
        let is_as_it_was = |before: &&Value| before["status"] == said["status"];
        merged["lastTransitionTime"] = match before.filter(is_as_it_was) {
            Some(before) => before["lastTransitionTime"].clone(),
            None => json!(self.now),
        };
        merged
    }
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::super::holds;
    use super::*;

    const OLD: &str = "2026-01-01T00:00:00Z";
    const NOW: &str = "2026-02-02T00:00:00Z";
    const US: &str = "limpet.dev/gateway-controller";

    fn condition(kind: &str, status: &str, reason: &str, generation: u32) -> Value {
        json!({"type": kind, "status": status, "reason": reason, "message": "", "observedGeneration": generation})
    }

    fn at(mut condition: Value, time: &str) -> Value {
        condition["lastTransitionTime"] = time.into();
        condition
    }

    #[track_caller]
    fn check(kind: &str, there: &Value, said: &Value, expected: &Value) {
        let merged = merge(kind, there, said, US, NOW);
        assert_eq!(&merged, expected);
        assert_eq!(&merge(kind, &merged, said, US, "later"), expected, "again");
        assert!(holds(kind, &merged, said, US));
        assert_eq!(holds(kind, there, said, US), merged == *there);
    }

    #[test]
    fn a_condition_keeps_its_time_until_it_flips() {
        let there = json!({"conditions": [
            at(condition("Accepted", "True", "Accepted", 1), OLD),
            at(condition("Programmed", "False", "Invalid", 1), OLD),
        ]});
        let accepted = condition("Accepted", "True", "Accepted", 2);
        let programmed = condition("Programmed", "True", "Programmed", 2);
        let said = json!({"conditions": [accepted, programmed]});
        let expected = json!({"conditions": [at(accepted, OLD), at(programmed, NOW)]});
        check("Gateway", &there, &said, &expected);
    }

    #[test]
    fn conditions_and_fields_of_others_stay_as_they_are() {
        let theirs = json!({"type": "example.com/Scanned", "status": "True", "odd": [1]});
        let there = json!({"conditions": [theirs], "extra": {"a": 1}, "listeners": [
            {"name": "http", "conditions": [theirs]}, {"name": "gone", "conditions": [theirs]},
        ]});
        let accepted = condition("Accepted", "True", "Accepted", 1);
        let said = json!({"conditions": [accepted], "listeners": [
            {"name": "http", "attachedRoutes": 1, "conditions": [accepted]},
        ]});
        let both = json!([theirs, at(accepted, NOW)]);
        let expected = json!({"conditions": both, "extra": {"a": 1}, "listeners": [
            {"name": "http", "attachedRoutes": 1, "conditions": both},
        ]});
        check("Gateway", &there, &said, &expected);
    }

    #[test]
    fn parents_of_other_controllers_stay_and_ours_that_are_not_said_go() {
        let theirs = json!({"parentRef": {"name": "a"}, "controllerName": "example.com/other", "conditions": []});
        let stale = json!({"parentRef": {"name": "b"}, "controllerName": US, "conditions": []});
        let accepted = condition("Accepted", "True", "Accepted", 1);
        let ours = |condition: Value| json!({"parentRef": {"name": "a"}, "controllerName": US, "conditions": [condition]});
        let there = json!({"parents": [theirs, stale]});
        let said = json!({"parents": [ours(accepted.clone())]});
        let expected = json!({"parents": [theirs, ours(at(accepted, NOW))]});
        check("HTTPRoute", &there, &said, &expected);
        assert!(is_spoken_for(&expected, US));
        check(
            "HTTPRoute",
            &expected,
            &json!({}),
            &json!({"parents": [theirs]}),
        );
        assert!(!is_spoken_for(&json!({"parents": [theirs]}), US));
    }

    #[test]
    fn waiting_takes_back_nothing_that_was_said_about_the_same_generation() {
        let waiting = |generation| json!({"conditions": [condition("Programmed", "Unknown", "Pending", generation)]});
        let programmed =
            json!({"conditions": [at(condition("Programmed", "True", "Programmed", 3), OLD)]});
        check("Gateway", &programmed, &waiting(3), &programmed);
        let expected =
            json!({"conditions": [at(condition("Programmed", "Unknown", "Pending", 4), NOW)]});
        check("Gateway", &programmed, &waiting(4), &expected);
    }

    #[test]
    fn what_says_more_or_less_than_is_said_does_not_hold() {
        let accepted = condition("Accepted", "True", "Accepted", 1);
        let kept = at(accepted.clone(), OLD);
        let extra = at(condition("Accepted", "True", "Accepted", 1), OLD);
        let entry = json!({"parentRef": {"name": "a"}, "controllerName": US, "conditions": [kept]});
        let more = |name: &str| {
            let mut entry = entry.clone();
            entry[name] = 1.into();
            entry
        };
        let theirs = json!({"controllerName": "theirs", "conditions": []});
        let parents = [
            json!([]),
            json!([entry]),
            json!([theirs, entry]),
            json!([entry, theirs]),
            json!([entry, entry]),
            json!([more("extra")]),
            json!([{"controllerName": US, "conditions": [kept]}]),
            json!([{"parentRef": {"name": "a"}, "controllerName": US, "conditions": [accepted]}]),
            json!([{"parentRef": {"name": "a"}, "controllerName": US, "conditions": [kept, extra]}]),
            Value::Null,
        ];
        for (there, said) in parents
            .iter()
            .flat_map(|one| parents.iter().map(move |two| (one, two)))
        {
            let mut said = json!({"parents": said});
            for entry in said["parents"].as_array_mut().into_iter().flatten() {
                for condition in entry["conditions"].as_array_mut().into_iter().flatten() {
                    condition
                        .as_object_mut()
                        .map(|fields| fields.remove("lastTransitionTime"));
                }
            }
            let there = json!({"parents": there});
            let merged = merge("HTTPRoute", &there, &said, US, NOW);
            assert_eq!(
                holds("HTTPRoute", &there, &said, US),
                merged == there,
                "{there} {said}"
            );
            for (there, said) in [
                (&there["parents"][0], &said["parents"][0]),
                (&Value::Null, &json!({})),
            ] {
                let merged = merge("Gateway", there, said, US, NOW);
                assert_eq!(
                    holds("Gateway", there, said, US),
                    merged == *there,
                    "{there} {said}"
                );
            }
        }
    }

    #[test]
    fn the_default_that_nobody_settles_goes() {
        let there = json!({"conditions": [condition("ValidationErrors", "Unknown", "Pending", 0)]});
        let errors = condition("Errors", "False", "NoValidationErrors", 1);
        let said = json!({"conditions": [errors]});
        check(
            "IngressExtension",
            &there,
            &said,
            &json!({"conditions": [at(errors, NOW)]}),
        );
    }

    #[test]
    fn ancestors_of_others_stay_and_those_that_are_ours_no_longer_go() {
        let entry = |gateway: &str, controller: &str| json!({"ancestorRef": {"name": gateway}, "controllerName": controller, "conditions": []});
        let there = json!({"ancestors": [entry("a", "theirs"), entry("a", US), entry("b", US)]});
        let said = json!({"ancestors": [entry("b", US)]});
        let expected = json!({"ancestors": [entry("a", "theirs"), entry("b", US)]});
        check("XBackend", &there, &said, &expected);
        assert!(is_spoken_for(&there, US));
        let left = json!({"ancestors": [entry("a", "theirs")]});
        check("XBackend", &there, &json!({}), &left);
        assert!(!is_spoken_for(&left, US));
    }

    #[test]
    fn two_who_write_to_one_list_come_to_rest() {
        const SECOND: &str = "example.com/second";
        let accepted = condition("Accepted", "True", "Accepted", 1);
        let entry = |name: &str, controller: &str| json!({"parentRef": {"name": name}, "controllerName": controller, "conditions": [accepted]});
        let releases = [
            (US, json!({"parents": [entry("a", US), entry("c", US)]})),
            (SECOND, json!({"parents": [entry("b", SECOND)]})),
        ];
        let (mut there, mut writes) = (Value::Null, 0);
        for (controller, said) in releases.iter().cycle().take(20) {
            if !holds("HTTPRoute", &there, said, controller) {
                there = merge("HTTPRoute", &there, said, controller, NOW);
                writes += 1;
            }
        }
        assert_eq!(writes, 2, "{there}");
    }

    /// It wants its own last, or first, and never stops.
    #[test]
    fn wherever_a_rival_puts_its_entry_nothing_is_written() {
        let accepted = at(condition("Accepted", "True", "Accepted", 1), OLD);
        let entry = |name: &str, controller: &str| json!({"parentRef": {"name": name}, "controllerName": controller, "conditions": [accepted]});
        let (one, two, theirs) = (entry("a", US), entry("b", US), entry("c", "theirs"));
        let mut said = json!({"parents": [one, two]});
        for entry in said["parents"].as_array_mut().into_iter().flatten() {
            entry["conditions"][0]
                .as_object_mut()
                .map(|fields| fields.remove("lastTransitionTime"));
        }
        for parents in [
            json!([one, two, theirs]),
            json!([theirs, one, two]),
            json!([one, theirs, two]),
            json!([two, theirs, one]),
        ] {
            let there = json!({"parents": parents});
            check("HTTPRoute", &there, &said, &there);
        }
    }

    #[test]
    fn a_condition_keeps_its_place_among_those_of_others() {
        let theirs = json!({"type": "example.com/Scanned", "status": "True"});
        let accepted = condition("Accepted", "True", "Accepted", 1);
        let kept = at(accepted.clone(), OLD);
        let said = json!({"conditions": [accepted]});
        for conditions in [json!([theirs, kept]), json!([kept, theirs])] {
            let there = json!({"conditions": conditions});
            check("Gateway", &there, &said, &there);
        }
    }

    #[test]
    fn what_an_entry_of_ours_says_no_more_goes() {
        let accepted = condition("Accepted", "True", "Accepted", 2);
        let entry = |conditions: Value| json!({"parents": [{"parentRef": {"name": "a"}, "controllerName": US, "conditions": conditions}]});
        let there = entry(json!([
            at(condition("Accepted", "True", "Accepted", 1), OLD),
            at(
                condition("PartiallyInvalid", "True", "UnsupportedValue", 1),
                OLD
            ),
        ]));
        let expected = entry(json!([at(accepted.clone(), OLD)]));
        check("HTTPRoute", &there, &entry(json!([accepted])), &expected);
    }
}
