//! Secrets, watched one by one: those that are referred to, and no other.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::Secret;
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject};
use kube::runtime::{WatchStreamExt, watcher};
use tokio::sync::mpsc::Sender;
use tokio::task::JoinHandle;

use super::Event;
use super::follow::pass_on;
use crate::inputs::ObjectKey;

/// The watches that run; they end with this.
pub struct Secrets {
    client: Client,
    events: Sender<Event>,
    watches: BTreeMap<ObjectKey, JoinHandle<()>>,
}

impl Secrets {
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
    pub fn want(&mut self, wanted: &BTreeSet<ObjectKey>) -> Vec<ObjectKey> {
        let left = self.watches.extract_if(.., |key, _| !wanted.contains(key));
        let left: Vec<ObjectKey> = left
            .map(|(key, watch)| {
                watch.abort();
                key
            })
            .collect();
        for key in wanted {
            let watch = || {
                let watch = watch(self.client.clone(), key.clone(), self.events.clone());
                tokio::spawn(watch)
            };
            self.watches.entry(key.clone()).or_insert_with(watch);
        }
        left
    }
}

impl Drop for Secrets {
    fn drop(&mut self) {
        self.watches.values().for_each(JoinHandle::abort);
    }
}

/// One object is listed as if it were all of its kind: what is listed is passed on one by one.
async fn watch(client: Client, key: ObjectKey, events: Sender<Event>) {
    let resource = ApiResource::erase::<Secret>(&());
    let api: Api<DynamicObject> = Api::namespaced_with(client, &key.namespace, &resource);
    let only = watcher::Config::default().fields(&format!("metadata.name={}", key.name));
    let (sender, mut seen) = tokio::sync::mpsc::channel(8);
    let watch = watcher(api, only).default_backoff();
    let pass = async { pass_on("Secret", watch, &sender).await };
    let send = async {
        while let Some(event) = seen.recv().await {
            let event = match event {
                Event::Listed(kind, mut found) => match found.pop() {
                    Some(object) => Event::Applied(kind, Box::new(object)),
                    None => Event::Deleted(kind, key.clone()),
                },
                other => other,
            };
            if events.send(event).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = pass => {}
        () = send => {}
    }
}
