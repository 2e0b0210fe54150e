//! HTTPRoutes: which listeners they attach to, under which hosts.

mod attach;
mod report;

use std::collections::BTreeMap;

use limpet_schema::gateway_api::httproutes::{
    HttpRoute, HttpRouteRules, HttpRouteRulesBackendRefs,
};
use limpet_schema::snapshot::Action;

use super::age;
use super::gateway::Gateways;
use super::hostname::Rank;
use super::matching::Precedence;
use super::policy::Effect;
use super::rule::{Compiled, Unsupported, compile};
use super::services::Backends;
use super::table::Table;
use crate::inputs::{Inputs, ObjectKey};

/// One HTTPRoute.
pub struct Plan<'a> {
    key: &'a ObjectKey,
    route: &'a HttpRoute,
    /// By index in the manifest.
    rules: Vec<Result<Compiled, Unsupported>>,
    /// One a parentRef.
    parents: Vec<attach::Parent>,
    is_first_anothers: bool,
}

/// Judges every HTTPRoute, and counts the attached ones at their listeners.
pub fn plan<'a>(
    inputs: &'a Inputs,
    gateways: &mut Gateways<'_>,
    backends: &mut Backends<'a>,
) -> BTreeMap<&'a ObjectKey, Plan<'a>> {
    let default = vec![default_rule()];
    let mut plans = BTreeMap::new();
    for (key, route) in &inputs.http_routes {
        let is_first_anothers = attach::is_first_anothers(key, route, inputs, gateways);
        let mut parents = attach::parents(key, route, inputs, gateways);
        let is_tls_only = is_tls_only(&parents);
        let rules = route.spec.rules.as_ref().unwrap_or(&default);
        let rules = rules.iter().enumerate();
        let rules =
            rules.map(|(number, rule)| compile(key, number, rule, is_tls_only, inputs, backends));
        let rules: Vec<_> = rules.collect();
        let is_servable = rules.is_empty() || rules.iter().any(Result::is_ok);
        attach::settle(key, &mut parents, is_servable, gateways);
        plans.insert(
            key,
            Plan {
                key,
                route,
                rules,
                parents,
                is_first_anothers,
            },
        );
    }
    plans
}

fn is_tls_only(parents: &[attach::Parent]) -> bool {
    let mut places = parents
        .iter()
        .filter_map(|parent| parent.verdict.as_ref().ok())
        .flatten();
    places.all(|place| place.is_tls)
}

/// What the API server puts where a manifest says nothing of rules: it matches everything.
fn default_rule() -> HttpRouteRules {
    serde_json::from_str("{}").expect("every field is optional")
}

impl Plan<'_> {
    /// Whether another controller speaks of what hangs on it.
    pub fn is_anothers(&self) -> bool {
        let named = self.route.spec.parent_refs.as_ref();
        self.is_first_anothers
            || self.parents.is_empty() && named.is_some_and(|named| !named.is_empty())
    }

    /// Whether any listener takes it.
    pub fn is_attached(&self) -> bool {
        !self.places().is_empty()
    }

    /// Whether no listener of plain HTTP takes it.
    pub fn is_tls_only(&self) -> bool {
        is_tls_only(&self.parents)
    }

    /// Whether any rule has a request timeout of its own.
    pub fn has_request_timeout(&self) -> bool {
        let mut rules = self.route.spec.rules.iter().flatten();
        rules.any(|rule| rule.timeouts.as_ref().is_some_and(|t| t.request.is_some()))
    }

    /// Whether any rule, or a backend of one, has sessions of its own.
    pub fn has_session_persistence(&self) -> bool {
        let mut compiled = self.rules.iter().flatten();
        compiled.any(|compiled| match &compiled.rule.action {
            Action::Forward(forward) => forward.affinities().next().is_some(),
            Action::Redirect(_) => false,
        })
    }

    /// The Gateways that it is served by.
    pub fn gateways(&self) -> impl Iterator<Item = &ObjectKey> {
        let served = self.parents.iter().filter(|parent| parent.is_served());
        served.map(|parent| &parent.gateway)
    }

    /// What its rules name as backends.
    pub fn backend_refs(&self) -> impl Iterator<Item = &'_ HttpRouteRulesBackendRefs> {
        let rules = self.route.spec.rules.iter().flatten();
        rules.flat_map(|rule| rule.backend_refs.iter().flatten())
    }

    /// Gives every rule what a policy says, where it says nothing itself.
    pub fn apply(&mut self, effect: &Effect) {
        for compiled in self.rules.iter_mut().flatten() {
            if let Action::Forward(forward) = &mut compiled.rule.action {
                if forward.affinities().next().is_none() {
                    forward.affinity.clone_from(&effect.affinity);
                }
                let own = &mut forward.timeouts.request_ms;
                *own = own.or(effect.request_timeout_ms);
            }
        }
    }

    /// The listeners and hosts that it is served on, with the rank of its most specific name for
    /// each.
    fn places(&self) -> BTreeMap<(&str, &str), Rank> {
        let verdicts = self.parents.iter().map(|parent| parent.verdict.as_ref());
        let mut places = BTreeMap::new();
        for place in verdicts.flatten().flatten() {
            let rank = places
                .entry((place.listener.as_str(), place.host.as_str()))
                .or_insert(place.rank);
            *rank = place.rank.min(*rank);
        }
        places
    }

    /// Puts its rules and entries into the table.
    pub fn serve(&self, table: &mut Table) {
        let places = self.places();
        if places.is_empty() {
            return;
        }
        for (number, compiled) in self.rules.iter().enumerate() {
            let Ok(Compiled { rule, matches, .. }) = compiled else {
                continue;
            };
            let id = format!("HTTPRoute/{}/{number}", self.key);
            table.rule(&id, rule.clone());
            for (index, when) in matches.iter().enumerate() {
                let owner = (age(&self.route.metadata), self.key.clone(), number, index);
                let precedence = Precedence::of(when, owner);
                for (place, rank) in &places {
                    table.entry(*place, precedence.under(*rank), when.clone(), &id);
                }
            }
        }
    }
}
