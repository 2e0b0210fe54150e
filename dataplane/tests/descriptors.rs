//! No file descriptors left. Alone in its process, whose limit it lowers.
#![allow(unsafe_code)]

mod support;

use std::net::TcpStream;

use limpet_dataplane::Driver;
use support::{Backend, Client, Gateway, forward_to};

fn set_limit(limit: u64) {
    let limit = libc::rlimit {
        rlim_cur: limit,
        rlim_max: limit_max(),
    };
    // SAFETY: the pointer is to a live, filled structure.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) }, 0);
}

fn limit_max() -> u64 {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the pointer is to a live structure that the call fills.
    assert_eq!(
        unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) },
        0
    );
    limit.rlim_max
}

fn open_descriptors() -> u64 {
    std::fs::read_dir("/proc/self/fd")
        .expect("a folder")
        .count() as u64
}

fn clients_wait_and_are_served_when_descriptors_are_free_again(driver: Driver) {
    let backend = Backend::named("one");
    let gateway = Gateway::start(driver, forward_to(&[backend.address]));
    assert_eq!(gateway.get("/").text(), "one");
    let mut waiting: Vec<TcpStream> = Vec::new();
    set_limit(open_descriptors() + 8);
    while let Ok(stream) = TcpStream::connect(gateway.address) {
        waiting.push(stream);
    }
    // Now nobody has a descriptor: every other client leaves, the rest must be served.
    let mut number = 0;
    waiting.retain(|_| {
        number += 1;
        number % 2 == 0
    });
    set_limit(limit_max());
    assert!(!waiting.is_empty());
    for stream in waiting {
        assert_eq!(Client::over(stream).get("/").text(), "one");
    }
    assert_eq!(gateway.get("/").text(), "one");
}

#[test]
fn running_out_of_descriptors_stops_nothing_for_good() {
    for driver in [Driver::IoUring, Driver::Epoll] {
        clients_wait_and_are_served_when_descriptors_are_free_again(driver);
    }
}
