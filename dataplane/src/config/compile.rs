//! Snapshot to [`Config`].

mod check;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hasher;
use std::net::SocketAddr;

use aws_lc_rs::digest::{Context, SHA256};
use limpet_schema::snapshot::{self, EndpointState, Filter, Protocol, Snapshot, UrlRewrite};
use siphasher::sip::SipHasher13;

use super::cors::Cors;
use super::edits::Edits;
use super::policy::Policy;
use super::scopes::Scopes;
use super::socket::{Listener, Socket};
use super::{Action, Backend, Config, Endpoint, Forward, Mirror, Rule, WeightedBackend};
use crate::base::keyring::Keyring;
use crate::base::refused::{Flaw, Refused};
use crate::route::{hosts::Hosts, paths::Paths};
use crate::telemetry::metrics::Registry;
use crate::transport::tls::{Identity, Store, Tickets};

impl Config {
    /// Compiles a snapshot, or says every reason why not.
    ///
    /// Routes get their counters from `stats`, and keep them while a configuration names them. A
    /// certificate that `certificates` does not hold is no reason: its listener does without.
    pub fn compile(
        snapshot: &Snapshot,
        certificates: &Store,
        keys: Option<&Keyring>,
        stats: &Registry,
    ) -> Result<Self, Refused> {
        let dangling: Vec<Flaw> = snapshot.check().into_iter().map(Flaw::from).collect();
        if !dangling.is_empty() {
            return Err(Refused { flaws: dangling });
        }
        let (backends, endpoints) = compile_backends(snapshot);
        let mut compiler = Compiler {
            snapshot,
            certificates,
            keys,
            stats,
            backend_indexes: indexes(snapshot.backends.keys()),
            rule_indexes: indexes(snapshot.rules.keys()),
            scopes: Scopes::new(keys, &backends, &endpoints),
            flaws: Vec::new(),
        };
        let rules = compiler.rules();
        let sockets = compiler.sockets();
        let Compiler { scopes, flaws, .. } = compiler;
        let scopes = scopes.finish();
        if !flaws.is_empty() {
            return Err(Refused { flaws });
        }
        Ok(Self {
            generation: stats.generation() + 1,
            keys: keys.cloned(),
            sockets,
            rules,
            backends,
            endpoints,
            scopes,
        })
    }
}

struct Compiler<'a> {
    snapshot: &'a Snapshot,
    certificates: &'a Store,
    keys: Option<&'a Keyring>,
    stats: &'a Registry,
    backend_indexes: HashMap<&'a str, usize>,
    rule_indexes: HashMap<&'a str, usize>,
    scopes: Scopes<'a>,
    flaws: Vec<Flaw>,
}

impl<'a> Compiler<'a> {
    fn rules(&mut self) -> Vec<Rule> {
        let snapshot = self.snapshot;
        let rules = snapshot.rules.iter();
        rules.map(|(id, rule)| self.rule(id, rule)).collect()
    }

    fn rule(&mut self, id: &str, rule: &'a snapshot::Rule) -> Rule {
        check::rule(rule, |what| self.flaw(id, what));
        Rule {
            id: id.into(),
            route: rule.route.clone(),
            edits: self.edits(id, &rule.filters),
            cors: self.cors(id, &rule.filters),
            action: match &rule.action {
                snapshot::Action::Redirect(redirect) => Action::Redirect(redirect.clone()),
                snapshot::Action::Forward(forward) => {
                    Action::Forward(self.forward(id, rule, forward))
                }
            },
            stats: self.stats.route(&rule.route),
        }
    }

    fn forward(
        &mut self,
        id: &str,
        rule: &snapshot::Rule,
        forward: &'a snapshot::Forward,
    ) -> Forward {
        let backends: Vec<WeightedBackend> = forward
            .backends
            .iter()
            .map(|weighted| WeightedBackend {
                backend: weighted
                    .backend
                    .as_deref()
                    .map(|id| self.backend_indexes[id]),
                weight: weighted.weight,
                edits: self.edits(id, &weighted.filters),
                rewrite: weighted.filters.iter().find_map(rewrite),
                affinity: self.policy(weighted.affinity.as_ref(), std::slice::from_ref(weighted)),
            })
            .collect();
        let affinity = self.policy(forward.affinity.as_ref(), &forward.backends);
        Forward {
            is_pinned_inside: backends.iter().any(|weighted| weighted.affinity.is_some()),
            weight_sum: backends
                .iter()
                .map(|weighted| u64::from(weighted.weight))
                .sum(),
            backends,
            rewrite: forward.rewrite.clone(),
            timeouts: forward.timeouts,
            retry: forward.retry.clone(),
            mirrors: self.mirrors(&rule.filters),
            affinity,
        }
    }

    fn policy(
        &mut self,
        affinity: Option<&'a snapshot::Affinity>,
        backends: &'a [snapshot::WeightedBackend],
    ) -> Option<Policy> {
        let affinity = affinity?;
        let ids = backends
            .iter()
            .filter_map(|weighted| weighted.backend.as_deref());
        let indexes = ids.clone().map(|id| self.backend_indexes[id]);
        let scope = self.scopes.add(&affinity.scope, indexes);
        Some(Policy::new(affinity, scope, ids))
    }

    fn mirrors(&self, filters: &[Filter]) -> Vec<Mirror> {
        let mirror = |filter: &Filter| match filter {
            Filter::Mirror(mirror) => Some(Mirror {
                backend: self.backend_indexes[mirror.backend.as_str()],
                numerator: mirror.numerator,
                denominator: mirror.denominator,
            }),
            _ => None,
        };
        filters.iter().filter_map(mirror).collect()
    }

    fn edits(&mut self, id: &str, filters: &[Filter]) -> Edits {
        Edits::compile(filters).unwrap_or_else(|what| {
            self.flaw(id, what);
            Edits::default()
        })
    }

    fn cors(&mut self, id: &str, filters: &[Filter]) -> Option<Box<Cors>> {
        let asked = filters.iter().find_map(|filter| match filter {
            Filter::Cors(cors) => Some(cors),
            _ => None,
        });
        let compiled = Cors::compile(asked?).map_err(|what| self.flaw(id, what));
        compiled.ok().map(Box::new)
    }

    fn sockets(&mut self) -> BTreeMap<SocketAddr, Socket> {
        let mut sockets: BTreeMap<SocketAddr, Socket> = BTreeMap::new();
        let mut names = HashSet::new();
        self.check_protocols();
        for listener in &self.snapshot.listeners {
            let name = &listener.name;
            if !names.insert(name) {
                self.flaws.push(Flaw::ListenerRepeated(name.clone()));
            }
            let compiled = self.listener(listener);
            let is_tls = listener.protocol == Protocol::Https;
            let socket = sockets.entry(listener.address);
            let socket = socket.or_insert_with(|| Socket::new(is_tls));
            if let Err(other) = socket.insert(&listener.hostname, compiled) {
                let listener = name.clone();
                self.flaws.push(Flaw::ListenerHidden { listener, other });
            }
        }
        sockets
    }

    fn check_protocols(&mut self) {
        let mut first: BTreeMap<SocketAddr, &snapshot::Listener> = BTreeMap::new();
        for listener in &self.snapshot.listeners {
            let other = first.entry(listener.address).or_insert(listener);
            if other.protocol != listener.protocol {
                self.flaws.push(Flaw::ProtocolsMixed {
                    listener: listener.name.clone(),
                    other: other.name.clone(),
                });
            }
        }
    }

    fn identity(&self, listener: &snapshot::Listener) -> Option<Identity> {
        let ids = listener.certificates.iter();
        let found: Vec<_> = ids.filter_map(|id| self.certificates.get(id)).collect();
        let tickets = self
            .keys
            .map(|keys| Tickets::new(keys, &listener.name, &found));
        Identity::new(&found, tickets)
    }

    fn listener(&mut self, listener: &snapshot::Listener) -> Listener {
        let mut hosts = Hosts::default();
        for host in &listener.hosts {
            if hosts
                .insert(&host.hostname, self.paths(&listener.name, host))
                .is_err()
            {
                self.flaws.push(Flaw::HostRepeated {
                    listener: listener.name.clone(),
                    hostname: host.hostname.clone(),
                });
            }
        }
        Listener {
            name: listener.name.as_str().into(),
            port: listener.port,
            identity: self.identity(listener),
            hosts,
        }
    }

    fn paths(&mut self, listener: &str, host: &snapshot::Host) -> Paths {
        let mut paths = Paths::default();
        for entry in &host.entries {
            let rule = self.rule_indexes[entry.rule.as_str()];
            if let Err(what) = paths.push(entry, rule, self.stats.cores()) {
                self.flaw(&format!("{listener}, {}", entry.rule), what);
            }
        }
        paths.shrink();
        paths
    }

    fn flaw(&mut self, at: &str, what: String) {
        let at = at.into();
        self.flaws.push(Flaw::Unusable { at, what });
    }
}

fn rewrite(filter: &Filter) -> Option<UrlRewrite> {
    match filter {
        Filter::Rewrite(rewrite) => Some(rewrite.clone()),
        _ => None,
    }
}

fn compile_backends(snapshot: &Snapshot) -> (Vec<Backend>, Vec<Endpoint>) {
    let (mut backends, mut endpoints) = (Vec::new(), Vec::new());
    for (id, backend) in &snapshot.backends {
        let start = endpoints.len();
        let compile = |endpoint| compile_endpoint(endpoint, backends.len());
        endpoints.extend(backend.endpoints.iter().map(compile));
        let all = start..endpoints.len();
        let is_ready = |index: &usize| !endpoints[*index].is_draining;
        backends.push(Backend {
            id: id.clone(),
            ready: all.clone().filter(is_ready).collect(),
            endpoints: all,
        });
    }
    (backends, endpoints)
}

/// Cryptographic, since whoever writes EndpointSlices chooses ids: an endpoint with another's key
/// would be sent over the other's connections.
fn compile_endpoint(endpoint: &snapshot::Endpoint, backend: usize) -> Endpoint {
    let address_text: Box<str> = endpoint.address.to_string().into();
    Endpoint {
        id: endpoint.id.clone(),
        address: endpoint.address,
        key: endpoint_key(&address_text, &endpoint.id),
        address_text,
        rank: rank(&endpoint.id),
        is_draining: endpoint.state == EndpointState::Draining,
        backend,
    }
}

fn endpoint_key(address: &str, id: &str) -> u64 {
    let mut context = Context::new(&SHA256);
    for part in [address, "\n", id] {
        context.update(part.as_bytes());
    }
    let digest = context.finish();
    let first = digest.as_ref().first_chunk().expect("SHA-256 has 32 bytes");
    u64::from_be_bytes(*first)
}

fn indexes<'a>(ids: impl Iterator<Item = &'a String>) -> HashMap<&'a str, usize> {
    ids.enumerate()
        .map(|(index, id)| (id.as_str(), index))
        .collect()
}

/// An endpoint's part in the hashes that spread sessions: the same on every core and replica.
fn rank(endpoint_id: &str) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write(endpoint_id.as_bytes());
    hasher.finish()
}
