//! What every core serves: a snapshot, compiled once, then only read.
//!
//! `compile` turns names into indexes, expressions into matchers and filters into edits, so that a
//! request follows no string; it refuses a snapshot whole, with every reason, and the configuration
//! before serves on.
//!
//! It decides nothing about a request: `route` finds the rule, `affinity` the endpoint.
//!
//! Tested by small snapshots beside `compile`, and over real sockets in `tests/`.

mod compile;
pub mod cors;
pub mod edits;
pub mod policy;
mod scopes;
pub mod socket;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Range;

use limpet_schema::snapshot::{Redirect, Retry, Timeouts, UrlRewrite};

use crate::base::keyring::Keyring;
use crate::config::cors::Cors;
use crate::config::edits::Edits;
use crate::config::policy::Policy;
use crate::config::socket::{Listener, Socket};
use crate::proto::head::RequestHead;
use crate::telemetry::metrics::PerCore;

/// A compiled snapshot. Nothing in it changes.
#[derive(Debug)]
pub struct Config {
    /// Counts the configurations of one data plane from 1.
    pub generation: u64,
    keys: Option<Keyring>,
    sockets: BTreeMap<SocketAddr, Socket>,
    rules: Vec<Rule>,
    backends: Vec<Backend>,
    endpoints: Vec<Endpoint>,
    scopes: Vec<Scope>,
}

/// What happens to the requests of one route rule.
#[derive(Debug)]
pub struct Rule {
    /// As in the snapshot.
    pub id: String,
    /// `<kind>/<namespace>/<name>`.
    pub route: String,
    /// Header edits, on redirects too.
    pub edits: Edits,
    /// What other origins are told.
    pub cors: Option<Box<Cors>>,
    /// Forward or answer.
    pub action: Action,
    /// The counters of its route.
    pub stats: PerCore,
}

/// The rule that takes a request.
#[derive(Clone, Copy, Debug)]
pub struct RouteMatch<'c> {
    /// The rule.
    pub rule: &'c Rule,
    /// The listener the request belongs to.
    pub listener: &'c Listener,
    /// How much of the path the rule's prefix matched, in bytes; 0 for other kinds of match.
    pub prefix_len: usize,
}

/// Forward a request, or answer it here.
#[derive(Debug)]
pub enum Action {
    /// To an endpoint.
    Forward(Forward),
    /// By a redirect.
    Redirect(Redirect),
}

/// Where requests go, and how.
#[derive(Debug)]
pub struct Forward {
    /// In the snapshot's order.
    pub backends: Vec<WeightedBackend>,
    /// Of all backends; 0: new sessions get 500.
    pub weight_sum: u64,
    /// Changes to the request's target.
    pub rewrite: Option<UrlRewrite>,
    /// Limits in time.
    pub timeouts: Timeouts,
    /// When a request is sent again.
    pub retry: Option<Retry>,
    /// Who gets copies.
    pub mirrors: Vec<Mirror>,
    /// Session affinity across the backends.
    pub affinity: Option<Policy>,
    /// Whether a backend has session affinity of its own: then the weights choose for every
    /// request.
    pub is_pinned_inside: bool,
}

impl Forward {
    /// Whether a request's body may be needed again.
    #[must_use]
    pub fn keeps_bodies(&self) -> bool {
        self.retry.is_some() || !self.mirrors.is_empty()
    }

    /// What holds for the sessions of one of its backends.
    #[must_use]
    pub fn policy(&self, backend: usize) -> Option<&Policy> {
        match self.is_pinned_inside {
            true => self.backends[backend].affinity.as_ref(),
            false => self.affinity.as_ref(),
        }
    }

    /// Every policy that requests may meet.
    pub fn policies(&self) -> impl Iterator<Item = &Policy> {
        let inside = self.backends.iter().filter_map(|b| b.affinity.as_ref());
        inside.chain(self.affinity.as_ref())
    }
}

/// A backend that gets copies of a share of the requests.
#[derive(Clone, Copy, Debug)]
pub struct Mirror {
    /// Index of the backend.
    pub backend: usize,
    /// No more than the denominator.
    pub numerator: u32,
    /// At least 1.
    pub denominator: u32,
}

/// A backend and its share of new sessions.
#[derive(Debug)]
pub struct WeightedBackend {
    /// Index of the backend; `None`: its share is answered with 500.
    pub backend: Option<usize>,
    /// 0 to 1 000 000.
    pub weight: u32,
    /// Header edits for this backend only, after the rule's.
    pub edits: Edits,
    /// Changes to the target for this backend only; they go before the rule's.
    pub rewrite: Option<UrlRewrite>,
    /// Session affinity inside this backend.
    pub affinity: Option<Policy>,
}

/// One port of one Service.
#[derive(Debug)]
pub struct Backend {
    /// As in the snapshot.
    pub id: String,
    /// Indexes of its endpoints.
    pub endpoints: Range<usize>,
    /// Of those that take new sessions.
    pub ready: Box<[usize]>,
}

/// One pod behind a Service port.
#[derive(Debug)]
pub struct Endpoint {
    /// Who it is: the pod's UID, else its address.
    pub id: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// The same, as text.
    pub address_text: Box<str>,
    /// A hash of id and address: the same in every process, and no two endpoints share it.
    pub key: u64,
    /// A hash of its id that is the same in every process: what sessions are spread by.
    pub rank: u64,
    /// Keeps its sessions, gets no new ones.
    pub is_draining: bool,
    /// Index of its backend.
    pub backend: usize,
}

/// Within which pins mean something.
#[derive(Debug)]
pub struct Scope {
    /// As in the snapshot.
    pub name: String,
    /// Endpoint tags under every accepted key, sorted, with the endpoints, of all rules of this
    /// scope, that carry them.
    tags: Vec<(u64, usize)>,
}

impl Scope {
    /// Indexes of the endpoints that carry a tag: one pod under each of its addresses and Services.
    pub fn endpoints(&self, tag: u64) -> impl Iterator<Item = usize> + '_ {
        let start = self.tags.partition_point(|(other, _)| *other < tag);
        let from = self.tags[start..].iter();
        from.take_while(move |(other, _)| *other == tag)
            .map(|(_, endpoint)| *endpoint)
    }
}

impl Config {
    /// What pins are sealed and opened with; `None`: no pin is made.
    #[must_use]
    pub fn keys(&self) -> Option<&Keyring> {
        self.keys.as_ref()
    }

    /// The sockets to listen on.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.sockets.keys().copied()
    }

    /// What is served on a socket; `None`: nothing any more.
    #[must_use]
    pub fn socket(&self, address: SocketAddr) -> Option<&Socket> {
        self.sockets.get(&address)
    }

    /// All rules, by index.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule that takes a request which came in at this socket, as [`Socket::find`].
    #[must_use]
    pub fn find<'c>(
        &'c self,
        socket: &'c Socket,
        core: usize,
        host: &str,
        head: &RequestHead,
    ) -> Option<RouteMatch<'c>> {
        let hit = socket.find(core, host, head)?;
        Some(RouteMatch {
            rule: self.rule(hit.rule),
            listener: hit.listener,
            prefix_len: hit.prefix_len,
        })
    }

    /// A rule by its index.
    #[must_use]
    pub fn rule(&self, index: usize) -> &Rule {
        &self.rules[index]
    }

    /// A rule by its id.
    #[cfg(test)]
    pub fn rule_named(&self, id: &str) -> &Rule {
        let is_it = |rule: &&Rule| rule.id == id;
        self.rules
            .iter()
            .find(is_it)
            .expect("a test names its rules")
    }

    /// A backend by its index.
    #[must_use]
    pub fn backend(&self, index: usize) -> &Backend {
        &self.backends[index]
    }

    /// All endpoints, by backend.
    pub fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.endpoints.iter()
    }

    /// Whether any backend has an endpoint of this key. Looks through all of them.
    #[must_use]
    pub fn has_endpoint(&self, key: u64) -> bool {
        self.endpoints.iter().any(|endpoint| endpoint.key == key)
    }

    /// An endpoint by its index.
    #[must_use]
    pub fn endpoint(&self, index: usize) -> &Endpoint {
        &self.endpoints[index]
    }

    /// A scope by its index.
    #[must_use]
    pub fn scope(&self, index: usize) -> &Scope {
        &self.scopes[index]
    }
}
