//! Gateways: which listeners are served, and where.

mod allowed;
mod conflict;
mod features;
mod listener;
mod report;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use limpet_schema::gateway_api::gateways::Gateway;
use limpet_schema::messages;
use limpet_schema::snapshot;

use super::Settings;
use crate::inputs::{Inputs, ObjectKey};
use crate::status::{ObjectStatus, with_id};

pub use listener::Listener;
pub use report::class_statuses;

/// The Gateways that are ours, and those that are nobody's.
#[derive(Default)]
pub struct Gateways<'a> {
    ours: BTreeMap<ObjectKey, Plan<'a>>,
    strays: Vec<ObjectStatus>,
}

/// One Gateway.
pub struct Plan<'a> {
    gateway: &'a Gateway,
    address: IpAddr,
    /// Why none of it is served.
    fault: Option<Fault>,
    /// Its listeners, in the manifest's order.
    pub listeners: Vec<Listener<'a>>,
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
pub fn plan<'a>(inputs: &'a Inputs, settings: &Settings) -> Gateways<'a> {
    let mut gateways = Gateways::default();
    for (key, gateway) in &inputs.gateways {
        let class = &gateway.spec.gateway_class_name;
        if is_ours(class, inputs, settings) {
            gateways
                .ours
                .insert(key.clone(), Plan::new(key, gateway, settings));
        } else if !inputs
            .gateway_classes
            .contains_key(&ObjectKey::new("", class))
        {
            gateways.strays.push(report::stray(key, class, settings));
        }
    }
    conflict::mark(gateways.ours.values_mut().collect(), settings);
    gateways
}

impl<'a> Gateways<'a> {
    /// One of ours.
    pub fn get(&mut self, key: &ObjectKey) -> Option<&mut Plan<'a>> {
        self.ours.get_mut(key)
    }

    /// What a data plane listens on, without hosts yet.
    pub fn listeners(&self) -> Vec<snapshot::Listener> {
        let listeners = self.ours.values().flat_map(|plan| &plan.listeners);
        listeners
            .filter(|listener| listener.fault.is_none())
            .map(Listener::snapshot)
            .collect()
    }

    /// What is said about them.
    pub fn statuses(&self) -> impl Iterator<Item = ObjectStatus> + '_ {
        let ours = self
            .ours
            .iter()
            .map(|(key, plan)| report::status(key, plan));
        ours.chain(self.strays.iter().cloned())
    }
}

impl<'a> Plan<'a> {
    fn new(key: &ObjectKey, gateway: &'a Gateway, settings: &Settings) -> Self {
        let (address, fault) = match address(gateway, settings) {
            Ok(address) => (address, parameters(gateway)),
            Err(fault) => (settings.bind, Some(fault)),
        };
        let listeners = gateway.spec.listeners.iter();
        let listeners = listeners.map(|spec| {
            let port = u16::try_from(spec.port).expect("checked on entry");
            let mut listener = Listener::new(key, spec, SocketAddr::new(address, port));
            listener.fault = fault.clone().or(listener.fault);
            listener
        });
        Self {
            gateway,
            address,
            listeners: listeners.collect(),
            fault,
        }
    }
}

fn is_ours(class: &str, inputs: &Inputs, settings: &Settings) -> bool {
    match inputs.gateway_classes.get(&ObjectKey::new("", class)) {
        Some(object) => object.spec.controller_name == settings.controller_name,
        None => settings.class_names.iter().any(|name| name == class),
    }
}

fn address(gateway: &Gateway, settings: &Settings) -> Result<IpAddr, Fault> {
    let (kind, value) = match gateway.spec.addresses.as_deref().unwrap_or_default() {
        [] => return Ok(settings.bind),
        [address] => (
            address.r#type.as_deref(),
            address.value.as_deref().unwrap_or_default(),
        ),
        _ => return Err(unsupported_address("several addresses are")),
    };
    match (kind.unwrap_or("IPAddress"), value) {
        ("IPAddress", "") => Ok(settings.bind),
        ("IPAddress", ip) => Ok(ip.parse().expect("checked on entry")),
        (kind, _) => Err(unsupported_address(&format!(
            "an address of type {kind} is"
        ))),
    }
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
