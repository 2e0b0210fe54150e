//! One core's memory of verified pins: a hit needs no cryptography.
//!
//! Fixed in size and owned by one thread: no lock, no atomic. Only a verified pin gets in, so a
//! flood of random cookies evicts nothing. Losing an entry loses no session, only the saving.
//!
//! Sets of eight entries; a key can be in one set only. In a full set the entry that was idle
//! longest gives way.

use super::pin::Pin;

const WAYS: usize = 8;

/// A verified pin and how it was used.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Keyed hash of all that decided ([`super::choose`]); never 0, which is an empty entry.
    pub key: u64,
    /// What it says.
    pub pin: Pin,
    /// Where it led, as [`crate::config::Endpoint::key`] names it.
    pub endpoint_key: u64,
    /// The rule's sessions it belongs to ([`crate::config::policy::Policy`]).
    pub policy_key: u64,
    /// Seconds since 1970.
    pub last_seen_secs: u32,
}

const EMPTY: Entry = Entry {
    key: 0,
    pin: Pin {
        session: [0; 12],
        endpoint_tag: 0,
        issued_secs: 0,
    },
    endpoint_key: 0,
    policy_key: 0,
    last_seen_secs: 0,
};

/// The table.
#[derive(Debug)]
pub struct Table {
    entries: Box<[Entry]>,
    occupied: usize,
    evictions: u64,
}

impl Table {
    /// `entries` is rounded up to a power of two, at least one set.
    pub fn new(entries: usize) -> Self {
        let entries = entries.max(WAYS).next_power_of_two();
        Self {
            entries: vec![EMPTY; entries].into_boxed_slice(),
            occupied: 0,
            evictions: 0,
        }
    }

    /// A verified pin, to be read and marked as seen.
    pub fn get_mut(&mut self, key: u64) -> Option<&mut Entry> {
        self.set(key).iter_mut().find(|entry| entry.key == key)
    }

    /// Remembers a verified pin.
    pub fn insert(&mut self, entry: Entry) {
        let set = self.set(entry.key);
        let same = set.iter().position(|other| other.key == entry.key);
        // An empty entry was never seen.
        let idle_longest = || (0..WAYS).min_by_key(|way| set[*way].last_seen_secs);
        let way = same.or_else(idle_longest).expect("a set has entries");
        let old = std::mem::replace(&mut set[way], entry);
        if old.key == 0 {
            self.occupied += 1;
        } else if old.key != entry.key {
            self.evictions += 1;
        }
    }

    /// Every entry in use.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.key != 0)
    }

    /// Entries in use.
    pub fn occupied(&self) -> usize {
        self.occupied
    }

    /// Entries that gave way to others.
    pub fn evictions(&self) -> u64 {
        self.evictions
    }

    fn set(&mut self, key: u64) -> &mut [Entry] {
        // The length is a power of two.
        let start = key as usize & (self.entries.len() - 1) & !(WAYS - 1);
        &mut self.entries[start..start + WAYS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: u64, last_seen_secs: u32) -> Entry {
        Entry {
            key,
            last_seen_secs,
            ..EMPTY
        }
    }

    /// Keys of one set.
    fn key(number: u64) -> u64 {
        number << 32 | 1
    }

    #[test]
    fn what_was_put_in_is_found_and_nothing_else() {
        let mut table = Table::new(64);
        table.insert(entry(key(1), 5));
        assert_eq!(
            table.get_mut(key(1)).map(|found| found.last_seen_secs),
            Some(5)
        );
        assert!(table.get_mut(key(2)).is_none());
        assert_eq!((table.occupied(), table.evictions()), (1, 0));
    }

    #[test]
    fn in_a_full_set_the_longest_idle_gives_way() {
        let mut table = Table::new(8);
        for number in 1..=8 {
            table.insert(entry(key(number), 100 - number as u32));
        }
        table.insert(entry(key(9), 200));
        assert!(
            table.get_mut(key(8)).is_none(),
            "seen at 92, before all others"
        );
        assert!(
            (1..=7)
                .chain([9])
                .all(|number| table.get_mut(key(number)).is_some())
        );
        assert_eq!((table.occupied(), table.evictions()), (8, 1));
    }

    #[test]
    fn the_same_key_again_takes_its_own_place() {
        let mut table = Table::new(8);
        for seen in [1, 2] {
            table.insert(entry(key(1), seen));
        }
        assert_eq!(
            table
                .iter()
                .map(|found| found.last_seen_secs)
                .collect::<Vec<_>>(),
            [2]
        );
        assert_eq!((table.occupied(), table.evictions()), (1, 0));
    }
}
