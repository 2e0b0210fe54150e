//! The tables for eyes and for RESULTS.md, and the document for scripts.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use super::goals::{self, Verdict};
use super::{Case, Sample};
use crate::args::RunArgs;
use crate::median::median;
use crate::output;
use crate::peers::Peer;
use crate::range::Range;

/// All that a run found.
pub struct Report {
    /// Machine and versions.
    about: Vec<String>,
    command: String,
    samples: Vec<Sample>,
    cells: Vec<Cell>,
    verdicts: Vec<Verdict>,
}

/// Medians over the rounds, and how far the rounds are apart.
#[derive(Clone, Debug, Serialize)]
struct Cell {
    workers: usize,
    case: Case,
    peer: Peer,
    micros_per_request: f64,
    micros_range: Range,
    user_micros: f64,
    system_micros: f64,
    requests_per_sec: f64,
    p50_micros: f64,
    p99_micros: f64,
    resident_kib: f64,
    socket_errors: u64,
}

impl Report {
    /// Works out medians and verdicts.
    pub fn new(
        args: &RunArgs,
        mut about: Vec<String>,
        versions: String,
        samples: Vec<Sample>,
    ) -> Self {
        about.push(versions);
        Self {
            about,
            command: command(args),
            cells: cells(&samples),
            verdicts: goals::verdicts(&samples),
            samples,
        }
    }

    /// Whether every number is what it claims to be. A missed goal is a finding, no fault.
    pub fn is_sound(&self) -> bool {
        self.faults().is_empty()
    }

    /// For eyes and RESULTS.md.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.about {
            text.push_str(&format!("* {line}\n"));
        }
        text.push_str(&format!("* `{}`\n\n", self.command));
        text.push_str(&self.cells_table());
        text.push_str("\n\n### Goals\n\n");
        text.push_str(&self.verdicts_table());
        text.push('\n');
        for fault in self.faults() {
            text.push_str(&format!("\nFAULT: {fault}"));
        }
        text
    }

    /// For scripts.
    pub fn json(&self) -> String {
        json!({
            "about": self.about,
            "command": self.command,
            "cells": self.cells,
            "goals": self.verdicts,
            "faults": self.faults(),
            "samples": self.samples,
        })
        .to_string()
    }

    fn faults(&self) -> Vec<String> {
        let with_place = |sample: &Sample| {
            let place = format!(
                "{} {}, {} workers, round {}",
                sample.peer.name(),
                sample.case.name(),
                sample.workers,
                sample.round
            );
            let faults = sample.faults.iter();
            faults
                .map(|fault| format!("{place}: {fault}"))
                .collect::<Vec<_>>()
        };
        self.samples.iter().flat_map(with_place).collect()
    }

    fn cells_table(&self) -> String {
        let header = [
            "workers",
            "case",
            "peer",
            "µs/request",
            "min..max",
            "user",
            "system",
            "requests/s",
            "p50 ms",
            "p99 ms",
            "MiB",
            "errors",
        ];
        let rows = self.cells.iter().map(|cell| {
            vec![
                cell.workers.to_string(),
                cell.case.name().to_owned(),
                cell.peer.name().to_owned(),
                format!("{:.2}", cell.micros_per_request),
                cell.micros_range.to_string(),
                format!("{:.2}", cell.user_micros),
                format!("{:.2}", cell.system_micros),
                format!("{:.0}", cell.requests_per_sec),
                format!("{:.2}", cell.p50_micros / 1e3),
                format!("{:.2}", cell.p99_micros / 1e3),
                format!("{:.1}", cell.resident_kib / 1024.0),
                cell.socket_errors.to_string(),
            ]
        });
        output::table(&header, rows)
    }

    fn verdicts_table(&self) -> String {
        let header = [
            "workers",
            "case",
            "CPU per request of",
            "against",
            "ratio",
            "min..max",
            "goal",
            "",
        ];
        let rows = self.verdicts.iter().map(|verdict| {
            vec![
                verdict.workers.to_string(),
                verdict.case.name().to_owned(),
                verdict.ours.name().to_owned(),
                verdict.other.name().to_owned(),
                format!("{:.2}", verdict.ratio),
                verdict.range.to_string(),
                format!("<= {:.2}", verdict.at_most),
                if verdict.is_met { "met" } else { "MISSED" }.to_owned(),
            ]
        });
        output::table(&header, rows)
    }
}

fn cells(samples: &[Sample]) -> Vec<Cell> {
    let mut groups: BTreeMap<(usize, Case, Peer), Vec<&Sample>> = BTreeMap::new();
    for sample in samples {
        let key = (sample.workers, sample.case, sample.peer);
        groups.entry(key).or_default().push(sample);
    }
    groups.values().map(|samples| Cell::new(samples)).collect()
}

impl Cell {
    fn new(samples: &[&Sample]) -> Self {
        let middle = |value: &dyn Fn(&Sample) -> f64| {
            median(samples.iter().map(|sample| value(sample))).expect("a group is not empty")
        };
        let micros = samples.iter().map(|sample| sample.micros());
        let first = samples[0];
        Self {
            workers: first.workers,
            case: first.case,
            peer: first.peer,
            micros_per_request: middle(&Sample::micros),
            micros_range: Range::of(micros).expect("a group is not empty"),
            user_micros: middle(&Sample::user_micros),
            system_micros: middle(&Sample::system_micros),
            requests_per_sec: middle(&|sample| sample.seen.requests_per_sec()),
            p50_micros: middle(&|sample| sample.seen.p50_micros as f64),
            p99_micros: middle(&|sample| sample.seen.p99_micros as f64),
            resident_kib: middle(&|sample| sample.resident_kib as f64),
            socket_errors: samples.iter().map(|sample| sample.seen.socket_errors).sum(),
        }
    }
}

fn command(args: &RunArgs) -> String {
    let workers: Vec<String> = args.workers.iter().map(usize::to_string).collect();
    let mut command = format!(
        "limpet-bench run --rounds {} --seconds {} --connections {} --workers {}",
        args.rounds,
        args.seconds,
        args.connections,
        workers.join(",")
    );
    if !args.only.is_empty() {
        let names: Vec<&str> = args.only.iter().map(|peer| peer.name()).collect();
        command.push_str(&format!(" --only {}", names.join(",")));
    }
    if !args.cases.is_empty() {
        let names: Vec<&str> = args.cases.iter().map(|case| case.name()).collect();
        command.push_str(&format!(" --cases {}", names.join(",")));
    }
    command
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::usage::Cpu;
    use crate::wrk::Seen;

    /// A sample of 1000 requests.
    pub fn sample(round: u32, peer: Peer, micros: f64) -> Sample {
        Sample {
            round,
            workers: 1,
            case: Case::PinnedSmall,
            peer,
            seen: Seen {
                requests: 1000,
                micros: 1_000_000,
                bytes: 1,
                p50_micros: 500,
                p99_micros: 1500,
                socket_errors: 0,
                bad_statuses: 0,
            },
            cpu: Cpu {
                user_secs: micros * 0.25 / 1e3,
                system_secs: micros * 0.75 / 1e3,
            },
            resident_kib: 2048,
            faults: Vec::new(),
        }
    }

    fn report(samples: Vec<Sample>) -> Report {
        Report {
            about: vec!["a machine".to_owned()],
            command: "limpet-bench run".to_owned(),
            cells: cells(&samples),
            verdicts: goals::verdicts(&samples),
            samples,
        }
    }

    #[test]
    fn the_text_shows_medians_ratios_and_faults() {
        let mut samples = vec![
            sample(1, Peer::Relay, 10.0),
            sample(1, Peer::Limpet, 12.0),
            sample(2, Peer::Limpet, 10.0),
            sample(2, Peer::Relay, 10.0),
            sample(3, Peer::Relay, 40.0),
            sample(3, Peer::Limpet, 41.0),
        ];
        samples[1].faults.push("2 socket errors".to_owned());
        let report = report(samples);
        assert!(!report.is_sound());
        assert_eq!(report.text(), include_str!("report.golden.txt").trim_end());
    }

    #[test]
    fn the_document_holds_the_same() {
        let document = report(vec![sample(1, Peer::Haproxy, 8.0)]).json();
        let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
        assert_eq!(document["cells"][0]["peer"], "haproxy");
        assert_eq!(document["cells"][0]["case"], "pinned-100");
        assert_eq!(document["cells"][0]["micros_per_request"], 8.0);
        assert_eq!(document["cells"][0]["micros_range"]["max"], 8.0);
    }
}
