//! The scopes of a configuration: which endpoints a pin of each may lead to.

use std::collections::{HashMap, HashSet};

use super::{Backend, Endpoint, Scope};
use crate::base::keyring::Keyring;

/// Collects scopes while rules are compiled.
pub struct Scopes<'a> {
    keys: Option<&'a Keyring>,
    backends: &'a [Backend],
    endpoints: &'a [Endpoint],
    scopes: Vec<Scope>,
    by_name: HashMap<&'a str, usize>,
    /// Scope and backend: rules of one scope may share a backend.
    known: HashSet<(usize, usize)>,
}

impl<'a> Scopes<'a> {
    /// None yet.
    pub fn new(
        keys: Option<&'a Keyring>,
        backends: &'a [Backend],
        endpoints: &'a [Endpoint],
    ) -> Self {
        Self {
            keys,
            backends,
            endpoints,
            scopes: Vec::new(),
            by_name: HashMap::new(),
            known: HashSet::new(),
        }
    }

    /// The scope of a name, which then reaches these backends too.
    pub fn add(&mut self, name: &'a str, backends: impl Iterator<Item = usize>) -> usize {
        let index = *self.by_name.entry(name).or_insert_with(|| {
            self.scopes.push(Scope {
                name: name.into(),
                tags: Vec::new(),
            });
            self.scopes.len() - 1
        });
        for backend in backends {
            if self.known.insert((index, backend)) {
                self.reach(index, backend);
            }
        }
        index
    }

    /// All of them, in order of their index.
    pub fn finish(mut self) -> Vec<Scope> {
        let scopes = self.scopes.iter_mut();
        scopes.for_each(|scope| scope.tags.sort_unstable());
        self.scopes
    }

    fn reach(&mut self, scope: usize, backend: usize) {
        let Some(keys) = self.keys else {
            return;
        };
        let tags = &mut self.scopes[scope].tags;
        for index in self.backends[backend].endpoints.clone() {
            let of_endpoint = keys.tags(&self.endpoints[index].id);
            tags.extend(of_endpoint.map(|tag| (tag, index)));
        }
    }
}
