//! Numbers with one writer and any number of readers.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many reasons one [`Reasons`] tells apart; the rest count as [`OTHER`].
const REASONS_MAX: usize = 64;
/// The reason of what has no cell of its own.
const OTHER: &str = "other";

/// A number that one thread writes and others read, maybe a little late.
#[derive(Debug, Default)]
pub struct Cell64(AtomicU64);

impl Cell64 {
    /// Adds; only the thread that owns the cell may.
    pub fn add(&self, count: u64) {
        // One writer: a read-modify-write instruction would lock the cache line for nobody.
        self.set(self.get().wrapping_add(count));
    }

    /// Replaces; only the thread that owns the cell may.
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// The number now.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counters by a short fixed text, each made when it first counts.
///
/// The texts are those the code names, so there is no list of them to keep in step. For rare
/// events: counting looks through the reasons there are.
#[derive(Debug)]
pub struct Reasons([(OnceLock<&'static str>, Cell64); REASONS_MAX]);

impl Default for Reasons {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Default::default()))
    }
}

impl Reasons {
    /// Counts one; only the thread that owns the cells may.
    pub fn count(&self, reason: &'static str) {
        let (last, others) = self.0.split_last().expect("there is a cell");
        let cell = others
            .iter()
            .find(|(name, _)| *name.get_or_init(|| reason) == reason);
        let (_, cell) = cell.unwrap_or_else(|| {
            last.0.get_or_init(|| OTHER);
            last
        });
        cell.add(1);
    }

    /// Every reason that has counted, with how often.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0
            .iter()
            .map_while(|(name, cell)| Some((*name.get()?, cell.get())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_count_apart_until_there_are_too_many() {
        let reasons = Reasons::default();
        for reason in ["a", "b", "a"] {
            reasons.count(reason);
        }
        assert_eq!(reasons.iter().collect::<Vec<_>>(), [("a", 2), ("b", 1)]);
        for number in 0..REASONS_MAX {
            reasons.count(Box::leak(number.to_string().into_boxed_str()));
        }
        let counted: Vec<_> = reasons.iter().collect();
        assert_eq!(counted.len(), REASONS_MAX);
        assert_eq!(counted.last(), Some(&(OTHER, 3)));
        assert_eq!(counted.iter().map(|(_, count)| count).sum::<u64>(), 3 + 64);
    }
}
