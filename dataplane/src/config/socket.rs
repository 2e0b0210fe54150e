//! What is served on one socket.

use std::ptr;

use limpet_schema::snapshot::ANY_HOST;

use crate::proto::head::RequestHead;
use crate::route::facts::Facts;
use crate::route::hosts;
use crate::route::hosts::Hosts;
use crate::route::paths::Paths;
use crate::transport::tls::Identity;

/// The listeners of one address.
#[derive(Debug)]
pub struct Socket {
    is_tls: bool,
    listeners: Hosts<Listener>,
}

/// One listener with its routes.
#[derive(Debug)]
pub struct Listener {
    /// `Gateway/<namespace>/<name>/<listener>` or `Ingress`.
    pub name: Box<str>,
    /// The port a client sees.
    pub port: u16,
    /// What it shows in a handshake; `None`: it is plain, or no certificate of it was delivered.
    pub identity: Option<Identity>,
    /// Its entries, by host.
    pub hosts: Hosts<Paths>,
}

/// The rule that takes a request.
#[derive(Clone, Copy, Debug)]
pub struct Hit<'s> {
    /// Its index.
    pub rule: usize,
    /// The listener the request belongs to.
    pub listener: &'s Listener,
    /// How much of the path the rule's prefix matched, in bytes; 0 for other kinds of match.
    pub prefix_len: usize,
}

impl Socket {
    /// Without listeners yet. `is_tls`: every connection begins with a handshake.
    pub fn new(is_tls: bool) -> Self {
        Self {
            is_tls,
            listeners: Hosts::default(),
        }
    }

    /// Whether every connection begins with a handshake.
    pub fn is_tls(&self) -> bool {
        self.is_tls
    }

    /// The listener that a client means by its server name; without one, the listener for every
    /// host.
    pub fn listener_named(&self, server_name: Option<&str>) -> Option<&Listener> {
        match server_name {
            Some(name) => self.listeners.find_map(&hosts::normal(name), Some),
            None => self.listeners.get(ANY_HOST),
        }
    }

    /// Whether a request's host leads to another listener than the server name of its connection
    /// did: what that listener asks of its clients was not asked of this one.
    pub fn is_misdirected(&self, server_name: Option<&str>, host: &str) -> bool {
        let by_host = self.listeners.find_map(&hosts::normal(host), Some);
        let by_name = self.listener_named(server_name);
        by_host.is_some_and(|by_host| by_name.is_none_or(|by_name| !ptr::eq(by_host, by_name)))
    }

    /// Adds a listener; the error names the one that has its hostname.
    pub fn insert(&mut self, hostname: &str, listener: Listener) -> Result<(), String> {
        let other = self
            .listeners
            .get(hostname)
            .map(|other| other.name.to_string());
        match self.listeners.insert(hostname, listener) {
            Ok(()) => Ok(()),
            Err(_) => Err(other.expect("a value is given back where there is one")),
        }
    }

    /// The rule that takes a request, asked by one core; `None`: 404.
    ///
    /// `host` is as the client sent it. The request belongs to the listener with the most specific
    /// hostname, and to no other (Gateway API, listener isolation).
    #[must_use]
    pub fn find(&self, core: usize, host: &str, head: &RequestHead) -> Option<Hit<'_>> {
        let host = hosts::normal(host);
        let listener = self.listeners.find_map(&host, Some)?;
        let facts = Facts::new(core, head);
        let hit = listener.hosts.find_map(&host, |paths| paths.find(&facts))?;
        Some(Hit {
            rule: hit.rule,
            listener,
            prefix_len: hit.prefix_len,
        })
    }
}
