//! RoutePolicies: what they change in routes, and what is said about them.
//!
//! One policy configures one whole route. Of two for one route the oldest is used. A policy that
//! changes nothing is `Accepted=False`; where its target is to blame, `ResolvedRefs=False` says so
//! with the same reason.

mod target;

use std::collections::BTreeMap;

use limpet_schema::api::RoutePolicy;
use limpet_schema::messages::{self, Message};
use limpet_schema::snapshot::Affinity;
use limpet_schema::{duration, rules};
use serde_json::json;

use super::affinity::{affinity, check_prefix, discarded};
use super::{age, http_route};
use crate::inputs::{Inputs, ObjectKey};
use crate::status::{Condition, ObjectStatus, conditions, with_id};

/// What a policy gives to every rule of its route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// Session affinity.
    pub affinity: Option<Affinity>,
    /// For rules without a request timeout of their own; 0 is no limit.
    pub request_timeout_ms: Option<u64>,
}

/// Why a policy changes nothing.
struct Refused {
    reason: &'static str,
    message: String,
    /// Whether its target is to blame.
    is_unresolved: bool,
}

/// What of a policy some rules say otherwise, which wins for them.
struct Overridden {
    timeout: bool,
    affinity: bool,
}

/// Routes by key.
type Routes<'a> = BTreeMap<&'a ObjectKey, http_route::Plan<'a>>;

/// Applies every policy to its route.
pub fn apply(inputs: &Inputs, routes: &mut Routes<'_>) -> Vec<ObjectStatus> {
    let mut policies: Vec<_> = inputs.route_policies.iter().collect();
    policies.sort_by_cached_key(|(key, policy)| (age(&policy.metadata), (*key).clone()));
    let mut owners = BTreeMap::new();
    let mut statuses = Vec::new();
    for (key, policy) in policies {
        let target = target::find(key, &policy.spec.target_ref, inputs);
        let route = target.as_ref().ok().and_then(|target| routes.get(target));
        // Nobody owns a policy's conditions: two who say something would do so for ever.
        let is_anothers = route.is_some_and(http_route::Plan::is_anothers);
        let verdict = target.and_then(|target| apply_one(key, policy, target, routes, &mut owners));
        if !is_anothers {
            statuses.push(status(key, policy, verdict));
        }
    }
    statuses
}

/// The `Accepted=True` condition, or why there is none.
fn apply_one<'a>(
    key: &'a ObjectKey,
    policy: &RoutePolicy,
    target: ObjectKey,
    routes: &mut Routes<'_>,
    owners: &mut BTreeMap<ObjectKey, &'a ObjectKey>,
) -> Result<Condition, Refused> {
    let route = routes.get_mut(&target).filter(|route| route.is_attached());
    let route = route.ok_or_else(|| target::unattached(&target))?;
    check(policy)?;
    let effect = effect(policy, &target, route.is_tls_only())?;
    if let Some(owner) = owners.get(&target) {
        let text = format!("RoutePolicy {owner} already configures HTTPRoute {target}");
        return Err(Refused::new("Conflicted", text, &messages::POLICY_CONFLICT));
    }
    owners.insert(target, key);
    let overridden = Overridden {
        timeout: effect.request_timeout_ms.is_some() && route.has_request_timeout(),
        affinity: effect.affinity.is_some() && route.has_session_persistence(),
    };
    route.apply(&effect);
    Ok(accepted(policy, &effect, overridden))
}

/// Judges the policy alone.
fn check(policy: &RoutePolicy) -> Result<(), Refused> {
    if policy.spec.r#override.is_some() {
        let (text, is) = ("spec.override is not supported", &messages::POLICY_OVERRIDE);
        let text = format!("{text}. {}", is.remedy);
        return Err(Refused::new("OverrideNotSupported", text, is));
    }
    // Files are judged as they are read; an API server with other CRDs may have asked nothing.
    let kind = rules::Kind::find("alb.networking.azure.io/v1", "RoutePolicy").expect("it is ours");
    let object = serde_json::to_value(policy).expect("plain data");
    let problems: Vec<String> = rules::check(kind, &object)
        .iter()
        .map(ToString::to_string)
        .collect();
    match problems.as_slice() {
        [] => Ok(()),
        problems => Err(invalid(problems.join("; "))),
    }
}

fn effect(policy: &RoutePolicy, route: &ObjectKey, is_tls_only: bool) -> Result<Effect, Refused> {
    let Some(config) = &policy.spec.default else {
        return Ok(Effect::default());
    };
    let field = |what: &str, why| invalid(format!("spec.default.{what}: {why}"));
    // The scope is the route, not its backends: a canary that joins them logs nobody out.
    let asked = config.session_affinity.as_ref();
    let affinity = asked.map(|asked| {
        let affinity = affinity(asked, format!("HTTPRoute/{route}"))?;
        check_prefix(&affinity, is_tls_only).map(|()| affinity)
    });
    let timeout = config
        .timeouts
        .as_ref()
        .and_then(|t| t.route_timeout.as_deref());
    let timeout = timeout.map(duration::parse).transpose();
    let timeout = timeout.map_err(|error| {
        let why = with_id(error, &messages::FIELD_DURATION);
        field("timeouts.routeTimeout", why)
    })?;
    Ok(Effect {
        affinity: affinity
            .transpose()
            .map_err(|why| field("sessionAffinity", why))?,
        request_timeout_ms: timeout
            .map(|timeout| u64::try_from(timeout.as_millis()).expect("read from 64 bits")),
    })
}

fn accepted(policy: &RoutePolicy, effect: &Effect, overridden: Overridden) -> Condition {
    let mut said = vec!["Valid RoutePolicy".to_owned()];
    if *effect == Effect::default() {
        said.push("it sets nothing".to_owned());
    }
    let config = policy.spec.default.as_ref();
    let asked = config.and_then(|config| config.session_affinity.as_ref());
    said.extend(asked.and_then(discarded));
    if overridden.affinity {
        let text = "rules of the route with sessionPersistence keep theirs".to_owned();
        said.push(with_id(text, &messages::POLICY_PERSISTENCE_CONFLICT));
    }
    if !overridden.timeout {
        return Condition::yes("Accepted", "Accepted", said.join("; "));
    }
    let text = "rules of the route with timeouts.request keep theirs".to_owned();
    said.push(with_id(text, &messages::POLICY_TIMEOUT_CONFLICT));
    Condition::yes("Accepted", "AcceptedWithTimeoutConflict", said.join("; "))
}

fn status(
    key: &ObjectKey,
    policy: &RoutePolicy,
    verdict: Result<Condition, Refused>,
) -> ObjectStatus {
    let resolved = Condition::yes("ResolvedRefs", "ResolvedRefs", "The target is found");
    let said = match verdict {
        Ok(accepted) => [accepted, resolved, Condition::pending()],
        Err(Refused {
            reason,
            message,
            is_unresolved,
        }) => [
            Condition::no("Accepted", reason, &message),
            match is_unresolved {
                true => Condition::no("ResolvedRefs", reason, &message),
                false => resolved,
            },
            Condition::no("Programmed", "Invalid", "The policy is not accepted"),
        ],
    };
    ObjectStatus {
        kind: "RoutePolicy".to_owned(),
        namespace: key.namespace.clone(),
        name: key.name.clone(),
        status: json!({ "conditions": conditions(policy.metadata.generation, &said) }),
        warnings: Vec::new(),
    }
}

fn invalid(message: String) -> Refused {
    Refused {
        reason: "InvalidRoutePolicy",
        message,
        is_unresolved: false,
    }
}

impl Refused {
    fn new(reason: &'static str, text: String, is: &Message) -> Self {
        Self {
            reason,
            message: with_id(text, is),
            is_unresolved: false,
        }
    }

    fn unresolved(reason: &'static str, text: String, is: &Message) -> Self {
        Self {
            is_unresolved: true,
            ..Self::new(reason, text, is)
        }
    }
}
