//! The whole data plane as its owner sees it: start, apply, set keys, drain.

mod control;
mod inside;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use limpet_schema::secrets::Certificates;
use limpet_schema::snapshot::Snapshot;
use thiserror::Error;

use super::admin::{Admin, AdminError};
use super::applied::Applied;
use super::cores::Cores;
use super::hand_over::{Inbox, Line, Order};
use super::worker;
use super::worker::Worker;
use crate::affinity::Affinity;
use crate::base::keyring::Keyring;
use crate::base::refused::Refused;
use crate::base::settings::Settings;
use crate::runtime::descriptors;
use crate::runtime::driver::{RingRefused, Running};
use crate::server::core::Seed;
use crate::telemetry::access_log::AccessLog;
use crate::telemetry::metrics::Registry;

pub use inside::Inside;

/// Threads that serve, and the control over them.
///
/// Dropping it drains it, see [`DataPlane::drain`].
pub struct DataPlane {
    inside: Arc<Inside>,
    threads: Vec<JoinHandle<()>>,
    /// Disconnected once every thread has ended.
    all_ended: Mutex<Receiver<()>>,
    drain_timeout: Duration,
    admin: Option<Admin>,
}

/// How long threads may take to end beyond the time that a drain may.
const END_TIMEOUT: Duration = Duration::from_secs(3);

/// Why a data plane does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The kernel refuses io_uring and it was asked for.
    #[error(transparent)]
    Ring(#[from] RingRefused),
    /// A thread or its runtime cannot be made.
    #[error(
        "cannot start a worker: {0}; raise the limits of processes and open files [worker-not-started]"
    )]
    Worker(#[source] io::Error),
    /// The admin endpoints cannot be served.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// The access log cannot be written.
    #[error(
        "access log {path}: {error}; name a file in a folder that can be written [access-log-unwritable]"
    )]
    AccessLog {
        /// The file asked for.
        path: PathBuf,
        /// The operating system's word.
        error: io::Error,
    },
}

impl DataPlane {
    /// Starts the workers. They serve nothing yet.
    pub fn start(settings: Settings) -> Result<Self, StartError> {
        let running = Running::choose(settings.driver)?;
        let settings = Arc::new(within_descriptors(settings));
        tracing::info!(
            driver = running.name(),
            workers = settings.workers,
            clients_max = settings.connections_max,
            "the data plane starts"
        );
        let stats = Registry::new(settings.workers);
        let log = open_log(&settings)?;
        let (mut lines, mut inboxes, mut threads) = (Vec::new(), Vec::new(), Vec::new());
        for index in 0..stats.cores() {
            let (line, inbox) = way_to_a_core().map_err(StartError::Worker)?;
            lines.push((line, stats.core(index)));
            inboxes.push(inbox);
        }
        let cores = Arc::new(Cores::new(lines));
        let (alive, all_ended) = mpsc::channel();
        for (index, inbox) in inboxes.into_iter().enumerate() {
            let seed = Seed {
                index,
                settings: Arc::clone(&settings),
                stats: stats.core(index),
                cores: Arc::clone(&cores),
                is_leaving: false,
                access_log: log.clone(),
                config: None,
            };
            let thread = start_worker(seed, running, inbox, alive.clone());
            threads.push(thread.map_err(|error| abandon(&cores, StartError::Worker(error)))?);
        }
        drop(alive);
        let is_ready_without_listeners = settings.is_ready_without_listeners;
        let inside = Inside::new(running, cores, stats, log, is_ready_without_listeners);
        let inside = Arc::new(inside);
        let serve = |address| Admin::start(address, Arc::clone(&inside));
        let admin = settings.admin.map(serve).transpose();
        let admin = admin.map_err(|error| abandon(&inside.cores, error.into()))?;
        Ok(Self {
            inside,
            threads,
            all_ended: Mutex::new(all_ended),
            drain_timeout: settings.drain_timeout,
            admin,
        })
    }

    /// Pins are sealed and opened with these from now on.
    pub fn set_keys(&self, keys: Keyring) -> Result<(), Refused> {
        self.inside.set_keys(keys)
    }

    /// Serves a snapshot. Returns when every core does, or with every reason why none will; then
    /// the one before goes on being served.
    pub fn apply(&self, snapshot: impl Into<Arc<Snapshot>>) -> Result<Applied, Refused> {
        self.inside.apply(snapshot.into())
    }

    /// Is no longer ready, and goes on serving: whoever sends clients here learns to stop, and each client
    /// is told to connect anew, by `Connection: close` on its next answer.
    pub fn leave(&self) {
        tracing::info!("the data plane leaves");
        self.inside.leave();
    }

    /// Serves a snapshot as [`DataPlane::apply`] does, with these certificates for its HTTPS
    /// listeners and no others. `apply` keeps the certificates there are. Open connections go on
    /// with what they have.
    pub fn apply_with(
        &self,
        snapshot: impl Into<Arc<Snapshot>>,
        certificates: &Certificates,
    ) -> Result<Applied, Refused> {
        self.inside.apply_with(snapshot.into(), certificates)
    }

    /// Stops accepting, lets requests in flight finish for as long as the settings say, and ends
    /// the threads.
    pub fn drain(self) {
        tracing::info!("the data plane drains");
        drop(self);
    }

    /// Has the metrics say how many objects are refused, for who reads manifests.
    pub fn tell_objects_refused(&self, count: usize) {
        self.inside.tell_objects_refused(count);
    }

    /// The kernel interface the cores run on.
    #[must_use]
    pub fn driver(&self) -> &'static str {
        self.inside.running.name()
    }

    /// All counters, in Prometheus' text format.
    #[must_use]
    pub fn metrics(&self) -> String {
        self.inside.metrics()
    }

    /// Where the admin endpoints are.
    #[must_use]
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(Admin::address)
    }

    /// Asks every core about its sessions; `None` for one that does not answer within a second.
    pub fn ask_affinity<T: Send + 'static>(
        &self,
        question: impl Fn(&Affinity) -> T + Clone + Send + 'static,
    ) -> Vec<Option<T>> {
        self.inside
            .ask_cores(move |core| question(&core.affinity.borrow()))
    }

    /// Makes the worker of every core die, as a bug of ours would.
    #[cfg(feature = "fault-injection")]
    pub fn kill_workers(&self) {
        self.inside
            .ask_cores::<()>(|_| panic!("a test asked this worker to die"));
    }
}

impl Drop for DataPlane {
    fn drop(&mut self) {
        self.inside.drain();
        let limit = self.drain_timeout + END_TIMEOUT;
        let all_ended = self.all_ended.get_mut();
        let all_ended = all_ended.unwrap_or_else(PoisonError::into_inner);
        match all_ended.recv_timeout(limit) {
            Err(RecvTimeoutError::Timeout) => {
                tracing::error!("a core is stuck, and the data plane ends without it [core-stuck]");
            }
            // A worker's panic was reported when it happened.
            _ => self
                .threads
                .drain(..)
                .for_each(|thread| drop(thread.join())),
        }
        if let Some(log) = &self.inside.log {
            log.end();
        }
    }
}

/// Ends the cores that have started, as others cannot.
fn abandon(cores: &Cores, error: StartError) -> StartError {
    cores.lines().for_each(|line| line.give(Order::Drain));
    error
}

/// Clients must not take the descriptors that endpoints need.
fn within_descriptors(settings: Settings) -> Settings {
    let limit = descriptors::raise_limit();
    let clients_max = descriptors::clients_max(limit, settings.workers);
    if let Some(trouble) = descriptors::trouble(limit, settings.workers, settings.connections_max) {
        tracing::warn!("{trouble} [descriptors-few]");
    }
    Settings {
        connections_max: settings.connections_max.min(clients_max),
        ..settings
    }
}

fn open_log(settings: &Settings) -> Result<Option<Arc<AccessLog>>, StartError> {
    let Some(path) = &settings.access_log else {
        return Ok(None);
    };
    let log = AccessLog::open(path).map_err(|error| StartError::AccessLog {
        path: path.clone(),
        error,
    })?;
    Ok(Some(Arc::new(log)))
}

/// Both ends of it.
fn way_to_a_core() -> io::Result<(Line, Inbox)> {
    let (orders, received) = mpsc::channel();
    let (ringing, bell) = UnixStream::pair()?;
    ringing.set_nonblocking(true)?;
    bell.set_nonblocking(true)?;
    Ok((Line::new(orders, ringing), Inbox::new(received, bell)))
}

/// Returns once its runtime is there. `alive` is dropped when its thread ends.
fn start_worker(
    seed: Seed,
    running: Running,
    inbox: Inbox,
    alive: Sender<()>,
) -> io::Result<JoinHandle<()>> {
    let (ready, started) = mpsc::channel();
    let name = format!("core-{}", seed.index);
    let worker = Worker {
        seed,
        running,
        inbox,
        sockets: BTreeMap::new(),
    };
    let thread = std::thread::Builder::new().name(name).spawn(move || {
        let _alive = alive;
        worker::run(worker, &ready);
    })?;
    started
        .recv()
        .unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))?;
    Ok(thread)
}
