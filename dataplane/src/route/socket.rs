//! What is served on one socket.

use monoio_http::common::request::RequestHead;

use super::facts::Facts;
use super::hosts::{self, Hosts};
use super::paths::Paths;
use crate::config::{Config, Rule};

/// The listeners of one address.
#[derive(Debug, Default)]
pub struct Socket {
    listeners: Hosts<Listener>,
}

/// One listener with its routes.
#[derive(Debug)]
pub struct Listener {
    /// `Gateway/<namespace>/<name>/<listener>` or `Ingress`.
    pub name: Box<str>,
    /// The port a client sees.
    pub port: u16,
    /// Its entries, by host.
    pub hosts: Hosts<Paths>,
}

/// The rule that takes a request.
#[derive(Clone, Copy, Debug)]
pub struct Found<'c> {
    /// The rule.
    pub rule: &'c Rule,
    /// The listener the request belongs to.
    pub listener: &'c Listener,
    /// How much of the path the rule's prefix matched, in bytes; 0 for other kinds of match.
    pub prefix_len: usize,
}

impl Socket {
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
    pub fn find<'c>(
        &'c self,
        config: &'c Config,
        core: usize,
        host: &str,
        head: &RequestHead,
    ) -> Option<Found<'c>> {
        let host = hosts::normal(host);
        let listener = self.listeners.find_map(&host, Some)?;
        let facts = Facts::new(core, head);
        let hit = listener.hosts.find_map(&host, |paths| paths.find(&facts))?;
        Some(Found {
            rule: config.rule(hit.rule),
            listener,
            prefix_len: hit.prefix_len,
        })
    }
}
