//! Watches of what is asked for, and of nothing else of its kind: pods and the Secrets that hold
//! certificates, by namespace.

use std::collections::{BTreeMap, BTreeSet};

use kube::Client;
use kube::api::{Api, DynamicObject};
use kube::runtime::{WatchStreamExt, watcher};
use limpet_translator::inputs::{KINDS, Scope};
use tokio::sync::mpsc::Sender;
use tokio::task::JoinHandle;

use super::Event;
use super::follow::{pass_on, resource};

/// The only Secrets that are ever read.
const TLS_SECRETS: &str = "type=kubernetes.io/tls";

/// The watches that run; they end with this.
pub struct Asked {
    client: Client,
    events: Sender<Event>,
    watches: BTreeMap<Scope, JoinHandle<()>>,
}

impl Asked {
    /// None yet.
    #[must_use]
    pub fn new(client: Client, events: Sender<Event>) -> Self {
        Self {
            client,
            events,
            watches: BTreeMap::new(),
        }
    }

    /// Watches these and no others; the ones that are no longer watched.
    pub fn want(&mut self, wanted: &BTreeSet<Scope>) -> Vec<Scope> {
        let left = self
            .watches
            .extract_if(.., |scope, _| !wanted.contains(scope));
        let left: Vec<Scope> = left
            .map(|(scope, watch)| {
                watch.abort();
                scope
            })
            .collect();
        for scope in wanted {
            let watch = || {
                let watch = watch(self.client.clone(), scope.clone(), self.events.clone());
                tokio::spawn(watch)
            };
            self.watches.entry(scope.clone()).or_insert_with(watch);
        }
        left
    }

    /// What is watched.
    pub fn scopes(&self) -> impl Iterator<Item = &Scope> {
        self.watches.keys()
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.watches.values().for_each(JoinHandle::abort);
    }
}

async fn watch(client: Client, scope: Scope, events: Sender<Event>) {
    let kind = KINDS.iter().find(|kind| kind.name == scope.kind());
    let kind = kind.expect("only kinds that are read are asked for");
    let resource = resource(kind, kind.versions[0]);
    let mut only = watcher::Config::default();
    // Nothing that an object says is part of a selector.
    if kind.name == "Secret" {
        only = only.fields(TLS_SECRETS);
    }
    let api: Api<DynamicObject> = match &scope {
        Scope::All(_) => Api::all_with(client, &resource),
        Scope::Namespace(_, namespace) => Api::namespaced_with(client, namespace, &resource),
        Scope::One(_, key) => Api::namespaced_with(client, &key.namespace, &resource),
    };
    pass_on(scope, watcher(api, only).default_backoff(), &events).await;
}
