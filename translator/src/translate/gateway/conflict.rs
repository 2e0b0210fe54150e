//! Listeners that want the same thing.
//!
//! Within a Gateway nobody wins (Gateway API: picking one would be a guess). A Gateway's own
//! listeners win over those of ListenerSets, older sets over younger ones, whatever comes first in a
//! set over the rest of it (GEP-1713), older Gateways over younger ones. The ports of the Ingresses are
//! always theirs, so that an Ingress that comes later takes nothing down.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use limpet_schema::messages;

use super::super::{Settings, age};
use super::{Fault, Listener, Plan};
use crate::status::with_id;

/// Marks every listener that cannot have what it wants.
pub fn mark(mut plans: Vec<&mut Plan<'_>>, settings: &Settings) {
    plans.sort_by_key(|plan| age(&plan.gateway.metadata));
    let mut taken = Taken::default();
    for plan in plans {
        mark_within(&mut plan.listeners);
        let sound = plan.listeners.iter_mut().filter(|l| l.fault.is_none());
        for listener in sound {
            listener.fault = match is_ingresses(listener.address, settings) {
                true => Some(ingress_port(listener.address)),
                false => taken.claim(listener).err(),
            };
        }
    }
}

/// What older Gateways have.
#[derive(Default)]
struct Taken {
    /// By address and hostname, the listener.
    hostnames: BTreeMap<(SocketAddr, String), String>,
    /// By address, one listener.
    addresses: BTreeMap<SocketAddr, String>,
}

impl Taken {
    fn claim(&mut self, listener: &Listener<'_>) -> Result<(), Fault> {
        let (address, id) = (listener.address, &listener.id);
        let is_in_the_way = |taken: SocketAddr| taken != address && overlaps(taken, address);
        let mut addresses = self.addresses.iter();
        if let Some((taken, owner)) = addresses.find(|(taken, _)| is_in_the_way(**taken)) {
            return Err(address_conflict(address, *taken, owner));
        }
        let wanted = (address, listener.hostname().to_owned());
        if let Some(owner) = self.hostnames.get(&wanted) {
            let owner = format!("{owner}, which is older or comes first by name,");
            return Err(hostname_conflict(&owner));
        }
        self.hostnames.insert(wanted, id.clone());
        self.addresses.entry(address).or_insert_with(|| id.clone());
        Ok(())
    }
}

/// A Gateway's own first, all at once; then one by one, as whoever comes first wins.
fn mark_within(listeners: &mut [Listener<'_>]) {
    let own = listeners.partition_point(|listener| listener.set.is_none());
    let (own, added) = listeners.split_at_mut(own);
    let faults = own.iter().map(|listener| conflict_with(listener, &*own));
    let faults: Vec<Option<Fault>> = faults.collect();
    for (listener, fault) in own.iter_mut().zip(faults) {
        listener.fault = fault.or(listener.fault.take());
    }
    for index in 0..added.len() {
        let (before, rest) = added.split_at_mut(index);
        let before = own.iter().chain(before.iter());
        let fault = conflict_with(&rest[0], before.filter(|listener| listener.fault.is_none()));
        rest[0].fault = fault.or(rest[0].fault.take());
    }
}

fn conflict_with<'l>(
    listener: &Listener<'_>,
    others: impl IntoIterator<Item = &'l Listener<'l>>,
) -> Option<Fault> {
    let mut others = others.into_iter();
    others.find_map(|other| conflict(listener, other))
}

fn conflict(listener: &Listener<'_>, other: &Listener<'_>) -> Option<Fault> {
    if listener.id == other.id || listener.address != other.address {
        return None;
    }
    let protocols = (
        family(&listener.spec.protocol)?,
        family(&other.spec.protocol)?,
    );
    if protocols.0 != protocols.1 {
        let text = format!(
            "Listener {} has the same port with the protocol {}",
            other.spec.name, other.spec.protocol
        );
        let message = with_id(text, &messages::LISTENER_CONFLICT);
        return Some(Fault {
            reason: "ProtocolConflict",
            message,
            is_conflict: true,
        });
    }
    (listener.hostname() == other.hostname())
        .then(|| hostname_conflict(&format!("Listener {}", other.spec.name)))
}

/// Protocols that can share a port; `None`: those that are in nobody's way over TCP.
fn family(protocol: &str) -> Option<&'static str> {
    match protocol {
        "HTTP" => Some("HTTP"),
        "HTTPS" | "TLS" => Some("TLS"),
        "TCP" => Some("TCP"),
        _ => None,
    }
}

fn hostname_conflict(owner: &str) -> Fault {
    let text = format!("{owner} has the same address, port and hostname");
    let message = with_id(text, &messages::LISTENER_CONFLICT);
    Fault {
        reason: "HostnameConflict",
        message,
        is_conflict: true,
    }
}

fn address_conflict(address: SocketAddr, taken: SocketAddr, owner: &str) -> Fault {
    let text = format!(
        "{owner}, which is older or comes first by name, has {taken}, which overlaps {address}"
    );
    Fault {
        reason: "PortUnavailable",
        message: with_id(text, &messages::LISTENER_CONFLICT),
        is_conflict: false,
    }
}

fn is_ingresses(address: SocketAddr, settings: &Settings) -> bool {
    let own = [settings.ingress_address(), settings.ingress_tls_address()];
    own.into_iter().any(|own| overlaps(address, own))
}

fn ingress_port(address: SocketAddr) -> Fault {
    let text = format!(
        "{address} is where Ingresses are served; give the listener another port, or the Ingresses \
         (--ingress-port, --ingress-tls-port)"
    );
    let message = with_id(text, &messages::INGRESS_PORT_CLASH);
    Fault {
        reason: "PortUnavailable",
        message,
        is_conflict: false,
    }
}

fn overlaps(one: SocketAddr, other: SocketAddr) -> bool {
    let is_any = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && (is_any || one.ip() == other.ip())
}
