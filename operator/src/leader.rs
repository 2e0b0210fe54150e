//! Who writes: one replica holds a lease.
//!
//! The holder's identity is `<pod>/<address of its stream>`, so that the others can send data planes
//! there. A replica that cannot tell whether it still leads does not write. One that sees the lease
//! given up takes it at once: until somebody leads, no data plane is listed anew.
//!
//! It asks no clock but this machine's: a lease that another holds ends when no renewal of it was seen
//! for as long as it lasts, whatever times stand in it. Nodes whose clocks differ would take it from
//! each other. What is written names the version that it was made from, so that of several who
//! take the lease one does.
//!
//! A replica that was cut off from the API server for long takes no part any more: its process has to end,
//! and to begin again with what there is now. Its watches may go on showing what there was.
//!
//! Tested with an API server of one lease, in paused time.

mod candidate;
#[cfg(test)]
mod tests;

use std::time::Duration;

use k8s_openapi::api::coordination::v1::Lease;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client};
use thiserror::Error;
use tokio::sync::{oneshot, watch};

use candidate::Candidate;

/// How long a release may take at the end.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(2);

/// The lease, and this replica.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The lease's namespace.
    pub namespace: String,
    /// The lease's name.
    pub lease: String,
    /// This replica's pod.
    pub pod: String,
    /// Where its stream is served, `<ip>:<port>`.
    pub address: String,
}

/// Who leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leader {
    /// This replica.
    Us,
    /// The one whose stream is at this address; empty: not known.
    Another(String),
}

/// A replica that takes part.
pub struct Part {
    leader: watch::Receiver<Leader>,
    leave: oneshot::Sender<()>,
    /// Tells when it has left; ends without a word when nobody keeps the lease any more.
    left: oneshot::Receiver<()>,
}

impl Part {
    /// Who leads, whenever that changes.
    #[must_use]
    pub fn leader(&self) -> watch::Receiver<Leader> {
        self.leader.clone()
    }

    /// Returns when this replica can never lead again; its process has to end.
    pub async fn lost(&mut self) -> LeaseLost {
        let _ = (&mut self.left).await;
        LeaseLost
    }

    /// Lets another replica lead at once; who that is goes on being told.
    pub async fn release(self) {
        let _ = self.leave.send(());
        let _ = tokio::time::timeout(RELEASE_TIMEOUT, self.left).await;
    }
}

/// The lease cannot be held or asked for any more.
#[derive(Debug, Error)]
#[error("the lease is lost for good; the log says why [operator-not-started]")]
pub struct LeaseLost;

/// Takes part.
///
/// # Errors
/// When the lease cannot be read.
pub async fn take_part(client: Client, settings: Settings) -> Result<Part, kube::Error> {
    let api: Api<Lease> = Api::namespaced(client, &settings.namespace);
    let only = watcher::Config::default().fields(&format!("metadata.name={}", settings.lease));
    let leases = watcher(api.clone(), only)
        .default_backoff()
        .applied_objects();
    let (sender, leader) = watch::channel(Leader::Another(String::new()));
    let (leave, leaves) = oneshot::channel();
    let (has_left, left) = oneshot::channel();
    let candidate = Candidate::new(api, settings, sender).await?;
    tokio::spawn(candidate.run(leases, leaves, has_left));
    Ok(Part {
        leader,
        leave,
        left,
    })
}
