//! What becomes of living sessions when another snapshot is served.
//!
//! A pin names an endpoint within a scope and a cookie's name. It stays where a rule still has both and
//! reaches that endpoint; it moves where the rule reaches only others; else it means nothing any more.

use std::collections::{BTreeMap, BTreeSet};

use limpet_schema::snapshot::{Action, Affinity, Endpoint, Rule, Snapshot};

/// How many are pinned to which endpoint, by route.
pub type Sessions = BTreeMap<String, BTreeMap<String, usize>>;

/// What becomes of the sessions of a route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fate {
    /// How many there are.
    pub sessions: usize,
    /// They go on at another endpoint.
    pub moved: usize,
    /// Their cookie is known no more, or nothing is left to go on at.
    pub ended: usize,
}

/// The endpoints that a pin of a scope and a cookie's name may lead to.
type Reach<'a> = BTreeMap<(&'a str, &'a str), BTreeSet<&'a str>>;

/// Of each route with sessions.
pub fn fates(seen: &Sessions, before: &Snapshot, now: &Snapshot) -> Vec<(String, Fate)> {
    let (known, reached) = (reach(before), reach(now));
    let of_routes = pins(before);
    let fates = seen.iter().map(|(route, endpoints)| {
        let mut fate = Fate::default();
        let of_route = of_routes.get(&**route).map_or(&[][..], Vec::as_slice);
        for (endpoint, count) in endpoints {
            fate.sessions += count;
            let pins = of_route.iter();
            let sealed = pins.filter(|pin| known[*pin].contains(&**endpoint));
            let reached = sealed.filter_map(|pin| reached.get(pin));
            match reached.max_by_key(|reached| (reached.contains(&**endpoint), reached.len())) {
                Some(reached) if reached.contains(&**endpoint) => {}
                Some(reached) if !reached.is_empty() => fate.moved += count,
                _ => fate.ended += count,
            }
        }
        (route.clone(), fate)
    });
    fates.collect()
}

/// What pins of each route are sealed for.
fn pins(snapshot: &Snapshot) -> BTreeMap<&str, Vec<(&str, &str)>> {
    let mut pins: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for rule in snapshot.rules.values() {
        let of_route = pins.entry(&*rule.route).or_default();
        of_route.extend(affinities(rule).into_iter().map(pin));
    }
    pins
}

fn reach(snapshot: &Snapshot) -> Reach<'_> {
    let mut reach = Reach::new();
    for rule in snapshot.rules.values() {
        let Action::Forward(forward) = &rule.action else {
            continue;
        };
        let endpoints = |id: &String| {
            let backend = snapshot.backends.get(id);
            backend.map_or(&[][..], |backend| backend.endpoints.as_slice())
        };
        for weighted in &forward.backends {
            let ids = weighted.backend.iter().flat_map(endpoints);
            let ids: Vec<&str> = ids.map(|Endpoint { id, .. }| id.as_str()).collect();
            for affinity in forward.affinity.iter().chain(&weighted.affinity) {
                reach.entry(pin(affinity)).or_default().extend(&ids);
            }
        }
    }
    reach
}

fn affinities(rule: &Rule) -> Vec<&Affinity> {
    match &rule.action {
        Action::Forward(forward) => forward.affinities().collect(),
        Action::Redirect(_) => Vec::new(),
    }
}

fn pin(affinity: &Affinity) -> (&str, &str) {
    (&affinity.scope, &affinity.cookie_name)
}
