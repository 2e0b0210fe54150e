//! What is said about GatewayClasses, Gateways and listeners.

use limpet_schema::gateway_api::gatewayclasses::GatewayClass;
use limpet_schema::messages;
use serde_json::{Value, json};

use super::super::Settings;
use super::features::SUPPORTED_FEATURES;
use super::listener::GROUP;
use super::set::Set;
use super::{Address, Fault, Listener, Plan};
use crate::inputs::{Inputs, ObjectKey};
use crate::status::{Condition, ObjectStatus, conditions, with_id};

/// Of the Gateway API, those that all tests pass with; files are read as the first.
const VERSIONS: [&str; 2] = ["v1.6", "v1.7"];

/// Of the GatewayClasses that are ours.
pub fn class_statuses(inputs: &Inputs, settings: &Settings) -> Vec<ObjectStatus> {
    let ours = inputs
        .gateway_classes
        .iter()
        .filter(|(_, class)| class.spec.controller_name == settings.controller_name);
    ours.map(|(key, class)| {
        let version = inputs.gateway_api_version.as_deref();
        let said = [accepted(class), supported_version(version)];
        let conditions = conditions(class.metadata.generation, &said);
        let features = SUPPORTED_FEATURES
            .iter()
            .map(|name| json!({ "name": name }));
        let features: Vec<Value> = features.collect();
        let status = json!({ "conditions": conditions, "supportedFeatures": features });
        object("GatewayClass", key, status)
    })
    .collect()
}

/// A class may ask for parameters, of which there are none.
fn accepted(class: &GatewayClass) -> Condition {
    let Some(parameters) = &class.spec.parameters_ref else {
        return Condition::yes("Accepted", "Accepted", "Served by Limpet");
    };
    let text = format!(
        "spec.parametersRef: {} {} is unknown; there are no parameters, and its Gateways are served without",
        parameters.kind, parameters.name
    );
    let text = with_id(text, &messages::GATEWAY_PARAMETERS_UNKNOWN);
    Condition::no("Accepted", "InvalidParameters", text)
}

/// What is installed is served as far as it goes, whatever its version.
fn supported_version(installed: Option<&str>) -> Condition {
    let installed = installed.unwrap_or(VERSIONS[0]);
    let is_of = |version: &&str| {
        let rest = installed.strip_prefix(*version);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    if VERSIONS.iter().any(is_of) {
        let text = format!("Gateway API {installed}");
        return Condition::yes("SupportedVersion", "SupportedVersion", text);
    }
    let text = format!(
        "The CRDs are those of Gateway API {installed}; tested are {}",
        VERSIONS.join(" and ")
    );
    let text = with_id(text, &messages::GATEWAY_API_UNSUPPORTED);
    Condition::no("SupportedVersion", "UnsupportedVersion", text)
}

/// Of a Gateway whose class nobody describes: a typing error more often than another controller's.
pub fn stray(key: &ObjectKey, class: &str, settings: &Settings) -> ObjectStatus {
    let text = format!(
        "spec.gatewayClassName: {class:?} is not one of Limpet's classes; use {}",
        settings.class_names.join(" or ")
    );
    let warnings = vec![with_id(text, &messages::CLASS_UNKNOWN)];
    ObjectStatus {
        warnings,
        ..object("Gateway", key, json!({}))
    }
}

/// Of a Gateway and its ListenerSets.
pub fn statuses(key: &ObjectKey, plan: &Plan<'_>) -> Vec<ObjectStatus> {
    let sets = plan.sets.iter().map(|set| set_status(set, plan));
    std::iter::once(gateway_status(key, plan))
        .chain(sets)
        .collect()
}

fn gateway_status(key: &ObjectKey, plan: &Plan<'_>) -> ObjectStatus {
    let generation = plan.gateway.metadata.generation;
    let mut status = json!({
        "addresses": addresses(plan),
        "conditions": conditions(generation, &gateway_conditions(plan)),
        "listeners": listener_statuses(plan, None, generation),
    });
    let attached = plan
        .sets
        .iter()
        .filter(|set| is_attached(set, plan))
        .count();
    if !plan.sets.is_empty() {
        status["attachedListenerSets"] = attached.into();
    }
    object("Gateway", key, status)
}

fn listener_statuses(
    plan: &Plan<'_>,
    set: Option<&ObjectKey>,
    generation: Option<i64>,
) -> Vec<Value> {
    let listeners = plan.listeners_of(set);
    listeners
        .map(|listener| listener_status(listener, generation))
        .collect()
}

/// Whether the Gateway takes it and one of its listeners is served.
fn is_attached(set: &Set<'_>, plan: &Plan<'_>) -> bool {
    set.refusal.is_none() && plan.listeners_of(Some(set.key)).any(Listener::is_served)
}

fn set_status(set: &Set<'_>, plan: &Plan<'_>) -> ObjectStatus {
    let generation = set.object.metadata.generation;
    let both = |reason, text: &str| {
        [
            Condition::no("Accepted", reason, text),
            Condition::no("Programmed", reason, text),
        ]
    };
    let said = match &set.refusal {
        Some(text) => both("NotAllowed", text),
        None if !is_attached(set, plan) => {
            let text = "No listener can be served; see their conditions";
            both(
                "ListenersNotValid",
                &with_id(text, &messages::GATEWAY_LISTENERS_INVALID),
            )
        }
        None => [
            Condition::yes("Accepted", "Accepted", "Valid ListenerSet"),
            Condition::pending(),
        ],
    };
    let status = json!({
        "conditions": conditions(generation, &said),
        "listeners": listener_statuses(plan, Some(set.key), generation),
    });
    object("ListenerSet", set.key, status)
}

fn addresses(plan: &Plan<'_>) -> Vec<Value> {
    let address = |address: &Address| match address {
        Address::Ip(ip) => json!({"type": "IPAddress", "value": ip}),
        Address::Hostname(name) => json!({"type": "Hostname", "value": name}),
    };
    plan.addresses.iter().map(address).collect()
}

/// `Programmed`, as far as the address goes; the data plane says the rest.
fn addressed(plan: &Plan<'_>) -> Condition {
    let no = |reason, text: String| {
        let text = with_id(text, &messages::GATEWAY_ADDRESS_PENDING);
        Condition::no("Programmed", reason, text)
    };
    let given: Vec<Address> = plan.wanted.iter().copied().map(Address::Ip).collect();
    if !given.is_empty() && given != plan.addresses {
        let wanted: Vec<String> = plan.wanted.iter().map(ToString::to_string).collect();
        let text = format!(
            "The cluster does not give the Gateway what it asks for: {}",
            wanted.join(", ")
        );
        return no("AddressNotUsable", text);
    }
    if let Some(service) = &plan.in_the_way {
        let text = format!(
            "Service {service} is there and not the Gateway's; delete it, or rename one of the two"
        );
        return no("AddressNotAssigned", text);
    }
    if plan.addresses.is_empty() {
        let text = "The Gateway's Service has no address yet".to_owned();
        return no("AddressNotAssigned", text);
    }
    Condition::pending()
}

fn object(kind: &str, key: &ObjectKey, status: Value) -> ObjectStatus {
    ObjectStatus {
        kind: kind.to_owned(),
        namespace: key.namespace.clone(),
        name: key.name.clone(),
        status,
        warnings: Vec::new(),
    }
}

fn gateway_conditions(plan: &Plan<'_>) -> [Condition; 2] {
    let own: Vec<&Listener<'_>> = plan.listeners_of(None).collect();
    let faulty = own.iter().filter(|listener| listener.fault.is_some());
    let names: Vec<&str> = faulty.map(|listener| listener.spec.name.as_str()).collect();
    if let Some(Fault {
        reason, message, ..
    }) = &plan.fault
    {
        return [
            Condition::no("Accepted", reason, message),
            not_programmed(message),
        ];
    }
    if own.is_empty() {
        let text = "spec.listeners is empty: nothing is served";
        let text = with_id(text, &messages::GATEWAY_LISTENERS_INVALID);
        return [
            Condition::yes("Accepted", "Accepted", "Valid Gateway"),
            not_programmed(&text),
        ];
    }
    let unserved = own.iter().filter(|listener| !listener.is_served());
    if names.is_empty() && unserved.count() == own.len() {
        let text = "No listener has a certificate to show; see their conditions";
        let text = with_id(text, &messages::CERTIFICATE_INVALID);
        return [
            Condition::yes("Accepted", "Accepted", "Valid Gateway"),
            not_programmed(&text),
        ];
    }
    let text = format!("Not served: {}", names.join(", "));
    let text = with_id(text, &messages::GATEWAY_LISTENERS_INVALID);
    match names.len() {
        0 => [
            Condition::yes("Accepted", "Accepted", "Valid Gateway"),
            addressed(plan),
        ],
        n if n == own.len() => [
            Condition::no("Accepted", "ListenersNotValid", &text),
            not_programmed(&text),
        ],
        _ => [
            Condition::yes("Accepted", "ListenersNotValid", &text),
            addressed(plan),
        ],
    }
}

fn not_programmed(message: &str) -> Condition {
    Condition::no("Programmed", "Invalid", message)
}

fn listener_status(listener: &Listener<'_>, generation: Option<i64>) -> Value {
    let kinds: Vec<Value> = match listener.takes_http_routes() {
        true => vec![json!({"group": GROUP, "kind": "HTTPRoute"})],
        false => Vec::new(),
    };
    json!({
        "name": listener.spec.name,
        "supportedKinds": kinds,
        "attachedRoutes": listener.attached.len(),
        "conditions": conditions(generation, &listener_conditions(listener)),
    })
}

fn listener_conditions(listener: &Listener<'_>) -> [Condition; 4] {
    let unresolved = listener.resolved.unresolved.as_ref();
    let resolved = match (listener.allows_unknown_kinds(), unresolved) {
        (false, Some(why)) => Condition::no("ResolvedRefs", why.reason, &why.message),
        (true, _) => {
            let text = "allowedRoutes.kinds: only HTTPRoute is known";
            let text = with_id(text, &messages::LISTENER_ROUTE_KINDS);
            Condition::no("ResolvedRefs", "InvalidRouteKinds", text)
        }
        (false, None) => Condition::yes(
            "ResolvedRefs",
            "ResolvedRefs",
            "All references are resolved",
        ),
    };
    let calm = Condition::no(
        "Conflicted",
        "NoConflicts",
        "No other listener is in the way",
    );
    match &listener.fault {
        None => {
            let accepted = Condition::yes("Accepted", "Accepted", "Valid listener");
            let programmed = match (listener.is_served(), unresolved) {
                (false, Some(why)) => not_programmed(&why.message),
                _ => Condition::pending(),
            };
            [accepted, calm, resolved, programmed]
        }
        Some(Fault {
            reason,
            message,
            is_conflict,
        }) => {
            let accepted = Condition::no("Accepted", reason, message);
            let conflicted = if *is_conflict {
                Condition::yes("Conflicted", reason, message)
            } else {
                calm
            };
            let programmed = match (is_conflict, listener.set) {
                (true, Some(_)) => Condition::no("Programmed", reason, message),
                _ => not_programmed(message),
            };
            [accepted, conflicted, resolved, programmed]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_the_gateway_api_that_were_never_tried_are_told_and_served() {
        let said = |installed| {
            let said = conditions(None, &[supported_version(installed)]);
            let text = |name: &str| said[0][name].as_str().expect("text").to_owned();
            (text("status"), text("message"))
        };
        for (installed, named) in [
            (None, "v1.6"),
            (Some("v1.6.3"), "v1.6.3"),
            (Some("v1.7.0-rc.1"), "v1.7.0-rc.1"),
        ] {
            let expected = format!("Gateway API {named}");
            assert_eq!(said(installed), ("True".to_owned(), expected));
        }
        for installed in ["v1.5.1", "v1.60.0", "v2.0.0"] {
            let (status, message) = said(Some(installed));
            assert_eq!(status, "False");
            assert!(message.contains(installed), "{message}");
        }
    }
}
