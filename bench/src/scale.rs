//! Ten thousand routes with a hundred thousand endpoints: what they weigh, how long a change takes,
//! and what a lookup among them costs.

mod change;
mod gateway;
mod lookup;
mod manifests;
mod report;

use std::net::Ipv4Addr;

use crate::args::{Output, ScaleArgs};
use crate::cpus::Cpus;
use crate::error::{Context, Result};
use crate::peers::{Backends, Programs};
use crate::{machine, output, results};
use gateway::Gateway;
use manifests::Manifests;

/// Routes that a lookup is compared with.
const FEW_ROUTES: u32 = 10;
/// Threads that a change has to reach.
const WORKERS: usize = 2;

/// Measures, prints, and writes the section of RESULTS.md; whether every answer was right.
pub fn run(args: &ScaleArgs) -> Result<bool> {
    let about = machine::lines(args.common.results.as_deref())?;
    let programs = Programs::find(args.common.limpet.as_deref())?;
    let cpus = Cpus::ours()?;
    let folder = tempfile::tempdir().context(|| "a temporary folder".to_owned())?;
    let (peer_cpus, load_cpus) = cpus.split(1);
    let addresses: Vec<Ipv4Addr> = (0..args.endpoints).map(manifests::address).collect();
    let backends = Backends::start_on(&addresses, &programs, &load_cpus, folder.path())?;
    let manifests = |routes| Manifests::write(routes, args.endpoints, backends.port);
    output::progress(&format!("writing manifests of {} routes", args.routes));
    let (many, few) = (manifests(args.routes)?, manifests(FEW_ROUTES)?);

    let in_process = change::in_process(&many, args.changes)?;
    let lookup = lookup::compare(args, &programs, [&few, &many], [&peer_cpus, &load_cpus])?;
    output::progress("starting limpet run with all routes");
    let mut gateway = Gateway::start(&many, &programs, WORKERS, &cpus)?;
    let start = gateway.start_secs;
    let resident_kib = gateway.resident_kib()?;
    let from_files = change::from_files(&mut gateway, &many, args.changes)?;
    let report = report::Report {
        about,
        versions: programs.versions(&[crate::peers::Peer::Limpet]),
        routes: args.routes,
        endpoints: args.routes * args.endpoints,
        start_secs: start,
        resident_kib,
        resident_after_kib: gateway.resident_kib()?,
        // Written after the cores serve it: it is there once a change has come through.
        snapshot_bytes: gateway.snapshot_bytes()?,
        in_process,
        from_files,
        lookup,
    };
    match args.common.output {
        Output::Table => output::line(&report.text()),
        Output::Json => output::line(&report.json()),
    }
    if let Some(path) = &args.common.results {
        results::write(path, "Scale", &report.text())?;
    }
    Ok(report.lookup.faults.is_empty())
}
