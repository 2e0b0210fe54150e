//! The route that a RoutePolicy targets.

use limpet_schema::api::{RouteRef, RouteRefKind};
use limpet_schema::messages;

use super::super::references::{From, To, may_refer};
use super::Refused;
use crate::inputs::{Inputs, ObjectKey};

const GATEWAY_API: &str = "gateway.networking.k8s.io";

/// The route, if the policy may target it and it exists.
pub fn find(policy: &ObjectKey, target: &RouteRef, inputs: &Inputs) -> Result<ObjectKey, Refused> {
    check(target)?;
    let namespace = target.namespace.as_deref().unwrap_or(&policy.namespace);
    let from = From {
        group: "alb.networking.azure.io",
        kind: "RoutePolicy",
        namespace: &policy.namespace,
    };
    let to = To {
        group: GATEWAY_API,
        kind: "HTTPRoute",
        namespace,
        name: &target.name,
    };
    may_refer(inputs, from, to).map_err(|message| Refused {
        reason: "RefNotPermitted",
        message,
        is_unresolved: true,
    })?;
    let route = ObjectKey::new(namespace, &target.name);
    if inputs.http_routes.contains_key(&route) {
        return Ok(route);
    }
    let is = &messages::POLICY_TARGET_MISSING;
    let text = format!("There is no HTTPRoute {route}. {}", is.remedy);
    Err(Refused::unresolved("NoTargetReference", text, is))
}

/// The route exists, and no listener takes it.
pub fn unattached(route: &ObjectKey) -> Refused {
    let is = &messages::POLICY_TARGET_UNATTACHED;
    let text = format!(
        "No listener of Limpet takes HTTPRoute {route}. {}",
        is.remedy
    );
    Refused::unresolved("InvalidHTTPRoute", text, is)
}

/// The session-affinity page writes `group: ""`, where Kubernetes means the core group; it and the
/// Gateway API's group both mean HTTPRoutes here.
fn check(target: &RouteRef) -> Result<(), Refused> {
    let RouteRef { group, kind, .. } = target;
    if !group.is_empty() && group != GATEWAY_API {
        let is = &messages::POLICY_TARGET_GROUP;
        let text = format!("spec.targetRef.group is {group:?}. {}", is.remedy);
        return Err(Refused::unresolved("InvalidGroup", text, is));
    }
    if *kind != RouteRefKind::HttpRoute {
        let is = &messages::POLICY_TARGET_KIND;
        let text = format!("spec.targetRef.kind is \"GRPCRoute\". {}", is.remedy);
        return Err(Refused::unresolved("InvalidKind", text, is));
    }
    if !target.section_names.is_empty() {
        let is = &messages::POLICY_SECTION_NAMES;
        let text = format!("spec.targetRef.sectionNames is set. {}", is.remedy);
        return Err(Refused::unresolved("SectionNamesNotPermitted", text, is));
    }
    let is_known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
    if !target.name.bytes().all(is_known) {
        let is = &messages::POLICY_TARGET_MISSING;
        let text = format!("spec.targetRef.name {:?} can name no object", target.name);
        return Err(Refused::unresolved("InvalidName", text, is));
    }
    Ok(())
}
