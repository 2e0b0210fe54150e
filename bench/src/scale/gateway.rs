//! `limpet run` with many routes.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use super::manifests::{Manifests, changed_host};
use crate::args::Driver;
use crate::cpus::Cpus;
use crate::error::{Context, Result};
use crate::peers::{Programs, Setting, free_port, limpet_args};
use crate::probe;
use crate::process::Process;
use crate::usage;

/// Ten thousand routes are read and translated within it, on a slow machine too.
const START_TIMEOUT: Duration = Duration::from_secs(300);

/// It, while this value lives.
#[derive(Debug)]
pub struct Gateway {
    /// Its process.
    pub process: Process,
    /// Where clients go.
    pub address: SocketAddr,
    /// From its start to the first answer.
    pub start_secs: f64,
    folder: tempfile::TempDir,
}

impl Gateway {
    /// Starts it and waits until it serves the route that changes.
    pub fn start(
        manifests: &Manifests,
        programs: &Programs,
        workers: usize,
        cpus: &Cpus,
    ) -> Result<Self> {
        let folder = tempfile::tempdir().context(|| "a temporary folder".to_owned())?;
        let setting = Setting {
            programs,
            backend_port: 0,
            workers,
            cpus,
            folder: folder.path(),
            under: &[],
        };
        let admin = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let path = manifests.path().display().to_string();
        let mut args = limpet_args(&setting, &path, admin, Driver::IoUring);
        // No table of ten thousand statuses at each change.
        args.extend(["--output".to_owned(), "json".to_owned()]);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, manifests.port));
        let started = Instant::now();
        let mut process = Process::start("limpet", cpus, programs.limpet()?, args, folder.path())?;
        process.wait_until(START_TIMEOUT, || serves(address, &changed_host(0)))?;
        Ok(Self {
            process,
            address,
            start_secs: started.elapsed().as_secs_f64(),
            folder,
        })
    }

    /// Its memory now.
    pub fn resident_kib(&self) -> Result<u64> {
        usage::resident_kib(self.process.pid())
    }

    /// What the snapshot weighs as the file that a restart falls back on.
    pub fn snapshot_bytes(&self) -> Result<u64> {
        let path = self.folder.path().join("state/snapshot.json");
        let metadata = std::fs::metadata(&path).context(|| path.display().to_string())?;
        Ok(metadata.len())
    }

    /// For what belongs to its run.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}

/// Whether a request for this host gets 200, on a connection of its own.
pub fn serves(address: SocketAddr, host: &str) -> std::result::Result<(), String> {
    match probe::get_of_host(address, host, "/", None) {
        Ok(answer) if answer.status == 200 => Ok(()),
        Ok(answer) => Err(format!("it answers {} to {host}", answer.status)),
        Err(error) => Err(error.to_string()),
    }
}
