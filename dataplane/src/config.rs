//! Placeholder until routing lands: every rule by path prefix, endpoints in turn.
#![allow(missing_docs)]
pub mod handoff;
use std::collections::BTreeMap;
use std::net::SocketAddr;

use limpet_schema::snapshot::{self, PathMatch, Redirect, Snapshot, Timeouts, UrlRewrite};
use monoio_http::common::request::RequestHead;

use crate::affinity::Keyring;
use crate::http::Edits;

#[derive(Debug)]
pub struct Config {
    sockets: BTreeMap<SocketAddr, Socket>,
    rules: BTreeMap<String, Rule>,
    endpoints: Vec<Endpoint>,
}
#[derive(Debug)]
pub struct Socket {
    listeners: Vec<(Listener, Vec<(String, String)>)>,
}
#[derive(Debug)]
pub struct Listener {
    pub port: u16,
}
#[derive(Debug)]
pub struct Rule {
    pub edits: Edits,
    pub action: Action,
}
#[derive(Debug)]
pub enum Action {
    Forward(Forward),
    Redirect(Redirect),
}
#[derive(Debug)]
pub struct Forward {
    pub endpoints: Vec<usize>,
    pub edits: Edits,
    pub rewrite: Option<UrlRewrite>,
    pub timeouts: Timeouts,
    pub missing: bool,
}
#[derive(Debug)]
pub struct Endpoint {
    pub address: SocketAddr,
    pub key: u64,
}
pub struct Found<'c> {
    pub rule: &'c Rule,
    pub listener: &'c Listener,
    pub prefix_len: usize,
}
#[derive(Debug, thiserror::Error)]
#[error("refused: {0}")]
pub struct Refused(pub String);

impl Config {
    pub fn compile(snapshot: &Snapshot, _keys: Option<&Keyring>) -> Result<Config, Refused> {
        let mut endpoints = vec![];
        let mut sockets: BTreeMap<SocketAddr, Socket> = BTreeMap::new();
        for l in &snapshot.listeners {
            let entries = l
                .hosts
                .iter()
                .flat_map(|h| &h.entries)
                .map(|e| {
                    let p = match &e.when.path {
                        PathMatch::Prefix(p) | PathMatch::Exact(p) | PathMatch::Regex(p) => {
                            p.clone()
                        }
                    };
                    (p, e.rule.clone())
                })
                .collect();
            sockets
                .entry(l.address)
                .or_insert(Socket { listeners: vec![] })
                .listeners
                .push((Listener { port: l.port }, entries));
        }
        let rules = snapshot
            .rules
            .iter()
            .map(|(id, r)| {
                let action = match &r.action {
                    snapshot::Action::Redirect(r) => Action::Redirect(r.clone()),
                    snapshot::Action::Forward(f) => {
                        let mut mine = vec![];
                        let mut edits = Edits::default();
                        let mut missing = f.backends.is_empty();
                        for b in &f.backends {
                            edits = Edits::compile(&b.filters).map_err(Refused)?;
                            let Some(id) = &b.backend else {
                                missing = true;
                                continue;
                            };
                            for e in &snapshot.backends[id].endpoints {
                                mine.push(endpoints.len());
                                endpoints.push(Endpoint {
                                    address: e.address,
                                    key: u64::from(e.address.port()),
                                });
                            }
                        }
                        Action::Forward(Forward {
                            endpoints: mine,
                            edits,
                            rewrite: f.rewrite.clone(),
                            timeouts: f.timeouts,
                            missing,
                        })
                    }
                };
                Ok((
                    id.clone(),
                    Rule {
                        edits: Edits::compile(&r.filters).map_err(Refused)?,
                        action,
                    },
                ))
            })
            .collect::<Result<_, Refused>>()?;
        Ok(Config {
            sockets,
            rules,
            endpoints,
        })
    }
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.sockets.keys().copied()
    }
    pub fn socket(&self, a: SocketAddr) -> Option<&Socket> {
        self.sockets.get(&a)
    }
    pub fn endpoint(&self, i: usize) -> &Endpoint {
        &self.endpoints[i]
    }
}
impl Socket {
    pub fn find<'c>(
        &'c self,
        config: &'c Config,
        _host: &str,
        head: &RequestHead,
    ) -> Option<Found<'c>> {
        for (l, entries) in &self.listeners {
            for (p, r) in entries {
                if head.uri.path().starts_with(p.as_str()) {
                    return Some(Found {
                        rule: &config.rules[r],
                        listener: l,
                        prefix_len: p.len(),
                    });
                }
            }
        }
        None
    }
}
