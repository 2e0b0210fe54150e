//! Snapshots in a line.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use limpet_schema::snapshot::{
    ANY_HOST, Action, Backend, Endpoint, EndpointState, Entry, Forward, Host, Listener, Match,
    PathMatch, Protocol, Rule, Snapshot, WeightedBackend,
};

/// The one listener.
pub const LISTENER: &str = "Gateway/test/gateway/http";
/// The one rule, unless a test has more.
pub const RULE: &str = "HTTPRoute/test/route/0";
const BACKEND: &str = "Service/test/backend/80";

/// Everything to these endpoints.
pub fn forward_to(addresses: &[SocketAddr]) -> Snapshot {
    let backends = vec![WeightedBackend {
        backend: Some(BACKEND.into()),
        weight: 1,
        ..WeightedBackend::default()
    }];
    let forward = Forward {
        backends,
        ..Forward::default()
    };
    let mut snapshot = snapshot_of(rule_of(Action::Forward(forward)));
    let endpoints = addresses.iter().map(|address| endpoint(*address)).collect();
    snapshot
        .backends
        .insert(BACKEND.into(), Backend { endpoints });
    snapshot
}

/// What the one rule forwards to.
pub fn forward_of(snapshot: &mut Snapshot) -> &mut Forward {
    match &mut snapshot.rules.get_mut(RULE).expect("the rule").action {
        Action::Forward(forward) => forward,
        Action::Redirect(_) => panic!("the rule forwards"),
    }
}

/// A ready endpoint whose identity is its address.
pub fn endpoint(address: SocketAddr) -> Endpoint {
    Endpoint {
        id: address.to_string(),
        address,
        state: EndpointState::Ready,
    }
}

/// A rule without filters.
pub fn rule_of(action: Action) -> Rule {
    Rule {
        route: "HTTPRoute/test/route".into(),
        filters: Vec::new(),
        action,
    }
}

/// One listener on a free port, where one rule takes everything.
pub fn snapshot_of(rule: Rule) -> Snapshot {
    let when = Match {
        path: PathMatch::Prefix("/".into()),
        method: None,
        headers: Vec::new(),
        query: Vec::new(),
    };
    let entries = vec![Entry {
        when,
        rule: RULE.into(),
    }];
    let listener = Listener {
        name: LISTENER.into(),
        address: ([127, 0, 0, 1], 0).into(),
        port: 80,
        protocol: Protocol::Http,
        hostname: ANY_HOST.into(),
        certificates: Vec::new(),
        hosts: vec![Host {
            hostname: ANY_HOST.into(),
            entries,
        }],
    };
    Snapshot {
        listeners: vec![listener],
        rules: BTreeMap::from([(RULE.into(), rule)]),
        backends: BTreeMap::new(),
    }
}
