//! One peer under load, case by case.

use std::net::SocketAddr;
use std::path::Path;

use super::check::{self, Expected};
use super::scrape::Scraper;
use super::{Case, Sample};
use crate::args::RunArgs;
use crate::cpus::Cpus;
use crate::error::Result;
use crate::peers::{Peer, Programs, Running};
use crate::wrk::{self, Clients, Load, Seen};
use crate::{handshakes, output, tls, usage};

/// Fills pools and caches; not measured.
const WARM_UP_SECS: u32 = 1;

/// A running peer and what to do with it.
pub struct Bench<'a> {
    pub args: &'a RunArgs,
    pub programs: &'a Programs,
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
        let mut suiting = cases.iter().filter(|case| case.suits(self.peer));
        let Some(first) = suiting.next() else {
            return Ok(Vec::new());
        };
        self.load(&check::expected(self, *first)?, WARM_UP_SECS)?;
        let suiting = cases.iter().filter(|case| case.suits(self.peer));
        suiting.map(|case| self.case(*case)).collect()
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
            "    {:<17}{:>8.2} µs/request{:>8.0} requests/s{}",
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
            to: self.to(case),
            is_encrypted: case.is_encrypted(),
            path: case.path(),
            clients: match expected.sessions.as_slice() {
                [] => Clients::New,
                [_] => Clients::One(&cookies),
                many => Clients::Many(many),
            },
            fields: case.fields(),
            connections: self.connections(case),
            seconds,
        };
        let Some(resumes) = case.handshakes() else {
            return wrk::run(&load, self.load_cpus, self.folder);
        };
        let certificate = tls::certificate_of(self.folder);
        let (program, cpus) = (self.programs.bench()?, self.load_cpus);
        handshakes::run(program, &load, &certificate, resumes, &cookies, cpus)
    }

    /// How many ask at once.
    pub fn connections(&self, case: Case) -> u32 {
        case.connections().unwrap_or(self.args.connections)
    }

    /// Where that case is asked.
    pub fn to(&self, case: Case) -> SocketAddr {
        match case.is_encrypted() {
            true => self.running.encrypted,
            false => self.running.address,
        }
    }
}
