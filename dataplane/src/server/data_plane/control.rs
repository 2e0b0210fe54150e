//! What changes with every configuration: keys, snapshot, listening sockets.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use limpet_schema::snapshot::{CertificateId, Snapshot};

use crate::base::keyring::Keyring;
use crate::config::Config;
use crate::server::applied::Applied;
use crate::transport::listen;
use crate::transport::listen::ListenError;
use crate::transport::tls::Store;

/// What a change starts from. Whoever makes one holds it until every core has answered, which a core
/// that is stuck never does: nothing else waits for it.
#[derive(Default)]
pub struct Control {
    /// What HTTPS listeners show.
    pub certificates: Store,
    /// The certificates that listeners name and nobody delivered, last time.
    missing: BTreeSet<CertificateId>,
}

/// What is served, as probes and the curious see it: locked for a moment only.
#[derive(Default)]
pub struct Served {
    /// What pins are made with.
    pub keys: Option<Keyring>,
    /// What is served.
    pub snapshot: Option<Arc<Snapshot>>,
    /// The same, compiled, last; before it those that a request may still hold. The last holder
    /// frees a configuration, which takes milliseconds for a large one: never a core.
    configs: Vec<Arc<Config>>,
}

/// The listening sockets: locked while some are opened or closed.
#[derive(Default)]
pub struct Sockets {
    /// Those of all workers, by the address they were asked for.
    open: BTreeMap<SocketAddr, Vec<TcpListener>>,
    /// The addresses that failed last time: what is tried again and again is said once.
    failing: BTreeSet<SocketAddr>,
    /// Whether there will be no more.
    is_over: bool,
}

/// New sockets: one for each worker on each address.
pub type Opened = Vec<(SocketAddr, Vec<TcpListener>)>;

impl Served {
    /// Every core serves this now.
    pub fn set(&mut self, config: Arc<Config>, snapshot: Arc<Snapshot>) {
        self.configs.push(config);
        self.let_go();
        self.snapshot = Some(snapshot);
    }

    /// What is served, compiled.
    pub fn config(&self) -> Option<&Arc<Config>> {
        self.configs.last()
    }

    /// How many configurations are in memory: what is served, and what requests still hold.
    pub fn held(&mut self) -> usize {
        self.let_go();
        self.configs.len()
    }

    fn let_go(&mut self) {
        let Some(served) = self.configs.pop() else {
            return;
        };
        self.configs.retain(|config| Arc::strong_count(config) > 1);
        self.configs.push(served);
    }
}

impl Control {
    /// Says which certificates are missing: handshakes that need one are refused.
    pub fn say_missing(&mut self, snapshot: &Snapshot, certificates: &Store) {
        let listeners = snapshot.listeners.iter();
        let named = listeners.flat_map(|listener| listener.certificates.iter());
        let missing: BTreeSet<CertificateId> = named
            .filter(|id| certificates.get(id).is_none())
            .cloned()
            .collect();
        for id in missing.difference(&self.missing) {
            tracing::error!(certificate = %id, "a listener names a certificate that was not delivered; handshakes that need it are refused [certificate-undelivered]");
        }
        self.missing = missing;
    }
}

impl Sockets {
    /// Opens no more, and lets go of all: the cores hold copies, and close them once their queues are
    /// empty.
    pub fn end(&mut self) {
        self.is_over = true;
        self.open.clear();
    }

    /// Whether anything is listened on.
    pub fn is_any_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Lets go of the sockets that nobody wants any more.
    pub fn close_others(&mut self, wanted: &BTreeSet<SocketAddr>) -> Vec<SocketAddr> {
        let others: Vec<SocketAddr> = self
            .open
            .keys()
            .filter(|address| !wanted.contains(address))
            .copied()
            .collect();
        // The cores hold copies and empty the queues before they close them.
        others
            .iter()
            .for_each(|address| drop(self.open.remove(address)));
        others
    }

    /// Listens where it is wanted and not done yet; what fails stops nothing else.
    pub fn open(
        &mut self,
        wanted: &BTreeSet<SocketAddr>,
        workers: usize,
    ) -> (Opened, BTreeMap<SocketAddr, Arc<ListenError>>) {
        let (mut opened, mut failed) = (Vec::new(), BTreeMap::new());
        for address in wanted {
            if self.is_over || self.open.contains_key(address) {
                continue;
            }
            match listen::bind(*address, workers)
                .and_then(|own| Ok((listen::copy(&own, *address)?, own)))
            {
                Ok((copies, own)) => {
                    self.open.insert(*address, own);
                    opened.push((*address, copies));
                }
                Err(error) => {
                    if !self.failing.contains(address) {
                        tracing::error!("{error} [listener-address-unavailable]");
                    }
                    failed.insert(*address, Arc::new(error));
                }
            }
        }
        self.failing = failed.keys().copied().collect();
        (opened, failed)
    }

    /// Where each listener is served, or why it is not.
    pub fn applied(
        &self,
        snapshot: &Snapshot,
        failed: &BTreeMap<SocketAddr, Arc<ListenError>>,
    ) -> Applied {
        let listeners = snapshot.listeners.iter().map(|listener| {
            let sockets = self.open.get(&listener.address);
            let result = match (sockets, failed.get(&listener.address)) {
                (Some(sockets), _) => Ok(sockets[0].local_addr().unwrap_or(listener.address)),
                (None, Some(error)) => Err(Arc::clone(error)),
                (None, None) => Err(Arc::new(listen::over(listener.address))),
            };
            (listener.name.clone(), result)
        });
        Applied {
            listeners: listeners.collect(),
        }
    }
}
