//! The Secrets, read and renewed.
//!
//! Every replica reads them again and again; the leader writes what is due. A write names the
//! version that it was made from, so two that think they lead make one authority and not two.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::jiff::Timestamp;
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, Client, ResourceExt};
use limpet_schema::secrets::AffinityKeys;
use rustls::ServerConfig;
use serde_json::json;
use thiserror::Error;
use tokio::sync::watch;

use super::rotation::Names;
use super::server::{Clients, config};
use super::{Bundle, keys, renew};
use crate::leader::Leader;

/// How often the Secrets are read.
const READ_EVERY: Duration = Duration::from_secs(30);

/// How long reading and renewing them may take.
const ROUND_TIMEOUT: Duration = Duration::from_secs(20);

/// How often while there is nothing to serve with.
const READ_FIRST: Duration = Duration::from_millis(300);

/// The name of our webhook in its configuration.
pub const WEBHOOK: &str = "policies.limpet.dev";

/// Which Secrets.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where they are.
    pub namespace: String,
    /// What their names begin with; also the name of the ValidatingWebhookConfiguration.
    pub release: String,
    /// Of the data planes.
    pub fleet: String,
    /// Whether there is a webhook.
    pub has_webhook: bool,
}

/// Why the Secrets cannot be used.
#[derive(Debug, Error)]
pub enum KeeperError {
    /// The API server's word.
    #[error("the secrets of namespace {namespace} cannot be read or written: {error}")]
    Api {
        /// Where.
        namespace: String,
        /// Why.
        error: Box<kube::Error>,
    },
    /// A host that is gone does not say so.
    #[error("the API server has not answered within {} s", ROUND_TIMEOUT.as_secs())]
    Unanswered,
    /// What was made cannot be used.
    #[error("certificates: {0}")]
    Certificates(String),
}

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
        let desk = Desk {
            secrets: Api::namespaced(client.clone(), &settings.namespace),
            client,
            settings,
            leader,
        };
        let found = loop {
            match desk.round().await? {
                Some(found) => break found,
                None => tokio::time::sleep(READ_FIRST).await,
            }
        };
        let (sender, keys) = watch::channel(found.keys);
        let swap = |clients| {
            config(&found.bundle, clients)
                .map(ArcSwap::from_pointee)
                .map(Arc::new)
        };
        let keeper = Self {
            webhook: swap(Clients::All).map_err(KeeperError::Certificates)?,
            stream: swap(Clients::DataPlanes).map_err(KeeperError::Certificates)?,
            keys,
        };
        tokio::spawn(desk.keep(keeper.clone(), found.bundle, sender));
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

struct Desk {
    client: Client,
    secrets: Api<Secret>,
    settings: Settings,
    leader: watch::Receiver<Leader>,
}

impl Desk {
    async fn keep(self, keeper: Keeper, mut shown: Bundle, keys: watch::Sender<AffinityKeys>) {
        let mut leader = self.leader.clone();
        loop {
            tokio::select! {
                () = tokio::time::sleep(READ_EVERY) => {}
                changed = leader.changed() => if changed.is_err() { return },
            }
            let round = tokio::time::timeout(ROUND_TIMEOUT, self.round());
            let found = match round.await.unwrap_or(Err(KeeperError::Unanswered)) {
                Ok(Some(found)) => found,
                Ok(None) => continue,
                Err(error) => {
                    tracing::warn!("ours: {error}; what was read last is used [secrets-unusable]");
                    continue;
                }
            };
            keys.send_if_modified(|keys| {
                let is_new = *keys != found.keys;
                keys.clone_from(&found.keys);
                is_new
            });
            if found.bundle == shown {
                continue;
            }
            for clients in [Clients::All, Clients::DataPlanes] {
                match config(&found.bundle, clients) {
                    Ok(config) => keeper.tls(clients).store(Arc::new(config)),
                    Err(error) => tracing::warn!("ours: certificates: {error} [secrets-unusable]"),
                }
            }
            tracing::info!("new certificates are served");
            shown = found.bundle;
        }
    }

    /// Writes what is due, where this replica leads; what there is then.
    async fn round(&self) -> Result<Option<Found>, KeeperError> {
        if *self.leader.borrow() == Leader::Us {
            self.renew_certificates().await?;
            self.renew_keys().await?;
        }
        let certificates = self.read("operator-tls").await?;
        let keys = self.read("affinity-keys").await?;
        let bundle = certificates.as_ref().and_then(bundle);
        let keys = keys.as_ref().and_then(|secret| field(secret, keys::FIELD));
        let (Some(bundle), Some(keys)) = (bundle, keys) else {
            return Ok(None);
        };
        if *self.leader.borrow() == Leader::Us && self.settings.has_webhook {
            // The webhook alone is not served for it.
            if let Err(error) = self.publish_authorities(&bundle).await {
                tracing::warn!("ours: {error} [secrets-unusable]");
            }
        }
        let keys = AffinityKeys(keys);
        Ok(Some(Found { bundle, keys }))
    }

    async fn renew_certificates(&self) -> Result<(), KeeperError> {
        let (operator, data_plane) = (
            self.read("operator-tls").await?,
            self.read("dataplane-tls").await?,
        );
        let before = (
            operator.as_ref().and_then(bundle),
            data_plane.as_ref().and_then(bundle),
        );
        let names = Names {
            server: format!(
                "{}-operator.{}.svc",
                self.settings.release, self.settings.namespace
            ),
            fleet: self.settings.fleet.clone(),
        };
        let due = renew(
            before.0.as_ref(),
            before.1.as_ref(),
            &names,
            Timestamp::now(),
        );
        let due = due.map_err(|error| KeeperError::Certificates(error.to_string()))?;
        // The operator's first: the data planes' is made from it.
        if before.0.as_ref() != Some(&due.0) {
            self.write("operator-tls", operator, due.0.data(), None)
                .await?;
        }
        if before.1.as_ref() != Some(&due.1) {
            self.write("dataplane-tls", data_plane, due.1.data(), None)
                .await?;
        }
        Ok(())
    }

    async fn renew_keys(&self) -> Result<(), KeeperError> {
        let secret = self.read("affinity-keys").await?;
        let text = secret
            .as_ref()
            .and_then(|secret| field(secret, keys::FIELD));
        let rotated = secret
            .as_ref()
            .and_then(|secret| secret.annotations().get(keys::ROTATED_AT)?.parse().ok());
        let now = Timestamp::now();
        let before = text.as_deref().map(|text| (text, rotated));
        if let Some(text) = keys::renew(before, now, random) {
            let data = BTreeMap::from([(keys::FIELD.to_owned(), ByteString(text.into_bytes()))]);
            self.write("affinity-keys", secret, data, Some(now)).await?;
        }
        Ok(())
    }

    /// Tells the API server whom to trust; only where it is not told already.
    async fn publish_authorities(&self, bundle: &Bundle) -> Result<(), KeeperError> {
        let api: Api<ValidatingWebhookConfiguration> = Api::all(self.client.clone());
        let name = &self.settings.release;
        let Some(there) = api
            .get_opt(name)
            .await
            .map_err(|error| self.failed(error))?
        else {
            return Ok(());
        };
        let authorities = bundle.authorities.concat();
        let mut hooks = there.webhooks.iter().flatten();
        let ours = hooks.find(|hook| hook.name == WEBHOOK);
        let told = ours.and_then(|hook| hook.client_config.ca_bundle.as_ref());
        if told.is_some_and(|told| told.0 == authorities.as_bytes()) {
            return Ok(());
        }
        let patch = json!({"webhooks": [{
            "name": WEBHOOK,
            "clientConfig": {"caBundle": STANDARD.encode(authorities)},
        }]});
        let sent = api
            .patch(name, &PatchParams::default(), &Patch::Strategic(patch))
            .await;
        sent.map(drop).map_err(|error| self.failed(error))
    }

    fn name(&self, suffix: &str) -> String {
        format!("{}-{suffix}", self.settings.release)
    }

    async fn read(&self, suffix: &str) -> Result<Option<Secret>, KeeperError> {
        let found = self.secrets.get_opt(&self.name(suffix)).await;
        found.map_err(|error| self.failed(error))
    }

    /// In place of what was read; who comes second changes nothing.
    async fn write(
        &self,
        suffix: &str,
        before: Option<Secret>,
        data: BTreeMap<String, ByteString>,
        rotated: Option<Timestamp>,
    ) -> Result<(), KeeperError> {
        let name = self.name(suffix);
        let is_new = before.is_none();
        let mut secret = before.unwrap_or_default();
        secret.metadata.name = Some(name.clone());
        secret.metadata.managed_fields = None;
        let (label, value) = crate::infra::MANAGED_BY;
        secret
            .labels_mut()
            .insert(label.to_owned(), value.to_owned());
        if let Some(now) = rotated {
            secret
                .annotations_mut()
                .insert(keys::ROTATED_AT.to_owned(), now.to_string());
        }
        secret.data = Some(data);
        let written = match is_new {
            true => self.secrets.create(&PostParams::default(), &secret).await,
            false => {
                self.secrets
                    .replace(&name, &PostParams::default(), &secret)
                    .await
            }
        };
        match written {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if status.is_conflict() || status.is_already_exists() => {
                Ok(())
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    fn failed(&self, error: kube::Error) -> KeeperError {
        KeeperError::Api {
            namespace: self.settings.namespace.clone(),
            error: Box::new(error),
        }
    }
}

fn bundle(secret: &Secret) -> Option<Bundle> {
    Bundle::read(secret.data.as_ref()?)
}

fn field(secret: &Secret, name: &str) -> Option<String> {
    String::from_utf8(secret.data.as_ref()?.get(name)?.0.clone()).ok()
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
