//! File descriptors: clients get no more than half of them, so that endpoints can be reached.
//!
//! Without a share of its own, a full house of clients leaves none to connect to an endpoint with,
//! and every one of them gets 503. Tested below, and at a low limit by `cli/tests/descriptors.rs`.

use rustix::process::{Resource, getrlimit, setrlimit};

/// What a process holds beside connections: standard streams, log, admin, watches.
const OF_PROCESS: u64 = 32;
/// What a worker holds: its ring, its bell, four copies of each listening socket.
const OF_WORKER: u64 = 32;

/// Raises the limit of open files as far as the process may, and returns it.
pub fn raise_limit() -> u64 {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Refused, the limit stays as it was, and is said with the rest.
    let _ = setrlimit(Resource::Nofile, limit);
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// How many clients each worker may serve; at least one.
pub fn clients_max(limit: u64, workers: usize) -> usize {
    let workers = workers.max(1) as u64;
    let spare = limit.saturating_sub(OF_PROCESS + OF_WORKER * workers);
    usize::try_from(spare / 2 / workers)
        .unwrap_or(usize::MAX)
        .max(1)
}

#[cfg(test)]
mod tests {
    use super::clients_max;

    #[test]
    fn half_of_the_descriptors_are_for_clients() {
        for (limit, workers, expected) in [
            (0, 2, 1),
            (40, 2, 1),
            (1024, 2, 232),
            (1_048_576, 8, 65_518),
        ] {
            assert_eq!(clients_max(limit, workers), expected, "{limit}");
        }
    }
}
