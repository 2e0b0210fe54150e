//! System calls that the standard library has no word for.

use std::io;

use rustix::process::{Pid, Resource, Signal, getrlimit, kill_process, setrlimit};

/// Asks a child of ours to end that is not yet waited for, so that the number is still its own.
pub fn terminate(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    // Fails only when it has ended by itself.
    let _ = pid.map(|pid| kill_process(pid, Signal::TERM));
}

/// Allows as many open files as the kernel lets us have; how many that are.
pub fn raise_open_files() -> io::Result<u64> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit)?;
    Ok(limit.current.unwrap_or(u64::MAX))
}
