//! What features of io_uring would be worth that monoio 0.2.4 does not expose: a server of our own, written
//! against the ring itself, answers a fixed reply with and without each.
//!
//! A request is one receive and one send, half of a proxy's. Ratios are taken within a round, as for the peers.
//! It measures only: nothing of Limpet runs on it.

mod server;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use clap::ValueEnum;

use crate::args::{RingArgs, RingServerArgs};
use crate::cpus::Cpus;
use crate::error::{Context, Result};
use crate::median::median;
use crate::peers::{Programs, free_port};
use crate::process::Process;
use crate::wrk::{Clients, Load};
use crate::{machine, output, probe, usage, wrk};

const START_TIMEOUT: Duration = Duration::from_secs(5);
const WARM_UP_SECS: u32 = 1;
const CONNECTIONS: u32 = 64;

/// What the server uses of the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum With {
    /// One receive and one send at a time, by descriptor, as monoio does
    Nothing,
    /// Receives that wait first and read then
    PollFirst,
    /// Connections that are in the ring's own table, and no descriptors
    DirectDescriptors,
    /// One receive for all that a connection brings, into buffers of the ring
    Multishot,
}

impl With {
    fn name(self) -> String {
        let value = self.to_possible_value();
        value.expect("none is skipped").get_name().to_owned()
    }
}

/// Measures and prints.
pub fn run(args: &RingArgs) -> Result<()> {
    let about = machine::lines(None)?;
    let programs = Programs::find(None)?;
    let mut rounds = Vec::new();
    for round in 1..=args.rounds {
        output::progress(&format!("round {round} of {}", args.rounds));
        let measured = With::value_variants().iter();
        let measured = measured.map(|with| micros(*with, &programs, args.seconds));
        rounds.push(measured.collect::<Result<Vec<f64>>>()?);
    }
    output::line(&format!(
        "* {}\n* `limpet-bench ring --rounds {} --seconds {}`\n\n{}",
        about.join("\n* "),
        args.rounds,
        args.seconds,
        table(&rounds)
    ));
    Ok(())
}

/// Serves until it is killed.
pub fn serve(args: &RingServerArgs) -> Result<()> {
    server::serve(args.listen, args.with).context(|| "a server on the ring".to_owned())
}

/// CPU time of one request, in microseconds.
fn micros(with: With, programs: &Programs, seconds: u32) -> Result<f64> {
    let (server_cpus, load_cpus) = Cpus::ours()?.split(1);
    let folder = tempfile::tempdir().context(|| "a temporary folder".to_owned())?;
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
    let args = [
        "ring-server".to_owned(),
        format!("--listen={listen}"),
        format!("--with={}", with.name()),
    ];
    let program = programs.bench()?;
    let mut process = Process::start("ring-server", &server_cpus, program, args, folder.path())?;
    process.wait_until(START_TIMEOUT, || {
        let answer = probe::get(listen, "/", None);
        answer.map(drop).map_err(|error| error.to_string())
    })?;
    let load = |seconds| {
        let load = Load {
            to: listen,
            is_encrypted: false,
            path: "/",
            clients: Clients::New,
            fields: &[],
            connections: CONNECTIONS,
            seconds,
        };
        wrk::run(&load, &load_cpus, folder.path())
    };
    load(WARM_UP_SECS)?;
    let before = usage::cpu(process.pid())?;
    let seen = load(seconds)?;
    let cpu = usage::cpu(process.pid())? - before;
    if seen.socket_errors + seen.bad_statuses > 0 {
        return Err(process.not_serving("requests failed".to_owned()));
    }
    Ok((cpu.user_secs + cpu.system_secs) * 1e6 / seen.requests.max(1) as f64)
}

fn table(rounds: &[Vec<f64>]) -> String {
    let rows = With::value_variants().iter().enumerate().map(|(at, with)| {
        let micros = median(rounds.iter().map(|round| round[at]));
        let ratio = median(rounds.iter().map(|round| round[at] / round[0]));
        vec![
            with.name(),
            format!("{:.2}", micros.unwrap_or_default()),
            format!("{:.2}", ratio.unwrap_or_default()),
        ]
    });
    output::table(&["with", "µs/request", "ratio to nothing"], rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_taken_within_a_round() {
        // The second round ran on a machine twice as slow.
        let text = table(&[vec![10.0, 9.0, 8.0, 5.0], vec![20.0, 18.0, 16.0, 10.0]]);
        let row = text.lines().nth(3).expect("the second of all");
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        assert_eq!(cells[1..4], ["poll-first", "13.50", "0.90"]);
    }
}
