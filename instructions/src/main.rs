//! Instructions of the hot functions, each within its bound.
//!
//! Counted by callgrind, so that a slow or busy machine changes nothing: a slowdown shows in the
//! change that makes it. `bounds.txt` holds the bounds; `make instructions` checks them,
//! `make instructions-write` writes them anew.
//!
//! The program starts itself under valgrind, once for each function.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "it is a program")]

mod bounds;
mod hot;

use std::process::{Command, ExitCode};

use bounds::Bounds;

/// How often a function runs to be counted.
const ROUNDS: u64 = 100;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--run") {
        hot::run(&arguments[at + 1], ROUNDS);
        return ExitCode::SUCCESS;
    }
    let counts: Vec<(&str, u64)> = hot::NAMES.iter().map(|name| (*name, count(name))).collect();
    if arguments.iter().any(|argument| argument == "--write") {
        Bounds::write(&counts);
        return ExitCode::SUCCESS;
    }
    let bounds = Bounds::read();
    let faults: Vec<String> = counts
        .iter()
        .filter_map(|(name, count)| bounds.fault(name, *count))
        .collect();
    faults.iter().for_each(|fault| println!("{fault}"));
    if faults.is_empty() {
        println!("{} hot functions are within their bounds", counts.len());
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Instructions of one call.
fn count(name: &str) -> u64 {
    let program = std::env::current_exe().expect("a running program has a file");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg("--toggle-collect=*counted_call*")
        .arg(program)
        .args(["--run", name])
        .output()
        .expect("valgrind is needed: `apt-get install valgrind`");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {said}");
    let collected = said
        .lines()
        .find_map(|line| line.split("Collected :").nth(1));
    let collected: u64 = collected
        .and_then(|number| number.trim().parse().ok())
        .unwrap_or_else(|| panic!("callgrind says what it collected: {said}"));
    assert!(collected > 0, "{name} was not found in the program");
    collected / ROUNDS
}
