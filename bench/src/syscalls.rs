//! System calls of a pinned request, counted by strace: Limpet and the relay, on either driver.
//!
//! strace stops the peer at each call, so more is ready whenever it waits: calls that serve many
//! requests at once (io_uring_enter, epoll_wait) are fewer for each than at full speed, the others
//! are as many. The table and the reading of strace's are tested.

mod strace;

use std::collections::BTreeMap;

use crate::args::CountArgs;
use crate::cpus::Cpus;
use crate::error::{Context, Result};
use crate::peers::{self, Backends, Peer, Programs, Setting};
use crate::pinned::Pinned;
use crate::{machine, output};
use strace::Strace;

const PEERS: [Peer; 4] = [
    Peer::Relay,
    Peer::RelayEpoll,
    Peer::Limpet,
    Peer::LimpetEpoll,
];
const WARM_UP_SECS: u32 = 1;
/// Of a call in each request; rarer ones are left out.
const SHOWN_MIN: f64 = 0.05;

/// What one peer did.
struct Counted {
    peer: Peer,
    requests: u64,
    /// By name.
    calls: BTreeMap<String, u64>,
}

/// Counts and prints.
pub fn run(args: &CountArgs) -> Result<()> {
    let about = machine::lines(None)?;
    let programs = Programs::find(args.limpet.as_deref())?;
    programs.strace()?;
    let (peer_cpus, load_cpus) = Cpus::ours()?.split(1);
    let folder = tempfile::tempdir().context(|| "a temporary folder".to_owned())?;
    let backends = Backends::start(&programs, &load_cpus, folder.path())?;
    let mut counted = Vec::new();
    for peer in PEERS {
        output::progress(&format!("counting system calls of {}", peer.name()));
        let folder = tempfile::tempdir().context(|| "a temporary folder".to_owned())?;
        let setting = Setting {
            programs: &programs,
            backend_port: backends.port,
            workers: 1,
            cpus: &peer_cpus,
            folder: folder.path(),
            under: &[],
        };
        counted.push(count(peer, &setting, &load_cpus, args.seconds)?);
    }
    output::line(&format!(
        "* {}\n* `limpet-bench syscalls --seconds {}`\n\n{}",
        about.join("\n* "),
        args.seconds,
        table(&counted)
    ));
    Ok(())
}

fn count(peer: Peer, setting: &Setting<'_>, load_cpus: &Cpus, seconds: u32) -> Result<Counted> {
    let running = peers::start(peer, setting)?;
    let pinned = Pinned::begin(peer, &running, load_cpus, setting.folder)?;
    pinned.load(WARM_UP_SECS)?;
    let strace = Strace::attach(
        setting.programs.strace()?,
        running.process.pid(),
        load_cpus,
        setting.folder,
    )?;
    let seen = pinned.load(seconds)?;
    Ok(Counted {
        peer,
        requests: seen.requests,
        calls: strace.detach()?,
    })
}

fn table(counted: &[Counted]) -> String {
    let rows = counted.iter().map(|counted| {
        vec![
            counted.peer.name().to_owned(),
            format!("{:.2}", counted.per_request(counted.calls.values().sum())),
            counted.by_name(),
        ]
    });
    output::table(&["peer", "system calls/request", "of which"], rows)
}

impl Counted {
    fn per_request(&self, calls: u64) -> f64 {
        calls as f64 / self.requests.max(1) as f64
    }

    /// The most frequent first.
    fn by_name(&self) -> String {
        let each = |(name, calls): (&String, &u64)| (self.per_request(*calls), name.clone());
        let mut shown: Vec<(f64, String)> = self.calls.iter().map(each).collect();
        shown.retain(|(per_request, _)| *per_request >= SHOWN_MIN);
        shown.sort_by(|one, other| other.0.total_cmp(&one.0));
        let texts = shown
            .iter()
            .map(|(per_request, name)| format!("{name} {per_request:.2}"));
        texts.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_told_per_request_and_rare_ones_left_out() {
        let calls = [("read", 2000), ("write", 3000), ("futex", 3)];
        let counted = Counted {
            peer: Peer::RelayEpoll,
            requests: 1000,
            calls: BTreeMap::from(calls.map(|(name, calls)| (name.to_owned(), calls))),
        };
        let text = table(&[counted]);
        let row = text.lines().last().expect("a row");
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        assert_eq!(
            cells[1..4],
            ["relay-epoll", "5.00", "write 3.00, read 2.00"]
        );
    }
}
