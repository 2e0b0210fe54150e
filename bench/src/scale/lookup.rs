//! What a request costs among many routes, against the same among few.
//!
//! A hundred sessions ask in turn, spread over the routes. Both gateways run all the time and take
//! turns under load; the sessions, and so the connections to endpoints, are about as many in both.

use serde::Serialize;

use super::gateway::Gateway;
use super::manifests::{Manifests, host};
use crate::args::ScaleArgs;
use crate::cpus::Cpus;
use crate::error::Result;
use crate::median::median;
use crate::output;
use crate::peers::Programs;
use crate::probe;
use crate::range::Range;
use crate::usage;
use crate::wrk::{self, Clients, Load, Session};

const SESSIONS: u32 = 100;
const CONNECTIONS: u32 = 64;

/// What was found; medians over the rounds.
#[derive(Clone, Debug, Serialize)]
pub struct Lookup {
    /// CPU per request among few routes.
    pub few_micros: f64,
    /// CPU per request among many.
    pub many_micros: f64,
    /// Of the latter to the former, within a round.
    pub ratio: f64,
    /// Of this ratio in the rounds.
    pub ratio_range: Range,
    /// Why the numbers are not what they claim to be.
    pub faults: Vec<String>,
}

/// A gateway and who asks it.
struct Side {
    gateway: Gateway,
    sessions: Vec<Session>,
    answer_bytes: usize,
}

/// Measures few and many in turn.
pub fn compare(
    args: &ScaleArgs,
    programs: &Programs,
    manifests: [&Manifests; 2],
    [peer_cpus, load_cpus]: [&Cpus; 2],
) -> Result<Lookup> {
    let mut sides = Vec::new();
    for manifests in manifests {
        output::progress(&format!(
            "starting limpet run with {} routes",
            manifests.routes
        ));
        sides.push(Side::start(manifests, programs, peer_cpus)?);
    }
    let (mut micros, mut faults) = ([Vec::new(), Vec::new()], Vec::new());
    for round in 1..=args.rounds {
        for (side, micros) in sides.iter().zip(&mut micros) {
            micros.push(side.micros(args.seconds, load_cpus, &mut faults)?);
        }
        output::progress(&format!(
            "lookup, round {round} of {}: {:.2} and {:.2} µs/request",
            args.rounds,
            micros[0].last().copied().unwrap_or_default(),
            micros[1].last().copied().unwrap_or_default()
        ));
    }
    let pairs = micros[0].iter().zip(&micros[1]);
    let ratios: Vec<f64> = pairs.map(|(few, many)| many / few).collect();
    Ok(Lookup {
        ratio: median(ratios.iter().copied()).unwrap_or_default(),
        ratio_range: Range::of(ratios).expect("there is a round"),
        few_micros: median(micros[0].iter().copied()).unwrap_or_default(),
        many_micros: median(micros[1].iter().copied()).unwrap_or_default(),
        faults,
    })
}

impl Side {
    fn start(manifests: &Manifests, programs: &Programs, cpus: &Cpus) -> Result<Self> {
        let gateway = Gateway::start(manifests, programs, 1, cpus)?;
        let mut sessions = Vec::new();
        let mut answer_bytes = 0;
        for session in 0..SESSIONS {
            // Evenly over all routes, or several on each.
            let route = session * (manifests.routes / SESSIONS).max(1) % manifests.routes;
            let host = host(route);
            let wrong = |why| gateway.process.not_serving(why);
            let ask = |cookie: Option<&str>| {
                probe::get_of_host(gateway.address, &host, "/", cookie)
                    .map_err(|error| wrong(error.to_string()))
            };
            let first = ask(None)?;
            let cookie = first
                .cookie()
                .ok_or_else(|| wrong(format!("it sets no cookie for {host}")))?;
            answer_bytes = ask(Some(cookie))?.bytes;
            let cookie = cookie.to_owned();
            sessions.push(Session { host, cookie });
        }
        Ok(Self {
            gateway,
            sessions,
            answer_bytes,
        })
    }

    fn micros(&self, seconds: u32, load_cpus: &Cpus, faults: &mut Vec<String>) -> Result<f64> {
        let load = Load {
            to: self.gateway.address,
            is_encrypted: false,
            path: "/",
            clients: Clients::Many(&self.sessions),
            fields: &[],
            connections: CONNECTIONS,
            seconds,
        };
        let pid = self.gateway.process.pid();
        let before = usage::cpu(pid)?;
        let seen = wrk::run(&load, load_cpus, self.gateway.folder())?;
        let cpu = usage::cpu(pid)? - before;
        faults.extend(seen.faults(self.answer_bytes, CONNECTIONS));
        Ok((cpu.user_secs + cpu.system_secs) * 1e6 / seen.requests.max(1) as f64)
    }
}
