//! From accepted objects to what a data plane runs, and what is said about each object.
//!
//! [`translate`] is pure: no clock, no randomness, no I/O. Equal objects in any order give equal
//! bytes. What is wrong with an object leaves the others alone. "Oldest wins" goes by
//! `metadata.creationTimestamp`, which `inputs` gives to objects from files, then by namespace and
//! name; absent counts as the oldest.
//!
//! | module | what it decides |
//! |---|---|
//! | [`gateway`] | which listeners are served, and where |
//! | [`certificates`] | what TLS listeners show |
//! | [`http_route`] | which routes attach to which listeners |
//! | [`ingress`] | which Ingresses are ours, what their paths and IngressExtensions become |
//! | [`rule`], [`matching`], [`re2`], [`filters`] | what a route's rule becomes |
//! | [`policy`], [`affinity`] | what RoutePolicies give to routes |
//! | [`services`], [`slices`] | a Service's port and its endpoints, and which lead nowhere |
//! | [`x_backend`] | an XBackend's pods, and how their sessions are kept |
//! | [`references`] | whether an object may refer into another namespace |
//! | [`table`] | hosts and entries in order of precedence |
//!
//! Tested by golden pairs and by input-order independence (`operator/tests`).

mod affinity;
mod certificates;
mod filters;
mod gateway;
mod hostname;
mod http_route;
mod ingress;
mod matching;
mod pattern;
mod policy;
mod re2;
mod references;
mod rule;
mod services;
mod slices;
mod table;
mod x_backend;

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use limpet_schema::secrets::Certificates;
use limpet_schema::snapshot::Snapshot;

use crate::inputs::{Inputs, ObjectKey, Scope};
use crate::pods;
use crate::status::ObjectStatus;
pub use affinity::discarded;
pub use certificates::expired;
pub use gateway::{GATEWAY_ANNOTATION, GatewayService, is_anothers, is_ours, parent_of_set};
pub use ingress::{extension_of, is_ours as is_our_ingress};
use services::Backends;
use table::Table;

/// What the translation depends on beside the objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Who we are in a GatewayClass's `controllerName` and in route statuses.
    pub controller_name: String,
    /// The GatewayClasses and IngressClasses that are ours even when there is no such object: in
    /// files, a class need not be written down. `azure-alb-external` can be claimed here.
    pub class_names: Vec<String>,
    /// Where Gateways without an address, and the Ingresses, are served.
    pub bind: IpAddr,
    /// The port of the Ingresses. It is theirs also while there are none.
    pub ingress_port: u16,
    /// The same, over TLS.
    pub ingress_tls_port: u16,
    /// In a cluster, the shared fleet that serves all of them; `bind` is then what its pods listen
    /// on.
    pub fleet: Option<Fleet>,
}

/// A shared fleet of data planes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fleet {
    /// The Service through which Ingresses are reached; its port 80 leads to `ingress_port`, 443 to
    /// `ingress_tls_port`.
    pub ingress_service: ObjectKey,
    /// The headless Service of the data planes: nobody's backend leads to them, as their own ports
    /// are not for everybody.
    pub data_planes: ObjectKey,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            controller_name: "limpet.dev/gateway-controller".to_owned(),
            class_names: vec!["limpet".to_owned()],
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            ingress_port: 8081,
            ingress_tls_port: 8481,
            fleet: None,
        }
    }
}

impl Settings {
    fn ingress_address(&self) -> SocketAddr {
        SocketAddr::new(self.bind, self.ingress_port)
    }

    fn ingress_tls_address(&self) -> SocketAddr {
        SocketAddr::new(self.bind, self.ingress_tls_port)
    }

    /// The port that clients of Ingresses see over TLS.
    fn ingress_tls_client_port(&self) -> u16 {
        match self.fleet {
            Some(_) => 443,
            None => self.ingress_tls_port,
        }
    }

    /// The port that clients of Ingresses see.
    fn ingress_client_port(&self) -> u16 {
        match self.fleet {
            Some(_) => 80,
            None => self.ingress_port,
        }
    }
}

/// What the objects become.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Output {
    /// What a data plane runs.
    pub snapshot: Snapshot,
    /// What is said about each object that is ours, sorted by kind, namespace and name.
    pub statuses: Vec<ObjectStatus>,
    /// What its TLS listeners show.
    pub certificates: Certificates,
    /// What each of our Gateways needs in a cluster.
    pub services: Vec<GatewayService>,
}

/// Translates.
#[must_use]
pub fn translate(inputs: &Inputs, settings: &Settings) -> Output {
    let mut backends = Backends::new(inputs, own_addresses(inputs, settings));
    let mut store = certificates::Store::new(inputs);
    let mut gateways = gateway::plan(inputs, settings, &mut store);
    let mut routes = http_route::plan(inputs, &mut gateways, &mut backends);
    let policy_statuses = policy::apply(inputs, &mut routes);

    let ingresses = ingress::plan(inputs, settings, &mut backends, &mut store);

    let mut table = Table::default();
    for route in routes.values() {
        route.serve(&mut table);
    }
    ingresses.serve(&mut table);
    let mut statuses = gateway::class_statuses(inputs, settings);
    statuses.extend(gateways.statuses());
    statuses.extend(policy_statuses);
    statuses.extend(routes.values().filter_map(|route| route.status(settings)));
    statuses.extend(x_backend::statuses(inputs, &routes, settings));
    statuses.extend(ingresses.statuses(inputs, settings));
    if settings.fleet.is_none() {
        statuses.extend(slices::unused(inputs));
    }
    statuses
        .sort_by(|a, b| (&a.kind, &a.namespace, &a.name).cmp(&(&b.kind, &b.namespace, &b.name)));
    let mut listeners = gateways.listeners();
    listeners.extend(ingresses.listeners(settings));
    Output {
        certificates: store.into_found(),
        services: gateways.services().collect(),
        snapshot: table.into_snapshot(listeners, backends.into_found()),
        statuses,
    }
}

/// What must be watched beside all objects of the other kinds: the Secrets of the namespaces in which
/// listeners show one, and the pods that XBackends may choose. On Kubernetes no others are ever read.
#[must_use]
pub fn wanted(inputs: &Inputs, settings: &Settings) -> BTreeSet<Scope> {
    let secrets = certificates::wanted(inputs, settings).into_iter();
    let secrets = secrets.chain(ingress::wanted(inputs, settings));
    let secrets = secrets.map(|key| Scope::Namespace("Secret", key.namespace));
    let pods = x_backend::wanted(inputs).into_iter();
    let pods = pods.map(|namespace| Scope::Namespace("Pod", namespace));
    secrets.chain(pods).collect()
}

/// The addresses of the data planes.
fn own_addresses(inputs: &Inputs, settings: &Settings) -> BTreeSet<IpAddr> {
    let fleet = settings.fleet.iter();
    let pods = fleet.flat_map(|fleet| pods::pods(inputs, &fleet.data_planes));
    pods.map(|pod| pod.ip).collect()
}

/// How old an object is; less is older.
fn age(metadata: &ObjectMeta) -> Option<Time> {
    metadata.creation_timestamp.clone()
}
