//! What changes with every configuration: keys, snapshot, listening sockets.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use limpet_schema::snapshot::{CertificateId, Snapshot};

use super::Applied;
use crate::affinity::Keyring;
use crate::config::Config;
use crate::listen::{self, ListenError};
use crate::tls::Store;

/// Only the control side touches it.
#[derive(Default)]
pub struct Control {
    /// What pins are made with.
    pub keys: Option<Keyring>,
    /// What HTTPS listeners show.
    pub certificates: Store,
    /// What is served.
    pub snapshot: Option<Arc<Snapshot>>,
    /// The same, compiled, last; before it those that a request may still hold. The last holder
    /// frees a configuration, which takes milliseconds for a large one: never a core.
    pub configs: Vec<Arc<Config>>,
    /// The listening sockets of all workers, by the address they were asked for.
    pub sockets: BTreeMap<SocketAddr, Vec<TcpListener>>,
    /// The addresses that failed last time: what is tried again and again is said once.
    failing: BTreeSet<SocketAddr>,
    /// The certificates that listeners name and nobody delivered, last time.
    missing: BTreeSet<CertificateId>,
}

/// New sockets: one for each worker on each address.
pub type Opened = Vec<(SocketAddr, Vec<TcpListener>)>;

impl Control {
    /// Every core serves this now.
    pub fn serves(&mut self, config: Arc<Config>, snapshot: Arc<Snapshot>) {
        self.configs.push(config);
        self.configs.retain(|config| Arc::strong_count(config) > 1);
        self.snapshot = Some(snapshot);
    }

    /// Says which certificates are missing: handshakes that need one are refused.
    pub fn say_missing(&mut self, snapshot: &Snapshot, certificates: &Store) {
        let listeners = snapshot.listeners.iter();
        let named = listeners.flat_map(|listener| listener.certificates.iter());
        let missing: BTreeSet<CertificateId> = named
            .filter(|id| certificates.get(id).is_none())
            .cloned()
            .collect();
        for id in missing.difference(&self.missing) {
            tracing::error!(certificate = %id, "ours: a listener names a certificate that was not delivered; handshakes that need it are refused [certificate-undelivered]");
        }
        self.missing = missing;
    }

    /// Lets go of the sockets that nobody wants any more.
    pub fn close_others(&mut self, wanted: &BTreeSet<SocketAddr>) -> Vec<SocketAddr> {
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

    /// Listens where it is wanted and not done yet; what fails stops nothing else.
    pub fn open(
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

    /// Where each listener is served.
    pub fn applied(
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
