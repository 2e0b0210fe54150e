//! What the owner, the admin thread and the cores' lines share.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use limpet_schema::secrets::Certificates;
use limpet_schema::snapshot::Snapshot;
use serde_json::{Value, json};

use super::control::{Control, Opened, Served, Sockets};
use crate::base::keyring::{Key, Keyring};
use crate::base::refused::Refused;
use crate::config::Config;
use crate::proxy::core::ProxyCore;
use crate::runtime::driver::Running;
use crate::server::admin::Sessions;
use crate::server::applied::Applied;
use crate::server::cores::Cores;
use crate::server::hand_over::{Change, Order};
use crate::telemetry::access_log::AccessLog;
use crate::telemetry::metrics::{Process, Registry, render};
use crate::transport::tls::Store;

/// How long a core may take to answer a question.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);

/// A data plane without its threads.
pub struct Inside {
    /// The kernel interface the cores run on.
    pub running: Running,
    /// The way to each core.
    pub cores: Arc<Cores>,
    /// Every counter.
    pub stats: Registry,
    /// Where requests are logged.
    pub log: Option<Arc<AccessLog>>,
    /// Whether no new clients should be sent here.
    is_leaving: AtomicBool,
    /// Whether the cores finish what they have: they answer no questions then.
    is_draining: AtomicBool,
    is_ready_without_listeners: bool,
    /// Of manifests; `None`: this process reads none.
    objects_refused: Mutex<Option<usize>>,
    /// Held through a whole change; the other two only for a moment, also by who holds this one.
    control: Mutex<Control>,
    sockets: Mutex<Sockets>,
    served: Mutex<Served>,
}

impl Inside {
    /// Serving nothing yet.
    pub fn new(
        running: Running,
        cores: Arc<Cores>,
        stats: Registry,
        log: Option<Arc<AccessLog>>,
        is_ready_without_listeners: bool,
    ) -> Self {
        Self {
            running,
            cores,
            stats,
            log,
            is_leaving: AtomicBool::new(false),
            is_draining: AtomicBool::new(false),
            is_ready_without_listeners,
            objects_refused: Mutex::default(),
            control: Mutex::default(),
            sockets: Mutex::default(),
            served: Mutex::default(),
        }
    }

    /// See [`super::DataPlane::set_keys`].
    pub fn set_keys(&self, keys: Keyring) -> Result<(), Refused> {
        let mut control = lock(&self.control);
        let mut served = lock(&self.served);
        served.keys = Some(keys);
        let snapshot = served.snapshot.clone();
        drop(served);
        match snapshot {
            Some(snapshot) => {
                let certificates = control.certificates.clone();
                self.apply_in(&mut control, snapshot, certificates)
                    .map(drop)
            }
            None => Ok(()),
        }
    }

    /// See [`super::DataPlane::apply`].
    pub fn apply(&self, snapshot: Arc<Snapshot>) -> Result<Applied, Refused> {
        let mut control = lock(&self.control);
        let certificates = control.certificates.clone();
        self.apply_in(&mut control, snapshot, certificates)
    }

    /// See [`super::DataPlane::apply_with`].
    pub fn apply_with(
        &self,
        snapshot: Arc<Snapshot>,
        certificates: &Certificates,
    ) -> Result<Applied, Refused> {
        let mut control = lock(&self.control);
        let certificates = control.certificates.update(certificates);
        let certificates = certificates.inspect_err(|_| self.stats.refused())?;
        self.apply_in(&mut control, snapshot, certificates)
    }

    /// See [`super::DataPlane::leave`].
    pub fn leave(&self) {
        self.is_leaving.store(true, Ordering::Relaxed);
        for line in self.cores.lines() {
            line.give(Order::Leave);
        }
    }

    /// Tells every core to finish what it has and end.
    pub fn drain(&self) {
        self.leave();
        self.is_draining.store(true, Ordering::Relaxed);
        lock(&self.sockets).end();
        for line in self.cores.lines() {
            line.give(Order::Drain);
        }
    }

    fn apply_in(
        &self,
        control: &mut Control,
        snapshot: Arc<Snapshot>,
        certificates: Store,
    ) -> Result<Applied, Refused> {
        let keys = lock(&self.served).keys.clone();
        let config = Config::compile(&snapshot, &certificates, keys.as_ref(), &self.stats);
        let config = Arc::new(config.inspect_err(|_| self.stats.refused())?);
        let wanted: BTreeSet<SocketAddr> = config.addresses().collect();
        let mut sockets = lock(&self.sockets);
        let closed = sockets.close_others(&wanted);
        let (opened, failed) = sockets.open(&wanted, self.cores.len());
        let applied = sockets.applied(&snapshot, &failed);
        drop(sockets);
        self.hand_over(&config, opened, &closed);
        self.stats.applied(config.generation);
        control.say_missing(&snapshot, &certificates);
        control.certificates = certificates;
        lock(&self.served).set(config, snapshot);
        Ok(applied)
    }

    /// Gives every core its part, and waits until all of them serve it. One that is stuck is waited for
    /// until the data plane ends.
    fn hand_over(&self, config: &Arc<Config>, mut opened: Opened, closed: &[SocketAddr]) {
        let (done, all_done) = mpsc::channel();
        for line in self.cores.lines() {
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
            line.give(Order::Apply(change, done.clone()));
        }
        drop(done);
        loop {
            match all_done.recv_timeout(ANSWER_TIMEOUT) {
                Ok(()) => {}
                // Each core has answered or is gone.
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) if self.is_leaving.load(Ordering::Relaxed) => {
                    tracing::error!(
                        "a core did not take the last configuration, and the data plane ends [core-stuck]"
                    );
                    return;
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Asks every core the same; `None` for one that does not answer within a second.
    pub fn ask_cores<T: Send + 'static>(
        &self,
        question: impl Fn(&ProxyCore) -> T + Clone + Send + 'static,
    ) -> Vec<Option<T>> {
        let answers: Vec<Receiver<T>> = self
            .cores
            .lines()
            .map(|line| {
                let (answer, answered) = mpsc::channel();
                let question = question.clone();
                let ask = move |core: &Rc<ProxyCore>| drop(answer.send(question(core)));
                line.give(Order::Ask(Box::new(ask)));
                answered
            })
            .collect();
        answers
            .iter()
            .map(|answer| answer.recv_timeout(ANSWER_TIMEOUT).ok())
            .collect()
    }

    /// Whether every core answers. A drain ends by itself: whoever ended the process before would
    /// cut off the requests that it waits for.
    pub fn liveness(&self) -> Result<(), String> {
        if self.is_draining.load(Ordering::Relaxed) {
            return Ok(());
        }
        let silent = self
            .ask_cores(|_| ())
            .iter()
            .filter(|answer| answer.is_none())
            .count();
        // It may have begun since.
        if silent == 0 || self.is_draining.load(Ordering::Relaxed) {
            return Ok(());
        }
        Err(format!(
            "{silent} of {} cores do not answer",
            self.cores.len()
        ))
    }

    /// Whether requests are served and pins can be made.
    pub fn readiness(&self) -> Result<(), String> {
        if self.is_leaving.load(Ordering::Relaxed) {
            return Err("leaving".to_owned());
        }
        let is_any_open = lock(&self.sockets).is_any_open();
        let served = lock(&self.served);
        let snapshot = served.snapshot.as_ref().ok_or("no snapshot yet")?;
        served.keys.as_ref().ok_or("no affinity key yet")?;
        match snapshot.listeners.len() {
            0 if self.is_ready_without_listeners => Ok(()),
            0 => Err("no listener: nothing is served".to_owned()),
            _ if is_any_open => Ok(()),
            count => Err(format!("none of {count} listeners has its address")),
        }
    }

    /// See [`super::DataPlane::tell_objects_refused`].
    pub fn tell_objects_refused(&self, count: usize) {
        *lock(&self.objects_refused) = Some(count);
    }

    /// Every counter in Prometheus' text format.
    pub fn metrics(&self) -> String {
        render(
            &self.stats,
            &Process {
                driver: self.running.name(),
                access_log_dropped: self.log.as_ref().map_or(0, |log| log.dropped()),
                configs_held: lock(&self.served).held(),
                objects_refused: *lock(&self.objects_refused),
            },
        )
    }

    /// What is running. Keys are named by their ids.
    pub fn running_config(&self) -> Value {
        let served = lock(&self.served);
        let (keys, snapshot) = (served.keys.clone(), served.snapshot.clone());
        drop(served);
        let key_ids: Vec<u8> = keys.iter().flat_map(Keyring::iter).map(Key::id).collect();
        json!({
            "driver": self.running.name(),
            "workers": self.cores.len(),
            "generation": self.stats.generation(),
            "affinity_key_ids": key_ids,
            "snapshot": snapshot.as_deref(),
        })
    }

    /// The sessions that the cores remember.
    pub fn sessions(&self) -> Option<Sessions> {
        let config = Arc::clone(lock(&self.served).config()?);
        let seen = self.ask_cores({
            let config = Arc::clone(&config);
            move |core| core.affinity.borrow().sessions(&config)
        });
        Some(Sessions::count(
            &config,
            seen.into_iter().flatten().flatten().collect(),
        ))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
