//! Gateways: which listeners are served, and where.

mod allowed;
mod conflict;
mod features;
mod fleet;
mod infra;
mod listener;
mod report;
mod set;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use limpet_schema::gateway_api::gateways::Gateway;
use limpet_schema::gateway_api::listenersets::ListenerSet;
use limpet_schema::messages;
use limpet_schema::snapshot;

use super::Settings;
use super::certificates::Store;
use crate::inputs::{Inputs, ObjectKey, listeners_of_set};
use crate::status::{ObjectStatus, with_id};

pub use fleet::GATEWAY_ANNOTATION;
pub use fleet::{Address, addresses};
pub use infra::GatewayService;
pub use listener::{GROUP, Listener};
pub use report::class_statuses;

/// The label of what is made for a Gateway.
pub const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";

/// The Gateway that a ListenerSet is for, whoever's it is.
pub fn parent_of_set(set: &ObjectKey, inputs: &Inputs) -> Option<ObjectKey> {
    set::parent(set, inputs.listener_sets.get(set)?)
}

/// The Gateways that are ours, and those that are nobody's.
#[derive(Default)]
pub struct Gateways<'a> {
    ours: BTreeMap<ObjectKey, Plan<'a>>,
    strays: Vec<ObjectStatus>,
}

/// One Gateway.
pub struct Plan<'a> {
    gateway: &'a Gateway,
    /// Where it is reached; none yet where a cluster has still to say.
    addresses: Vec<Address>,
    /// A Service that has the name of its own and is somebody else's.
    in_the_way: Option<ObjectKey>,
    /// The addresses that it asks for.
    wanted: Vec<IpAddr>,
    /// Why none of it is served.
    fault: Option<Fault>,
    /// Its listeners, in the manifest's order.
    pub listeners: Vec<Listener<'a>>,
    /// The ListenerSets that name it, whose listeners follow its own.
    sets: Vec<set::Set<'a>>,
}

/// Why something is not served.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The Gateway API's reason.
    pub reason: &'static str,
    /// Why, with the message id.
    pub message: String,
    /// Whether another listener has what this one wants.
    pub is_conflict: bool,
}

/// Judges every Gateway and its listeners.
pub fn plan<'a>(inputs: &'a Inputs, settings: &Settings, store: &mut Store<'_>) -> Gateways<'a> {
    let mut gateways = Gateways::default();
    let mut ports = fleet::Ports::read(inputs);
    for (key, gateway) in &inputs.gateways {
        let class = &gateway.spec.gateway_class_name;
        if is_ours(class, inputs, settings) {
            gateways.ours.insert(
                key.clone(),
                Plan::new(key, gateway, inputs, settings, &mut ports),
            );
        // In a cluster it is somebody else's; among files there is nobody else.
        } else if settings.fleet.is_none()
            && !inputs
                .gateway_classes
                .contains_key(&ObjectKey::new("", class))
        {
            gateways.strays.push(report::stray(key, class, settings));
        }
    }
    conflict::mark(gateways.ours.values_mut().collect(), settings);
    for plan in gateways.ours.values_mut() {
        plan.resolve(store);
    }
    gateways
}

impl<'a> Gateways<'a> {
    /// One of ours.
    pub fn get(&mut self, key: &ObjectKey) -> Option<&mut Plan<'a>> {
        self.ours.get_mut(key)
    }

    /// The one of ours that a ListenerSet is for.
    pub fn of_set(&self, set: &ObjectKey, inputs: &Inputs) -> Option<ObjectKey> {
        let gateway = parent_of_set(set, inputs)?;
        self.ours.contains_key(&gateway).then_some(gateway)
    }

    /// What a data plane listens on, without hosts yet.
    pub fn listeners(&self) -> Vec<snapshot::Listener> {
        let listeners = self.ours.values().flat_map(|plan| &plan.listeners);
        listeners
            .filter(|listener| listener.is_served())
            .map(Listener::snapshot)
            .collect()
    }

    /// What each needs in a cluster.
    pub fn services(&self) -> impl Iterator<Item = GatewayService> + '_ {
        self.ours
            .iter()
            .map(|(key, plan)| infra::service(key, plan))
    }

    /// What is said about them.
    pub fn statuses(&self) -> impl Iterator<Item = ObjectStatus> + '_ {
        let ours = self
            .ours
            .iter()
            .flat_map(|(key, plan)| report::statuses(key, plan));
        ours.chain(self.strays.iter().cloned())
    }
}

impl<'a> Plan<'a> {
    fn new(
        key: &ObjectKey,
        gateway: &'a Gateway,
        inputs: &'a Inputs,
        settings: &Settings,
        ports: &mut fleet::Ports,
    ) -> Self {
        let (wanted, fault) = match wanted_addresses(gateway, settings) {
            Ok(wanted) => (wanted, parameters(gateway)),
            Err(fault) => (Vec::new(), Some(fault)),
        };
        let here = wanted.first().copied().unwrap_or(settings.bind);
        let mut place = |port: u16| match settings.fleet {
            Some(_) => Some(SocketAddr::new(settings.bind, ports.of(key, port)?)),
            None => Some(SocketAddr::new(here, port)),
        };
        let sets = set::of_gateway(key, gateway, inputs);
        let own = gateway.spec.listeners.iter();
        let own = own.map(|spec| (None, Cow::Borrowed(spec)));
        let taken = sets.iter().filter(|set| set.refusal.is_none());
        let theirs = taken.flat_map(|set| {
            let listeners = listeners_of_set(set.object).into_iter();
            listeners.map(|spec| (Some(set.key), Cow::Owned(spec)))
        });
        let listeners = own.chain(theirs).map(|(set, spec)| {
            let port = u16::try_from(spec.port).expect("checked on entry");
            let place = place(port);
            let address = place.unwrap_or_else(|| SocketAddr::new(settings.bind, 0));
            let mut listener = Listener::new(key, set, spec, address);
            let no_place = place.is_none().then(listener::no_port_left);
            listener.fault = fault.clone().or(no_place).or(listener.fault);
            listener
        });
        let listeners = listeners.collect();
        let service = ObjectKey::new(&key.namespace, &fleet::service_name(key));
        let there = inputs.services.get(&service);
        let is_own = there.is_some_and(|there| fleet::is_of(there, key, settings));
        let addresses = match settings.fleet {
            Some(_) => there.filter(|_| is_own).map(addresses).unwrap_or_default(),
            None => vec![Address::Ip(here)],
        };
        let in_the_way = settings.fleet.is_some() && there.is_some() && !is_own;
        Self {
            gateway,
            addresses,
            in_the_way: in_the_way.then_some(service),
            wanted,
            listeners,
            sets,
            fault,
        }
    }
}

impl Plan<'_> {
    /// The listeners of one of its sets; none: its own.
    pub fn listeners_of(&self, set: Option<&ObjectKey>) -> impl Iterator<Item = &Listener<'_>> {
        self.listeners
            .iter()
            .filter(move |listener| listener.set == set)
    }

    /// Finds what its TLS listeners show.
    fn resolve(&mut self, store: &mut Store<'_>) {
        let namespace = self
            .gateway
            .metadata
            .namespace
            .as_deref()
            .unwrap_or_default();
        let tls = self.gateway.spec.tls.as_ref();
        let validates_clients = tls.is_some_and(|tls| tls.frontend.is_some());
        for listener in self
            .listeners
            .iter_mut()
            .filter(|listener| listener.is_tls())
        {
            let from = match listener.set {
                Some(set) => ("ListenerSet", set.namespace.as_str()),
                None => ("Gateway", namespace),
            };
            listener.resolved = store.resolve(from, listener.spec.tls.as_ref());
            // Serving everybody would be worse than serving nobody.
            if validates_clients && listener.fault.is_none() {
                listener.fault = Some(listener::unsupported_validation());
            }
        }
    }
}

/// Whether a class is ours.
pub fn is_ours(class: &str, inputs: &Inputs, settings: &Settings) -> bool {
    match inputs.gateway_classes.get(&ObjectKey::new("", class)) {
        Some(object) => object.spec.controller_name == settings.controller_name,
        None => settings.class_names.iter().any(|name| name == class),
    }
}

/// Whether a Gateway's class is there and another controller's.
pub fn is_anothers(gateway: &ObjectKey, inputs: &Inputs, settings: &Settings) -> bool {
    let class = |gateway: &Gateway| ObjectKey::new("", &gateway.spec.gateway_class_name);
    let object = inputs.gateways.get(gateway).map(class);
    let class = object.and_then(|class| inputs.gateway_classes.get(&class));
    class.is_some_and(|class| class.spec.controller_name != settings.controller_name)
}

/// Whether a ListenerSet adds to a Gateway of ours.
pub fn is_admitted(
    key: &ObjectKey,
    set: &ListenerSet,
    inputs: &Inputs,
    settings: &Settings,
) -> bool {
    set::parent(key, set).is_some_and(|parent| {
        inputs.gateways.get(&parent).is_some_and(|gateway| {
            is_ours(&gateway.spec.gateway_class_name, inputs, settings)
                && set::admits(&parent, gateway, key, inputs)
        })
    })
}

/// The addresses that a Gateway asks for. Standalone, one can be served; in a cluster the Service
/// is asked for the first, and more are never had.
fn wanted_addresses(gateway: &Gateway, settings: &Settings) -> Result<Vec<IpAddr>, Fault> {
    let addresses = gateway.spec.addresses.as_deref().unwrap_or_default();
    if addresses.len() > 1 && settings.fleet.is_none() {
        return Err(unsupported_address("several addresses are"));
    }
    let wanted = addresses.iter().map(|address| {
        let value = address.value.as_deref().unwrap_or_default();
        match (address.r#type.as_deref().unwrap_or("IPAddress"), value) {
            ("IPAddress", "") => Ok(None),
            ("IPAddress", ip) => Ok(Some(ip.parse().expect("checked on entry"))),
            (kind, _) => Err(unsupported_address(&format!(
                "an address of type {kind} is"
            ))),
        }
    });
    let wanted: Vec<Option<IpAddr>> = wanted.collect::<Result<_, _>>()?;
    Ok(wanted.into_iter().flatten().collect())
}

fn unsupported_address(what: &str) -> Fault {
    let text = format!("spec.addresses: {what} not supported; give one of type IPAddress");
    Fault {
        reason: "UnsupportedAddress",
        message: with_id(text, &messages::GATEWAY_ADDRESS_UNSUPPORTED),
        is_conflict: false,
    }
}

fn parameters(gateway: &Gateway) -> Option<Fault> {
    let parameters = gateway
        .spec
        .infrastructure
        .as_ref()?
        .parameters_ref
        .as_ref()?;
    let text = format!(
        "spec.infrastructure.parametersRef: {} {} is unknown; there are no parameters",
        parameters.kind, parameters.name
    );
    Some(Fault {
        reason: "InvalidParameters",
        message: with_id(text, &messages::GATEWAY_PARAMETERS_UNKNOWN),
        is_conflict: false,
    })
}
