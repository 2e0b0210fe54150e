//! Hosts and entries in order of precedence, put together route by route.

use std::collections::{BTreeMap, BTreeSet};

use limpet_schema::snapshot::{
    Backend, BackendId, Entry, Host, Listener, Match, Rule, RuleId, Snapshot,
};

use super::hostname::specificity;
use super::matching::Precedence;

/// What the routes make of the listeners.
#[derive(Default)]
pub struct Table {
    /// By listener name and hostname.
    entries: BTreeMap<(String, String), Vec<(Precedence, Entry)>>,
    rules: BTreeMap<RuleId, Rule>,
}

impl Table {
    /// Adds a rule; its entries follow.
    pub fn rule(&mut self, id: &RuleId, rule: Rule) {
        self.rules.insert(id.clone(), rule);
    }

    /// Adds an entry to a host of a listener.
    pub fn entry(
        &mut self,
        (listener, hostname): (&str, &str),
        precedence: Precedence,
        when: Match,
        rule: &RuleId,
    ) {
        let host = (listener.to_owned(), hostname.to_owned());
        let entry = Entry {
            when,
            rule: rule.clone(),
        };
        self.entries
            .entry(host)
            .or_default()
            .push((precedence, entry));
    }

    /// The snapshot of these listeners, with the backends that rules lead to.
    pub fn into_snapshot(
        mut self,
        mut listeners: Vec<Listener>,
        mut backends: BTreeMap<BackendId, Backend>,
    ) -> Snapshot {
        listeners.sort_by(|a, b| a.name.cmp(&b.name));
        for listener in &mut listeners {
            listener.hosts = self.hosts(&listener.name);
        }
        let used: BTreeSet<&BackendId> = self.rules.values().flat_map(Rule::backends).collect();
        backends.retain(|id, _| used.contains(id));
        Snapshot {
            listeners,
            rules: self.rules,
            backends,
        }
    }

    fn hosts(&mut self, listener: &str) -> Vec<Host> {
        let of_listener = self.entries.extract_if(.., |(name, _), _| name == listener);
        let mut hosts: Vec<Host> = of_listener
            .map(|((_, hostname), mut entries)| {
                entries.sort_by(|(a, _), (b, _)| a.cmp(b));
                Host {
                    hostname,
                    entries: entries.into_iter().map(|(_, entry)| entry).collect(),
                }
            })
            .collect();
        hosts.sort_by_key(|host| specificity(&host.hostname));
        hosts
    }
}
