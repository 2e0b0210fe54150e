//! What reaches the backend when a client sends bytes that proxies disagree about.
//!
//! Every case of `dataplane/tests/strict/requests.txt` goes to every proxy. A case is judged by what
//! a recording backend saw, and then the next client of the same proxy must get its own answer. A
//! table, no gate: the peers show what is usual, not what is right.

mod client;
mod corpus;
mod recorder;
mod report;
#[path = "../../dataplane/tests/strict/table.rs"]
mod table;
mod verdict;

use std::thread;

use crate::args::{Output, StrictArgs};
use crate::cpus::Cpus;
use crate::error::{Context, Result};
use crate::peers::{self, Peer, Programs, Setting};
use crate::{machine, output, results};
use corpus::Case;
use recorder::Recorder;
use verdict::Outcome;

/// The proxies that read HTTP.
const PEERS: [Peer; 5] = [
    Peer::Limpet,
    Peer::LimpetEpoll,
    Peer::Haproxy,
    Peer::Nginx,
    Peer::Envoy,
];

/// One proxy and its outcomes, in the order of the cases.
type Column = (Peer, Vec<Outcome>);

/// Sends all, prints the table, and writes the section of RESULTS.md.
pub fn run(args: &StrictArgs) -> Result<()> {
    let about = machine::lines(args.common.results.as_deref())?;
    let mut cases = corpus::cases();
    if let Some(part) = &args.case {
        cases.retain(|case| case.title.contains(part));
    }
    let programs = Programs::find(args.common.limpet.as_deref())?;
    let columns = all_peers(&cases, &programs)?;
    let report = report::Report {
        versions: programs.versions(&PEERS),
        about,
        cases: &cases,
        columns: &columns,
    };
    match args.common.output {
        Output::Table => output::line(&report.text()),
        Output::Json => output::line(&report.json()),
    }
    match &args.common.results {
        Some(path) => results::write(path, "Strictness", &report.text()),
        None => Ok(()),
    }
}

/// All at once: the time goes into waiting for answers that do not come.
fn all_peers(cases: &[Case], programs: &Programs) -> Result<Vec<Column>> {
    output::progress(&format!(
        "{} cases to each of {} proxies",
        cases.len(),
        PEERS.len()
    ));
    thread::scope(|scope| {
        let started =
            PEERS.map(|peer| (peer, scope.spawn(move || one_peer(peer, cases, programs))));
        let joined = started.into_iter().map(|(peer, thread)| {
            let outcomes = thread.join().expect("a case never panics")?;
            output::progress(&format!("    {} done", peer.name()));
            Ok((peer, outcomes))
        });
        joined.collect()
    })
}

fn one_peer(peer: Peer, cases: &[Case], programs: &Programs) -> Result<Vec<Outcome>> {
    let folder = tempfile::tempdir().context(|| "a temporary folder".to_owned())?;
    let recorder = Recorder::start()?;
    let setting = Setting {
        programs,
        backend_port: recorder.port,
        workers: 1,
        cpus: &Cpus::ours()?,
        folder: folder.path(),
        under: &[],
    };
    let running = peers::start(peer, &setting)?;
    recorder.take();
    let outcomes = cases.iter().map(|case| {
        let seen = client::send(running.address, case);
        let at_backend = recorder.settle();
        let next = client::next_client(running.address);
        recorder.take();
        verdict::judge(case, &seen, &at_backend, next)
    });
    Ok(outcomes.collect())
}
