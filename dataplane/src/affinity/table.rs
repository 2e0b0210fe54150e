//! One core's memory of verified pins: a hit needs no cryptography.
//!
//! Fixed in size and owned by one thread: no lock, no atomic. Only a verified pin gets in, so a
//! flood of random cookies evicts nothing. Losing an entry loses no session, only the saving.
//!
//! Sets of eight entries; a key can be in one set only. In a full set the entry that was idle
//! longest gives way, but none with a request in flight.

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
    /// The route, interned by the core.
    pub route: u32,
    /// Seconds since 1970.
    pub last_seen_secs: u32,
    /// Requests being served now.
    pub in_flight: u32,
}

const EMPTY: Entry = Entry {
    key: 0,
    pin: Pin {
        session: [0; 12],
        endpoint_tag: 0,
        issued_secs: 0,
    },
    endpoint_key: 0,
    route: 0,
    last_seen_secs: 0,
    in_flight: 0,
};

/// Where an entry is, as long as it has a request in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(usize);

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

    /// Finds a verified pin.
    pub fn find(&self, key: u64) -> Option<Slot> {
        let set = self.set(key);
        let way = self.entries[set..set + WAYS]
            .iter()
            .position(|entry| entry.key == key)?;
        Some(Slot(set + way))
    }

    /// The entry in a slot.
    pub fn get(&self, slot: Slot) -> &Entry {
        &self.entries[slot.0]
    }

    /// The entry in a slot, to be counted on.
    pub fn get_mut(&mut self, slot: Slot) -> &mut Entry {
        &mut self.entries[slot.0]
    }

    /// Remembers a verified pin; `None` when every entry of its set has a request in flight.
    pub fn insert(&mut self, entry: Entry) -> Option<Slot> {
        let slot = self.find(entry.key).or_else(|| self.victim(entry.key))?;
        let old = std::mem::replace(self.get_mut(slot), entry);
        if old.key == entry.key {
            self.get_mut(slot).in_flight = old.in_flight;
        } else if old.key == 0 {
            self.occupied += 1;
        } else {
            self.evictions += 1;
        }
        Some(slot)
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

    /// The empty entry of the key's set, else the one that was idle longest.
    fn victim(&self, key: u64) -> Option<Slot> {
        let set = self.set(key);
        (set..set + WAYS)
            .filter(|index| self.entries[*index].in_flight == 0)
            .min_by_key(|index| self.entries[*index].last_seen_secs)
            .map(Slot)
    }

    fn set(&self, key: u64) -> usize {
        // The length is a power of two and fits in the hash.
        (key as usize) & (self.entries.len() - 1) & !(WAYS - 1)
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
        let slot = table.insert(entry(key(1), 5)).expect("there is room");
        assert_eq!(table.find(key(1)), Some(slot));
        assert_eq!(table.find(key(2)), None);
        assert_eq!((table.occupied(), table.evictions()), (1, 0));
    }

    #[test]
    fn in_a_full_set_the_longest_idle_gives_way() {
        let mut table = Table::new(8);
        for number in 1..=8 {
            table
                .insert(entry(key(number), 100 - number as u32))
                .expect("there is room");
        }
        table
            .insert(entry(key(9), 200))
            .expect("an idle one gives way");
        assert_eq!(
            table.find(key(8)),
            None,
            "it was seen at 92, before all others"
        );
        assert!(
            (1..=7)
                .chain([9])
                .all(|number| table.find(key(number)).is_some())
        );
        assert_eq!((table.occupied(), table.evictions()), (8, 1));
    }

    #[test]
    fn a_request_in_flight_keeps_its_entry() {
        let mut table = Table::new(8);
        for number in 1..=8 {
            let slot = table.insert(entry(key(number), 1)).expect("there is room");
            table.get_mut(slot).in_flight = 1;
        }
        assert_eq!(table.insert(entry(key(9), 2)), None);
        assert!((1..=8).all(|number| table.find(key(number)).is_some()));
    }

    #[test]
    fn the_same_key_again_keeps_count_of_what_is_in_flight() {
        let mut table = Table::new(8);
        let slot = table.insert(entry(key(1), 1)).expect("there is room");
        table.get_mut(slot).in_flight = 3;
        let again = table.insert(entry(key(1), 2)).expect("it is there");
        assert_eq!((again, table.get(again).in_flight), (slot, 3));
        assert_eq!(table.occupied(), 1);
    }
}
