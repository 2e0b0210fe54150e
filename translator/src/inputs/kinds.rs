//! The kinds that are read, and the accepted objects of each.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use k8s_openapi::api::core::v1::{Namespace, Pod, Secret, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::{Ingress, IngressClass};
use limpet_schema::api::{IngressExtension, RoutePolicy};
use limpet_schema::gateway_api::gatewayclasses::GatewayClass;
use limpet_schema::gateway_api::gateways::Gateway;
use limpet_schema::gateway_api::httproutes::HttpRoute;
use limpet_schema::gateway_api::listenersets::ListenerSet;
use limpet_schema::gateway_api::referencegrants::ReferenceGrant;
use limpet_schema::gateway_api::xbackends::XBackend;
use limpet_schema::messages;
use limpet_schema::problem::{Problem, Reason};
use limpet_schema::rules::{self, PROBLEMS_MAX};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::change::{Change, of_kind};
use super::unread::unread;
use super::{ObjectKey, typed, validate};

/// Whether a kind's objects live in namespaces.
enum Scope {
    Cluster,
    Namespaced,
}

/// A kind, as an API server knows it.
#[derive(Debug)]
pub struct Kind {
    /// `HTTPRoute`.
    pub name: &'static str,
    /// `httproutes`.
    pub plural: &'static str,
    /// `<group>/<version>`, the best first.
    pub versions: &'static [&'static str],
}

macro_rules! kinds {
    ($(
        $field:ident: $type:ty, $kind:literal, $plural:literal, $versions:expr, $scope:ident, $judge:path;
    )+) => {
        /// The accepted objects: an API server, or the checks of this module, found nothing wrong
        /// with any of them alone.
        #[derive(Clone, Default, PartialEq)]
        pub struct Inputs {
            /// Of the Gateway API's CRDs, such as `v1.7.0`; none where no CRD says so, as among files.
            pub gateway_api_version: Option<String>,
            /// Which ports of the fleet Gateways have; none among files.
            pub ports: crate::ports::Allocations,
            $(
                #[doc = concat!("Every ", $kind, ".")]
                pub $field: BTreeMap<ObjectKey, $type>,
            )+
        }

        impl Inputs {
            /// How many objects there are.
            #[must_use]
            pub fn len(&self) -> usize {
                0 $(+ self.$field.len())+
            }

            /// Every object that differs, `<kind> <namespace>/<name>`, kind by kind. When it came is no difference:
            /// among files that is when the file was written.
            #[must_use]
            pub fn changes_since(&self, before: &Self) -> Vec<(String, Change)> {
                [$(of_kind($kind, &before.$field, &self.$field, |object| {
                    let mut object = object.clone();
                    object.metadata.creation_timestamp = None;
                    object
                })),+].concat()
            }

            /// Takes an object in; returns what in it is ignored.
            ///
            /// # Errors
            /// Everything that is wrong with it.
            pub fn admit(
                &mut self,
                id: &ObjectId,
                object: &Value,
            ) -> Result<Vec<Problem>, Vec<Problem>> {
                match (id.api_version.as_str(), id.kind.as_str()) {
                    $(
                        (version, $kind) if $versions.contains(&version) => {
                            admit(&mut self.$field, id, object, $judge)
                        }
                    )+
                    _ => unread(id),
                }
            }

            /// Takes an object that an API server accepted in place of what it was before. Of our
            /// own kinds it may break rules, as their CRDs may be older: the translator says so. Whether
            /// it is another than before.
            ///
            /// # Errors
            /// Everything that is wrong with it; then it stays as it was.
            pub fn accept(&mut self, kind: &str, key: &ObjectKey, object: &Value) -> Result<bool, Vec<Problem>> {
                match kind {
                    $($kind => accept(&mut self.$field, key, object, $judge),)+
                    _ => Ok(false),
                }
            }

            /// Forgets an object.
            pub fn remove(&mut self, kind: &str, key: &ObjectKey) {
                match kind {
                    $($kind => drop(self.$field.remove(key)),)+
                    _ => {}
                }
            }
        }

        /// Every kind that is read.
        pub const KINDS: &[Kind] = &[
            $(Kind { name: $kind, plural: $plural, versions: &$versions },)+
        ];

        fn scope(api_version: &str, kind: &str) -> Scope {
            match kind {
                $($kind if $versions.contains(&api_version) => Scope::$scope,)+
                _ => Scope::Namespaced,
            }
        }
    };
}

kinds! {
    gateway_classes: GatewayClass, "GatewayClass", "gatewayclasses", GATEWAY, Cluster, validate::nothing;
    gateways: Gateway, "Gateway", "gateways", GATEWAY, Namespaced, validate::gateway;
    listener_sets: ListenerSet, "ListenerSet", "listenersets", GATEWAY, Namespaced, validate::listener_set;
    http_routes: HttpRoute, "HTTPRoute", "httproutes", GATEWAY, Namespaced, validate::http_route;
    reference_grants: ReferenceGrant, "ReferenceGrant", "referencegrants", GATEWAY, Namespaced, validate::nothing;
    x_backends: XBackend, "XBackend", "xbackends", GATEWAY_X, Namespaced, validate::nothing;
    route_policies: RoutePolicy, "RoutePolicy", "routepolicies", AZURE, Namespaced, validate::nothing;
    ingress_extensions: IngressExtension, "IngressExtension", "ingressextension", AZURE, Namespaced, validate::nothing;
    ingresses: Ingress, "Ingress", "ingresses", NETWORKING, Namespaced, validate::ingress;
    ingress_classes: IngressClass, "IngressClass", "ingressclasses", NETWORKING, Cluster, validate::nothing;
    services: Service, "Service", "services", CORE, Namespaced, validate::service;
    endpoint_slices: EndpointSlice, "EndpointSlice", "endpointslices", DISCOVERY, Namespaced, validate::endpoint_slice;
    pods: Pod, "Pod", "pods", CORE, Namespaced, validate::nothing;
    secrets: Secret, "Secret", "secrets", CORE, Namespaced, validate::nothing;
    namespaces: Namespace, "Namespace", "namespaces", CORE, Cluster, validate::nothing;
}

const GATEWAY: [&str; 2] = [
    "gateway.networking.k8s.io/v1",
    "gateway.networking.k8s.io/v1beta1",
];
const GATEWAY_X: [&str; 1] = ["gateway.networking.x-k8s.io/v1alpha1"];
const AZURE: [&str; 1] = ["alb.networking.azure.io/v1"];
const NETWORKING: [&str; 1] = ["networking.k8s.io/v1"];
const CORE: [&str; 1] = ["v1"];

/// Where an operator keeps what it must remember. Its own is read, and no other: it is no kind of
/// manifests.
pub static CONFIG_MAP: Kind = Kind {
    name: "ConfigMap",
    plural: "configmaps",
    versions: &CORE,
};
const DISCOVERY: [&str; 1] = ["discovery.k8s.io/v1"];

/// Secrets are among the objects: none is shown.
impl std::fmt::Debug for Inputs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Inputs of {} objects", self.len())
    }
}

impl Inputs {
    /// Whether there is no object.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Names an object among all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectId {
    /// `<group>/<version>`, or `v1`.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Which one.
    pub key: ObjectKey,
}

/// Gives an object that needs a namespace and says none the default one, and reads who it is.
pub fn identify(object: &mut Value, default_namespace: &str) -> ObjectId {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (api_version, kind) = (text(&object["apiVersion"]), text(&object["kind"]));
    let mut namespace = text(&object["metadata"]["namespace"]);
    if let (Scope::Namespaced, true) = (scope(&api_version, &kind), namespace.is_empty()) {
        default_namespace.clone_into(&mut namespace);
        let metadata = object.get_mut("metadata").and_then(Value::as_object_mut);
        let given = metadata.map(|metadata| metadata.entry("namespace").or_insert(Value::Null));
        // What is no string is a mistake, not an absence.
        if let Some(given) = given.filter(|given| given.is_null() || **given == "") {
            *given = namespace.clone().into();
        }
    }
    let key = ObjectKey {
        namespace,
        name: text(&object["metadata"]["name"]),
    };
    ObjectId {
        api_version,
        kind,
        key,
    }
}

impl std::fmt::Display for ObjectId {
    /// `<kind> <namespace>/<name>`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = or_missing(&self.kind);
        match self.key.name.as_str() {
            "" => write!(f, "{kind} without a name"),
            _ => write!(f, "{kind} {}", self.key),
        }
    }
}

fn admit<T: DeserializeOwned>(
    objects: &mut BTreeMap<ObjectKey, T>,
    id: &ObjectId,
    object: &Value,
    judge: fn(&T) -> Vec<Problem>,
) -> Result<Vec<Problem>, Vec<Problem>> {
    let slot = match objects.entry(id.key.clone()) {
        Entry::Vacant(slot) => slot,
        Entry::Occupied(_) => return Err(vec![duplicate(id)]),
    };
    let own = rules::Kind::find(&id.api_version, &id.kind);
    let by_rules = own.map_or_else(Vec::new, |kind| rules::check(kind, object));
    let by_name = validate::metadata(id, object);
    let typed = typed::read(object, judge);
    // The rules of our own kinds name the same mistakes in better words.
    let is_news = |problem: &Problem| by_rules.is_empty() || problem.field.starts_with("metadata");
    let by_type: Vec<Problem> = typed.problems.into_iter().filter(is_news).collect();
    let problems = [by_name, by_rules, by_type].concat();
    let mut unknown = own.map_or_else(Vec::new, |kind| rules::unknown_fields(kind, object));
    let is_known = |problem: &Problem| unknown.iter().any(|known| known.field == problem.field);
    let others = typed
        .unknown
        .into_iter()
        .filter(|problem| !is_known(problem));
    let others: Vec<Problem> = others.collect();
    unknown.extend(others);
    match typed.object {
        Some(object) if problems.is_empty() => {
            slot.insert(object);
            Ok(bounded(unknown))
        }
        _ => Err(bounded([problems, unknown].concat())),
    }
}

fn accept<T: DeserializeOwned + PartialEq>(
    objects: &mut BTreeMap<ObjectKey, T>,
    key: &ObjectKey,
    object: &Value,
    judge: fn(&T) -> Vec<Problem>,
) -> Result<bool, Vec<Problem>> {
    let typed = typed::read(object, judge);
    match typed.object {
        Some(object) if objects.get(key) == Some(&object) => Ok(false),
        Some(object) => {
            objects.insert(key.clone(), object);
            Ok(true)
        }
        None => Err(bounded(typed.problems)),
    }
}

/// As many as one answer names.
fn bounded(mut problems: Vec<Problem>) -> Vec<Problem> {
    let left_out = problems.len().saturating_sub(PROBLEMS_MAX);
    let is_counted = problems
        .iter()
        .any(|problem| problem.id == messages::PROBLEMS_LEFT_OUT.id);
    if left_out > 0 && !is_counted {
        problems.truncate(PROBLEMS_MAX);
        problems.push(Problem {
            field: String::new(),
            reason: Reason::Invalid,
            message: format!("{left_out} more problems are not shown"),
            id: messages::PROBLEMS_LEFT_OUT.id,
        });
    }
    problems
}

fn duplicate(id: &ObjectId) -> Problem {
    Problem {
        field: "metadata.name".to_owned(),
        reason: Reason::Duplicate,
        message: format!("{id} was read before, from another file or further up; that one is used"),
        id: messages::OBJECT_DUPLICATE.id,
    }
}

fn or_missing(text: &str) -> &str {
    if text.is_empty() { "object" } else { text }
}
