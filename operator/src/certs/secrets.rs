//! The Secrets of one release, read and written, and what the API server is told of them.
//!
//! A write names the version that it was made from: who comes second changes nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::{Stream, StreamExt, stream};
use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::jiff::Timestamp;
use kube::api::{Patch, PatchParams, PostParams};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client, ResourceExt};
use serde_json::json;
use thiserror::Error;

use super::{Bundle, Names, keys};

/// How long reading and renewing them may take.
pub const ROUND_TIMEOUT: Duration = Duration::from_secs(20);

/// The name of our webhook in its configuration.
const WEBHOOK: &str = "policies.limpet.dev";

/// The operator's certificate, with the authority's key.
pub const OPERATOR: &str = "operator-tls";
/// The data planes' certificate.
pub const DATA_PLANE: &str = "dataplane-tls";
/// What pins are sealed with.
pub const KEYS: &str = "affinity-keys";

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

/// What they are reached by.
pub struct Secrets {
    client: Client,
    api: Api<Secret>,
    settings: Settings,
}

impl Secrets {
    pub fn new(client: Client, settings: Settings) -> Self {
        Self {
            api: Api::namespaced(client.clone(), &settings.namespace),
            client,
            settings,
        }
    }

    /// Something each time one of them changes, and once at the beginning. Nothing while the API server is
    /// away.
    pub fn changes(&self) -> impl Stream<Item = ()> + Send + use<> {
        let watched = [OPERATOR, DATA_PLANE, KEYS].map(|suffix| {
            let only = format!("metadata.name={}", self.name(suffix));
            let only = watcher::Config::default().fields(&only);
            let seen = watcher(self.api.clone(), only).default_backoff();
            let seen = seen.touched_objects();
            seen.filter_map(async |seen| seen.ok().map(drop)).boxed()
        });
        stream::select_all(watched)
    }

    /// The names in the certificates.
    pub fn names(&self) -> Names {
        let Settings {
            release, namespace, ..
        } = &self.settings;
        Names {
            server: format!("{release}-operator.{namespace}.svc"),
            fleet: self.settings.fleet.clone(),
        }
    }

    /// Tells the API server whom to trust, where there is a webhook and it is not told already. Who does not
    /// lead says it only where nothing is said: after an installation anew the lease of the one before
    /// may last, and without this every policy would be refused until then.
    pub async fn publish_authorities(
        &self,
        bundle: &Bundle,
        is_leader: bool,
    ) -> Result<(), KeeperError> {
        if !self.settings.has_webhook {
            return Ok(());
        }
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
        let is_told = told.is_some_and(|told| match is_leader {
            true => told.0 == authorities.as_bytes(),
            false => !told.0.is_empty(),
        });
        if is_told {
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

    pub async fn read(&self, suffix: &str) -> Result<Option<Secret>, KeeperError> {
        let found = self.api.get_opt(&self.name(suffix)).await;
        found.map_err(|error| self.failed(error))
    }

    /// In place of what was read; who comes second changes nothing.
    pub async fn write(
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
        let (label, value) = limpet_translator::labels::MANAGED_BY;
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
            true => self.api.create(&PostParams::default(), &secret).await,
            false => {
                self.api
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

/// The certificates in a Secret.
pub fn bundle(secret: &Secret) -> Option<Bundle> {
    Bundle::read(secret.data.as_ref()?)
}

/// A field of a Secret.
pub fn field(secret: &Secret, name: &str) -> Option<String> {
    String::from_utf8(secret.data.as_ref()?.get(name)?.0.clone()).ok()
}
