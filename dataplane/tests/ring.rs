//! Where the kernel refuses io_uring, at whichever of its system calls, epoll serves.
//!
//! `make test-without-ring` runs the other suites so, all of them.

mod support;

use std::thread;

use limpet_dataplane::{DataPlane, Driver};
use support::refuse::{ERRORS, IO_URING, refuse};
use support::{Backend, Gateway, forward_to, settings};

/// On a thread of its own, whose workers inherit what it is refused.
fn refused<T: Send + 'static>(call: u32, error: i32, then: fn() -> T) -> T {
    let thread = thread::spawn(move || {
        refuse(call, error);
        then()
    });
    thread.join().expect("no panic")
}

fn served_by() -> String {
    let backend = Backend::named("one");
    let gateway = Gateway::start(Driver::Auto, forward_to(&[backend.address]));
    for _ in 0..4 {
        assert_eq!(gateway.get("/").text(), "one");
    }
    gateway.plane.driver().to_owned()
}

#[test]
fn epoll_serves_where_a_system_call_of_io_uring_is_refused() {
    for (name, call) in IO_URING {
        for (word, error) in ERRORS {
            assert_eq!(refused(call, error, served_by), "epoll", "{name}: {word}");
        }
    }
}

#[test]
fn whoever_asks_for_io_uring_learns_that_it_is_refused() {
    for (name, call) in IO_URING {
        let start = || match DataPlane::start(settings(Driver::IoUring)) {
            Ok(_) => "it starts".to_owned(),
            Err(error) => error.to_string(),
        };
        let said = refused(call, libc::EPERM, start);
        assert!(
            said.starts_with("the kernel refuses io_uring ("),
            "{name}: {said}"
        );
        assert!(said.contains("seccomp"), "{name}: {said}");
    }
}
