//! strace, attached to a running program to count its system calls.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cpus::Cpus;
use crate::error::{Context, Result};
use crate::process::Process;

const ATTACH_TIMEOUT: Duration = Duration::from_secs(5);

/// It counts while this value lives.
pub struct Strace {
    process: Process,
    counts: PathBuf,
}

impl Strace {
    /// Attaches to every thread of the process; `folder` is for the counts.
    pub fn attach(program: &Path, pid: u32, cpus: &Cpus, folder: &Path) -> Result<Self> {
        let counts = folder.join("strace.txt");
        let (file, number) = (counts.display().to_string(), pid.to_string());
        let args = ["-f", "-c", "-o", &file, "-p", &number];
        let mut process = Process::start("strace", cpus, program, args, folder)?;
        process.wait_until(ATTACH_TIMEOUT, || match is_traced(pid) {
            true => Ok(()),
            false => Err("it does not attach".to_owned()),
        })?;
        Ok(Self { process, counts })
    }

    /// Ends it; how often each call was made.
    pub fn detach(self) -> Result<BTreeMap<String, u64>> {
        drop(self.process);
        let text = fs::read_to_string(&self.counts).context(|| "strace's counts".to_owned())?;
        Ok(parse(&text))
    }
}

fn is_traced(pid: u32) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return false;
    };
    threads.flatten().all(|thread| {
        let status = fs::read_to_string(thread.path().join("status"));
        status.is_ok_and(|status| !status.contains("TracerPid:\t0\n"))
    })
}

/// Columns: `% time`, `seconds`, `usecs/call`, `calls`, `errors` or blank, `syscall`.
fn parse(text: &str) -> BTreeMap<String, u64> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let (calls, name) = (cells.get(3)?.parse().ok()?, *cells.last()?);
        (cells.len() >= 5 && name != "total").then(|| (name.to_owned(), calls))
    };
    text.lines().filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn calls_are_read_with_and_without_errors_and_the_total_is_not() {
        let text = "\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ------------------
 60.00    0.060000           2     30000           writev
 40.00    0.040000           1     40000     10000 recvfrom
------ ----------- ----------- --------- --------- ------------------
100.00    0.100000           1     70000     10000 total
";
        let counts = parse(text);
        assert_eq!(counts.len(), 2, "{counts:?}");
        assert_eq!((counts["writev"], counts["recvfrom"]), (30_000, 40_000));
    }
}
