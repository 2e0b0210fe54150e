//! Which objects differ between two sets of them.

use std::collections::BTreeMap;

use super::ObjectKey;

/// How an object differs from before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was not there.
    New,
    /// Something in it is another.
    Changed,
    /// It is not there any more.
    Gone,
}

impl Change {
    /// `new`, `changed` or `gone`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Gone => "gone",
        }
    }

    /// Between what two keys lead to; none: equal.
    pub fn between<T: PartialEq>(before: Option<&T>, now: Option<&T>) -> Option<Self> {
        match (before, now) {
            (None, Some(_)) => Some(Self::New),
            (Some(_), None) => Some(Self::Gone),
            (before, now) => (before != now).then_some(Self::Changed),
        }
    }
}

/// What differs between two maps, in order of the keys.
pub fn changes<'a, K: Ord, V: PartialEq>(
    before: &'a BTreeMap<K, V>,
    now: &'a BTreeMap<K, V>,
) -> impl Iterator<Item = (&'a K, Change)> {
    let gone = before.keys().filter(|key| !now.contains_key(key));
    let mut keys: Vec<&K> = now.keys().chain(gone).collect();
    keys.sort_unstable();
    let change = |key| Some((key, Change::between(before.get(key), now.get(key))?));
    keys.into_iter().filter_map(change)
}

/// Those of one kind, as `<kind> <namespace>/<name>`, in what `compared` makes of them.
pub(super) fn of_kind<T: PartialEq>(
    kind: &str,
    before: &BTreeMap<ObjectKey, T>,
    now: &BTreeMap<ObjectKey, T>,
    compared: impl Fn(&T) -> T,
) -> Vec<(String, Change)> {
    let is_another = |key: &ObjectKey, change: &Change| match change {
        Change::Changed => compared(&before[key]) != compared(&now[key]),
        Change::New | Change::Gone => true,
    };
    changes(before, now)
        .filter(|(key, change)| is_another(key, change))
        .map(|(key, change)| (format!("{kind} {key}"), change))
        .collect()
}
