//! What differs between what should be there and what is.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Settings;
use crate::infra::{self, MANAGED_BY, Pod, covers};
use crate::inputs::cluster::World;
use crate::inputs::{KINDS, ObjectKey};
use crate::publish::Board;
use crate::status::{ObjectStatus, is_spoken_for, merge};
use crate::translate::GatewayService;
use crate::writes::{Target, Write};

/// A write, and the version of the object that it was made from.
type Planned = (Target, String, Write);

/// The statuses that are not as they should be.
pub fn statuses(
    world: &World,
    statuses: &[ObjectStatus],
    controller: &str,
    now: &str,
) -> Vec<Planned> {
    let mut planned = Vec::new();
    let mut said = BTreeSet::new();
    for object in statuses {
        let key = ObjectKey::new(&object.namespace, &object.name);
        said.insert((object.kind.as_str(), key.clone()));
        planned.extend(status(
            world,
            &object.kind,
            key,
            &object.status,
            controller,
            now,
        ));
    }
    // Routes that no longer name a Gateway of ours, and XBackends that no such route names.
    for kind in ["HTTPRoute", "XBackend"] {
        let stale = world.of_kind(kind).filter(|(key, known)| {
            !said.contains(&(kind, (*key).clone())) && is_spoken_for(&known.status, controller)
        });
        for (key, _) in stale {
            planned.extend(status(
                world,
                kind,
                key.clone(),
                &json!({}),
                controller,
                now,
            ));
        }
    }
    planned
}

fn status(
    world: &World,
    kind: &str,
    key: ObjectKey,
    said: &Value,
    controller: &str,
    now: &str,
) -> Option<Planned> {
    let kind = KINDS.iter().find(|known| known.name == kind)?.name;
    let known = world.known(kind, &key)?;
    let is_silent = said.as_object().is_none_or(|said| said.is_empty());
    if is_silent && !is_spoken_for(&known.status, controller) {
        return None;
    }
    let merged = merge(kind, &known.status, said, controller, now);
    let target = Target {
        kind,
        key,
        is_status: true,
    };
    let differs = merged != known.status;
    differs.then(|| {
        (
            target,
            known.resource_version.clone(),
            Write::Status(merged),
        )
    })
}

/// The Services and EndpointSlices that are not as they should be, or should not be.
pub fn infra(
    world: &World,
    settings: &Settings,
    board: &Board,
    services: &[GatewayService],
) -> Vec<Planned> {
    let pods = settings.pods(world);
    let listed = listed(world);
    // A pod that this replica has not heard of yet serves what it was listed for.
    let serves = |pod: &Pod, port: u16| {
        let heard = board.serves(&pod.name, port);
        heard.unwrap_or_else(|| listed.contains(&(pod.name.clone(), port)))
    };
    let wanted = infra::plan(services, &pods, serves, &settings.infra);
    let mut planned = Vec::new();
    for ((kind, key), object) in &wanted {
        let known = world.known(kind, key);
        if known.is_none_or(|known| !covers(&known.made, object)) {
            let from = known.map(|known| known.resource_version.clone());
            let write = match known.filter(|known| has_another_address(&known.made, object)) {
                Some(known) => Write::Delete(known.uid.clone()),
                None => Write::Apply(object.clone()),
            };
            planned.push((target(kind, key), from.unwrap_or_default(), write));
        }
    }
    for kind in ["Service", "EndpointSlice"] {
        let ours = world
            .of_kind(kind)
            .filter(|(_, known)| is_gateways(&known.made));
        let left_over = ours.filter(|(key, _)| !wanted.contains_key(&(kind, (*key).clone())));
        planned.extend(left_over.map(|(key, known)| {
            let write = Write::Delete(known.uid.clone());
            (target(kind, key), known.resource_version.clone(), write)
        }));
    }
    planned
}

/// Whether a Service must be made anew to get the address that it should have.
fn has_another_address(there: &Value, wanted: &Value) -> bool {
    let address = |service: &Value| service["spec"]["clusterIP"].as_str().map(str::to_owned);
    address(wanted).is_some_and(|wanted| address(there).is_some_and(|there| there != wanted))
}

fn target(kind: &'static str, key: &ObjectKey) -> Target {
    Target {
        kind,
        key: key.clone(),
        is_status: false,
    }
}

/// Whether it was made for a Gateway: the chart's own objects carry other labels.
fn is_gateways(made: &Value) -> bool {
    let labels = &made["metadata"]["labels"];
    labels[MANAGED_BY.0] == MANAGED_BY.1
        && labels["gateway.networking.k8s.io/gateway-name"].is_string()
}

/// By pod and port of the fleet, what our EndpointSlices say now.
fn listed(world: &World) -> BTreeSet<(String, u16)> {
    let slices = world.of_kind("EndpointSlice").map(|(_, known)| &known.made);
    let mut listed = BTreeSet::new();
    for slice in slices.filter(|made| is_gateways(made)) {
        let port = slice["ports"][0]["port"]
            .as_u64()
            .and_then(|port| u16::try_from(port).ok());
        let endpoints = slice["endpoints"].as_array().into_iter().flatten();
        let pods = endpoints.filter_map(|endpoint| endpoint["targetRef"]["name"].as_str());
        listed.extend(pods.filter_map(|pod| Some((pod.to_owned(), port?))));
    }
    listed
}
