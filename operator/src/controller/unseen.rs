//! How long a round is held up for what was asked for and is not seen yet.
//!
//! Without Secrets and pods, listeners and backends would be gone for a moment after each start. What
//! the API server refuses to show is never seen: it is waited for once, and nobody else waits longer
//! for it.

use std::collections::BTreeSet;
use std::time::Duration;

use limpet_translator::inputs::Scope;
use tokio::time::Instant;

/// How long what is asked for may stay unseen before a round is made without it.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What a round is held up for.
#[derive(Debug, Default)]
pub struct Unseen {
    /// Since when one is.
    since: Option<Instant>,
    /// What rounds are made without.
    given_up: BTreeSet<Scope>,
}

impl Unseen {
    /// Whether a round is held up, while these are unseen.
    pub fn holds_up(&mut self, unseen: BTreeSet<Scope>, now: Instant) -> bool {
        // What was seen meanwhile, or was not asked for, is waited for anew.
        self.given_up.retain(|scope| unseen.contains(scope));
        if unseen.is_subset(&self.given_up) {
            self.since = None;
            return false;
        }
        if now < *self.since.get_or_insert(now) + TIMEOUT {
            return true;
        }
        self.since = None;
        self.given_up = unseen;
        false
    }

    /// Until when it is, if it is: never the same time twice.
    pub fn until(&self) -> Option<Instant> {
        Some(self.since? + TIMEOUT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(namespaces: &[&str]) -> BTreeSet<Scope> {
        let namespaces = namespaces.iter();
        namespaces
            .map(|namespace| Scope::Namespace("Secret", (*namespace).to_owned()))
            .collect()
    }

    #[test]
    fn what_is_never_seen_is_waited_for_once_and_holds_nobody_else_up_for_longer() {
        let (mut unseen, start) = (Unseen::default(), Instant::now());
        assert!(unseen.holds_up(scopes(&["a"]), start));
        assert_eq!(unseen.until(), Some(start + TIMEOUT));
        assert!(unseen.holds_up(scopes(&["a", "b"]), start + TIMEOUT / 2));
        assert_eq!(unseen.until(), Some(start + TIMEOUT), "b prolongs nothing");
        let later = start + TIMEOUT;
        assert!(!unseen.holds_up(scopes(&["a", "b"]), later));
        assert_eq!(unseen.until(), None);
        assert!(!unseen.holds_up(scopes(&["a"]), later + TIMEOUT));
        assert!(unseen.holds_up(scopes(&["a", "c"]), later), "c is new");
        assert!(!unseen.holds_up(scopes(&["a"]), later), "c was seen");
        assert!(!unseen.holds_up(scopes(&[]), later));
        assert!(unseen.holds_up(scopes(&["a"]), later), "a was seen");
    }
}
