//! One pin, sent by ten thousand clients, while other sessions go on.
//!
//! Bystanders with sessions of their own measure how long their requests take: in quiet, under the
//! flood of one pin, and under a flood of the same rate in which every client has its own pin, which
//! tells what is the pin's doing and what is only load.

mod bystander;
pub mod flood;

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::args::{HotPinArgs, Output};
use crate::cpus::Cpus;
use crate::error::{Context, Result};
use crate::median::median;
use crate::peers::{self, Backends, Peer, Programs, Running, Setting};
use crate::range::Range;
use crate::{machine, output, results, sessions, sys};
use bystander::Latency;
use flood::Counts;

/// Descriptors that the gateway needs beside those of clients and endpoints, and a few for bystanders.
const OTHER_FILES: u64 = 400;
const GOAL: f64 = 1.2;
const AFTER_FLOOD: Duration = Duration::from_secs(1);

/// What happens beside the bystanders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Quiet,
    OnePin,
    ManyPins,
}

const PHASES: [Phase; 3] = [Phase::Quiet, Phase::OnePin, Phase::ManyPins];

impl Phase {
    fn name(self) -> &'static str {
        match self {
            Self::Quiet => "no flood",
            Self::OnePin => "one pin from every client",
            Self::ManyPins => "a pin for each client",
        }
    }
}

/// One phase of one round.
struct Sample {
    round: u32,
    phase: Phase,
    latency: Latency,
    flood: Counts,
}

/// Measures, prints, and writes the section of RESULTS.md; whether all bystanders were answered.
pub fn run(args: &HotPinArgs) -> Result<bool> {
    let about = machine::lines(args.common.results.as_deref())?;
    let programs = Programs::find(args.common.limpet.as_deref())?;
    let connections = possible_connections(args.connections)?;
    let (peer_cpus, load_cpus) = Cpus::ours()?.split(1);
    let folder = tempfile::tempdir().context(|| "a temporary folder".to_owned())?;
    let backends = Backends::start(&programs, &load_cpus, folder.path())?;
    let setting = Setting {
        programs: &programs,
        backend_port: backends.port,
        workers: 1,
        cpus: &peer_cpus,
        folder: folder.path(),
        under: &[],
    };
    let running = peers::start(Peer::Limpet, &setting)?;
    let bench = Bench {
        args,
        programs: &programs,
        running: &running,
        load_cpus: &load_cpus,
        folder: folder.path(),
        connections,
    };
    let samples = bench.rounds()?;
    let text = bench.text(&about, &samples);
    match args.common.output {
        Output::Table => output::line(&text),
        Output::Json => output::line(&bench.json(&about, &samples)),
    }
    if let Some(path) = &args.common.results {
        results::write(path, "One hot session", &text)?;
    }
    Ok(samples.iter().all(|sample| sample.latency.errors == 0))
}

/// As many of those wanted as open files allow; children inherit the raised limit. Limpet keeps half
/// of its own for endpoints.
fn possible_connections(wanted: u32) -> Result<u32> {
    let limit = sys::raise_open_files().context(|| "the limit of open files".to_owned())?;
    let possible = u32::try_from(limit.saturating_sub(OTHER_FILES) / 2).unwrap_or(u32::MAX);
    if possible < wanted {
        output::progress(&format!(
            "{possible} connections instead of {wanted}: no more than {limit} open files are \
             allowed (ulimit -Hn)"
        ));
    }
    Ok(wanted.min(possible))
}

struct Bench<'a> {
    args: &'a HotPinArgs,
    programs: &'a Programs,
    running: &'a Running,
    load_cpus: &'a Cpus,
    folder: &'a Path,
    connections: u32,
}

impl Bench<'_> {
    fn rounds(&self) -> Result<Vec<Sample>> {
        output::progress(&format!("getting {} pins", self.connections));
        let pins = sessions::cookies(Peer::Limpet, self.running, "/", self.connections)?;
        let bystanders = sessions::cookies(Peer::Limpet, self.running, "/", bystander::COUNT)?;
        let mut samples = Vec::new();
        for round in 1..=self.args.rounds {
            let mut phases = PHASES;
            if round % 2 == 0 {
                phases.reverse();
            }
            for phase in phases {
                let sample = self.phase(round, phase, &pins, &bystanders)?;
                output::progress(&format!(
                    "round {round} of {}: {:<26} p50 {:.2} ms, p99 {:.2} ms; flood: {}",
                    self.args.rounds,
                    phase.name(),
                    sample.latency.p50_micros / 1e3,
                    sample.latency.p99_micros / 1e3,
                    sample.flood
                ));
                samples.push(sample);
            }
        }
        Ok(samples)
    }

    fn phase(
        &self,
        round: u32,
        phase: Phase,
        pins: &[String],
        bystanders: &[String],
    ) -> Result<Sample> {
        let pins = match phase {
            Phase::Quiet => &[],
            Phase::OnePin => &pins[..1],
            Phase::ManyPins => pins,
        };
        let flood = (!pins.is_empty()).then(|| self.flood(pins)).transpose()?;
        let latency = bystander::measure(self.running.address, bystanders, self.args.seconds);
        let flood = match flood {
            Some(flood) => {
                let counts = flood.end()?;
                // Ten thousand connections end now; the next phase is not to pay for them.
                std::thread::sleep(AFTER_FLOOD);
                counts
            }
            None => Counts::default(),
        };
        Ok(Sample {
            round,
            phase,
            latency,
            flood,
        })
    }

    fn flood(&self, pins: &[String]) -> Result<flood::Flood> {
        let list = self.folder.join("pins.txt");
        std::fs::write(&list, pins.join("\n")).context(|| "the list of pins".to_owned())?;
        let args = [
            ["--to", &self.running.address.to_string()],
            ["--connections", &self.connections.to_string()],
            ["--rate", &self.args.rate.to_string()],
            // Longer than the bystanders measure; it is ended when they are done.
            ["--seconds", &(self.args.seconds + 30).to_string()],
            ["--pins", &list.display().to_string()],
        ]
        .as_flattened()
        .iter()
        .map(|arg| (*arg).to_owned())
        .collect::<Vec<_>>();
        flood::Flood::start(self.programs.bench()?, self.load_cpus, &args)
    }

    /// The median over the rounds.
    fn middle(&self, samples: &[Sample], phase: Phase, value: fn(&Latency) -> f64) -> f64 {
        let of_phase = samples.iter().filter(|sample| sample.phase == phase);
        median(of_phase.map(|sample| value(&sample.latency))).unwrap_or_default()
    }

    /// Of p99 in the rounds, in milliseconds.
    fn p99_range(&self, samples: &[Sample], phase: Phase) -> String {
        let of_phase = samples.iter().filter(|sample| sample.phase == phase);
        let range = Range::of(of_phase.map(|sample| sample.latency.p99_micros));
        range.map_or_else(String::new, |range| range.times(1e-3).to_string())
    }

    /// p99 in a phase over that in another of the same round.
    fn ratios(&self, samples: &[Sample], phase: Phase, to: Phase) -> Vec<f64> {
        let of = |phase| samples.iter().filter(move |sample| sample.phase == phase);
        let ratio = |flood: &Sample| {
            let other = of(to).find(|other| other.round == flood.round)?;
            Some(flood.latency.p99_micros / other.latency.p99_micros)
        };
        of(phase).filter_map(ratio).collect()
    }

    fn ratio(&self, samples: &[Sample], phase: Phase, to: Phase) -> f64 {
        median(self.ratios(samples, phase, to)).unwrap_or_default()
    }

    fn text(&self, about: &[String], samples: &[Sample]) -> String {
        let rows = PHASES.map(|phase| {
            let of_phase = samples.iter().filter(|sample| sample.phase == phase);
            let flood = of_phase.fold(Counts::default(), |sum, sample| sum + sample.flood);
            vec![
                phase.name().to_owned(),
                format!(
                    "{:.2}",
                    self.middle(samples, phase, |latency| latency.p50_micros) / 1e3
                ),
                format!(
                    "{:.2}",
                    self.middle(samples, phase, |latency| latency.p99_micros) / 1e3
                ),
                self.p99_range(samples, phase),
                format!("{:.2}", self.ratio(samples, phase, Phase::Quiet)),
                flood.to_string(),
            ]
        });
        let ratios = self.ratios(samples, Phase::OnePin, Phase::Quiet);
        let range = Range::of(ratios).expect("there is a round");
        let ratio = self.ratio(samples, Phase::OnePin, Phase::Quiet);
        let header = [
            "flood",
            "bystanders' p50 ms",
            "p99 ms",
            "min..max",
            "p99 / no flood",
            "the flood's answers",
        ];
        format!(
            "* {}\n* {}\n* `limpet-bench hot-pin --rounds {} --seconds {} --rate {}`: {} connections, \
             1 worker\n\n{}\n\nGoal: p99 under one pin <= {GOAL} x without a flood: {ratio:.2}, {} \
             (rounds: {range}; far apart, they say nothing). \
             Against as much load of many pins it is {:.2} x.\n",
            about.join("\n* "),
            self.programs.versions(&[Peer::Limpet]),
            self.args.rounds,
            self.args.seconds,
            self.args.rate,
            self.connections,
            output::table(&header, rows),
            if ratio <= GOAL { "met" } else { "MISSED" },
            self.ratio(samples, Phase::OnePin, Phase::ManyPins),
        )
    }

    fn json(&self, about: &[String], samples: &[Sample]) -> String {
        let rows = samples.iter().map(|sample| {
            json!({
                "round": sample.round,
                "phase": sample.phase.name(),
                "latency": sample.latency,
                "flood": sample.flood,
            })
        });
        json!({
            "about": about,
            "connections": self.connections,
            "ratio": self.ratio(samples, Phase::OnePin, Phase::Quiet),
            "goal": GOAL,
            "samples": rows.collect::<Vec<_>>(),
        })
        .to_string()
    }
}
