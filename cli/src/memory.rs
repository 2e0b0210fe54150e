//! The allocator, and what goes back to the system.
//!
//! Its heaps are one a thread, which suits one thread a core. What a thread has freed goes back only
//! when it asks for more: after a large change of the configuration, the one before and all that was
//! needed on the way would stay with a process that may be quiet for days. A thread of its own sees
//! to it; no core does.
#![allow(unsafe_code)]

use std::io;
use std::thread;
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often what is free goes back.
const EVERY: Duration = Duration::from_secs(10);

/// Gives back what is free, from now on.
///
/// # Errors
/// When there can be no thread.
pub fn give_back_regularly() -> io::Result<()> {
    let give = || {
        loop {
            thread::sleep(EVERY);
            give_back();
        }
    };
    thread::Builder::new()
        .name("memory".to_owned())
        .spawn(give)
        .map(drop)
}

fn give_back() {
    // SAFETY: any thread may call it at any time; it takes nothing that is in use.
    unsafe { libmimalloc_sys::mi_collect(true) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resident_pages() -> usize {
        let text = std::fs::read_to_string("/proc/self/statm").expect("Linux");
        let resident = text.split(' ').nth(1).expect("the second number");
        resident.parse().expect("a number")
    }

    #[test]
    fn what_a_quiet_thread_has_freed_goes_back() {
        let (pieces, page) = (64 * 1024, 4096);
        let (freed, quiet) = std::sync::mpsc::channel();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let busy = thread::spawn(move || {
            let held: Vec<_> = (0..pieces).map(|_| vec![1_u8; 1024]).collect();
            let most = resident_pages();
            drop(held);
            freed.send(most).expect("somebody waits");
            let _ = ended.recv();
        });
        let most = quiet.recv().expect("it says");
        give_back();
        let left = resident_pages();
        drop(end);
        busy.join().expect("no panic");
        assert!(
            most.saturating_sub(left) > pieces * 1024 / page / 2,
            "{most} {left}"
        );
    }
}
