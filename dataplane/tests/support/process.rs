//! What the kernel says about this process, and grants it.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Memory in use.
pub fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("a file");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .expect("a line");
    let kib = line.split_whitespace().nth(1).expect("a number");
    kib.parse::<usize>().expect("a number") * 1024
}

/// Lets this process and those it starts open so many descriptors, or fails saying what to do.
pub fn raise_descriptor_limit(needed: u64) {
    let mut limit = getrlimit(Resource::Nofile);
    let raised = |limit: Option<u64>| limit.map(|limit| limit.max(needed));
    // Past the hard limit only root may go.
    (limit.current, limit.maximum) = (raised(limit.current), raised(limit.maximum));
    let set = setrlimit(Resource::Nofile, limit);
    set.unwrap_or_else(|_| panic!("this test needs {needed} open files: raise ulimit -Hn"));
}
