//! Routes and listeners that two snapshots have in common or not, and which of their parts are others.

use std::collections::BTreeMap;

use limpet_schema::snapshot::{Action, Listener, Rule, Snapshot};
use limpet_translator::inputs::{Change, changes};
use serde::Serialize;
use serde_json::{Value, json};

/// What is compared of something, by names that people know.
type Parts = BTreeMap<&'static str, Value>;

/// A name, what became of it, and which parts changed.
type Changed = (String, Change, Vec<&'static str>);

/// Every route that differs.
pub fn routes(before: &Snapshot, now: &Snapshot) -> Vec<Changed> {
    changed(&routes_of(before), &routes_of(now))
}

/// Every listener that differs, but for the address, which `run`'s flags decide.
pub fn listeners(before: &Snapshot, now: &Snapshot) -> Vec<Changed> {
    changed(&listeners_of(before), &listeners_of(now))
}

fn changed(before: &BTreeMap<String, Parts>, now: &BTreeMap<String, Parts>) -> Vec<Changed> {
    let parts = |name: &String| {
        let sides = before.get(name).zip(now.get(name));
        sides.map_or_else(Vec::new, |(before, now)| {
            changes(before, now).map(|(part, _)| *part).collect()
        })
    };
    changes(before, now)
        .map(|(name, change)| (name.clone(), change, parts(name)))
        .collect()
}

fn listeners_of(snapshot: &Snapshot) -> BTreeMap<String, Parts> {
    let parts = |listener: &Listener| {
        let hosts = listener.hosts.iter().map(|host| host.hostname.as_str());
        // The port of Ingress is a flag of `run`, as addresses are.
        let port = (!listener.name.starts_with("Ingress")).then_some(listener.port);
        BTreeMap::from([
            ("port", json!(port)),
            ("protocol", json!(listener.protocol)),
            ("hostname", json!(listener.hostname)),
            ("certificates", json!(listener.certificates)),
            ("hosts", hosts.collect()),
        ])
    };
    let listeners = snapshot.listeners.iter();
    listeners
        .map(|listener| (listener.name.clone(), parts(listener)))
        .collect()
}

fn routes_of(snapshot: &Snapshot) -> BTreeMap<String, Parts> {
    let mut routes: BTreeMap<String, Parts> = BTreeMap::new();
    for (id, rule) in &snapshot.rules {
        let route = routes.entry(rule.route.clone()).or_default();
        for (part, value) in parts_of(rule) {
            push(route, part, json!([id, value]));
        }
    }
    for listener in &snapshot.listeners {
        for host in &listener.hosts {
            for entry in &host.entries {
                let route = snapshot.rules.get(&entry.rule).map(|rule| &rule.route);
                if let Some(route) = route.and_then(|route| routes.get_mut(route)) {
                    push(
                        route,
                        "matches",
                        json!([listener.name, host.hostname, entry]),
                    );
                }
            }
        }
    }
    routes
}

fn push(route: &mut Parts, part: &'static str, value: Value) {
    match route.entry(part).or_insert_with(|| json!([])) {
        Value::Array(values) => values.push(value),
        _ => unreachable!("it was made a list"),
    }
}

/// What is said of a rule; what is not said is left out, so that saying nothing equals saying nothing.
fn parts_of(rule: &Rule) -> Vec<(&'static str, Value)> {
    let mut parts = vec![("filters", value(&rule.filters))];
    match &rule.action {
        Action::Redirect(redirect) => parts.push(("redirect", value(redirect))),
        Action::Forward(forward) => parts.extend([
            ("backends", value(&forward.backends)),
            ("rewrite", value(&forward.rewrite)),
            ("timeouts", value(&forward.timeouts)),
            ("retries", value(&forward.retry)),
            ("session affinity", value(&forward.affinity)),
        ]),
    }
    parts
}

fn value(part: &impl Serialize) -> Value {
    serde_json::to_value(part).expect("plain data")
}
