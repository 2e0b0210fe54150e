//! Where a shared fleet serves Gateways: every port of every Gateway is a port of the data planes'
//! pods, behind a Service of the Gateway's own.
//!
//! A port is found by a hash of what it stands for, and written down ([`crate::ports`]): what is
//! written stays, so that restarts and other Gateways move nobody. What a tenant may edit, such as the
//! `targetPort` of its Gateway's Service, decides nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;
use std::net::IpAddr;
use std::ops::Range;

use k8s_openapi::api::core::v1::Service;
use siphasher::sip::SipHasher24;

use super::super::Settings;
use crate::inputs::{Inputs, ObjectKey};
use crate::labels::{CONTROLLER, MANAGED_BY};

/// The ports of the pods that stand for Gateways' ports: below those that Linux gives to outgoing
/// connections.
pub const PORTS: Range<u16> = 10_000..30_000;

/// The annotation of a Service that says whose it is: labels are too short for every name.
pub const GATEWAY_ANNOTATION: &str = "limpet.dev/gateway";

/// The longest name of a Service (RFC 1035 label).
const NAME_MAX: usize = 63;

/// The ports that stand for Gateways' ports.
pub struct Ports {
    known: BTreeMap<(ObjectKey, u16), u16>,
    taken: BTreeSet<u16>,
}

impl Ports {
    /// Those that are written down.
    pub fn read(inputs: &Inputs) -> Self {
        let mut ports = Self {
            known: BTreeMap::new(),
            taken: BTreeSet::new(),
        };
        for (gateway, given) in &inputs.ports {
            for (port, target) in given {
                if PORTS.contains(target) && ports.taken.insert(*target) {
                    ports.known.insert((gateway.clone(), *port), *target);
                }
            }
        }
        ports
    }

    /// The one for a port of a Gateway; none is left when all are taken.
    pub fn of(&mut self, gateway: &ObjectKey, port: u16) -> Option<u16> {
        if let Some(known) = self.known.get(&(gateway.clone(), port)) {
            return Some(*known);
        }
        let count = u64::from(PORTS.end - PORTS.start);
        let first = hash(&format!("{gateway}/{port}")) % count;
        let free = (0..count)
            .map(|step| PORTS.start + u16::try_from((first + step) % count).expect("it is a port"))
            .find(|port| !self.taken.contains(port))?;
        self.taken.insert(free);
        self.known.insert((gateway.clone(), port), free);
        Some(free)
    }
}

/// Whether a Service is what this controller made for the Gateway.
pub fn is_of(service: &Service, gateway: &ObjectKey, settings: &Settings) -> bool {
    let metadata = &service.metadata;
    let label = metadata
        .labels
        .as_ref()
        .and_then(|labels| labels.get(MANAGED_BY.0));
    let note = |name| {
        metadata
            .annotations
            .as_ref()
            .and_then(|notes| notes.get(name))
    };
    label.is_some_and(|label| label == MANAGED_BY.1)
        && note(GATEWAY_ANNOTATION) == Some(&gateway.name)
        && note(CONTROLLER) == Some(&settings.controller_name)
}

/// The name of a Gateway's Service: as the Gateway's, cut and hashed where that is no such name.
pub fn service_name(gateway: &ObjectKey) -> String {
    let plain = format!("{}-limpet", gateway.name);
    let starts_well = plain.starts_with(|first: char| first.is_ascii_lowercase());
    if plain.len() <= NAME_MAX && starts_well && !plain.contains('.') {
        return plain;
    }
    let head: String = gateway.name.replace('.', "-").chars().take(40).collect();
    format!(
        "g-{}-{:08x}-limpet",
        head.trim_end_matches('-'),
        short(&gateway.name)
    )
}

/// A label's value for a name: the name itself where it is short enough (63).
pub fn label_value(name: &str) -> String {
    match name.len() {
        0..=NAME_MAX => name.to_owned(),
        _ => {
            let head: String = name.chars().take(50).collect();
            format!("{}-{:08x}", head.trim_end_matches(['-', '.']), short(name))
        }
    }
}

/// The addresses at which a Service is reached: those of its load balancer, else, where it has
/// none by its type, its own.
pub fn addresses(service: &Service) -> Vec<Address> {
    let spec = service.spec.as_ref();
    let is_balanced = spec.and_then(|spec| spec.type_.as_deref()) == Some("LoadBalancer");
    if is_balanced {
        let balancer = service
            .status
            .as_ref()
            .and_then(|status| status.load_balancer.as_ref());
        let given = balancer
            .into_iter()
            .flat_map(|balancer| balancer.ingress.iter().flatten());
        return given
            .filter_map(|ingress| {
                let ip = ingress.ip.as_deref().and_then(|ip| ip.parse().ok());
                ip.map(Address::Ip)
                    .or_else(|| ingress.hostname.clone().map(Address::Hostname))
            })
            .collect();
    }
    let ips = spec
        .into_iter()
        .flat_map(|spec| spec.cluster_ips.iter().flatten());
    ips.filter_map(|ip| ip.parse().ok())
        .map(Address::Ip)
        .collect()
}

/// Where something is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// At an IP address.
    Ip(IpAddr),
    /// By a name.
    Hostname(String),
}

/// The same in every process and version.
fn hash(text: &str) -> u64 {
    let mut hasher = SipHasher24::new();
    hasher.write(text.as_bytes());
    hasher.finish()
}

fn short(text: &str) -> u32 {
    u32::try_from(hash(text) >> 32).expect("half of 64 bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_stays_what_is_written_down_and_two_never_share_one() {
        let (shop, first) = (
            ObjectKey::new("shop", "gateway"),
            ObjectKey::new("a", "first"),
        );
        let mut inputs = Inputs::default();
        let free = Ports::read(&inputs).of(&shop, 80).expect("many are left");
        assert!(PORTS.contains(&free));
        // Another Gateway has it; what is outside of the range is nobody's.
        inputs
            .ports
            .insert(first.clone(), BTreeMap::from([(80, free), (81, 80)]));
        let mut known = Ports::read(&inputs);
        let moved = known.of(&shop, 80).expect("many are left");
        assert_ne!(moved, free);
        assert_eq!(known.of(&first, 80), Some(free));
        assert!(
            known
                .of(&first, 81)
                .is_some_and(|port| PORTS.contains(&port))
        );
        inputs
            .ports
            .insert(shop.clone(), BTreeMap::from([(80, moved)]));
        assert_eq!(Ports::read(&inputs).of(&shop, 80), Some(moved));
    }

    #[test]
    fn without_a_port_left_there_is_none() {
        let mut all = Ports::read(&Inputs::default());
        all.taken.extend(PORTS);
        assert_eq!(all.of(&ObjectKey::new("shop", "gateway"), 80), None);
    }

    #[test]
    fn every_gateways_name_makes_a_services_name() {
        let names = [
            "gateway",
            "a.b",
            "9lives",
            &"x".repeat(253),
            &format!("{}.y", "x".repeat(60)),
        ];
        let mut made = BTreeSet::new();
        for name in names {
            let service = service_name(&ObjectKey::new("shop", name));
            let label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(
                service.len() <= NAME_MAX && service.chars().all(label),
                "{service}"
            );
            assert!(
                service.starts_with(|c: char| c.is_ascii_lowercase()),
                "{service}"
            );
            assert!(label_value(name).len() <= NAME_MAX);
            assert!(made.insert(service));
        }
        assert_eq!(
            service_name(&ObjectKey::new("shop", "gateway")),
            "gateway-limpet"
        );
    }
}
