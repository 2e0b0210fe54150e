//! The whole data plane as its owner sees it: start, apply, set keys, drain.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use limpet_schema::snapshot::Snapshot;
use thiserror::Error;

use crate::access_log::AccessLog;
use crate::affinity::{Affinity, Keyring};
use crate::config::handoff::{Change, Line, Order};
use crate::config::{Config, Refused};
use crate::core::driver::{RingRefused, Running};
use crate::core::worker::{self, Desk};
use crate::core::{Core, Seed};
use crate::listen::{self, ListenError};
use crate::settings::Settings;
use crate::stats::{Process, Registry};

/// How long a core may take to answer a question.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);

/// Threads that serve, and the control over them.
///
/// Dropping it drains it, see [`DataPlane::drain`].
pub struct DataPlane {
    running: Running,
    workers: Vec<Worker>,
    stats: Registry,
    access_log: Option<Arc<AccessLog>>,
    control: Mutex<Control>,
}

struct Worker {
    line: Line,
    thread: JoinHandle<()>,
}

/// What changes with every configuration; only the control side touches it.
#[derive(Default)]
struct Control {
    keys: Option<Keyring>,
    snapshot: Option<Snapshot>,
    /// The listening sockets of all workers, by the address they were asked for.
    sockets: BTreeMap<SocketAddr, Vec<TcpListener>>,
}

/// Why a data plane does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The kernel refuses io_uring and it was asked for.
    #[error(transparent)]
    Ring(#[from] RingRefused),
    /// The access log's file cannot be opened.
    #[error("ours: cannot open the access log: {0}; choose a file in a folder that can be written")]
    AccessLog(#[source] io::Error),
    /// A thread or its runtime cannot be made.
    #[error("ours: cannot start a worker: {0}; raise the limits of processes and open files")]
    Worker(#[source] io::Error),
}

/// What became of a snapshot's listeners; the snapshot itself is live on every core.
#[derive(Debug)]
pub struct Applied {
    /// Where each listener is served, or why it is not. The others are served all the same.
    pub listeners: BTreeMap<String, Result<SocketAddr, Arc<ListenError>>>,
}

impl DataPlane {
    /// Starts the workers. They serve nothing yet.
    pub fn start(settings: Settings) -> Result<Self, StartError> {
        let running = Running::choose(settings.driver)?;
        tracing::info!(
            driver = running.name(),
            workers = settings.workers,
            "data plane starts"
        );
        let access_log = settings.access_log.as_deref().map(AccessLog::open);
        let access_log = access_log
            .transpose()
            .map_err(StartError::AccessLog)?
            .map(Arc::new);
        let settings = Arc::new(settings);
        let stats = Registry::new(settings.workers);
        let seed = |index| Seed {
            index,
            settings: Arc::clone(&settings),
            config: None,
            stats: stats.core(index),
            access_log: access_log.clone(),
        };
        let workers = (0..stats.cores())
            .map(|index| Worker::start(seed(index), running))
            .collect::<Result<_, _>>()
            .map_err(StartError::Worker)?;
        Ok(Self {
            running,
            workers,
            stats,
            access_log,
            control: Mutex::default(),
        })
    }
}

impl DataPlane {
    /// Pins are sealed and opened with these from now on.
    pub fn set_keys(&self, keys: Keyring) -> Result<(), Refused> {
        let mut control = self.control();
        control.keys = Some(keys);
        match control.snapshot.take() {
            Some(snapshot) => self.apply_in(&mut control, snapshot).map(drop),
            None => Ok(()),
        }
    }

    /// Serves a snapshot. Returns when every core does, or with every reason why none will; then
    /// the one before goes on being served.
    pub fn apply(&self, snapshot: Snapshot) -> Result<Applied, Refused> {
        self.apply_in(&mut self.control(), snapshot)
    }

    /// Stops accepting, lets requests in flight finish for as long as the settings say, and ends
    /// the threads.
    pub fn drain(self) {
        tracing::info!("the data plane drains");
        drop(self);
    }

    fn apply_in(&self, control: &mut Control, snapshot: Snapshot) -> Result<Applied, Refused> {
        let config = Config::compile(&snapshot, control.keys.as_ref(), &self.stats);
        let config = Arc::new(config.inspect_err(|_| self.stats.refused())?);
        let wanted: BTreeSet<SocketAddr> = config.addresses().collect();
        let closed = control.close_others(&wanted);
        let (opened, failed) = control.open(&wanted, self.workers.len());
        self.hand_over(&config, opened, &closed);
        self.stats.applied(config.generation);
        let applied = control.applied(&snapshot, &failed);
        control.snapshot = Some(snapshot);
        Ok(applied)
    }

    /// Gives every core its part, and waits until all of them serve it.
    fn hand_over(&self, config: &Arc<Config>, mut opened: Opened, closed: &[SocketAddr]) {
        let (done, all_done) = mpsc::channel();
        for worker in &self.workers {
            let mine = opened.iter_mut().map(|(address, sockets)| {
                (
                    *address,
                    sockets.pop().expect("there is one socket for each worker"),
                )
            });
            let change = Change {
                config: Arc::clone(config),
                opened: mine.collect(),
                closed: closed.into(),
            };
            worker.line.give(Order::Apply(change, done.clone()));
        }
        drop(done);
        // Ends when each core has answered or is gone.
        all_done.iter().for_each(drop);
    }

    /// The kernel interface the cores run on.
    #[must_use]
    pub fn driver(&self) -> &'static str {
        self.running.name()
    }

    /// All counters, in Prometheus' text format.
    #[must_use]
    pub fn metrics(&self) -> String {
        let access_log_dropped = self.access_log.as_ref().map_or(0, |log| log.dropped());
        self.stats.render(&Process {
            driver: self.driver(),
            access_log_dropped,
        })
    }

    /// Makes the worker of every core die, as a bug of ours would.
    #[cfg(feature = "fault-injection")]
    pub fn kill_workers(&self) {
        self.ask_cores::<()>(|_| panic!("a test asked this worker to die"));
    }

    /// Asks every core about its sessions; `None` for one that does not answer within a second.
    pub fn ask_affinity<T: Send + 'static>(
        &self,
        question: impl Fn(&Affinity) -> T + Clone + Send + 'static,
    ) -> Vec<Option<T>> {
        self.ask_cores(move |core| question(&core.affinity.borrow()))
    }

    /// Asks every core the same; `None` for one that does not answer within a second.
    pub(crate) fn ask_cores<T: Send + 'static>(
        &self,
        question: impl Fn(&Core) -> T + Clone + Send + 'static,
    ) -> Vec<Option<T>> {
        let answers: Vec<Receiver<T>> = self
            .workers
            .iter()
            .map(|worker| {
                let (answer, answered) = mpsc::channel();
                let question = question.clone();
                let ask = move |core: &Rc<Core>| drop(answer.send(question(core)));
                worker.line.give(Order::Ask(Box::new(ask)));
                answered
            })
            .collect();
        answers
            .iter()
            .map(|answer| answer.recv_timeout(ANSWER_TIMEOUT).ok())
            .collect()
    }

    fn control(&self) -> MutexGuard<'_, Control> {
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for DataPlane {
    fn drop(&mut self) {
        // The cores hold copies, and close them once their queues are empty.
        self.control().sockets.clear();
        for worker in &self.workers {
            worker.line.give(Order::Drain);
        }
        for worker in self.workers.drain(..) {
            // A worker's panic was reported when it happened.
            let _ = worker.thread.join();
        }
    }
}

/// New sockets: one for each worker on each address.
type Opened = Vec<(SocketAddr, Vec<TcpListener>)>;

impl Control {
    fn close_others(&mut self, wanted: &BTreeSet<SocketAddr>) -> Vec<SocketAddr> {
        let others: Vec<SocketAddr> = self
            .sockets
            .keys()
            .filter(|address| !wanted.contains(address))
            .copied()
            .collect();
        // The cores hold copies and empty the queues before they close them.
        others
            .iter()
            .for_each(|address| drop(self.sockets.remove(address)));
        others
    }

    fn open(
        &mut self,
        wanted: &BTreeSet<SocketAddr>,
        workers: usize,
    ) -> (Opened, BTreeMap<SocketAddr, Arc<ListenError>>) {
        let (mut opened, mut failed) = (Vec::new(), BTreeMap::new());
        for address in wanted {
            if self.sockets.contains_key(address) {
                continue;
            }
            match listen::bind(*address, workers)
                .and_then(|own| Ok((listen::copy(&own, *address)?, own)))
            {
                Ok((copies, own)) => {
                    self.sockets.insert(*address, own);
                    opened.push((*address, copies));
                }
                Err(error) => {
                    tracing::error!("{error}");
                    failed.insert(*address, Arc::new(error));
                }
            }
        }
        (opened, failed)
    }

    fn applied(
        &self,
        snapshot: &Snapshot,
        failed: &BTreeMap<SocketAddr, Arc<ListenError>>,
    ) -> Applied {
        let listeners = snapshot.listeners.iter().map(|listener| {
            let result = match self.sockets.get(&listener.address) {
                Some(sockets) => Ok(sockets[0].local_addr().unwrap_or(listener.address)),
                None => Err(Arc::clone(&failed[&listener.address])),
            };
            (listener.name.clone(), result)
        });
        Applied {
            listeners: listeners.collect(),
        }
    }
}

impl Worker {
    fn start(seed: Seed, running: Running) -> io::Result<Self> {
        let index = seed.index;
        let (orders, received) = mpsc::channel();
        let (ringing, bell) = UnixStream::pair()?;
        ringing.set_nonblocking(true)?;
        bell.set_nonblocking(true)?;
        let (ready, started) = mpsc::channel();
        let work = move || {
            let sockets = BTreeMap::new();
            worker::run(
                Desk {
                    seed,
                    running,
                    orders: received,
                    bell,
                    sockets,
                },
                &ready,
            );
        };
        let thread = std::thread::Builder::new()
            .name(format!("core-{index}"))
            .spawn(work)?;
        started
            .recv()
            .unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))?;
        Ok(Self {
            line: Line::new(orders, ringing),
            thread,
        })
    }
}
