//! No file descriptors left. Alone in its process, whose limit it lowers.

mod support;

use std::net::TcpStream;

use limpet_dataplane::Driver;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use support::{Backend, Client, Gateway, forward_to};

fn set_limit(limit: Option<u64>) {
    let limits = Rlimit {
        current: limit,
        ..getrlimit(Resource::Nofile)
    };
    setrlimit(Resource::Nofile, limits).expect("it is within the hard limit");
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
    set_limit(Some(open_descriptors() + 8));
    while let Ok(stream) = TcpStream::connect(gateway.address) {
        waiting.push(stream);
    }
    // Now nobody has a descriptor: every other client leaves, the rest must be served.
    let mut number = 0;
    waiting.retain(|_| {
        number += 1;
        number % 2 == 0
    });
    set_limit(getrlimit(Resource::Nofile).maximum);
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
