//! What the kernel says about this process, and grants it.

#![allow(unsafe_code)]

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
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the pointer is to a live structure that the call fills.
    let got = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) };
    assert_eq!(got, 0);
    limit.rlim_cur = limit.rlim_cur.max(needed);
    // Past the hard limit only root may go.
    limit.rlim_max = limit.rlim_max.max(needed);
    // SAFETY: the pointer is to a live, filled structure.
    let set = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) };
    assert_eq!(
        set, 0,
        "this test needs {needed} open files: raise ulimit -Hn"
    );
}
