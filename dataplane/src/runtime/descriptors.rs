//! File descriptors: clients get no more than half of them, so that endpoints can be reached.
//!
//! Without a share of its own, a full house of clients leaves none to connect to an endpoint with,
//! and every one of them gets 503. Tested below, and at a low limit by `cli/tests/descriptors.rs`.

use rustix::process::{Resource, getrlimit, setrlimit};

/// What a process holds beside connections: standard streams, log, admin, watches.
const OF_PROCESS: u64 = 32;
/// What a worker holds: its ring, its bell, four copies of each listening socket.
const OF_WORKER: u64 = 32;

/// Fewer clients on a core than this are no service: said at the start.
const CLIENTS_WANTED: usize = 64;

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

/// What to say where the limit leaves each worker less than it should serve.
pub fn trouble(limit: u64, workers: usize, wanted: usize) -> Option<String> {
    let clients_max = clients_max(limit, workers);
    (clients_max < wanted.min(CLIENTS_WANTED)).then(|| {
        format!(
            "{limit} open files are enough for {clients_max} clients on each of {workers} cores; \
             raise the limit (ulimit -n) or lower --workers"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::{clients_max, trouble};

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

    #[test]
    fn few_clients_on_a_core_are_told() {
        let told = trouble(160, 4, 65_536).expect("one client a core");
        assert!(told.contains("1 clients on each of 4"), "{told}");
        assert!(trouble(1_000, 999, 65_536).is_some());
        assert_eq!(trouble(1_048_576, 8, 65_536), None);
        assert_eq!(trouble(160, 4, 1), None, "who asks for one gets it");
    }
}
