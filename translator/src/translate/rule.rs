//! A rule of an HTTPRoute: which requests it takes and what happens to them.

pub mod persistence;
mod retry;

use std::collections::BTreeMap;

use limpet_schema::duration;
use limpet_schema::gateway_api::httproutes::{
    HttpRouteRules, HttpRouteRulesBackendRefs, HttpRouteRulesFiltersRequestMirror,
    HttpRouteRulesTimeouts,
};
use limpet_schema::messages::{self, Message};
use limpet_schema::snapshot::{
    Action, Filter, Forward, Match, Mirror, PathMatch, Rule, Timeouts, WeightedBackend,
};

use super::affinity::check_prefix;
use super::filters::{self, Filters};
use super::matching;
use super::references::{From, To, may_refer};
use super::services::{Backends, PortRef};
use super::x_backend;
use crate::inputs::{Inputs, ObjectKey};
use crate::status::with_id;
use persistence::Persistence;

/// The group of HTTPRoutes.
const GROUP: &str = "gateway.networking.k8s.io";

/// A rule that can be served.
pub struct Compiled {
    /// What happens.
    pub rule: Rule,
    /// To which requests.
    pub matches: Vec<Match>,
    /// By field, the backends that cannot be had.
    pub unresolved: Vec<(String, Unresolved)>,
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

/// Compiles one rule of the HTTPRoute `route`, which is its number `number`. `is_tls_only`: no listener
/// of plain HTTP serves it.
///
/// # Errors
/// When it asks for something that is not done here.
pub fn compile(
    route: &ObjectKey,
    number: usize,
    rule: &HttpRouteRules,
    is_tls_only: bool,
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
    let mut edits = filters.edits;
    for (index, mirror) in &filters.mirrors {
        let (numerator, denominator) = filters::mirror::share(mirror)?;
        let field = format!("filters[{index}].requestMirror.backendRef");
        match backend(route, &Reference::of_mirror(mirror), inputs, backends) {
            Err(missing) => unresolved.push((field, missing)),
            Ok(backend) => edits.push(Filter::Mirror(Mirror {
                backend,
                numerator,
                denominator,
            })),
        }
    }
    let mut forward = Forward {
        rewrite: filters.rewrite,
        timeouts: timeouts(rule.timeouts.as_ref()),
        retry: rule.retry.as_ref().and_then(retry::read),
        ..Forward::default()
    };
    let sessions = persistence::read(route, number, rule, inputs)?;
    for (index, reference) in rule.backend_refs.iter().flatten().enumerate() {
        let found = backend(route, &Reference::of(reference), inputs, backends);
        forward.backends.push(WeightedBackend {
            weight: u32::try_from(reference.weight.unwrap_or(1)).expect("checked on entry"),
            filters: backend_filters(reference, &paths)?,
            affinity: found.as_ref().ok().and_then(|id| backends.affinity(id)),
            backend: found
                .map_err(|missing| unresolved.push((format!("backendRefs[{index}]"), missing)))
                .ok(),
        });
    }
    keep_sessions(&mut forward, sessions)?;
    for affinity in forward.affinities() {
        check_prefix(affinity, is_tls_only).map_err(|message| Unsupported { message })?;
    }
    let rule = Rule {
        route: name,
        filters: edits,
        action: Action::Forward(forward),
    };
    Ok(Compiled {
        rule,
        matches,
        unresolved,
    })
}

/// What a rule says about sessions replaces what its backends say (GEP-1619).
fn keep_sessions(forward: &mut Forward, of_rule: Option<Persistence>) -> Result<(), Unsupported> {
    match of_rule {
        None => return distinct_cookies(forward),
        Some(sessions) if sessions.is_inside => {
            for weighted in &mut forward.backends {
                weighted.affinity = Some(sessions.affinity.clone());
            }
        }
        Some(sessions) => {
            for weighted in &mut forward.backends {
                weighted.affinity = None;
            }
            forward.affinity = Some(sessions.affinity);
        }
    }
    Ok(())
}

/// Two backends of a split may not keep their sessions in one cookie.
fn distinct_cookies(forward: &Forward) -> Result<(), Unsupported> {
    let mut scopes = BTreeMap::new();
    let policies = forward.backends.iter().filter_map(|w| w.affinity.as_ref());
    for policy in policies {
        let scope = scopes.entry(&policy.cookie_name).or_insert(&policy.scope);
        if *scope != &policy.scope {
            let text = format!(
                "{scope} and {} keep their sessions in the same cookie, {}; give one of them \
                 another name",
                policy.scope, policy.cookie_name
            );
            return Err(Unsupported::new(text, &messages::RULE_UNSUPPORTED));
        }
    }
    Ok(())
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

/// Header edits and a rewrite; the rest stands at rules.
fn backend_filters(
    reference: &HttpRouteRulesBackendRefs,
    paths: &[&PathMatch],
) -> Result<Vec<Filter>, Unsupported> {
    let read = Filters::read(reference.filters.as_deref().unwrap_or_default(), paths)?;
    if read.redirect.is_some() || read.has_cors() || !read.mirrors.is_empty() {
        let text = "only header modifiers and URLRewrite are supported as filters of a backendRef";
        return Err(Unsupported::new(
            text.to_owned(),
            &messages::RULE_UNSUPPORTED,
        ));
    }
    let mut filters = read.edits;
    filters.extend(read.rewrite.map(Filter::Rewrite));
    Ok(filters)
}

/// What a rule or a mirror names as backend.
struct Reference<'a> {
    group: Option<&'a str>,
    kind: Option<&'a str>,
    namespace: Option<&'a str>,
    name: &'a str,
    port: Option<i32>,
}

impl<'a> Reference<'a> {
    fn of(reference: &'a HttpRouteRulesBackendRefs) -> Self {
        Self {
            group: reference.group.as_deref(),
            kind: reference.kind.as_deref(),
            namespace: reference.namespace.as_deref(),
            name: &reference.name,
            port: reference.port,
        }
    }

    fn of_mirror(mirror: &'a HttpRouteRulesFiltersRequestMirror) -> Self {
        let reference = &mirror.backend_ref;
        Self {
            group: reference.group.as_deref(),
            kind: reference.kind.as_deref(),
            namespace: reference.namespace.as_deref(),
            name: &reference.name,
            port: reference.port,
        }
    }
}

fn backend(
    route: &ObjectKey,
    reference: &Reference<'_>,
    inputs: &Inputs,
    backends: &mut Backends<'_>,
) -> Result<String, Unresolved> {
    let group = reference.group.unwrap_or_default();
    let kind = reference.kind.unwrap_or("Service");
    if (group, kind) == (x_backend::GROUP, "XBackend") {
        return x_backend::find(route, reference.namespace, reference.name, inputs, backends);
    }
    if (group, kind) != ("", "Service") {
        let text = format!("A backend of kind {kind} of group {group:?} cannot be served");
        let message = with_id(text, &messages::BACKEND_KIND);
        return Err(Unresolved {
            reason: "InvalidKind",
            message,
        });
    }
    let namespace = reference.namespace.unwrap_or(&route.namespace);
    let from = From {
        group: GROUP,
        kind: "HTTPRoute",
        namespace: &route.namespace,
    };
    let to = To {
        group,
        kind,
        namespace,
        name: reference.name,
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
            &ObjectKey::new(namespace, reference.name),
            PortRef::Number(port),
        )
        .map_err(|message| Unresolved {
            reason: "BackendNotFound",
            message,
        })
}
