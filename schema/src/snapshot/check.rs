//! That every id leads somewhere.

use thiserror::Error;

use super::Snapshot;

/// An id that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{from} names {to}, which the snapshot does not hold")]
pub struct Dangling {
    /// The listener or rule that holds the id.
    pub from: String,
    /// The id.
    pub to: String,
}

impl Snapshot {
    /// Every id that leads nowhere.
    #[must_use]
    pub fn check(&self) -> Vec<Dangling> {
        self.dangling_rules()
            .chain(self.dangling_backends())
            .collect()
    }

    fn dangling_rules(&self) -> impl Iterator<Item = Dangling> + '_ {
        self.listeners.iter().flat_map(move |listener| {
            let entries = listener.hosts.iter().flat_map(|host| &host.entries);
            entries
                .filter(|entry| !self.rules.contains_key(&entry.rule))
                .map(|entry| Dangling {
                    from: listener.name.clone(),
                    to: entry.rule.clone(),
                })
        })
    }

    fn dangling_backends(&self) -> impl Iterator<Item = Dangling> + '_ {
        self.rules.iter().flat_map(move |(id, rule)| {
            rule.backends()
                .filter(|backend| !self.backends.contains_key(*backend))
                .map(|backend| Dangling {
                    from: id.clone(),
                    to: backend.clone(),
                })
        })
    }
}
