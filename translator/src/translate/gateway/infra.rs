//! What a Gateway needs in a cluster: a Service of its own, which leads to the fleet.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::fleet::{label_value, service_name};
use super::{GATEWAY_NAME, Plan};
use crate::inputs::ObjectKey;

/// The Service of a Gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayService {
    /// The Gateway.
    pub gateway: ObjectKey,
    /// `metadata.uid` of the Gateway: with it goes the Service.
    pub gateway_uid: String,
    /// The Service's name, in the Gateway's namespace.
    pub name: String,
    /// Of the Service.
    pub labels: BTreeMap<String, String>,
    /// Of the Service.
    pub annotations: BTreeMap<String, String>,
    /// The address it should have.
    pub address: Option<IpAddr>,
    /// By port of the Gateway, the port of the fleet.
    pub ports: BTreeMap<u16, u16>,
}

/// Of one Gateway.
pub fn service(key: &ObjectKey, plan: &Plan<'_>) -> GatewayService {
    let infrastructure = plan.gateway.spec.infrastructure.as_ref();
    let mut labels = infrastructure
        .and_then(|given| given.labels.clone())
        .unwrap_or_default();
    let class = &plan.gateway.spec.gateway_class_name;
    labels.insert(GATEWAY_NAME.to_owned(), label_value(&key.name));
    labels.insert(
        "gateway.networking.k8s.io/gateway-class-name".to_owned(),
        label_value(class),
    );
    let ports = plan
        .listeners
        .iter()
        .map(|listener| (listener.snapshot().port, listener.address.port()))
        // Those that no port is left for have none.
        .filter(|(_, target)| *target != 0);
    GatewayService {
        gateway: key.clone(),
        gateway_uid: plan.gateway.metadata.uid.clone().unwrap_or_default(),
        name: service_name(key),
        labels,
        annotations: infrastructure
            .and_then(|given| given.annotations.clone())
            .unwrap_or_default(),
        address: plan.wanted.first().copied(),
        ports: ports.collect(),
    }
}
