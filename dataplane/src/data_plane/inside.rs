//! What the owner, the admin thread and the cores' lines share.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use limpet_schema::secrets::Certificates;
use limpet_schema::snapshot::Snapshot;
use serde_json::{Value, json};

use super::Applied;
use super::control::{Control, Opened};
use crate::access_log::AccessLog;
use crate::admin::Sessions;
use crate::affinity::{Key, Keyring};
use crate::config::handoff::{Change, Line, Order};
use crate::config::{Config, Refused};
use crate::core::Core;
use crate::core::driver::Running;
use crate::stats::{Process, Registry};
use crate::tls::Store;

/// How long a core may take to answer a question.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);

/// A data plane without its threads.
pub struct Inside {
    /// The kernel interface the cores run on.
    pub running: Running,
    /// The way to each core.
    pub lines: Vec<Line>,
    /// Every counter.
    pub stats: Registry,
    /// Where requests are logged.
    pub log: Option<Arc<AccessLog>>,
    /// Whether no new clients should be sent here.
    is_leaving: AtomicBool,
    /// Whether the cores finish what they have: they answer no questions then.
    is_draining: AtomicBool,
    control: Mutex<Control>,
}

impl Inside {
    /// Serving nothing yet.
    pub fn new(
        running: Running,
        lines: Vec<Line>,
        stats: Registry,
        log: Option<Arc<AccessLog>>,
    ) -> Self {
        Self {
            running,
            lines,
            stats,
            log,
            is_leaving: AtomicBool::new(false),
            is_draining: AtomicBool::new(false),
            control: Mutex::default(),
        }
    }

    /// See [`super::DataPlane::set_keys`].
    pub fn set_keys(&self, keys: Keyring) -> Result<(), Refused> {
        let mut control = self.control();
        control.keys = Some(keys);
        match control.snapshot.clone() {
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
        let mut control = self.control();
        let certificates = control.certificates.clone();
        self.apply_in(&mut control, snapshot, certificates)
    }

    /// See [`super::DataPlane::apply_with`].
    pub fn apply_with(
        &self,
        snapshot: Arc<Snapshot>,
        certificates: &Certificates,
    ) -> Result<Applied, Refused> {
        let mut control = self.control();
        let certificates = control.certificates.update(certificates);
        let certificates = certificates.inspect_err(|_| self.stats.refused())?;
        self.apply_in(&mut control, snapshot, certificates)
    }

    /// See [`super::DataPlane::leave`].
    pub fn leave(&self) {
        self.is_leaving.store(true, Ordering::Relaxed);
    }

    /// Tells every core to finish what it has and end.
    pub fn drain(&self) {
        self.leave();
        self.is_draining.store(true, Ordering::Relaxed);
        // The cores hold copies, and close them once their queues are empty.
        self.control().sockets.clear();
        for line in &self.lines {
            line.give(Order::Drain);
        }
    }

    fn apply_in(
        &self,
        control: &mut Control,
        snapshot: Arc<Snapshot>,
        certificates: Store,
    ) -> Result<Applied, Refused> {
        let keys = control.keys.as_ref();
        let config = Config::compile(&snapshot, &certificates, keys, &self.stats);
        let config = Arc::new(config.inspect_err(|_| self.stats.refused())?);
        let wanted: BTreeSet<SocketAddr> = config.addresses().collect();
        let closed = control.close_others(&wanted);
        let (opened, failed) = control.open(&wanted, self.lines.len());
        self.hand_over(&config, opened, &closed);
        self.stats.applied(config.generation);
        let applied = control.applied(&snapshot, &failed);
        control.say_missing(&snapshot, &certificates);
        control.certificates = certificates;
        control.serves(config, snapshot);
        Ok(applied)
    }

    /// Gives every core its part, and waits until all of them serve it.
    fn hand_over(&self, config: &Arc<Config>, mut opened: Opened, closed: &[SocketAddr]) {
        let (done, all_done) = mpsc::channel();
        for line in &self.lines {
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
        // Ends when each core has answered or is gone.
        all_done.iter().for_each(drop);
    }

    /// Asks every core the same; `None` for one that does not answer within a second.
    pub fn ask_cores<T: Send + 'static>(
        &self,
        question: impl Fn(&Core) -> T + Clone + Send + 'static,
    ) -> Vec<Option<T>> {
        let answers: Vec<Receiver<T>> = self
            .lines
            .iter()
            .map(|line| {
                let (answer, answered) = mpsc::channel();
                let question = question.clone();
                let ask = move |core: &Rc<Core>| drop(answer.send(question(core)));
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
            "ours: {silent} of {} cores do not answer",
            self.lines.len()
        ))
    }

    /// Whether requests are served and pins can be made.
    pub fn readiness(&self) -> Result<(), String> {
        if self.is_leaving.load(Ordering::Relaxed) {
            return Err("leaving".to_owned());
        }
        let control = self.control();
        match (&control.snapshot, &control.keys) {
            (Some(_), Some(_)) => Ok(()),
            (None, _) => Err("no snapshot yet".to_owned()),
            (_, None) => Err("no affinity key yet".to_owned()),
        }
    }

    /// Every counter in Prometheus' text format.
    pub fn metrics(&self) -> String {
        self.stats.render(&Process {
            driver: self.running.name(),
            access_log_dropped: self.log.as_ref().map_or(0, |log| log.dropped()),
        })
    }

    /// What is running. Keys are named by their ids.
    pub fn running_config(&self) -> Value {
        let control = self.control();
        let key_ids: Vec<u8> = control
            .keys
            .iter()
            .flat_map(Keyring::iter)
            .map(Key::id)
            .collect();
        json!({
            "driver": self.running.name(),
            "workers": self.lines.len(),
            "generation": self.stats.generation(),
            "affinityKeyIds": key_ids,
            "snapshot": control.snapshot.as_deref(),
        })
    }

    /// The sessions that the cores remember.
    pub fn sessions(&self) -> Option<Sessions> {
        let config = Arc::clone(self.control().configs.last()?);
        let seen = self.ask_cores({
            let config = Arc::clone(&config);
            move |core| core.affinity.borrow().sessions(&config)
        });
        Some(Sessions::count(
            &config,
            seen.into_iter().flatten().flatten().collect(),
        ))
    }

    fn control(&self) -> MutexGuard<'_, Control> {
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
