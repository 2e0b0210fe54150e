//! The Secrets, read and renewed.
//!
//! Every replica reads them again and again, and whenever one changes; the leader writes what is due, and
//! whoever finds that the API server is told no authority for the webhook tells it. A
//! write names the version that it was made from, so two that think they lead make one authority and not
//! two. Tested in `keeper/tests.rs` with a clock that is moved.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::StreamExt;
use k8s_openapi::ByteString;
use k8s_openapi::jiff::Timestamp;
use kube::{Client, ResourceExt};
use limpet_schema::secrets::AffinityKeys;
use rustls::ServerConfig;
use tokio::sync::watch;

use super::secrets::{
    DATA_PLANE, KEYS, KeeperError, OPERATOR, ROUND_TIMEOUT, Secrets, Settings, bundle, field,
};
use super::server::{Clients, config};
use super::{Bundle, keys, renew};
use crate::leader::Leader;

#[cfg(test)]
mod tests;

/// How often the Secrets are read where nothing changes: what is due comes with time.
const READ_EVERY: Duration = Duration::from_secs(30);

/// How often while there is nothing to serve with.
const READ_FIRST: Duration = Duration::from_millis(300);

/// What the servers show, and the affinity keys; kept up to date.
#[derive(Clone, Debug)]
pub struct Keeper {
    webhook: Arc<ArcSwap<ServerConfig>>,
    stream: Arc<ArcSwap<ServerConfig>>,
    keys: watch::Receiver<AffinityKeys>,
}

impl Keeper {
    /// Returns once there are certificates and keys, which the leader makes.
    ///
    /// # Errors
    /// When the Secrets cannot be read or, for the leader, made.
    pub async fn start(
        client: Client,
        settings: Settings,
        leader: watch::Receiver<Leader>,
    ) -> Result<Self, KeeperError> {
        let renewer = Renewer {
            secrets: Secrets::new(client, settings),
            leader,
            now: Timestamp::now,
        };
        let shown = renewer.first().await?;
        let keeper = shown.keeper.clone();
        tokio::spawn(renewer.keep(shown));
        Ok(keeper)
    }

    /// What a server shows to these clients.
    #[must_use]
    pub fn tls(&self, clients: Clients) -> Arc<ArcSwap<ServerConfig>> {
        match clients {
            Clients::All => Arc::clone(&self.webhook),
            Clients::DataPlanes => Arc::clone(&self.stream),
        }
    }

    /// The keys that pins are sealed with.
    #[must_use]
    pub fn affinity_keys(&self) -> watch::Receiver<AffinityKeys> {
        self.keys.clone()
    }
}

/// What the Secrets hold.
struct Found {
    bundle: Bundle,
    keys: AffinityKeys,
}

/// What is served of it.
struct Shown {
    keeper: Keeper,
    bundle: Bundle,
    keys: watch::Sender<AffinityKeys>,
}

impl Shown {
    fn first(found: Found) -> Result<Self, KeeperError> {
        let (sender, keys) = watch::channel(found.keys);
        let swap = |clients| {
            let config = config(&found.bundle, clients);
            let config = config.map_err(KeeperError::Certificates)?;
            Ok::<_, KeeperError>(Arc::new(ArcSwap::from_pointee(config)))
        };
        Ok(Self {
            keeper: Keeper {
                webhook: swap(Clients::All)?,
                stream: swap(Clients::DataPlanes)?,
                keys,
            },
            bundle: found.bundle,
            keys: sender,
        })
    }

    fn show(&mut self, found: Found) {
        self.keys.send_if_modified(|keys| {
            let is_new = *keys != found.keys;
            keys.clone_from(&found.keys);
            is_new
        });
        if found.bundle == self.bundle {
            return;
        }
        for clients in [Clients::All, Clients::DataPlanes] {
            match config(&found.bundle, clients) {
                Ok(config) => self.keeper.tls(clients).store(Arc::new(config)),
                Err(error) => tracing::warn!("certificates: {error} [secrets-unusable]"),
            }
        }
        tracing::info!("new certificates are served");
        self.bundle = found.bundle;
    }
}

struct Renewer {
    secrets: Secrets,
    leader: watch::Receiver<Leader>,
    now: fn() -> Timestamp,
}

impl Renewer {
    async fn first(&self) -> Result<Shown, KeeperError> {
        loop {
            match self.round().await? {
                Some(found) => return Shown::first(found),
                None => tokio::time::sleep(READ_FIRST).await,
            }
        }
    }

    async fn keep(self, mut shown: Shown) {
        let mut leader = self.leader.clone();
        let mut changes = self.secrets.changes();
        loop {
            tokio::select! {
                () = tokio::time::sleep(READ_EVERY) => {}
                Some(()) = changes.next() => {}
                changed = leader.changed() => if changed.is_err() { return },
            }
            let round = tokio::time::timeout(ROUND_TIMEOUT, self.round());
            match round.await.unwrap_or(Err(KeeperError::Unanswered)) {
                Ok(Some(found)) => shown.show(found),
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!("{error}; what was read last is used [secrets-unusable]");
                }
            }
        }
    }

    /// Writes what is due, where this replica leads; what there is then.
    async fn round(&self) -> Result<Option<Found>, KeeperError> {
        if *self.leader.borrow() == Leader::Us {
            self.renew_certificates().await?;
            self.renew_keys().await?;
        }
        let certificates = self.secrets.read(OPERATOR).await?;
        let keys = self.secrets.read(KEYS).await?;
        let bundle = certificates.as_ref().and_then(bundle);
        let keys = keys.as_ref().and_then(|secret| field(secret, keys::FIELD));
        let (Some(bundle), Some(keys)) = (bundle, keys) else {
            return Ok(None);
        };
        let is_leader = *self.leader.borrow() == Leader::Us;
        // The webhook alone is not served for it.
        if let Err(error) = self.secrets.publish_authorities(&bundle, is_leader).await {
            tracing::warn!("{error} [secrets-unusable]");
        }
        let keys = AffinityKeys(keys);
        Ok(Some(Found { bundle, keys }))
    }

    async fn renew_certificates(&self) -> Result<(), KeeperError> {
        let (operator, data_plane) = (
            self.secrets.read(OPERATOR).await?,
            self.secrets.read(DATA_PLANE).await?,
        );
        let before = (
            operator.as_ref().and_then(bundle),
            data_plane.as_ref().and_then(bundle),
        );
        let names = self.secrets.names();
        let due = renew(before.0.as_ref(), before.1.as_ref(), &names, (self.now)());
        let due = due.map_err(|error| KeeperError::Certificates(error.to_string()))?;
        // The operator's first: the data planes' is made from it.
        if before.0.as_ref() != Some(&due.0) {
            self.secrets
                .write(OPERATOR, operator, due.0.data(), None)
                .await?;
        }
        if before.1.as_ref() != Some(&due.1) {
            self.secrets
                .write(DATA_PLANE, data_plane, due.1.data(), None)
                .await?;
        }
        Ok(())
    }

    async fn renew_keys(&self) -> Result<(), KeeperError> {
        let secret = self.secrets.read(KEYS).await?;
        let text = secret
            .as_ref()
            .and_then(|secret| field(secret, keys::FIELD));
        let rotated = secret
            .as_ref()
            .and_then(|secret| secret.annotations().get(keys::ROTATED_AT)?.parse().ok());
        let now = (self.now)();
        let before = text.as_deref().map(|text| (text, rotated));
        if let Some(text) = keys::renew(before, now, random) {
            let data = BTreeMap::from([(keys::FIELD.to_owned(), ByteString(text.into_bytes()))]);
            self.secrets.write(KEYS, secret, data, Some(now)).await?;
        }
        Ok(())
    }
}

/// A key's 32 bytes, as its file has them.
fn random() -> String {
    let mut bytes = [0; 32];
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    provider
        .secure_random
        .fill(&mut bytes)
        .expect("the system's random numbers never fail after start");
    URL_SAFE_NO_PAD.encode(bytes)
}
