//! A port of a Service becomes a backend: its endpoints, from EndpointSlices.
//!
//! Endpoints are what counts: a headless Service is served like any other, and one without a
//! selector by the slices somebody wrote. A Service of type ExternalName has no endpoints and is
//! refused. EndpointSlices alone are no backend: which of their ports is meant, the Service says.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use k8s_openapi::api::core::v1::{Service, ServicePort};
use k8s_openapi::api::discovery::v1::{Endpoint as SliceEndpoint, EndpointSlice};
use limpet_schema::messages;
use limpet_schema::snapshot::{Affinity, Backend, BackendId, Endpoint, EndpointState};

use crate::inputs::{Inputs, ObjectKey};
use crate::status::with_id;

/// The label that says whose an EndpointSlice is.
pub const SERVICE_LABEL: &str = "kubernetes.io/service-name";

/// Which port of a Service.
#[derive(Clone, Copy, Debug)]
pub enum PortRef<'p> {
    /// By number.
    Number(i32),
    /// By name.
    Name(&'p str),
}

/// Finds backends, and keeps those that were asked for.
pub struct Backends<'a> {
    services: &'a BTreeMap<ObjectKey, Service>,
    slices: BTreeMap<ObjectKey, Vec<&'a EndpointSlice>>,
    found: BTreeMap<BackendId, Backend>,
    /// Of those that keep their sessions themselves.
    affinities: BTreeMap<BackendId, Affinity>,
    /// Addresses that are no endpoints.
    denied: BTreeSet<IpAddr>,
}

impl<'a> Backends<'a> {
    /// Among these, but for the addresses of `denied`.
    pub fn new(inputs: &'a Inputs, denied: BTreeSet<IpAddr>) -> Self {
        let mut slices: BTreeMap<ObjectKey, Vec<&EndpointSlice>> = BTreeMap::new();
        for (key, slice) in &inputs.endpoint_slices {
            let labels = slice.metadata.labels.as_ref();
            if let Some(service) = labels.and_then(|labels| labels.get(SERVICE_LABEL)) {
                let service = ObjectKey::new(&key.namespace, service);
                slices.entry(service).or_default().push(slice);
            }
        }
        Self {
            services: &inputs.services,
            slices,
            found: BTreeMap::new(),
            affinities: BTreeMap::new(),
            denied,
        }
    }

    /// The backend of a Service's port.
    ///
    /// # Errors
    /// A message that says what is missing.
    pub fn find(&mut self, service: &ObjectKey, port: PortRef<'_>) -> Result<BackendId, String> {
        let port = self.port(service, port)?;
        let id = format!(
            "Service/{}/{}/{}",
            service.namespace, service.name, port.port
        );
        if !self.found.contains_key(&id) {
            let slices = self
                .slices
                .get(service)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let families = families(self.services.get(service));
            let backend = Backend {
                endpoints: endpoints(slices, port, &families, &self.denied),
            };
            self.found.insert(id.clone(), backend);
        }
        Ok(id)
    }

    /// A backend that is no Service's.
    pub fn put(&mut self, id: &BackendId, endpoints: Vec<Endpoint>, affinity: Option<Affinity>) {
        let mut endpoints = endpoints;
        endpoints.retain(|endpoint| !self.denied.contains(&endpoint.address.ip()));
        endpoints.sort_by(|a, b| (&a.id, a.address).cmp(&(&b.id, b.address)));
        self.found.insert(id.clone(), Backend { endpoints });
        if let Some(affinity) = affinity {
            self.affinities.insert(id.clone(), affinity);
        }
    }

    /// How a backend keeps its sessions, if it does so itself.
    pub fn affinity(&self, id: &BackendId) -> Option<Affinity> {
        self.affinities.get(id).cloned()
    }

    /// Every backend that was asked for.
    pub fn into_found(self) -> BTreeMap<BackendId, Backend> {
        self.found
    }

    fn port(&self, key: &ObjectKey, wanted: PortRef<'_>) -> Result<&'a ServicePort, String> {
        let missing = |text: String| with_id(text, &messages::BACKEND_MISSING);
        let Some(service) = self.services.get(key) else {
            let hint = match self.slices.contains_key(key) {
                true => "; its EndpointSlices are there, but its ports are not known without it",
                false => "",
            };
            return Err(missing(format!("There is no Service {key}{hint}")));
        };
        let spec = service.spec.as_ref();
        if spec.and_then(|spec| spec.type_.as_deref()) == Some("ExternalName") {
            return Err(missing(format!(
                "Service {key} is an ExternalName and has no endpoints"
            )));
        }
        let ports = spec
            .and_then(|spec| spec.ports.as_deref())
            .unwrap_or_default();
        ports
            .iter()
            .filter(|port| {
                port.protocol
                    .as_deref()
                    .is_none_or(|protocol| protocol == "TCP")
            })
            .find(|port| wanted.is(port))
            .ok_or_else(|| missing(format!("Service {key} has no TCP port {wanted}")))
    }
}

impl PortRef<'_> {
    fn is(self, port: &ServicePort) -> bool {
        match self {
            Self::Number(number) => port.port == number,
            Self::Name(name) => port.name.as_deref() == Some(name),
        }
    }
}

impl std::fmt::Display for PortRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Name(name) => write!(f, "{name}"),
        }
    }
}

/// The address families of a Service in its order; one that names none takes IPv4 first.
fn families(service: Option<&Service>) -> Vec<&str> {
    let spec = service.and_then(|service| service.spec.as_ref());
    let named = spec.and_then(|spec| spec.ip_families.as_deref());
    named.into_iter().flatten().map(String::as_str).collect()
}

/// One endpoint a pod: a pod in slices of both address families is reached in the Service's first.
fn endpoints(
    slices: &[&EndpointSlice],
    port: &ServicePort,
    families: &[&str],
    denied: &BTreeSet<IpAddr>,
) -> Vec<Endpoint> {
    let mut by_id: BTreeMap<String, Endpoint> = BTreeMap::new();
    for slice in slices {
        let Some(number) = slice_port(slice, port.name.as_deref().unwrap_or_default()) else {
            continue;
        };
        for endpoint in slice
            .endpoints
            .iter()
            .filter_map(|endpoint| read(endpoint, number))
            .filter(|endpoint| !denied.contains(&endpoint.address.ip()))
        {
            let better = |known: &Endpoint| rank(&endpoint, families) < rank(known, families);
            if by_id.get(&endpoint.id).is_none_or(better) {
                by_id.insert(endpoint.id.clone(), endpoint);
            }
        }
    }
    by_id.into_values().collect()
}

/// Less is better.
fn rank(endpoint: &Endpoint, families: &[&str]) -> (bool, usize, SocketAddr) {
    let family = if endpoint.address.is_ipv4() {
        "IPv4"
    } else {
        "IPv6"
    };
    let place = families.iter().position(|named| *named == family);
    let is_draining = endpoint.state == EndpointState::Draining;
    (
        is_draining,
        place.unwrap_or(families.len()),
        endpoint.address,
    )
}

/// The number behind a Service port, which a slice knows by the port's name.
fn slice_port(slice: &EndpointSlice, name: &str) -> Option<u16> {
    let mut ports = slice.ports.iter().flatten();
    let port = ports.find(|port| port.name.as_deref().unwrap_or_default() == name)?;
    port.port.and_then(|number| u16::try_from(number).ok())
}

fn read(endpoint: &SliceEndpoint, port: u16) -> Option<Endpoint> {
    let state = state(endpoint)?;
    let ip: IpAddr = endpoint.addresses.first()?.parse().ok()?;
    let address = SocketAddr::new(ip, port);
    let uid = endpoint
        .target_ref
        .as_ref()
        .and_then(|target| target.uid.clone());
    let id = uid
        .filter(|uid| !uid.is_empty())
        .unwrap_or_else(|| address.to_string());
    Some(Endpoint { id, address, state })
}

/// Absent `ready` and `serving` mean yes (EndpointConditions).
fn state(endpoint: &SliceEndpoint) -> Option<EndpointState> {
    let conditions = endpoint.conditions.as_ref();
    let is_ready = conditions.and_then(|known| known.ready).unwrap_or(true);
    let is_serving = conditions.and_then(|known| known.serving).unwrap_or(true);
    let is_terminating = conditions
        .and_then(|known| known.terminating)
        .unwrap_or(false);
    match (is_ready, is_terminating && is_serving) {
        (true, _) => Some(EndpointState::Ready),
        (false, true) => Some(EndpointState::Draining),
        (false, false) => None,
    }
}
