//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use serde::Serialize;

use crate::peers::Peer;
use crate::ring::With;
use crate::speed::Case;

/// Measures Limpet beside HAProxy, nginx, Envoy and a bare TCP relay.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// CPU per request, requests/s, latency and memory of every peer, side by side
    Run(RunArgs),
    /// Memory, a change's way to all cores, and lookup cost with ten thousand routes
    Scale(ScaleArgs),
    /// Latency of other sessions while ten thousand clients send one pin
    HotPin(HotPinArgs),
    /// How each proxy answers HTTP/1 that proxies disagree about, and what reaches the backend
    Strict(StrictArgs),
    /// Instructions of a pinned request, and what Limpet spends them on
    Instructions(CountArgs),
    /// System calls of a pinned request, Limpet's and the relay's
    Syscalls(CountArgs),
    /// What features of io_uring would be worth that monoio does not expose
    Ring(RingArgs),
    /// A server written against the ring itself
    #[command(hide = true)]
    RingServer(RingServerArgs),
    /// A bare TCP relay
    #[command(hide = true)]
    Relay(RelayArgs),
    /// The application behind every peer
    #[command(hide = true)]
    Backend(BackendArgs),
    /// Clients that send pins at a steady rate
    #[command(hide = true)]
    Flood(FloodArgs),
    /// Clients that ask each time on a new encrypted connection
    #[command(hide = true)]
    Handshakes(HandshakesArgs),
}

/// What `run` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Before: bench/install.sh, cargo build --release --bin limpet. `make bench` does \
both.\n\nExamples:\n  limpet-bench run --rounds 2 --seconds 3 --cases pinned-100 --workers 1\n  \
limpet-bench run --only limpet,haproxy -o json"
)]
pub struct RunArgs {
    /// Rounds; each measures every peer once, and medians over the rounds are shown
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// Seconds of load for one number
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    pub seconds: u32,
    /// Peers to measure [default: all]
    #[arg(long, value_delimiter = ',', value_name = "PEER")]
    pub only: Vec<Peer>,
    /// Cases to measure [default: all]
    #[arg(long, value_delimiter = ',', value_name = "CASE")]
    pub cases: Vec<Case>,
    /// Numbers of serving threads to measure with
    #[arg(long, value_delimiter = ',', value_name = "N", default_values_t = [1, 2])]
    pub workers: Vec<usize>,
    /// Client connections at once
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub connections: u32,
    /// What is common to all measurements
    #[command(flatten)]
    pub common: Common,
}

/// What `scale` is told.
#[derive(Debug, clap::Args)]
pub struct ScaleArgs {
    /// Routes, each with a Service of its own
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(10..))]
    pub routes: u32,
    /// Endpoints of each Service
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..200))]
    pub endpoints: u32,
    /// Changes of one route to time
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub changes: u32,
    /// Rounds of load
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// Seconds of load for one number
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub seconds: u32,
    /// What is common to all measurements
    #[command(flatten)]
    pub common: Common,
}

/// What `hot-pin` is told.
#[derive(Debug, clap::Args)]
pub struct HotPinArgs {
    /// Clients of the flood, each a connection
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub connections: u32,
    /// Requests a second of the whole flood; 0: as fast as each client is answered
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub rate: u32,
    /// Rounds; each measures without a flood, with one pin, and with many
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// Seconds of one measurement
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub seconds: u32,
    /// What is common to all measurements
    #[command(flatten)]
    pub common: Common,
}

/// What a flood is told.
#[derive(Debug, clap::Args)]
pub struct FloodArgs {
    /// The gateway.
    #[arg(long)]
    pub to: SocketAddr,
    /// Clients.
    #[arg(long)]
    pub connections: u32,
    /// Requests a second of all of them; 0: as fast as each is answered.
    #[arg(long)]
    pub rate: u32,
    /// The longest it runs.
    #[arg(long)]
    pub seconds: u32,
    /// A file with a `NAME=VALUE` a line; the clients take them in turn.
    #[arg(long)]
    pub pins: PathBuf,
}

/// What clients of new encrypted connections are told.
#[derive(Debug, clap::Args)]
pub struct HandshakesArgs {
    /// The gateway.
    #[arg(long)]
    pub to: SocketAddr,
    /// The target's path.
    #[arg(long)]
    pub path: String,
    /// The Cookie field.
    #[arg(long)]
    pub cookie: String,
    /// The certificate that is trusted, in PEM.
    #[arg(long)]
    pub certificate: PathBuf,
    /// Clients.
    #[arg(long)]
    pub clients: u32,
    /// How long they ask.
    #[arg(long)]
    pub seconds: u32,
    /// Each keeps its sessions and resumes them.
    #[arg(long)]
    pub resume: bool,
}

/// What `strict` is told.
#[derive(Debug, clap::Args)]
pub struct StrictArgs {
    /// Only cases whose title contains this
    #[arg(long, value_name = "PART")]
    pub case: Option<String>,
    /// What is common to all measurements
    #[command(flatten)]
    pub common: Common,
}

/// What a count for one request is told.
#[derive(Debug, clap::Args)]
pub struct CountArgs {
    /// Seconds of load
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub seconds: u32,
    /// Limpet's binary [default: the one beside this binary]
    #[arg(long, value_name = "FILE")]
    pub limpet: Option<PathBuf>,
}

/// What `ring` is told.
#[derive(Debug, clap::Args)]
pub struct RingArgs {
    /// Rounds; each measures every feature once, and medians over the rounds are shown
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// Seconds of load for one number
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub seconds: u32,
}

/// What a server on the ring is told.
#[derive(Debug, clap::Args)]
pub struct RingServerArgs {
    /// Where it listens.
    #[arg(long)]
    pub listen: SocketAddr,
    /// What it uses.
    #[arg(long)]
    pub with: With,
}

/// What is common to all measurements.
#[derive(Debug, clap::Args)]
pub struct Common {
    /// Form of what is printed
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Output,
    /// File whose section about this measurement is replaced [default: none]
    #[arg(long, value_name = "FILE")]
    pub results: Option<PathBuf>,
    /// Limpet's binary [default: the one beside this binary]
    #[arg(long, value_name = "FILE")]
    pub limpet: Option<PathBuf>,
}

/// Form of what is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For eyes
    #[default]
    Table,
    /// For scripts: one JSON document
    Json,
}

/// How the kernel is asked for I/O.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Driver {
    /// io_uring with SINGLE_ISSUER and DEFER_TASKRUN
    #[value(name = "io_uring")]
    IoUring,
    /// epoll
    Epoll,
}

impl Driver {
    /// Its name on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::IoUring => "io_uring",
            Self::Epoll => "epoll",
        }
    }
}

/// What a relay is told.
#[derive(Clone, Debug, clap::Args)]
pub struct RelayArgs {
    /// Where it listens.
    #[arg(long)]
    pub listen: SocketAddr,
    /// Where it relays to.
    #[arg(long)]
    pub to: SocketAddr,
    /// Threads.
    #[arg(long)]
    pub workers: usize,
    /// How the kernel is asked for I/O.
    #[arg(long)]
    pub driver: Driver,
}

/// What a backend is told.
#[derive(Debug, clap::Args)]
pub struct BackendArgs {
    /// Where it listens; may be repeated.
    #[arg(long, required = true)]
    pub listen: Vec<SocketAddr>,
}
