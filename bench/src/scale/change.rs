//! How long one route's change takes until every core serves it: inside this process step by step,
//! and through `limpet run`, from the file to an answer.

use std::time::{Duration, Instant};

use limpet_dataplane::{DataPlane, Settings};
use limpet_dataplane::{Key, Keyring};
use limpet_schema::snapshot::Snapshot;
use limpet_translator::inputs;
use limpet_translator::translate::{self, translate};
use serde::Serialize;

use super::WORKERS;
use super::gateway::{Gateway, serves};
use super::manifests::{Manifests, changed_host};
use crate::error::{Error, Result};
use crate::median::median;
use crate::{output, usage};

/// A change that is not live by then never will be.
const LIVE_TIMEOUT: Duration = Duration::from_secs(120);
/// So many new connections in a row reach every core, or nearly so: the kernel spreads them.
const CONNECTIONS: usize = 8 * WORKERS;
/// Reading everything takes seconds, and its median is soon known.
const READS: u32 = 3;

/// Medians in seconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Steps {
    /// All files to objects.
    pub read_secs: f64,
    /// All objects to a snapshot.
    pub translate_secs: f64,
    /// A snapshot to all cores: `DataPlane::apply`.
    pub apply_secs: f64,
    /// The longest of those.
    pub apply_max_secs: f64,
    /// CPU time of one, on all threads, which other programs disturb less; the mean.
    pub apply_cpu_secs: f64,
}

/// Times each step; applies `changes` changes.
pub fn in_process(manifests: &Manifests, changes: u32) -> Result<Steps> {
    output::progress("reading and translating in this process");
    let (mut reads, mut translations, mut snapshots) = (Vec::new(), Vec::new(), Vec::new());
    for version in (0..READS).rev() {
        manifests.change(version)?;
        let (loaded, secs) = timed(|| inputs::read(&[manifests.path()], "bench"));
        reads.push(secs);
        let settings = translate::Settings::default();
        let (translated, secs) = timed(|| translate(&loaded.inputs, &settings));
        translations.push(secs);
        snapshots.push(translated.snapshot);
    }
    output::progress(&format!("applying {changes} changes in this process"));
    let (applies, apply_cpu_secs) = applies(&snapshots, changes)?;
    let middle = |secs: &[f64]| median(secs.iter().copied()).unwrap_or_default();
    Ok(Steps {
        read_secs: middle(&reads),
        translate_secs: middle(&translations),
        apply_secs: middle(&applies),
        apply_max_secs: applies.iter().copied().fold(0.0, f64::max),
        apply_cpu_secs,
    })
}

/// Snapshots in turn: each differs from the one before in one route's host.
fn applies(snapshots: &[Snapshot], changes: u32) -> Result<(Vec<f64>, f64)> {
    let settings = Settings {
        workers: WORKERS,
        ..Settings::default()
    };
    let refused = |error: String| Error::NotServing {
        peer: "the data plane".to_owned(),
        why: error,
        log: String::new(),
    };
    let data_plane = DataPlane::start(settings).map_err(|error| refused(error.to_string()))?;
    let keys = Keyring::new(Key::new(1, [7; 32]), None);
    data_plane
        .set_keys(keys)
        .map_err(|error| refused(error.to_string()))?;
    let apply = |snapshot| {
        let (applied, secs) = timed(|| data_plane.apply(snapshot));
        applied.map_err(|error| refused(error.to_string()))?;
        Ok(secs)
    };
    let mut turns = snapshots.iter().cycle().cloned();
    // The first opens the sockets, and is no change of a route.
    apply(turns.next().expect("there are several"))?;
    let changed: Vec<Snapshot> = turns.take(changes as usize).collect();
    let before = usage::cpu(std::process::id())?;
    let times = changed
        .into_iter()
        .map(apply)
        .collect::<Result<Vec<f64>>>()?;
    let cpu = usage::cpu(std::process::id())? - before;
    Ok((
        times,
        (cpu.user_secs + cpu.system_secs) / f64::from(changes),
    ))
}

/// From a file's change to answers on new connections, in seconds, the median and the longest.
pub fn from_files(
    gateway: &mut Gateway,
    manifests: &Manifests,
    changes: u32,
) -> Result<(f64, f64)> {
    output::progress(&format!("changing a file {changes} times"));
    let mut times = Vec::new();
    for version in 1..=changes {
        let changed = Instant::now();
        manifests.change(version)?;
        let host = changed_host(version);
        let address = gateway.address;
        let mut first_live = None;
        gateway.process.wait_until(LIVE_TIMEOUT, || {
            for _ in 0..CONNECTIONS {
                if let Err(why) = serves(address, &host) {
                    first_live = None;
                    return Err(why);
                }
                first_live.get_or_insert_with(|| changed.elapsed().as_secs_f64());
            }
            Ok(())
        })?;
        times.extend(first_live);
    }
    let middle = median(times.iter().copied()).unwrap_or_default();
    Ok((middle, times.iter().copied().fold(0.0, f64::max)))
}

fn timed<T>(act: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let value = act();
    (value, start.elapsed().as_secs_f64())
}
