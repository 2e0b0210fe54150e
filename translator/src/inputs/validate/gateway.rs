//! Gateways.

use std::collections::BTreeSet;
use std::net::IpAddr;

use limpet_schema::gateway_api::gateways::{Gateway, GatewayListeners};
use limpet_schema::gateway_api::listenersets::ListenerSet;
use limpet_schema::messages;
use limpet_schema::problem::{Problem, Reason};

use super::{Problems, syntax};

/// The most listeners of one Gateway, as in the Gateway API.
const LISTENERS_MAX: usize = 64;

/// Judges a Gateway.
pub fn gateway(gateway: &Gateway) -> Vec<Problem> {
    let mut problems = Problems::default();
    judge_listeners(&mut problems, &gateway.spec.listeners);
    judge_addresses(&mut problems, gateway);
    problems.0
}

fn judge_listeners(problems: &mut Problems, listeners: &[GatewayListeners]) {
    if listeners.len() > LISTENERS_MAX {
        let message = format!("must have at most {LISTENERS_MAX} items");
        problems.push(
            "spec.listeners",
            Reason::Invalid,
            message,
            &messages::FIELD_COUNT,
        );
    }
    let mut names = BTreeSet::new();
    for (index, listener) in listeners.iter().enumerate() {
        let field = format!("spec.listeners[{index}]");
        judge_listener(problems, &field, listener);
        if !names.insert(&listener.name) {
            let message = format!("another listener is named {:?}", listener.name);
            let field = format!("{field}.name");
            problems.push(
                &field,
                Reason::Duplicate,
                message,
                &messages::FIELD_DUPLICATE,
            );
        }
    }
}

/// Judges a ListenerSet: its listeners are a Gateway's.
pub fn listener_set(set: &ListenerSet) -> Vec<Problem> {
    let mut problems = Problems::default();
    judge_listeners(&mut problems, &listeners(set));
    problems.0
}

/// A ListenerSet's listeners as a Gateway has them.
pub fn listeners(set: &ListenerSet) -> Vec<GatewayListeners> {
    let listeners = set.spec.listeners.iter().map(|listener| {
        let plain = serde_json::to_value(listener).expect("plain data");
        serde_json::from_value(plain).expect("the same fields")
    });
    listeners.collect()
}

fn judge_listener(problems: &mut Problems, field: &str, listener: &GatewayListeners) {
    problems.judge(&format!("{field}.name"), syntax::dns_name(&listener.name));
    problems.judge(&format!("{field}.port"), syntax::port(&listener.port));
    // Empty means every host, as does absent.
    if let Some(hostname) = listener.hostname.as_ref().filter(|name| !name.is_empty()) {
        problems.judge(&format!("{field}.hostname"), syntax::host(hostname));
    }
}

fn judge_addresses(problems: &mut Problems, gateway: &Gateway) {
    for (index, address) in gateway.spec.addresses.iter().flatten().enumerate() {
        let is_ip = address
            .r#type
            .as_deref()
            .is_none_or(|kind| kind == "IPAddress");
        let value = address.value.as_deref().unwrap_or_default();
        if is_ip && !value.is_empty() && value.parse::<IpAddr>().is_err() {
            let message = format!("{value:?} is no IP address");
            let field = format!("spec.addresses[{index}].value");
            problems.push(&field, Reason::Invalid, message, &messages::FIELD_PATTERN);
        }
    }
}
