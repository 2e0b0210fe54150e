//! Which processors the peer gets, and which the load.

use std::fmt;
use std::fs;

use crate::error::{Context, Error, Result};

/// Processors, as the kernel numbers them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cpus(Vec<usize>);

impl Cpus {
    /// Those that this process may use.
    pub fn ours() -> Result<Self> {
        let status = fs::read_to_string("/proc/self/status").context(|| "our status".to_owned())?;
        let list = status
            .lines()
            .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))
            .unwrap_or_default();
        Self::parse(list).ok_or_else(|| Error::Unreadable {
            what: "/proc/self/status",
            text: status.clone(),
        })
    }

    /// One for each worker, and what is left for the load; all for both where none is left.
    pub fn split(&self, workers: usize) -> (Self, Self) {
        if self.0.len() > workers {
            let (peer, load) = self.0.split_at(workers);
            (Self(peer.to_vec()), Self(load.to_vec()))
        } else {
            (self.clone(), self.clone())
        }
    }

    /// Reads `0-2,5`.
    fn parse(list: &str) -> Option<Self> {
        let mut cpus = Vec::new();
        for range in list.trim().split(',') {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            cpus.extend(first.parse().ok()?..=last.parse::<usize>().ok()?);
        }
        Some(Self(cpus))
    }
}

/// As taskset reads it.
impl fmt::Display for Cpus {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.0.iter().map(usize::to_string).collect();
        out.write_str(&names.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_single_ones_are_read() {
        let cpus = Cpus::parse("\t0-2,5\n").expect("a list");
        assert_eq!(cpus.to_string(), "0,1,2,5");
        assert_eq!(Cpus::parse("many"), None);
    }

    #[test]
    fn peer_and_load_share_only_when_they_must() {
        let two = Cpus(vec![0, 1]);
        let (peer, load) = two.split(1);
        assert_eq!(
            (peer.to_string(), load.to_string()),
            ("0".into(), "1".into())
        );
        assert_eq!(two.split(2), (two.clone(), two.clone()));
    }
}
