//! A rule of an HTTPRoute: which requests it takes and what happens to them.

use limpet_schema::duration;
use limpet_schema::gateway_api::httproutes::{
    HttpRouteRules, HttpRouteRulesBackendRefs, HttpRouteRulesTimeouts,
};
use limpet_schema::messages::{self, Message};
use limpet_schema::snapshot::{Action, Forward, Match, PathMatch, Rule, Timeouts, WeightedBackend};

use super::filters::Filters;
use super::matching;
use super::references::{From, To, may_refer};
use super::services::{Backends, PortRef};
use crate::inputs::{Inputs, ObjectKey};
use crate::status::with_id;

/// The group of HTTPRoutes.
const GROUP: &str = "gateway.networking.k8s.io";

/// A rule that can be served.
pub struct Compiled {
    /// What happens.
    pub rule: Rule,
    /// To which requests.
    pub matches: Vec<Match>,
    /// By index, the backends that cannot be had.
    pub unresolved: Vec<(usize, Unresolved)>,
}

/// Something that is not done here; the rule is left out.
#[derive(Clone, Debug)]
pub struct Unsupported {
    /// What, with the message id.
    pub message: String,
}

impl Unsupported {
    /// With the id that tells more.
    pub fn new(text: String, is: &Message) -> Self {
        Self {
            message: with_id(text, is),
        }
    }
}

/// A backend that cannot be had: its share of the requests is answered with 500.
#[derive(Debug)]
pub struct Unresolved {
    /// The Gateway API's reason.
    pub reason: &'static str,
    /// Why.
    pub message: String,
}

/// Compiles one rule of the HTTPRoute `route`.
///
/// # Errors
/// When it asks for something that is not done here.
pub fn compile(
    route: &ObjectKey,
    rule: &HttpRouteRules,
    inputs: &Inputs,
    backends: &mut Backends<'_>,
) -> Result<Compiled, Unsupported> {
    let mut matches: Vec<Match> = rule
        .matches
        .iter()
        .flatten()
        .map(matching::read)
        .collect::<Result<_, _>>()?;
    if matches.is_empty() {
        matches.push(matching::everything());
    }
    let paths: Vec<&PathMatch> = matches.iter().map(|when| &when.path).collect();
    let filters = Filters::read(rule.filters.as_deref().unwrap_or_default(), &paths)?;
    let name = format!("HTTPRoute/{route}");
    if let Some(redirect) = filters.redirect {
        let action = Action::Redirect(redirect);
        let rule = Rule {
            route: name,
            filters: filters.edits,
            action,
        };
        return Ok(Compiled {
            rule,
            matches,
            unresolved: Vec::new(),
        });
    }
    let mut unresolved = Vec::new();
    let mut forward = Forward {
        rewrite: filters.rewrite,
        timeouts: timeouts(rule.timeouts.as_ref()),
        ..Forward::default()
    };
    for (index, reference) in rule.backend_refs.iter().flatten().enumerate() {
        let backend = backend(route, reference, inputs, backends);
        forward.backends.push(WeightedBackend {
            weight: u32::try_from(reference.weight.unwrap_or(1)).expect("checked on entry"),
            filters: backend_filters(reference)?,
            backend: backend
                .map_err(|missing| unresolved.push((index, missing)))
                .ok(),
        });
    }
    let rule = Rule {
        route: name,
        filters: filters.edits,
        action: Action::Forward(forward),
    };
    Ok(Compiled {
        rule,
        matches,
        unresolved,
    })
}

/// What a duration of a manifest is in milliseconds; 0 is no limit.
pub fn millis(text: &str) -> u64 {
    let duration = duration::parse(text).expect("checked on entry");
    u64::try_from(duration.as_millis()).expect("read from 64 bits of milliseconds")
}

fn timeouts(timeouts: Option<&HttpRouteRulesTimeouts>) -> Timeouts {
    let read = |text: fn(&HttpRouteRulesTimeouts) -> &Option<String>| {
        timeouts
            .and_then(|timeouts| text(timeouts).as_deref())
            .map(millis)
    };
    Timeouts {
        request_ms: read(|t| &t.request),
        backend_request_ms: read(|t| &t.backend_request),
    }
}

fn backend_filters(
    reference: &HttpRouteRulesBackendRefs,
) -> Result<Vec<limpet_schema::snapshot::Filter>, Unsupported> {
    let filters = Filters::read(reference.filters.as_deref().unwrap_or_default(), &[])?;
    if filters.rewrite.is_some() || filters.redirect.is_some() || filters.has_cors() {
        let text = "only header modifiers are supported as filters of a backendRef".to_owned();
        return Err(Unsupported::new(text, &messages::RULE_UNSUPPORTED));
    }
    Ok(filters.edits)
}

fn backend(
    route: &ObjectKey,
    reference: &HttpRouteRulesBackendRefs,
    inputs: &Inputs,
    backends: &mut Backends<'_>,
) -> Result<String, Unresolved> {
    let group = reference.group.as_deref().unwrap_or_default();
    let kind = reference.kind.as_deref().unwrap_or("Service");
    if (group, kind) != ("", "Service") {
        let text = format!("A backend of kind {kind} of group {group:?} cannot be served");
        let message = with_id(text, &messages::BACKEND_KIND);
        return Err(Unresolved {
            reason: "InvalidKind",
            message,
        });
    }
    let namespace = reference.namespace.as_deref().unwrap_or(&route.namespace);
    let from = From {
        group: GROUP,
        kind: "HTTPRoute",
        namespace: &route.namespace,
    };
    let to = To {
        group,
        kind,
        namespace,
        name: &reference.name,
    };
    may_refer(inputs, from, to).map_err(|message| Unresolved {
        reason: "RefNotPermitted",
        message,
    })?;
    let Some(port) = reference.port else {
        let text = format!(
            "The reference to Service {namespace}/{} needs a port",
            reference.name
        );
        let message = with_id(text, &messages::BACKEND_MISSING);
        return Err(Unresolved {
            reason: "UnsupportedValue",
            message,
        });
    };
    backends
        .find(
            &ObjectKey::new(namespace, &reference.name),
            PortRef::Number(port),
        )
        .map_err(|message| Unresolved {
            reason: "BackendNotFound",
            message,
        })
}
