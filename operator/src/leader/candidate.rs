//! One replica's side of the lease: when it takes it, renews it, and counts on it.

use std::time::Duration;

use futures::{Stream, StreamExt};
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;
use kube::Api;
use kube::api::PostParams;
use kube::runtime::watcher;
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use super::{Leader, Settings};

/// How long a lease holds without being renewed: how long nobody writes when the leader is lost.
pub const DURATION: Duration = Duration::from_secs(7);

/// How often it is renewed.
pub const RENEW_EVERY: Duration = Duration::from_secs(2);

/// How long to wait after the API server refused something or did not answer.
const REST: Duration = Duration::from_secs(1);

/// How long a replica may hear nothing of the API server before what it knows may be old: watches over
/// a connection that is cut say nothing, and do so for a while when it is whole again. A leader that dies
/// is not heard of for as long as the lease holds.
pub const CUT_OFF_AFTER: Duration = Duration::from_secs(12);

/// How long one request may take, and no longer than the lease holds.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);

/// A replica that wants to lead.
pub struct Candidate {
    api: Api<Lease>,
    settings: Settings,
    /// None: there is none.
    lease: Option<Lease>,
    /// When that was last seen to change, by this machine's clock.
    changed_at: Instant,
    /// Whether this process wrote the lease as it is known: another of this pod may have been before.
    is_held: bool,
    /// When the API server last told something.
    heard_at: Instant,
    /// Whether it was cut off from the API server for too long.
    was_cut_off: bool,
    /// Not before then is anything tried again.
    rests_until: Instant,
    leader: watch::Sender<Leader>,
}

impl Candidate {
    /// Reads the lease.
    ///
    /// # Errors
    /// When it cannot.
    pub async fn new(
        api: Api<Lease>,
        settings: Settings,
        leader: watch::Sender<Leader>,
    ) -> Result<Self, kube::Error> {
        let lease = api.get_opt(&settings.lease).await?;
        Ok(Self {
            api,
            settings,
            lease,
            changed_at: Instant::now(),
            is_held: false,
            heard_at: Instant::now(),
            was_cut_off: false,
            rests_until: Instant::now(),
            leader,
        })
    }

    /// Takes part until it is to leave, then only follows who leads.
    pub async fn run(
        mut self,
        leases: impl Stream<Item = watcher::Result<Lease>>,
        mut leaves: oneshot::Receiver<()>,
        has_left: oneshot::Sender<()>,
    ) {
        let mut leases = std::pin::pin!(leases);
        loop {
            self.tell();
            if self.was_cut_off {
                tracing::error!(
                    "the API server was out of reach for too long; this replica starts again, as what it knows may be old [api-unreachable]"
                );
                return;
            }
            let step_at = self.step_at();
            tokio::select! {
                biased;
                _ = &mut leaves => break,
                lease = leases.next() => match lease {
                    Some(lease) => self.see(lease).await,
                    None => return,
                },
                () = tokio::time::sleep_until(step_at) => self.step().await,
            }
        }
        self.release().await;
        let _ = has_left.send(());
        loop {
            self.tell();
            let Some(lease) = leases.next().await else {
                return;
            };
            self.see(lease).await;
        }
    }

    fn spec(&self) -> Option<&LeaseSpec> {
        self.lease.as_ref()?.spec.as_ref()
    }

    fn holder(&self) -> &str {
        let holder = self.spec().and_then(|spec| spec.holder_identity.as_deref());
        holder.unwrap_or_default()
    }

    fn identity(&self) -> String {
        format!("{}/{}", self.settings.pod, self.settings.address)
    }

    /// Leads only who wrote the lease last, no longer ago than it holds: one that is cut off from the
    /// API server must not think that it leads, while another does.
    fn leader(&self) -> Leader {
        if self.is_held && Instant::now() < self.changed_at + DURATION {
            return Leader::Us;
        }
        // Long after its end somebody else may have taken it, unseen from here. An address in a holder of
        // this pod is its own of before.
        let is_current = Instant::now() < self.changed_at + 2 * DURATION;
        Leader::Another(match self.holder().split_once('/') {
            Some((pod, address)) if is_current && pod != self.settings.pod => address.to_owned(),
            _ => String::new(),
        })
    }

    fn tell(&self) {
        let now = self.leader();
        self.leader.send_if_modified(|leader| {
            let is_new = *leader != now;
            *leader = now;
            is_new
        });
    }

    /// When it renews the lease, stops to count on it, or takes it.
    fn step_at(&self) -> Instant {
        let is_led = *self.leader.borrow() == Leader::Us;
        let next = if self.is_held {
            self.changed_at + RENEW_EVERY
        } else if self.holder().is_empty() || self.holder() == self.identity() {
            self.changed_at
        } else {
            self.changed_at + DURATION
        };
        let next = next.max(self.rests_until);
        match is_led {
            true => next.min(self.changed_at + DURATION),
            false => next,
        }
    }

    /// The API server has told something.
    fn hear(&mut self) {
        let now = Instant::now();
        self.was_cut_off |= now > self.heard_at + CUT_OFF_AFTER;
        self.heard_at = now;
    }

    /// What the watch says; of a lease that this replica wrote last it may speak late.
    async fn see(&mut self, lease: watcher::Result<Lease>) {
        if lease.is_ok() {
            self.hear();
        }
        match lease {
            Ok(_) if self.is_held => {
                let is_ours = |lease: &Lease| {
                    let holder = lease
                        .spec
                        .as_ref()
                        .and_then(|spec| spec.holder_identity.as_deref());
                    holder == Some(&self.identity())
                };
                if !lease.as_ref().is_ok_and(is_ours) {
                    self.read().await;
                }
            }
            Ok(lease) => self.know(Some(lease)),
            Err(_) => {}
        }
    }

    fn know(&mut self, lease: Option<Lease>) {
        let version = |lease: &Option<Lease>| lease.as_ref()?.metadata.resource_version.clone();
        if version(&lease) == version(&self.lease) {
            return;
        }
        self.lease = lease;
        // A renewal may have happened though its answer did not come in time.
        if !self.is_held || self.holder() != self.identity() {
            self.changed_at = Instant::now();
            self.is_held = false;
        }
    }

    /// When a request that begins now is given up: who waits cannot tell that it leads no more.
    fn gives_up_at(&self) -> Instant {
        let at = Instant::now() + REQUEST_TIMEOUT;
        match self.leader() {
            Leader::Us => at.min(self.changed_at + DURATION),
            Leader::Another(_) => at,
        }
    }

    async fn read(&mut self) {
        self.tell();
        let read = self.api.get_opt(&self.settings.lease);
        match by(self.gives_up_at(), read).await {
            Ok(lease) => {
                self.hear();
                self.know(lease);
            }
            Err(error) => self.rest(&error),
        }
    }

    /// Makes the lease this replica's, or renews it.
    async fn step(&mut self) {
        // A timer may be late, as after a pause of the whole process.
        self.tell();
        if Instant::now() < self.rests_until {
            return;
        }
        let since = Instant::now();
        let wanted = self.taken();
        let params = PostParams::default();
        let gives_up_at = self.gives_up_at();
        let written = match &self.lease {
            Some(_) => {
                let written = self.api.replace(&self.settings.lease, &params, &wanted);
                by(gives_up_at, written).await
            }
            None => by(gives_up_at, self.api.create(&params, &wanted)).await,
        };
        match written {
            Ok(lease) => {
                self.hear();
                // Who may know something old does not lead.
                self.is_held = !self.was_cut_off;
                self.lease = Some(lease);
                self.changed_at = since;
            }
            // Another was quicker, or somebody deleted it.
            Err(kube::Error::Api(status)) if [404, 409].contains(&status.code) => self.read().await,
            Err(error) => self.rest(&error),
        }
    }

    fn taken(&self) -> Lease {
        let now = Some(MicroTime(Timestamp::now()));
        let mut lease = self.lease.clone().unwrap_or_default();
        lease.metadata.name = Some(self.settings.lease.clone());
        let spec = lease.spec.get_or_insert_default();
        if !self.is_held {
            spec.acquire_time.clone_from(&now);
            spec.lease_transitions = Some(spec.lease_transitions.unwrap_or_default() + 1);
        }
        spec.holder_identity = Some(self.identity());
        spec.lease_duration_seconds = i32::try_from(DURATION.as_secs()).ok();
        spec.renew_time = now;
        lease
    }

    /// Leaves the lease to nobody, if it is this replica's.
    async fn release(&mut self) {
        let is_held = std::mem::replace(&mut self.is_held, false);
        let Some(lease) = self.lease.as_mut().filter(|_| is_held) else {
            return;
        };
        let spec = lease.spec.get_or_insert_default();
        (spec.holder_identity, spec.renew_time, spec.acquire_time) = (None, None, None);
        let (name, params) = (&self.settings.lease, PostParams::default());
        let gives_up_at = Instant::now() + REQUEST_TIMEOUT;
        if let Err(error) = by(gives_up_at, self.api.replace(name, &params, lease)).await {
            tracing::warn!("the lease is not given up: {error} [api-unreachable]");
        }
    }

    fn rest(&mut self, error: &kube::Error) {
        tracing::warn!("the lease cannot be used: {error} [api-unreachable]");
        self.rests_until = Instant::now() + REST;
    }
}

async fn by<T>(at: Instant, request: impl Future<Output = kube::Result<T>>) -> kube::Result<T> {
    let answered = tokio::time::timeout_at(at, request).await;
    answered.unwrap_or_else(|_| {
        let status =
            kube::core::Status::failure("the API server did not answer in time", "Timeout");
        Err(kube::Error::Api(Box::new(status.with_code(504))))
    })
}
