//! XBackends: pods chosen by their labels, and how their sessions are kept (Gateway API 1.7).
//!
//! The weights of a rule choose the XBackend, then the session its pod inside it. Pods are read
//! themselves: a Service made for each XBackend would need rights to write and leave a name behind.
//! Other types than EndpointSelector, TLS and protocols but HTTP/1 are refused.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use k8s_openapi::api::core::v1::{Pod, PodStatus};
use limpet_schema::gateway_api::httproutes::HttpRouteRulesBackendRefs;
use limpet_schema::gateway_api::xbackends::{
    XBackend, XBackendEndpointSelector, XBackendProtocol as Protocol, XBackendTlsMode,
};
use limpet_schema::messages;
use limpet_schema::snapshot::{BackendId, Endpoint, EndpointState};
use serde_json::{Value, json};

use super::Settings;
use super::gateway::GROUP as GATEWAY_GROUP;
use super::http_route;
use super::rule::{Unresolved, persistence};
use super::services::Backends;
use crate::inputs::{Inputs, ObjectKey};
use crate::status::{Condition, ObjectStatus, conditions, with_id};

/// Of XBackends.
pub const GROUP: &str = "gateway.networking.x-k8s.io";

/// As many Gateways as a status names.
const ANCESTORS_MAX: usize = 32;

/// The namespaces whose pods must be known.
pub fn wanted(inputs: &Inputs) -> BTreeSet<String> {
    let selecting = inputs
        .x_backends
        .iter()
        .filter(|(_, backend)| backend.spec.endpoint_selector.is_some());
    selecting.map(|(key, _)| key.namespace.clone()).collect()
}

/// The XBackend that a route names.
///
/// # Errors
/// When it is none, of another namespace, or asks for what is not done here.
pub fn find(
    route: &ObjectKey,
    namespace: Option<&str>,
    name: &str,
    inputs: &Inputs,
    backends: &mut Backends<'_>,
) -> Result<BackendId, Unresolved> {
    let key = ObjectKey::new(namespace.unwrap_or(&route.namespace), name);
    // No ReferenceGrant allows it (the proposal leaves that open).
    if key.namespace != route.namespace {
        let text = format!("XBackend {key} is not in the route's own namespace, as it must be");
        return Err(Unresolved {
            reason: "RefNotPermitted",
            message: with_id(text, &messages::REFERENCE_NOT_PERMITTED),
        });
    }
    let Some(backend) = inputs.x_backends.get(&key) else {
        let text = format!("There is no XBackend {key}");
        return Err(Unresolved {
            reason: "BackendNotFound",
            message: with_id(text, &messages::BACKEND_MISSING),
        });
    };
    let (selector, port) = judge(backend).map_err(|why| Unresolved {
        reason: why.reason,
        message: format!("XBackend {key}: {}", why.message),
    })?;
    let sessions = backend.spec.session_persistence.as_ref();
    let affinity = sessions.map(|asked| persistence::of_x_backend(&key, asked));
    let affinity = affinity.transpose().map_err(|why| Unresolved {
        reason: "UnsupportedValue",
        message: format!("XBackend {key}: {}", why.message),
    })?;
    let id = format!("XBackend/{key}");
    backends.put(&id, endpoints(&key, selector, port, inputs), affinity);
    Ok(id)
}

/// What it selects, and the port there.
fn judge(backend: &XBackend) -> Result<(&XBackendEndpointSelector, u16), Unresolved> {
    let spec = &backend.spec;
    let refuse = |reason, text: &str| {
        Err(Unresolved {
            reason,
            message: with_id(text, &messages::BACKEND_KIND),
        })
    };
    let Some(selector) = &spec.endpoint_selector else {
        let text = "spec.type: only EndpointSelector is supported";
        return refuse("UnsupportedValue", text);
    };
    if let Some(protocol) = &spec.protocol
        && ![Protocol::Http, Protocol::Http11].contains(protocol)
    {
        let text = "spec.protocol: only HTTP and HTTP11 are supported";
        return refuse("UnsupportedProtocol", text);
    }
    if spec
        .tls
        .as_ref()
        .is_some_and(|tls| tls.mode != XBackendTlsMode::None)
    {
        return refuse("UnsupportedValue", "spec.tls.mode: only None is supported");
    }
    match spec
        .port
        .number
        .and_then(|number| u16::try_from(number).ok())
    {
        Some(port) if port > 0 => Ok((selector, port)),
        _ => refuse("UnsupportedValue", "spec.port.number is missing"),
    }
}

fn endpoints(
    key: &ObjectKey,
    selector: &XBackendEndpointSelector,
    port: u16,
    inputs: &Inputs,
) -> Vec<Endpoint> {
    // An empty selector would select every pod.
    let wanted = &selector.match_labels;
    let pods = inputs.pods.iter().filter(|(pod, object)| {
        let labels = object.metadata.labels.as_ref();
        let has = |(name, value)| labels.is_some_and(|labels| labels.get(name) == Some(value));
        pod.namespace == key.namespace && !wanted.is_empty() && wanted.iter().all(has)
    });
    pods.filter_map(|(_, pod)| endpoint(pod, port)).collect()
}

/// As a Service would have it: Ready pods, and among those that end the ones that still serve.
fn endpoint(pod: &Pod, port: u16) -> Option<Endpoint> {
    let status = pod.status.as_ref()?;
    let is_over = ["Failed", "Succeeded"].contains(&status.phase.as_deref().unwrap_or_default());
    if is_over || !is_ready(status) {
        return None;
    }
    let address = SocketAddr::new(address(status)?, port);
    let uid = pod.metadata.uid.clone().filter(|uid| !uid.is_empty());
    Some(Endpoint {
        id: uid.unwrap_or_else(|| address.to_string()),
        address,
        state: match pod.metadata.deletion_timestamp {
            Some(_) => EndpointState::Draining,
            None => EndpointState::Ready,
        },
    })
}

fn is_ready(status: &PodStatus) -> bool {
    let mut conditions = status.conditions.iter().flatten();
    conditions.any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

fn address(status: &PodStatus) -> Option<IpAddr> {
    let several = status.pod_ips.iter().flatten();
    let mut all = several
        .map(|ip| ip.ip.as_str())
        .chain(status.pod_ip.as_deref());
    all.find_map(|ip| ip.parse().ok())
}

/// What is said about those that a route of ours names: one entry a Gateway.
pub fn statuses(
    inputs: &Inputs,
    routes: &BTreeMap<&ObjectKey, http_route::Plan<'_>>,
    settings: &Settings,
) -> Vec<ObjectStatus> {
    let mut ancestors: BTreeMap<ObjectKey, BTreeSet<&ObjectKey>> = BTreeMap::new();
    for (route, plan) in routes {
        let named = plan.backend_refs().filter_map(|named| name(route, named));
        for key in named {
            ancestors.entry(key).or_default().extend(plan.gateways());
        }
    }
    let known = ancestors.iter().filter_map(|(key, gateways)| {
        let backend = inputs
            .x_backends
            .get(key)
            .filter(|_| !gateways.is_empty())?;
        Some(status(key, backend, gateways, settings))
    });
    known.collect()
}

fn name(route: &ObjectKey, reference: &HttpRouteRulesBackendRefs) -> Option<ObjectKey> {
    let is_x =
        reference.group.as_deref() == Some(GROUP) && reference.kind.as_deref() == Some("XBackend");
    let namespace = reference.namespace.as_ref().unwrap_or(&route.namespace);
    (is_x && *namespace == route.namespace).then(|| ObjectKey::new(namespace, &reference.name))
}

fn status(
    key: &ObjectKey,
    backend: &XBackend,
    gateways: &BTreeSet<&ObjectKey>,
    settings: &Settings,
) -> ObjectStatus {
    let sessions = backend.spec.session_persistence.as_ref();
    let sessions = sessions.map(|asked| persistence::of_x_backend(key, asked).map(drop));
    let said = match (judge(backend), sessions.transpose()) {
        (Err(why), _) => Condition::no("Accepted", why.reason, why.message),
        (_, Err(why)) => Condition::no("Accepted", "UnsupportedValue", why.message),
        _ => Condition::yes("Accepted", "Accepted", "Valid XBackend"),
    };
    let conditions = conditions(backend.metadata.generation, &[said]);
    let entry = |gateway: &&ObjectKey| {
        json!({
            "ancestorRef": {
                "group": GATEWAY_GROUP, "kind": "Gateway",
                "namespace": gateway.namespace, "name": gateway.name,
            },
            "controllerName": settings.controller_name,
            "conditions": conditions,
        })
    };
    let ancestors: Vec<Value> = gateways.iter().take(ANCESTORS_MAX).map(entry).collect();
    ObjectStatus {
        kind: "XBackend".to_owned(),
        namespace: key.namespace.clone(),
        name: key.name.clone(),
        status: json!({ "ancestors": ancestors }),
        warnings: Vec::new(),
    }
}
