//! What became of the endpoints of a backend.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::SocketAddr;

use limpet_schema::snapshot::{Backend, BackendId, EndpointState};
use serde::Serialize;

use super::some_of;

/// By their ids.
pub type Backends = BTreeMap<BackendId, Backend>;

type States = BTreeMap<SocketAddr, EndpointState>;

/// Endpoints by what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EndpointChange {
    new: Vec<SocketAddr>,
    gone: Vec<SocketAddr>,
    draining: Vec<SocketAddr>,
    ready_again: Vec<SocketAddr>,
}

/// Every backend whose endpoints differ.
pub fn endpoint_changes(before: &Backends, now: &Backends) -> Vec<(BackendId, EndpointChange)> {
    let names: BTreeSet<&BackendId> = before.keys().chain(now.keys()).collect();
    let of = |backends: &Backends, name| backends.get(name).map(states).unwrap_or_default();
    let change = |name| EndpointChange::between(&of(before, name), &of(now, name));
    let changes = names.into_iter().map(|name| (name.clone(), change(name)));
    changes
        .filter(|(_, change)| *change != EndpointChange::default())
        .collect()
}

impl EndpointChange {
    fn between(before: &States, now: &States) -> Self {
        let missing = |of: &States, from: &States| {
            let missing = of.keys().filter(|address| !from.contains_key(address));
            missing.copied().collect()
        };
        let became = |state: EndpointState| {
            let became = now.iter().filter(|(address, is)| {
                **is == state && before.get(address).is_some_and(|was| *was != state)
            });
            became.map(|(address, _)| *address).collect()
        };
        Self {
            new: missing(now, before),
            gone: missing(before, now),
            draining: became(EndpointState::Draining),
            ready_again: became(EndpointState::Ready),
        }
    }
}

impl fmt::Display for EndpointChange {
    /// `2 new (10.0.0.3:80, 10.0.0.4:80), 1 gone (10.0.0.1:80), 1 draining (10.0.0.2:80)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("new", &self.new),
            ("gone", &self.gone),
            ("draining", &self.draining),
            ("ready again", &self.ready_again),
        ];
        let parts = parts.into_iter().filter(|(_, which)| !which.is_empty());
        for (index, (what, which)) in parts.enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            let names = some_of(which.iter().map(ToString::to_string));
            write!(f, "{comma}{} {what} ({names})", which.len())?;
        }
        Ok(())
    }
}

fn states(backend: &Backend) -> States {
    let endpoints = backend.endpoints.iter();
    endpoints
        .map(|endpoint| (endpoint.address, endpoint.state))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backend(endpoints: &[(&str, EndpointState)]) -> States {
        let parsed = endpoints
            .iter()
            .map(|(address, state)| (address.parse().expect("an address"), *state));
        parsed.collect()
    }

    #[test]
    fn a_change_of_endpoints_is_told_by_what_became_of_them() {
        use EndpointState::{Draining, Ready};
        let before = backend(&[
            ("10.0.0.1:80", Ready),
            ("10.0.0.2:80", Ready),
            ("10.0.0.3:80", Draining),
        ]);
        let now = backend(&[
            ("10.0.0.2:80", Draining),
            ("10.0.0.3:80", Ready),
            ("10.0.0.4:80", Ready),
        ]);
        assert_eq!(
            EndpointChange::between(&before, &now).to_string(),
            "1 new (10.0.0.4:80), 1 gone (10.0.0.1:80), 1 draining (10.0.0.2:80), \
             1 ready again (10.0.0.3:80)"
        );
        assert_eq!(EndpointChange::between(&before, &before).to_string(), "");
    }
}
