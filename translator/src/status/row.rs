//! Statuses as rows of a table.

use std::collections::BTreeSet;

use limpet_schema::messages;
use serde_json::Value;

use super::ObjectStatus;

/// One condition of one object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    /// `<kind> <namespace>/<name>`, and the listener or parent that the condition is about.
    pub object: String,
    /// The condition's type.
    pub condition: String,
    /// `True`, `False` or `Unknown`; empty for warnings.
    pub status: String,
    /// Why, in one word.
    pub reason: String,
    /// Why, for people.
    pub message: String,
}

/// Every condition and warning of every object, in order.
#[must_use]
pub fn rows(statuses: &[ObjectStatus]) -> Vec<Row> {
    statuses.iter().flat_map(rows_of).collect()
}

/// What is wrong with objects, or not done as it is written: whatever is said with an id that tells more.
/// What several conditions of an object say is said once.
#[must_use]
pub fn troubles(statuses: &[ObjectStatus]) -> Vec<Row> {
    let mut said = BTreeSet::new();
    let rows = rows(statuses)
        .into_iter()
        .filter(|row| has_id(&row.message));
    rows.filter(|row| said.insert((row.object.clone(), row.message.clone())))
        .collect()
}

/// Whether a message ends in an id.
fn has_id(message: &str) -> bool {
    let id = message
        .strip_suffix(']')
        .and_then(|text| text.rsplit_once('['));
    id.is_some_and(|(_, id)| messages::ALL.iter().any(|known| known.id == id))
}

fn rows_of(object: &ObjectStatus) -> Vec<Row> {
    let status = &object.status;
    let name = title(object);
    let mut rows = conditions(&name, status);
    for listener in items(&status["listeners"]) {
        rows.extend(conditions(
            &format!("{name} listener {}", text(&listener["name"])),
            listener,
        ));
    }
    for parent in items(&status["parents"]) {
        rows.extend(conditions(
            &format!("{name} on {}", parent_title(&parent["parentRef"])),
            parent,
        ));
    }
    rows.extend(items(&status["rules"]).map(|rule| verdict(&name, "host", rule)));
    rows.extend(items(&status["backendSettings"]).map(|entry| verdict(&name, "service", entry)));
    rows.extend(items(&status["loadBalancer"]["ingress"]).map(|ingress| address(&name, ingress)));
    rows.extend(
        object
            .warnings
            .iter()
            .map(|message| warning(&name, message)),
    );
    rows
}

fn title(object: &ObjectStatus) -> String {
    match object.namespace.as_str() {
        "" => format!("{} {}", object.kind, object.name),
        namespace => format!("{} {namespace}/{}", object.kind, object.name),
    }
}

fn parent_title(parent: &Value) -> String {
    let section = parent["sectionName"]
        .as_str()
        .map(|name| format!(" listener {name}"));
    format!("{}{}", text(&parent["name"]), section.unwrap_or_default())
}

fn conditions(object: &str, holder: &Value) -> Vec<Row> {
    let row = |condition: &Value| Row {
        object: object.to_owned(),
        condition: text(&condition["type"]),
        status: text(&condition["status"]),
        reason: text(&condition["reason"]),
        message: text(&condition["message"]),
    };
    items(&holder["conditions"]).map(row).collect()
}

/// One entry of an IngressExtension.
fn verdict(object: &str, key: &str, entry: &Value) -> Row {
    let errors: Vec<String> = items(&entry["validationErrors"]).map(text).collect();
    let is_valid = entry["valid"] == true;
    Row {
        object: format!("{object} {key} {}", text(&entry[key])),
        condition: "Valid".to_owned(),
        status: if is_valid { "True" } else { "False" }.to_owned(),
        reason: if is_valid { "Valid" } else { "Invalid" }.to_owned(),
        message: errors.join("; "),
    }
}

/// Where an Ingress is served; its status has no conditions.
fn address(object: &str, ingress: &Value) -> Row {
    let port = &ingress["ports"][0];
    let error = port["error"].as_str();
    Row {
        object: object.to_owned(),
        condition: "LoadBalancer".to_owned(),
        status: if error.is_none() { "True" } else { "False" }.to_owned(),
        reason: error.unwrap_or("Assigned").to_owned(),
        message: format!("{} port {}", text(&ingress["ip"]), port["port"]),
    }
}

fn warning(object: &str, message: &str) -> Row {
    Row {
        object: object.to_owned(),
        condition: "Warning".to_owned(),
        status: String::new(),
        reason: String::new(),
        message: message.to_owned(),
    }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
