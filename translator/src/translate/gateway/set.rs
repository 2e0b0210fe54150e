//! ListenerSets: listeners that others add to a Gateway (GEP-1713).
//!
//! The Gateway says from which namespaces. Its own listeners come first, then the sets' by age; what
//! comes later yields.

use limpet_schema::gateway_api::gateways::Gateway;
use limpet_schema::gateway_api::listenersets::ListenerSet;
use limpet_schema::messages;

use super::super::age;
use super::{GROUP, allowed};
use crate::inputs::{Inputs, ObjectKey};
use crate::status::with_id;

/// One ListenerSet of a Gateway.
pub struct Set<'a> {
    /// Which.
    pub key: &'a ObjectKey,
    /// As it was written.
    pub object: &'a ListenerSet,
    /// Why the Gateway does not take it.
    pub refusal: Option<String>,
}

/// Those that name the Gateway, the oldest first.
pub fn of_gateway<'a>(key: &ObjectKey, gateway: &Gateway, inputs: &'a Inputs) -> Vec<Set<'a>> {
    let sets = inputs.listener_sets.iter();
    let sets = sets.filter(|(own, set)| parent(own, set).as_ref() == Some(key));
    let mut sets: Vec<Set<'a>> = sets
        .map(|(own, object)| Set {
            key: own,
            object,
            refusal: (!admits(key, gateway, own, inputs)).then(|| refusal(key, own)),
        })
        .collect();
    sets.sort_by_cached_key(|set| (age(&set.object.metadata), set.key.clone()));
    sets
}

/// The Gateway that a set is for.
pub fn parent(key: &ObjectKey, set: &ListenerSet) -> Option<ObjectKey> {
    let parent = &set.spec.parent_ref;
    let is_gateway = parent.group.as_deref().unwrap_or(GROUP) == GROUP
        && parent.kind.as_deref().unwrap_or("Gateway") == "Gateway";
    let namespace = parent.namespace.as_deref().unwrap_or(&key.namespace);
    is_gateway.then(|| ObjectKey::new(namespace, &parent.name))
}

/// Whether a Gateway lets a ListenerSet add to it.
pub fn admits(key: &ObjectKey, gateway: &Gateway, set: &ObjectKey, inputs: &Inputs) -> bool {
    let listeners = gateway.spec.allowed_listeners.as_ref();
    let namespaces = listeners.and_then(|listeners| listeners.namespaces.as_ref());
    namespaces.is_some_and(|allowed| {
        // `None` is not among what routes know.
        let plain = serde_json::to_value(allowed).expect("plain data");
        let allowed = serde_json::from_value(plain).ok();
        let is_said = allowed.is_some() && namespaces.is_some_and(|n| n.from.is_some());
        is_said && allowed::is_allowed(allowed.as_ref(), &set.namespace, &key.namespace, inputs)
    })
}

fn refusal(gateway: &ObjectKey, set: &ObjectKey) -> String {
    let text = format!(
        "Gateway {gateway} allows no ListenerSets of namespace {} (spec.allowedListeners)",
        set.namespace
    );
    with_id(text, &messages::PARENT_NOT_ALLOWED)
}
