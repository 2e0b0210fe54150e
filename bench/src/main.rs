//! `limpet-bench`: Limpet beside HAProxy, nginx, Envoy and a bare TCP relay.
//!
//! | command | module |
//! |---|---|
//! | `run` | [`speed`]: CPU per request and latency, rounds interleaved over the peers |
//! | `scale` | [`scale`]: ten thousand routes: memory, a change's way to the cores, lookup |
//! | `hot-pin` | [`hot_pin`]: one pin from ten thousand clients, and everybody else |
//! | `strict` | [`strict`]: what reaches the backend of HTTP/1 that proxies disagree about |
//! | `instructions` | [`instructions`]: instructions of a request and of its parts, by callgrind |
//! | `syscalls` | [`syscalls`]: system calls of a request, by strace |
//! | `ring` | [`ring`]: what features of io_uring would be worth that monoio does not expose |
//! | `relay`, `backend`, `flood`, `handshakes` | [`relay`], [`backend`], [`hot_pin::flood`], [`handshakes`]: what the measurements stand on, hidden |
//!
//! It owns peers, load and what is printed about them; it judges no number that is not a ratio to
//! a peer in the same run. Not part of a release. Parsers, arithmetic and tables are tested here;
//! the measurements check themselves while they run ([`speed::check`]).
#![deny(unsafe_code)]

mod args;
mod backend;
mod commit;
mod cpus;
mod error;
mod handshakes;
mod hot_pin;
mod instructions;
mod load;
mod machine;
mod median;
mod output;
mod peers;
mod pinned;
mod probe;
mod process;
mod range;
mod relay;
mod results;
mod ring;
mod runtime;
mod scale;
mod sessions;
mod speed;
mod strict;
mod sys;
mod syscalls;
mod tls;
mod usage;
mod wrk;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

// Part of Limpet runs in this process (`scale`), on the allocator that its binary has.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match dispatch(Args::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
}

/// Whether everything that was measured is what it claims to be.
fn dispatch(command: Command) -> anyhow::Result<bool> {
    Ok(match command {
        Command::Run(args) => speed::run(&args)?,
        Command::Scale(args) => scale::run(&args)?,
        Command::Strict(args) => strict::run(&args).map(|()| true)?,
        Command::HotPin(args) => hot_pin::run(&args)?,
        Command::Instructions(args) => instructions::run(&args).map(|()| true)?,
        Command::Syscalls(args) => syscalls::run(&args).map(|()| true)?,
        Command::Flood(args) => hot_pin::flood::serve(&args).map(|()| true)?,
        Command::Handshakes(args) => handshakes::serve(&args).map(|()| true)?,
        Command::Ring(args) => ring::run(&args).map(|()| true)?,
        Command::RingServer(args) => ring::serve(&args).map(|()| true)?,
        Command::Relay(args) => relay::serve(&args).map(|()| true)?,
        Command::Backend(args) => backend::serve(&args).map(|()| true)?,
    })
}
