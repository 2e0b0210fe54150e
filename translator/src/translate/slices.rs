//! EndpointSlices among files that nothing leads to. In a cluster controllers write them, and those of
//! others are nobody's business here.

use std::collections::BTreeSet;

use k8s_openapi::api::discovery::v1::EndpointSlice;
use limpet_schema::messages;
use serde_json::json;

use super::services::SERVICE_LABEL;
use crate::inputs::{Inputs, ObjectKey};
use crate::status::{ObjectStatus, with_id};

/// A warning for each.
pub fn unused(inputs: &Inputs) -> impl Iterator<Item = ObjectStatus> + '_ {
    inputs.endpoint_slices.iter().filter_map(|(key, slice)| {
        let warning = with_id(why(key, slice, inputs)?, &messages::ENDPOINT_SLICE_UNUSED);
        Some(ObjectStatus {
            kind: "EndpointSlice".to_owned(),
            namespace: key.namespace.clone(),
            name: key.name.clone(),
            status: json!({}),
            warnings: vec![warning],
        })
    })
}

fn why(key: &ObjectKey, slice: &EndpointSlice, inputs: &Inputs) -> Option<String> {
    let labels = slice.metadata.labels.as_ref();
    let Some(name) = labels.and_then(|labels| labels.get(SERVICE_LABEL)) else {
        return Some(format!(
            "The label {SERVICE_LABEL} is missing: its endpoints are no Service's"
        ));
    };
    let service = ObjectKey::new(&key.namespace, name);
    let Some(found) = inputs.services.get(&service) else {
        return Some(format!(
            "There is no Service {service}: its endpoints are not used"
        ));
    };
    let wanted = found
        .spec
        .iter()
        .flat_map(|spec| spec.ports.iter().flatten());
    let wanted: BTreeSet<&str> = wanted
        .map(|port| port.name.as_deref().unwrap_or_default())
        .collect();
    let has = slice.ports.iter().flatten();
    let has: BTreeSet<&str> = has
        .map(|port| port.name.as_deref().unwrap_or_default())
        .collect();
    wanted.is_disjoint(&has).then(|| {
        let (has, wanted) = (names(&has), names(&wanted));
        format!("Its ports are named {has}, those of Service {service} {wanted}: its endpoints are not used")
    })
}

fn names(names: &BTreeSet<&str>) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    match quoted.is_empty() {
        true => "nothing".to_owned(),
        false => quoted.join(", "),
    }
}
