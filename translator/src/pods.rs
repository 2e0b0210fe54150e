//! The pods of the fleet, as the EndpointSlices of its headless Service list them.

use std::net::IpAddr;

use k8s_openapi::api::discovery::v1::Endpoint;
use serde_json::{Value, json};

use crate::inputs::{Inputs, ObjectKey};

/// A data plane's pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Pod {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub ip: IpAddr,
    /// As an endpoint of a slice.
    pub endpoint: Value,
}

/// Every pod behind the fleet's Service, sorted by name.
#[must_use]
pub fn pods(inputs: &Inputs, service: &ObjectKey) -> Vec<Pod> {
    let slices = inputs.endpoint_slices.iter().filter(|(key, slice)| {
        let labels = slice.metadata.labels.as_ref();
        let owner = labels.and_then(|labels| labels.get("kubernetes.io/service-name"));
        key.namespace == service.namespace && owner == Some(&service.name)
    });
    let mut pods: Vec<Pod> = slices
        .flat_map(|(_, slice)| &slice.endpoints)
        .filter_map(read)
        .collect();
    pods.sort_by(|a, b| (&a.name, a.ip).cmp(&(&b.name, b.ip)));
    pods
}

fn read(endpoint: &Endpoint) -> Option<Pod> {
    let target = endpoint.target_ref.as_ref()?;
    let address = endpoint.addresses.first()?;
    let mut shown = json!({
        "addresses": [address],
        "conditions": endpoint.conditions,
        "targetRef": target,
    });
    for (field, value) in [("nodeName", &endpoint.node_name), ("zone", &endpoint.zone)] {
        if let Some(value) = value {
            shown[field] = value.clone().into();
        }
    }
    Some(Pod {
        name: target.name.clone()?,
        ip: address.parse().ok()?,
        endpoint: shown,
    })
}
