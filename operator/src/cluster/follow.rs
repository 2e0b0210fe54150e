//! Watches: one task a kind, begun once the API server knows the kind, and anew in another version when
//! that one is served no more or a better one is.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures::StreamExt;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{ApiResource, DynamicObject, ListParams, PartialObjectMeta};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client, ResourceExt};
use limpet_schema::messages;
use limpet_translator::inputs::{CONFIG_MAP, KINDS, Kind, ObjectKey, Scope};
use serde_json::Value;
use thiserror::Error;
use tokio::sync::mpsc::Sender;
use tokio::task::JoinHandle;

use super::{Event, Object};

/// How often a kind is asked for whose definition changed, and how long: the API server says a while later
/// which versions it serves.
const ASK_AGAIN: Duration = Duration::from_secs(5);
const ASK_FOR: Duration = Duration::from_secs(60);

/// The CRD that every installation of the Gateway API has.
const GATEWAY_CLASSES: &str = "gatewayclasses.gateway.networking.k8s.io";

/// The annotation of its CRDs that says which version they are.
const BUNDLE_VERSION: &str = "gateway.networking.k8s.io/bundle-version";

/// Of a CRD, no more than is asked about it.
type Definition = PartialObjectMeta<CustomResourceDefinition>;

/// Why watching cannot begin.
#[derive(Debug, Error)]
#[error(
    "the API server does not say which kinds it knows: {0}; see the operator's rights and its network [api-unreachable]"
)]
pub struct FollowError(#[from] kube::Error);

/// Watches every kind that there is and, as their CRDs come, those that there will be. The names of
/// the kinds that are there now: a first translation waits for all of them.
///
/// # Errors
/// When the API server cannot be asked.
pub async fn follow(
    client: Client,
    events: Sender<Event>,
) -> Result<Vec<&'static str>, FollowError> {
    let mut watches = Watches {
        client,
        events,
        followed: BTreeMap::new(),
    };
    watches.begin(KINDS.iter()).await?;
    watches.tell_absent();
    watches.tell_version().await?;
    let names = watches.followed.keys().copied().collect();
    tokio::spawn(watches.follow_definitions());
    Ok(names)
}

struct Watches {
    client: Client,
    events: Sender<Event>,
    /// By name of kind.
    followed: BTreeMap<&'static str, Followed>,
}

/// A kind that is watched.
struct Followed {
    version: &'static str,
    watch: JoinHandle<()>,
}

impl Watches {
    /// Watches these kinds, as far as the API server knows them, in the best version that it serves.
    async fn begin(
        &mut self,
        kinds: impl Iterator<Item = &'static Kind>,
    ) -> Result<(), kube::Error> {
        let mut known = BTreeMap::new();
        for kind in kinds.filter(is_followed) {
            for version in kind.versions {
                if !known.contains_key(version) {
                    known.insert(*version, plurals(&self.client, version).await?);
                }
                if known[version].iter().any(|plural| plural == kind.plural) {
                    self.watch(kind, version);
                    break;
                }
            }
        }
        Ok(())
    }

    fn watch(&mut self, kind: &'static Kind, version: &'static str) {
        let before = self.followed.get(kind.name);
        if before.is_some_and(|before| before.version == version) {
            return;
        }
        if let Some(before) = before {
            before.watch.abort();
        }
        let watch = watch(self.client.clone(), kind, version, self.events.clone());
        let watch = tokio::spawn(watch);
        self.followed.insert(kind.name, Followed { version, watch });
    }

    /// Says which kinds are not served.
    fn tell_absent(&self) {
        let absent = KINDS
            .iter()
            .filter(|kind| !self.followed.contains_key(kind.name));
        for kind in absent.filter(is_followed) {
            let (name, id) = (kind.name, messages::KIND_NOT_INSTALLED.id);
            tracing::info!("the API server knows no {name}: none is served [{id}]");
        }
    }

    /// Tells the version of the Gateway API before anything is decided.
    async fn tell_version(&self) -> Result<(), kube::Error> {
        let api: Api<Definition> = Api::all(self.client.clone());
        let only = ListParams::default().fields(&format!("metadata.name={GATEWAY_CLASSES}"));
        for definition in api.list(&only).await?.items {
            self.tell_version_of(&definition).await;
        }
        Ok(())
    }

    async fn tell_version_of(&self, definition: &Definition) {
        if definition.name_any() == GATEWAY_CLASSES {
            let version = definition.annotations().get(BUNDLE_VERSION).cloned();
            // Nobody listens once the operator ends.
            let _ = self.events.send(Event::GatewayApi(version)).await;
        }
    }

    /// Looks again whenever a CRD comes or changes.
    async fn follow_definitions(mut self) {
        let api: Api<Definition> = Api::all(self.client.clone());
        let changes = watcher(api, watcher::Config::default()).default_backoff();
        let mut changes = std::pin::pin!(changes.applied_objects());
        // Whose definition came or changed, and until when it is asked about.
        let mut awaited: BTreeMap<&'static str, Instant> = BTreeMap::new();
        let mut ask_at = tokio::time::Instant::now();
        loop {
            tokio::select! {
                change = changes.next() => match change {
                    None => return,
                    Some(Err(_)) => continue,
                    Some(Ok(definition)) => {
                        self.tell_version_of(&definition).await;
                        let until = Instant::now() + ASK_FOR;
                        let mut kinds = defined(&definition).peekable();
                        if kinds.peek().is_none() {
                            continue;
                        }
                        awaited.extend(kinds.map(|kind| (kind, until)));
                    }
                },
                () = tokio::time::sleep_until(ask_at), if !awaited.is_empty() => {}
            }
            ask_at = tokio::time::Instant::now() + ASK_AGAIN;
            let kinds = KINDS.iter().filter(|kind| awaited.contains_key(kind.name));
            if let Err(error) = self.begin(kinds).await {
                let id = messages::API_UNREACHABLE.id;
                tracing::warn!("which kinds are served cannot be asked: {error} [{id}]");
            }
            awaited
                .retain(|kind, until| *until > Instant::now() || !self.followed.contains_key(kind));
        }
    }
}

/// The kind that a CRD defines, if it is one of those that are read.
fn defined(definition: &Definition) -> impl Iterator<Item = &'static str> {
    let name = definition.name_any();
    let kinds = KINDS.iter().filter(move |kind| {
        let (group, _) = kind.versions[0].rsplit_once('/').unwrap_or_default();
        name == format!("{}.{group}", kind.plural)
    });
    kinds.map(|kind| kind.name)
}

/// The others are watched where they are asked for.
fn is_followed(kind: &&'static Kind) -> bool {
    !["Secret", "Pod"].contains(&kind.name)
}

/// The resources of a group's version; none where the server does not know it.
async fn plurals(client: &Client, version: &str) -> Result<Vec<String>, kube::Error> {
    let found = match version.contains('/') {
        true => client.list_api_group_resources(version).await,
        false => client.list_core_api_resources(version).await,
    };
    match found {
        Ok(found) => Ok(found
            .resources
            .into_iter()
            .map(|known| known.name)
            .collect()),
        // Of an unknown group it is text, no Status with a reason.
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

async fn watch(client: Client, kind: &'static Kind, version: &str, events: Sender<Event>) {
    let api: Api<DynamicObject> = Api::all_with(client, &resource(kind, version));
    let seen = watcher(api, watcher::Config::default()).default_backoff();
    pass_on(Scope::All(kind.name), seen, &events).await;
}

/// What the client library must know to ask for a kind.
pub fn resource(kind: &Kind, version: &str) -> ApiResource {
    let (group, short) = version.rsplit_once('/').unwrap_or(("", version));
    ApiResource {
        group: group.to_owned(),
        version: short.to_owned(),
        api_version: version.to_owned(),
        kind: kind.name.to_owned(),
        plural: kind.plural.to_owned(),
    }
}

/// Watches the ConfigMap of that name.
pub async fn follow_ports(client: Client, key: ObjectKey, events: Sender<Event>) {
    let resource = resource(&CONFIG_MAP, CONFIG_MAP.versions[0]);
    let api: Api<DynamicObject> = Api::namespaced_with(client, &key.namespace, &resource);
    let only = watcher::Config::default().fields(&format!("metadata.name={}", key.name));
    let seen = watcher(api, only).default_backoff();
    pass_on(Scope::One(CONFIG_MAP.name, key), seen, &events).await;
}

/// Sends on what a watch sees, until nobody listens.
pub async fn pass_on(
    scope: Scope,
    seen: impl futures::Stream<Item = watcher::Result<watcher::Event<DynamicObject>>>,
    events: &Sender<Event>,
) {
    let kind = scope.kind();
    let mut seen = std::pin::pin!(seen);
    let mut listed = Vec::new();
    while let Some(event) = seen.next().await {
        let event = match event {
            Ok(watcher::Event::Init) => {
                listed.clear();
                continue;
            }
            Ok(watcher::Event::InitApply(object)) => {
                listed.push(read(kind, object));
                continue;
            }
            Ok(watcher::Event::InitDone) => {
                Event::Listed(scope.clone(), std::mem::take(&mut listed))
            }
            Ok(watcher::Event::Apply(object)) => Event::Applied(kind, Box::new(read(kind, object))),
            Ok(watcher::Event::Delete(object)) => Event::Deleted(kind, read(kind, object).key),
            Err(error) => {
                let id = messages::API_UNREACHABLE.id;
                tracing::warn!("{kind} are not watched for the moment: {error} [{id}]");
                continue;
            }
        };
        if events.send(event).await.is_err() {
            return;
        }
    }
}

fn read(kind: &str, mut object: DynamicObject) -> Object {
    // Half of the bytes of an object, and nobody's business.
    object.metadata.managed_fields = None;
    if let Some(notes) = &mut object.metadata.annotations {
        notes.remove("kubectl.kubernetes.io/last-applied-configuration");
    }
    let mut object = Object::new(serde_json::to_value(object).unwrap_or(Value::Null));
    if kind == "Pod" {
        keep_endpoint(&mut object.value);
    }
    object
}

/// Of a pod, no more than makes it an endpoint: the rest is its owner's business.
fn keep_endpoint(pod: &mut Value) {
    let Some(fields) = pod.as_object_mut() else {
        return;
    };
    fields.remove("spec");
    if let Some(status) = fields.get_mut("status").and_then(Value::as_object_mut) {
        status
            .retain(|name, _| ["phase", "podIP", "podIPs", "conditions"].contains(&name.as_str()));
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use std::sync::{Arc, Mutex};

    use axum::http::{Request, Response};
    use kube::client::Body;
    use serde_json::json;

    use super::*;

    /// With an API server that answers everything so.
    fn client(status: u16, said: &'static str) -> Client {
        let server = tower::service_fn(move |_| async move {
            let answer = Response::builder().status(status);
            let answer = answer.body(Body::from(said.as_bytes().to_vec()));
            Ok::<_, Infallible>(answer.expect("a response"))
        });
        Client::new(server, "default")
    }

    /// With an API server that serves ReferenceGrants in the version that stands there, and knows nothing
    /// else.
    fn serving(version: &Arc<Mutex<&'static str>>) -> Client {
        let version = Arc::clone(version);
        let server = tower::service_fn(move |request: Request<Body>| {
            let version = *version.lock().expect("no panic");
            let is_it = request.uri().path() == format!("/apis/{version}");
            let said = json!({"kind": "APIResourceList", "groupVersion": version, "resources": [{
                "name": "referencegrants", "singularName": "", "namespaced": true, "kind": "ReferenceGrant", "verbs": [],
            }]});
            async move {
                let (status, said) = match is_it {
                    true => (200, said.to_string()),
                    false => (404, "404 page not found\n".to_owned()),
                };
                let answer = Response::builder().status(status);
                let answer = answer.body(Body::from(said.into_bytes()));
                Ok::<_, Infallible>(answer.expect("a response"))
            }
        });
        Client::new(server, "default")
    }

    #[tokio::test]
    async fn a_kind_is_watched_in_the_best_version_that_is_served_now() {
        let [best, older] = KINDS[0].versions else {
            panic!("two versions")
        };
        let version = Arc::new(Mutex::new(*older));
        let (events, _seen) = tokio::sync::mpsc::channel(1);
        let client = serving(&version);
        let mut watches = Watches {
            client,
            events,
            followed: BTreeMap::new(),
        };
        for served in [older, best, older] {
            *version.lock().expect("no panic") = served;
            watches.begin(KINDS.iter()).await.expect("it answers");
            let followed = watches.followed.iter();
            let followed: Vec<_> = followed
                .map(|(kind, found)| (*kind, found.version))
                .collect();
            assert_eq!(followed, [("ReferenceGrant", *served)]);
        }
        *version.lock().expect("no panic") = "none/v1";
        watches.begin(KINDS.iter()).await.expect("it answers");
        assert!(
            !watches.followed["ReferenceGrant"].watch.is_finished(),
            "it may come back"
        );
    }

    #[tokio::test]
    async fn a_group_that_the_server_does_not_know_has_no_kinds() {
        let reason = r#"{"kind":"Status","code":404,"reason":"NotFound","message":""}"#;
        for said in ["404 page not found\n", reason] {
            let found = plurals(&client(404, said), "gateway.networking.x-k8s.io/v1alpha1").await;
            assert_eq!(found.expect("no error"), Vec::<String>::new(), "{said}");
        }
        let found = plurals(&client(500, "broken"), "v1").await;
        assert!(found.is_err());
    }
}
