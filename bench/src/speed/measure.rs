//! One peer under load, case by case.

use std::path::Path;

use super::check::{self, Expected};
use super::scrape::Scraper;
use super::{Case, Sample};
use crate::args::RunArgs;
use crate::cpus::Cpus;
use crate::error::Result;
use crate::output;
use crate::peers::{Peer, Running};
use crate::usage;
use crate::wrk::{self, Clients, Load, Seen};

/// Fills pools and caches; not measured.
const WARM_UP_SECS: u32 = 1;

/// A running peer and what to do with it.
pub struct Bench<'a> {
    pub args: &'a RunArgs,
    pub peer: Peer,
    pub running: &'a Running,
    pub load_cpus: &'a Cpus,
    pub folder: &'a Path,
    pub workers: usize,
    pub round: u32,
}

impl Bench<'_> {
    /// Measures every case.
    pub fn cases(&self, cases: &[Case]) -> Result<Vec<Sample>> {
        let _scraper =
            (self.peer == Peer::LimpetObserved).then(|| Scraper::start(self.running.admin));
        let first = cases.first().copied().unwrap_or(Case::PinnedSmall);
        self.load(&check::expected(self, first)?, WARM_UP_SECS)?;
        cases.iter().map(|case| self.case(*case)).collect()
    }

    fn case(&self, case: Case) -> Result<Sample> {
        let expected = check::expected(self, case)?;
        let pid = self.running.process.pid();
        let before = usage::cpu(pid)?;
        let seen = self.load(&expected, self.args.seconds)?;
        let sample = Sample {
            round: self.round,
            workers: self.workers,
            case,
            peer: self.peer,
            seen,
            cpu: usage::cpu(pid)? - before,
            resident_kib: usage::resident_kib(pid)?,
            faults: check::faults(self, &expected, &seen),
        };
        output::progress(&format!(
            "    {:<11}{:>8.2} µs/request{:>8.0} requests/s{}",
            case.name(),
            sample.micros(),
            seen.requests_per_sec(),
            sample
                .faults
                .iter()
                .map(|fault| format!("  FAULT: {fault}"))
                .collect::<String>(),
        ));
        Ok(sample)
    }

    fn load(&self, expected: &Expected, seconds: u32) -> Result<Seen> {
        let case = expected.case;
        let cookies = case.cookies(expected.cookie().unwrap_or_default());
        let load = Load {
            to: self.running.address,
            path: case.path(),
            clients: match expected.sessions.as_slice() {
                [] => Clients::New,
                [_] => Clients::One(&cookies),
                many => Clients::Many(many),
            },
            fields: case.fields(),
            connections: self.args.connections,
            seconds,
        };
        wrk::run(&load, self.load_cpus, self.folder)
    }
}
