//! CPU time and memory of a process and all that descend from it, from /proc.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Sub;

use serde::Serialize;

use crate::error::{Context, Result};

/// What /proc counts in: USER_HZ, which Linux fixes at 100 towards programs.
const TICKS_PER_SEC: f64 = 100.0;

/// CPU time of a tree of processes, all threads together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Cpu {
    /// In the programs.
    pub user_secs: f64,
    /// In the kernel, for them.
    pub system_secs: f64,
}

impl Sub for Cpu {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            user_secs: self.user_secs - before.user_secs,
            system_secs: self.system_secs - before.system_secs,
        }
    }
}

/// One process as /proc/PID/stat has it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stat {
    parent: u32,
    cpu: Cpu,
}

/// CPU time of `root` and its descendants so far, ended ones that were waited for too.
pub fn cpu(root: u32) -> Result<Cpu> {
    let stats = all_stats()?;
    let mut sum = Cpu::default();
    for pid in tree(&stats, root) {
        sum.user_secs += stats[&pid].cpu.user_secs;
        sum.system_secs += stats[&pid].cpu.system_secs;
    }
    Ok(sum)
}

/// Resident memory of `root` and its descendants; a page that two of them share counts twice.
pub fn resident_kib(root: u32) -> Result<u64> {
    let stats = all_stats()?;
    let statuses = tree(&stats, root).into_iter().filter_map(|pid| {
        // One that has just ended holds no memory.
        fs::read_to_string(format!("/proc/{pid}/status")).ok()
    });
    Ok(statuses.filter_map(|status| parse_resident(&status)).sum())
}

fn tree(stats: &BTreeMap<u32, Stat>, root: u32) -> Vec<u32> {
    let mut found: Vec<u32> = stats
        .contains_key(&root)
        .then_some(root)
        .into_iter()
        .collect();
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        let children = stats.iter().filter(|(_, stat)| stat.parent == parent);
        found.extend(children.map(|(pid, _)| *pid));
        next += 1;
    }
    found
}

fn all_stats() -> Result<BTreeMap<u32, Stat>> {
    let folder = fs::read_dir("/proc").context(|| "/proc".to_owned())?;
    let pids = folder.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    // A process may end between being listed and being read.
    let stat = |pid: u32| fs::read_to_string(format!("/proc/{pid}/stat")).ok();
    Ok(pids
        .filter_map(|pid| Some((pid, parse_stat(&stat(pid)?)?)))
        .collect())
}

/// Reads proc_pid_stat(5): the name in brackets may hold anything.
fn parse_stat(line: &str) -> Option<Stat> {
    let fields: Vec<&str> = line[line.rfind(')')? + 1..].split_whitespace().collect();
    // Counted from field 3, the state: 4 parent, 14 to 17 times, the last two of waited-for children.
    let ticks = |field: usize| fields.get(field - 3)?.parse::<f64>().ok();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        cpu: Cpu {
            user_secs: (ticks(14)? + ticks(16)?) / TICKS_PER_SEC,
            system_secs: (ticks(15)? + ticks(17)?) / TICKS_PER_SEC,
        },
    })
}

fn parse_resident(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "42 (a) b (c)) S 7 42 42 0 -1 4194304 99 0 0 0 150 250 10 20 20 0 3 0 \
                        12345 1000000 256 18446744073709551615 1 1 0 0 0 0 0 0 0";

    #[test]
    fn a_stat_line_gives_parent_and_times() {
        let stat = parse_stat(LINE).expect("a whole line");
        assert_eq!(stat.parent, 7);
        assert_eq!((stat.cpu.user_secs, stat.cpu.system_secs), (1.6, 2.7));
        assert_eq!(parse_stat("42 (cut"), None);
    }

    #[test]
    fn a_tree_holds_descendants_and_nobody_else() {
        let child_of = |parent| Stat {
            parent,
            cpu: Cpu::default(),
        };
        let stats = BTreeMap::from([
            (1, child_of(0)),
            (5, child_of(1)),
            (6, child_of(5)),
            (7, child_of(6)),
            (8, child_of(1)),
        ]);
        assert_eq!(tree(&stats, 5), [5, 6, 7]);
        assert_eq!(tree(&stats, 9), [0; 0]);
    }

    #[test]
    fn resident_memory_is_read_from_status() {
        let status = "Name:\tx\nVmHWM:\t  999 kB\nVmRSS:\t    1234 kB\n";
        assert_eq!(parse_resident(status), Some(1234));
    }

    #[test]
    fn our_own_usage_is_there() {
        let us = std::process::id();
        assert!(resident_kib(us).expect("/proc is there") > 0);
        cpu(us).expect("/proc is there");
    }
}
