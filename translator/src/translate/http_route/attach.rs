//! Which listeners of its parents a route attaches to.

use limpet_schema::gateway_api::httproutes::{HttpRoute, HttpRouteParentRefs};
use limpet_schema::messages;
use limpet_schema::snapshot::ANY_HOST;

use super::super::gateway::{Gateways, Listener, parent_of_set};
use super::super::hostname::{Rank, intersection, rank};
use crate::inputs::{Inputs, ObjectKey};
use crate::status::with_id;

/// What became of one parentRef that leads to a Gateway of ours, or to none at all.
pub struct Parent {
    /// Which of the route's parentRefs.
    pub index: usize,
    /// The Gateway that it leads to.
    pub gateway: ObjectKey,
    /// Where it is served, or why not.
    pub verdict: Result<Vec<Place>, Refused>,
}

impl Parent {
    /// Whether a listener takes the route there.
    pub fn is_served(&self) -> bool {
        self.verdict.as_ref().is_ok_and(|places| !places.is_empty())
    }
}

/// A host of a listener.
pub struct Place {
    /// The listener's name.
    pub listener: String,
    /// What both the listener and the route take.
    pub host: String,
    /// Of the route's own name for the host.
    pub rank: Rank,
    /// Whether the listener ends TLS.
    pub is_tls: bool,
}

/// Why a route does not attach.
pub enum Refused {
    /// The Gateway says no, with this reason and message.
    ByGateway(&'static str, String),
    /// There is no such Gateway: nobody's to write a status for.
    NoGateway(String),
}

/// Finds a route's parents, and where each serves it.
pub fn parents(
    key: &ObjectKey,
    route: &HttpRoute,
    inputs: &Inputs,
    gateways: &mut Gateways<'_>,
) -> Vec<Parent> {
    let mut parents = Vec::new();
    for (index, reference) in route.spec.parent_refs.iter().flatten().enumerate() {
        let Some(owner) = owner_of(key, reference, gateways, inputs) else {
            continue;
        };
        let gateway = owner.gateway.clone();
        let verdict = match gateways.get(&gateway) {
            Some(plan) => {
                let listeners: Vec<_> = plan.listeners_of(owner.set.as_ref()).collect();
                attach(key, route, reference, &owner, &listeners, inputs)
            }
            // Another controller's.
            None if inputs.gateways.contains_key(&gateway) => continue,
            None => Err(no_gateway(index, &gateway)),
        };
        parents.push(Parent {
            index,
            gateway,
            verdict,
        });
    }
    parents
}

/// Attaches a route to its parents. One without a rule that can be served attaches nowhere.
pub fn settle(
    key: &ObjectKey,
    parents: &mut [Parent],
    is_servable: bool,
    gateways: &mut Gateways<'_>,
) {
    for parent in parents {
        let Ok(places) = &mut parent.verdict else {
            continue;
        };
        if !is_servable {
            places.clear();
        }
        let plan = gateways.get(&parent.gateway);
        for listener in plan.into_iter().flat_map(|plan| &mut plan.listeners) {
            if places.iter().any(|place| place.listener == listener.id) {
                listener.attached.insert(key.clone());
            }
        }
    }
}

/// Whose listeners a parentRef means.
struct Owner {
    gateway: ObjectKey,
    /// The ListenerSet; none: the Gateway's own listeners.
    set: Option<ObjectKey>,
}

impl Owner {
    /// Where it is.
    fn namespace(&self) -> &str {
        &self.set.as_ref().unwrap_or(&self.gateway).namespace
    }
}

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.set {
            Some(set) => write!(f, "ListenerSet {set}"),
            None => write!(f, "Gateway {}", self.gateway),
        }
    }
}

/// What a parentRef may name.
enum Named {
    Gateway(ObjectKey),
    ListenerSet(ObjectKey),
}

fn named(route: &ObjectKey, reference: &HttpRouteParentRefs) -> Option<Named> {
    let group = reference
        .group
        .as_deref()
        .unwrap_or("gateway.networking.k8s.io");
    let kind = reference.kind.as_deref().unwrap_or("Gateway");
    let namespace = reference.namespace.as_deref().unwrap_or(&route.namespace);
    let key = ObjectKey::new(namespace, &reference.name);
    match (group, kind) {
        ("gateway.networking.k8s.io", "Gateway") => Some(Named::Gateway(key)),
        ("gateway.networking.k8s.io", "ListenerSet") => Some(Named::ListenerSet(key)),
        _ => None,
    }
}

fn owner_of(
    route: &ObjectKey,
    reference: &HttpRouteParentRefs,
    gateways: &Gateways<'_>,
    inputs: &Inputs,
) -> Option<Owner> {
    Some(match named(route, reference)? {
        Named::Gateway(gateway) => Owner { gateway, set: None },
        Named::ListenerSet(set) => Owner {
            gateway: gateways.of_set(&set, inputs)?,
            set: Some(set),
        },
    })
}

/// Whether the first of a route's Gateways that there are is another controller's. Of what hangs on
/// the route, and is nobody's own, that one speaks: two who say something would do so for ever.
pub fn is_first_anothers(
    key: &ObjectKey,
    route: &HttpRoute,
    inputs: &Inputs,
    gateways: &mut Gateways<'_>,
) -> bool {
    let references = route.spec.parent_refs.iter().flatten();
    let mut gateways_named = references.filter_map(|reference| match named(key, reference)? {
        Named::Gateway(gateway) => Some(gateway),
        Named::ListenerSet(set) => parent_of_set(&set, inputs),
    });
    let first = gateways_named.find(|gateway| inputs.gateways.contains_key(gateway));
    first.is_some_and(|gateway| gateways.get(&gateway).is_none())
}

fn attach(
    key: &ObjectKey,
    route: &HttpRoute,
    reference: &HttpRouteParentRefs,
    owner: &Owner,
    listeners: &[&Listener<'_>],
    inputs: &Inputs,
) -> Result<Vec<Place>, Refused> {
    let named = listeners
        .iter()
        .copied()
        .filter(|listener| is_meant(reference, listener));
    let named: Vec<&Listener<'_>> = named.collect();
    if named.is_empty() {
        return Err(no_listener(reference, owner));
    }
    let admits =
        |listener: &&&Listener<'_>| listener.admits(&key.namespace, owner.namespace(), inputs);
    let admitting: Vec<&&Listener<'_>> = named.iter().filter(admits).collect();
    if admitting.is_empty() {
        return Err(
            match named.iter().find(|listener| !listener.speaks_http()) {
                Some(listener) if named.iter().all(|listener| !listener.speaks_http()) => {
                    wrong_protocol(listener, owner)
                }
                _ => not_allowed(key, owner),
            },
        );
    }
    let served: Vec<_> = admitting
        .iter()
        .filter(|listener| listener.fault.is_none())
        .collect();
    if served.is_empty() {
        return Err(not_served(owner));
    }
    let places = served.iter().flat_map(|listener| places(route, listener));
    let places: Vec<Place> = places.collect();
    if places.is_empty() {
        Err(no_hostname(owner))
    } else {
        Ok(places)
    }
}

fn is_meant(reference: &HttpRouteParentRefs, listener: &Listener<'_>) -> bool {
    reference
        .section_name
        .as_ref()
        .is_none_or(|name| *name == listener.spec.name)
        && reference.port.is_none_or(|port| port == listener.spec.port)
}

/// The hosts that both the route and the listener take.
fn places(route: &HttpRoute, listener: &Listener<'_>) -> Vec<Place> {
    let own = route.spec.hostnames.as_deref().unwrap_or_default();
    let any = [ANY_HOST.to_owned()];
    let own = if own.is_empty() { &any } else { own };
    let shared = |name: &String| {
        let host = intersection(name, listener.hostname())?;
        Some(Place {
            listener: listener.id.clone(),
            host: host.to_owned(),
            rank: rank(name),
            is_tls: listener.is_tls(),
        })
    };
    own.iter().filter_map(shared).collect()
}

fn no_gateway(index: usize, gateway: &ObjectKey) -> Refused {
    let text = format!("spec.parentRefs[{index}]: there is no Gateway {gateway}");
    Refused::NoGateway(with_id(text, &messages::PARENT_UNKNOWN))
}

fn no_listener(reference: &HttpRouteParentRefs, owner: &Owner) -> Refused {
    let name = reference
        .section_name
        .as_ref()
        .map(|name| format!(" named {name}"));
    let port = reference.port.map(|port| format!(" on port {port}"));
    let text = format!(
        "{owner} has no listener{}{}",
        name.unwrap_or_default(),
        port.unwrap_or_default()
    );
    Refused::ByGateway(
        "NoMatchingParent",
        with_id(text, &messages::PARENT_LISTENER_UNKNOWN),
    )
}

fn not_allowed(key: &ObjectKey, owner: &Owner) -> Refused {
    let text = format!(
        "No listener of {owner} allows HTTPRoutes of namespace {} (allowedRoutes)",
        key.namespace
    );
    Refused::ByGateway(
        "NotAllowedByListeners",
        with_id(text, &messages::PARENT_NOT_ALLOWED),
    )
}

fn wrong_protocol(listener: &Listener<'_>, owner: &Owner) -> Refused {
    let text = format!(
        "Listener {} of {owner} has the protocol {}, which serves no HTTPRoute",
        listener.spec.name, listener.spec.protocol
    );
    Refused::ByGateway(
        "NotAllowedByListeners",
        with_id(text, &messages::LISTENER_PROTOCOL_UNSUPPORTED),
    )
}

fn not_served(owner: &Owner) -> Refused {
    let text = format!("The listener of {owner} is not served; see its conditions");
    Refused::ByGateway(
        "NoMatchingParent",
        with_id(text, &messages::PARENT_LISTENER_UNKNOWN),
    )
}

fn no_hostname(owner: &Owner) -> Refused {
    let text = format!("No hostname of the route fits a listener of {owner}");
    Refused::ByGateway(
        "NoMatchingListenerHostname",
        with_id(text, &messages::HOSTNAME_NOT_MATCHING),
    )
}
