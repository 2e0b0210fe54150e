//! What the kernel says about this process, and grants it.

use std::process::Command;

use limpet_dataplane::Driver;
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

/// The driver that a process which [`alone`] started is for.
const DRIVER: &str = "LIMPET_TEST_DRIVER";

/// Runs the test of this name on each driver, in a process of its own: what another test uses or leaves
/// behind would be measured too.
pub fn alone(name: &str, test: impl Fn(Driver)) {
    match std::env::var(DRIVER).as_deref() {
        Ok("io_uring") => test(Driver::IoUring),
        Ok(_) => test(Driver::Epoll),
        Err(_) => {
            for driver in ["io_uring", "epoll"] {
                let status = again(name).env(DRIVER, driver).status();
                assert!(status.expect("it starts").success(), "{driver}");
            }
        }
    }
}

/// The test of this name, in a process to be started.
pub fn again(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command.args([name, "--exact", "--nocapture"]);
    command
}
