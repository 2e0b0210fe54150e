//! Who writes: one replica holds a lease.
//!
//! The holder's identity is `<pod>/<address of its stream>`, so that the others can send data planes
//! there. A replica that cannot tell whether it still leads does not write.

use std::time::Duration;

use k8s_openapi::api::coordination::v1::Lease;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client};
use kube_lease_manager::{LeaseManager, LeaseManagerBuilder, LeaseManagerError};
use thiserror::Error;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long a lease holds without being renewed, in seconds: how long nobody writes when the leader
/// is lost.
const DURATION_SECS: u64 = 8;

/// How long before its end it is renewed, in seconds.
const GRACE_SECS: u64 = 4;

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
    lease: JoinHandle<Result<LeaseManager, LeaseManagerError>>,
    follow: JoinHandle<()>,
}

impl Part {
    /// Who leads, whenever that changes.
    #[must_use]
    pub fn leader(&self) -> watch::Receiver<Leader> {
        self.leader.clone()
    }

    /// Returns when this replica can never lead again; its process has to end.
    pub async fn lost(&mut self) -> LeaseLost {
        match (&mut self.lease).await {
            Ok(Err(error)) => LeaseLost(error.to_string()),
            _ => LeaseLost("its task has ended".to_owned()),
        }
    }

    /// Lets another replica lead at once.
    pub async fn release(self) {
        // The lease is released when nobody asks about it any more.
        self.follow.abort();
        let _ = tokio::time::timeout(RELEASE_TIMEOUT, self.lease).await;
    }
}

/// The lease cannot be held or asked for any more.
#[derive(Debug, Error)]
#[error("ours: the lease is lost for good: {0} [operator-not-started]")]
pub struct LeaseLost(String);

/// Takes part.
///
/// # Errors
/// When the lease cannot be read or made.
pub async fn take_part(client: Client, settings: Settings) -> Result<Part, LeaseManagerError> {
    let identity = format!("{}/{}", settings.pod, settings.address);
    let manager = LeaseManagerBuilder::new(client.clone(), &settings.lease)
        .with_namespace(&settings.namespace)
        .with_identity(&identity)
        .with_field_manager(format!("limpet-{}", settings.pod))
        .with_duration(DURATION_SECS)
        .with_grace(GRACE_SECS)
        .build()
        .await?;
    let (is_held, lease) = manager.watch().await;
    let (sender, leader) = watch::channel(Leader::Another(String::new()));
    let api: Api<Lease> = Api::namespaced(client, &settings.namespace);
    let follow = tokio::spawn(follow(api, settings, is_held, sender));
    Ok(Part {
        leader,
        lease,
        follow,
    })
}

async fn follow(
    api: Api<Lease>,
    settings: Settings,
    mut is_held: watch::Receiver<bool>,
    sender: watch::Sender<Leader>,
) {
    let only = watcher::Config::default().fields(&format!("metadata.name={}", settings.lease));
    let leases = watcher(api, only).default_backoff().applied_objects();
    let mut leases = std::pin::pin!(leases);
    let mut holder = String::new();
    loop {
        tokio::select! {
            changed = is_held.changed() => if changed.is_err() { return },
            lease = futures::StreamExt::next(&mut leases) => match lease {
                Some(Ok(lease)) => holder = lease.spec.and_then(|spec| spec.holder_identity).unwrap_or_default(),
                Some(Err(_)) => {}
                None => return,
            },
        }
        let now = match *is_held.borrow_and_update() {
            true => Leader::Us,
            false => Leader::Another(address(&holder, &settings.pod)),
        };
        sender.send_if_modified(|leader| {
            let is_new = *leader != now;
            *leader = now;
            is_new
        });
    }
}

/// The address in a holder's identity; empty where it is ours of before.
fn address(holder: &str, pod: &str) -> String {
    match holder.split_once('/') {
        Some((other, address)) if other != pod => address.to_owned(),
        _ => String::new(),
    }
}
