//! Instructions of a pinned request, counted by callgrind, and what they are spent on.
//!
//! Limpet runs under valgrind twice, on epoll, as valgrind follows no io_uring: under a short load
//! and under a longer one. What the longer took on top, for each request that it had on top, is free
//! of start and end. The kernel's instructions are not counted. The reading of callgrind's output and
//! the parts are tested.

mod callgrind;
mod parts;

use std::fs;

use crate::args::CountArgs;
use crate::cpus::Cpus;
use crate::error::{Context, Result};
use crate::peers::{self, Backends, Peer, Programs, Setting};
use crate::pinned::Pinned;
use crate::{machine, output};
use parts::Parts;

const PEER: Peer = Peer::LimpetEpoll;
/// Of the short load.
const SHORT_SECS: u32 = 1;

/// One run under valgrind.
#[derive(Clone, Copy)]
struct Counted {
    requests: u64,
    parts: Parts,
}

/// Counts and prints.
pub fn run(args: &CountArgs) -> Result<()> {
    let about = machine::lines(None)?;
    let programs = Programs::find(args.limpet.as_deref())?;
    programs.valgrind()?;
    let (peer_cpus, load_cpus) = Cpus::ours()?.split(1);
    let folder = tempfile::tempdir().context(|| "a temporary folder".to_owned())?;
    let backends = Backends::start(&programs, &load_cpus, folder.path())?;
    let count = |seconds| count(&programs, backends.port, [&peer_cpus, &load_cpus], seconds);
    let (short, long) = (count(SHORT_SECS)?, count(SHORT_SECS + args.seconds)?);
    let requests = long.requests.saturating_sub(short.requests).max(1);
    output::line(&format!(
        "* {}\n* {}\n* `limpet-bench instructions --seconds {}`\n\n{}",
        about.join("\n* "),
        programs.versions(&[PEER]),
        args.seconds,
        text(long.parts.since(short.parts), requests)
    ));
    Ok(())
}

fn count(
    programs: &Programs,
    backend_port: u16,
    [peer_cpus, load_cpus]: [&Cpus; 2],
    seconds: u32,
) -> Result<Counted> {
    output::progress(&format!("counting instructions under {seconds} s of load"));
    let folder = tempfile::tempdir().context(|| "a temporary folder".to_owned())?;
    let profile = folder.path().join("callgrind.out");
    let under = [
        programs.valgrind()?.display().to_string(),
        "--tool=callgrind".to_owned(),
        format!("--callgrind-out-file={}", profile.display()),
    ];
    let setting = Setting {
        programs,
        backend_port,
        workers: 1,
        cpus: peer_cpus,
        folder: folder.path(),
        under: &under,
    };
    let running = peers::start(PEER, &setting)?;
    let seen = Pinned::begin(PEER, &running, load_cpus, folder.path())?.load(seconds)?;
    // Ended, so that valgrind writes.
    drop(running);
    let profile = fs::read_to_string(&profile).context(|| "callgrind's profile".to_owned())?;
    let mut parts = Parts::default();
    callgrind::read(&profile, |place, count| parts.add(place, count));
    Ok(Counted {
        requests: seen.requests,
        parts,
    })
}

fn text(parts: Parts, requests: u64) -> String {
    let rows = parts.by_count().into_iter().map(|(name, count)| {
        vec![
            name.to_owned(),
            (count / requests).to_string(),
            format!(
                "{:.0} %",
                count as f64 * 100.0 / parts.total().max(1) as f64
            ),
        ]
    });
    format!(
        "{} instructions for a pinned request of 100 B:\n\n{}",
        parts.total() / requests,
        output::table(&["part", "instructions", "share"], rows)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use callgrind::Place;

    #[test]
    fn parts_are_told_per_request_and_as_shares() {
        let mut parts = Parts::default();
        let mut add = |file, count| {
            let place = Place {
                file,
                ..Place::default()
            };
            parts.add(place, count);
        };
        add("dataplane/src/proto/h1/guard.rs", 3000);
        add("main.rs", 1000);
        let text = text(parts, 10);
        assert!(text.starts_with("400 instructions"), "{text}");
        let first = text.lines().nth(4).expect("a row");
        let cells: Vec<&str> = first.split('|').map(str::trim).collect();
        assert_eq!(cells[2..4], ["300", "75 %"]);
    }
}
