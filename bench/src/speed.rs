//! CPU per request, requests/s, latency and memory of every peer.
//!
//! A round starts each peer anew and measures every case with it; each second round goes through
//! the peers backwards, so that what drifts meanwhile drifts for all. Medians over the rounds are
//! shown, and ratios are taken within a round.

mod case;
mod check;
mod goals;
mod measure;
mod metrics;
mod opened;
mod report;
mod scrape;

use clap::ValueEnum;
use serde::Serialize;

use crate::args::{Output, RunArgs};
use crate::cpus::Cpus;
use crate::error::{Context, Result};
use crate::peers::{self, Backends, Peer, Programs, Setting};
use crate::usage::Cpu;
use crate::wrk::Seen;
use crate::{machine, output, results};
pub use case::Case;

/// One measurement.
#[derive(Clone, Debug, Serialize)]
pub struct Sample {
    round: u32,
    workers: usize,
    case: Case,
    peer: Peer,
    seen: Seen,
    cpu: Cpu,
    resident_kib: u64,
    /// Why the numbers are not what they claim to be; none when all is well.
    faults: Vec<String>,
}

impl Sample {
    fn user_micros(&self) -> f64 {
        self.cpu.user_secs * 1e6 / self.seen.requests.max(1) as f64
    }

    fn system_micros(&self) -> f64 {
        self.cpu.system_secs * 1e6 / self.seen.requests.max(1) as f64
    }

    /// CPU per request.
    fn micros(&self) -> f64 {
        self.user_micros() + self.system_micros()
    }
}

/// Measures, prints, and writes the section of RESULTS.md; whether no sample has a fault.
pub fn run(args: &RunArgs) -> Result<bool> {
    let about = machine::lines(args.common.results.as_deref())?;
    let programs = Programs::find(args.common.limpet.as_deref())?;
    let mut samples = Vec::new();
    for &workers in &args.workers {
        samples.extend(measure_all(args, &programs, workers)?);
    }
    let report = report::Report::new(args, about, programs.versions(&peers(args)), samples);
    match args.common.output {
        Output::Table => output::line(&report.text()),
        Output::Json => output::line(&report.json()),
    }
    if let Some(path) = &args.common.results {
        results::write(path, "Speed", &report.text())?;
    }
    Ok(report.is_sound())
}

fn measure_all(args: &RunArgs, programs: &Programs, workers: usize) -> Result<Vec<Sample>> {
    let (peer_cpus, load_cpus) = Cpus::ours()?.split(workers);
    let folder = tempfile::tempdir().context(|| "a temporary folder".to_owned())?;
    let backends = Backends::start(programs, &load_cpus, folder.path())?;
    let mut samples = Vec::new();
    for round in 1..=args.rounds {
        let mut peers = peers(args);
        if round % 2 == 0 {
            peers.reverse();
        }
        for peer in peers {
            output::progress(&format!(
                "{workers} workers, round {round} of {}: {}",
                args.rounds,
                peer.name()
            ));
            let folder = tempfile::tempdir().context(|| "a temporary folder".to_owned())?;
            let setting = Setting {
                programs,
                backend_port: backends.port,
                workers,
                cpus: &peer_cpus,
                folder: folder.path(),
                under: &[],
            };
            let running = peers::start(peer, &setting)?;
            let bench = measure::Bench {
                args,
                programs,
                peer,
                running: &running,
                load_cpus: &load_cpus,
                folder: folder.path(),
                workers,
                round,
            };
            samples.extend(bench.cases(&cases(args))?);
        }
    }
    Ok(samples)
}

fn peers(args: &RunArgs) -> Vec<Peer> {
    chosen(&args.only)
}

fn cases(args: &RunArgs) -> Vec<Case> {
    chosen(&args.cases)
}

/// All, in their order, where none is named.
fn chosen<T: ValueEnum + PartialEq>(named: &[T]) -> Vec<T> {
    let all = T::value_variants().iter();
    all.filter(|value| named.is_empty() || named.contains(value))
        .cloned()
        .collect()
}
