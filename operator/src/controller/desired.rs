//! What differs between what should be there and what is.

use std::collections::BTreeSet;

use limpet_schema::messages;
use limpet_translator::inputs::{CONFIG_MAP, KINDS, ObjectKey};
use limpet_translator::labels::{CONTROLLER, MANAGED_BY};
use limpet_translator::pods::Pod;
use limpet_translator::ports::{self, Allocations};
use limpet_translator::status::{
    Condition, ObjectStatus, conditions, holds, is_spoken_for, merge, says_served, with_id,
};
use limpet_translator::translate::{
    GATEWAY_ANNOTATION, GatewayService, is_anothers, parent_of_set,
};
use serde_json::{Value, json};

use super::Settings;
use crate::cluster::World;
use crate::infra::{self, covers};
use crate::publish::Board;
use crate::writes::{Target, Write};

/// A write, and the version of the object that it was made from.
type Planned = (Target, String, Write);

/// The statuses that are not as they should be.
pub fn statuses<'s>(
    world: &World,
    statuses: impl Iterator<Item = &'s ObjectStatus>,
    controller: &str,
    now: &str,
) -> Vec<Planned> {
    let mut planned = Vec::new();
    let mut said = BTreeSet::new();
    for object in statuses {
        let (kind, namespace, name) = (&object.kind, &object.namespace, &object.name);
        let key = ObjectKey::new(namespace, name);
        said.insert((kind.as_str(), namespace.as_str(), name.as_str()));
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
            let is_said = said.contains(&(kind, key.namespace.as_str(), key.name.as_str()));
            !is_said && is_spoken_for(&known.status, controller)
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
    // ListenerSets whose Gateway is gone: nobody else tells that they are served no more.
    for (key, known) in world.of_kind("ListenerSet") {
        let gateway = parent_of_set(key, &world.inputs);
        let gone = gateway.filter(|gateway| world.known("Gateway", gateway).is_none());
        if let Some(gateway) = gone.filter(|_| says_served(&known.status)) {
            let said = orphaned(world, key, &gateway);
            planned.extend(status(
                world,
                "ListenerSet",
                key.clone(),
                &said,
                controller,
                now,
            ));
        }
    }
    planned
}

fn orphaned(world: &World, set: &ObjectKey, gateway: &ObjectKey) -> Value {
    let text = with_id(
        format!("There is no Gateway {gateway}"),
        &messages::PARENT_UNKNOWN,
    );
    let said = [
        Condition::no("Accepted", "ParentNotAccepted", &text),
        Condition::no("Programmed", "Invalid", &text),
    ];
    let set = world.inputs.listener_sets.get(set);
    let generation = set.and_then(|set| set.metadata.generation);
    json!({"conditions": conditions(generation, &said), "listeners": []})
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
    if holds(kind, &known.status, said, controller) {
        return None;
    }
    let target = Target {
        kind,
        key,
        is_status: true,
    };
    let merged = merge(kind, &known.status, said, controller, now);
    Some((
        target,
        known.resource_version.clone(),
        Write::Status(merged),
    ))
}

/// The Services and EndpointSlices that are not as they should be, or should not be.
pub fn infra(
    world: &World,
    settings: &Settings,
    board: &Board,
    lost: &BTreeSet<String>,
    services: &[GatewayService],
) -> Vec<Planned> {
    let pods = settings.pods(world);
    let listed = listed(world, &settings.infra.controller_name, services);
    // A pod that this replica has not heard of yet serves what it was listed for.
    let served = |pod: &Pod, port: u16| {
        let heard = board.serves(&pod.name, port);
        heard.unwrap_or_else(|| listed.contains(&(pod.name.clone(), port)))
    };
    // One that is lost does only where no other is known to.
    let is_lost = |pod: &Pod| lost.contains(&pod.name);
    let serves = |pod: &Pod, port: u16| {
        let is_ready = |pod: &Pod| pod.endpoint["conditions"]["ready"] != false;
        let serves_too = |other: &Pod| !is_lost(other) && is_ready(other) && served(other, port);
        let does_another = || pods.iter().any(serves_too);
        served(pod, port) && (!is_lost(pod) || !does_another())
    };
    let wanted = infra::plan(services, &pods, serves, &settings.infra);
    let controller = settings.infra.controller_name.as_str();
    let mut planned = Vec::new();
    for ((kind, key), object) in &wanted {
        let known = world.known(kind, key);
        // Somebody else's of that name; the Gateway's status says so.
        if known.is_some_and(|known| !is_made_by(controller, &known.made)) {
            continue;
        }
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
            .filter(|(_, known)| is_made_by(controller, &known.made));
        let left_over = ours.filter(|(key, known)| {
            let is_wanted = wanted.contains_key(&(kind, (*key).clone()));
            !is_wanted && may_go(world, settings, services, key, &known.made)
        });
        planned.extend(left_over.map(|(key, known)| {
            let write = Write::Delete(known.uid.clone());
            (target(kind, key), known.resource_version.clone(), write)
        }));
    }
    planned
}

/// What is to be written down about ports, if that is something else than is there.
pub fn ports(world: &World, settings: &Settings, services: &[GatewayService]) -> Option<Planned> {
    // One that is there and cannot be read, or whose class is missing for the moment, keeps its own.
    let is_kept = |gateway: &ObjectKey| {
        let is_there = world.known("Gateway", gateway).is_some();
        is_there && !is_anothers(gateway, &world.inputs, &settings.translation)
    };
    let kept = world
        .inputs
        .ports
        .iter()
        .filter(|(gateway, _)| is_kept(gateway));
    let kept = kept.map(|(gateway, ports)| (gateway.clone(), ports.clone()));
    let given = services
        .iter()
        .map(|given| (given.gateway.clone(), given.ports.clone()));
    let mut wanted: Allocations = kept.chain(given).collect();
    wanted.retain(|_, ports| !ports.is_empty());
    let key = &settings.infra.ports;
    let known = world.known(CONFIG_MAP.name, key);
    let there = known
        .map(|known| ports::read(&known.made))
        .unwrap_or_default();
    (there != wanted).then(|| {
        let from = known.map(|known| known.resource_version.clone());
        let write = Write::Apply(ports::object(key, &wanted));
        (
            target(CONFIG_MAP.name, key),
            from.unwrap_or_default(),
            write,
        )
    })
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

/// Whether this controller made it for a Gateway: the chart's own objects have no such annotation,
/// those of another release have another's name.
fn is_made_by(controller: &str, made: &Value) -> bool {
    let metadata = &made["metadata"];
    metadata["labels"][MANAGED_BY.0] == MANAGED_BY.1
        && metadata["annotations"][CONTROLLER] == controller
}

/// Whether what is left over was a Gateway's that wants it no more. One that is there and cannot be
/// read, or whose class is missing for the moment, keeps what it has: an address that is lost does
/// not come back.
fn may_go(
    world: &World,
    settings: &Settings,
    services: &[GatewayService],
    key: &ObjectKey,
    made: &Value,
) -> bool {
    let metadata = &made["metadata"];
    let name = metadata["annotations"][GATEWAY_ANNOTATION].as_str();
    let gateway = ObjectKey::new(&key.namespace, name.unwrap_or_default());
    let Some(known) = world.known("Gateway", &gateway) else {
        return true;
    };
    let is_planned = services.iter().any(|given| given.gateway == gateway);
    let is_another = metadata["ownerReferences"][0]["uid"] != known.uid.as_str();
    is_planned || is_another || is_anothers(&gateway, &world.inputs, &settings.translation)
}

/// By pod and port of the fleet, what our EndpointSlices say now: of each port those of the Gateway
/// that has it, as others may claim anything.
fn listed(world: &World, controller: &str, services: &[GatewayService]) -> BTreeSet<(String, u16)> {
    let mut listed = BTreeSet::new();
    for (key, known) in world.of_kind("EndpointSlice") {
        let slice = &known.made;
        let port = slice["ports"][0]["port"].as_u64();
        let port = port.and_then(|port| u16::try_from(port).ok());
        let Some(port) = port.filter(|_| is_made_by(controller, slice)) else {
            continue;
        };
        let name = slice["metadata"]["annotations"][GATEWAY_ANNOTATION].as_str();
        let gateway = ObjectKey::new(&key.namespace, name.unwrap_or_default());
        let has_it = |given: &GatewayService| {
            given.gateway == gateway && given.ports.values().any(|target| *target == port)
        };
        if services.iter().any(has_it) {
            let endpoints = slice["endpoints"].as_array().into_iter().flatten();
            let pods = endpoints.filter_map(|endpoint| endpoint["targetRef"]["name"].as_str());
            listed.extend(pods.map(|pod| (pod.to_owned(), port)));
        }
    }
    listed
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use limpet_schema::stream::{Ack, Assignment};
    use limpet_translator::translate::{Fleet, translate};

    use super::*;
    use crate::cluster::{Event, Object};

    const US: &str = "limpet.dev/gateway-controller";

    fn settings() -> Settings {
        let fleet = Fleet {
            ingress_service: ObjectKey::new("limpet-system", "limpet-ingress"),
            data_planes: ObjectKey::new("limpet-system", "limpet-dataplane"),
        };
        Settings {
            translation: limpet_translator::translate::Settings {
                fleet: Some(fleet),
                ..limpet_translator::translate::Settings::default()
            },
            infra: infra::Settings {
                service_type: "ClusterIP".to_owned(),
                controller_name: US.to_owned(),
                ports: ObjectKey::new("limpet-system", "limpet-ports"),
            },
            pod: "operator".to_owned(),
        }
    }

    fn see(world: &mut World, kind: &'static str, object: Value) {
        world.apply(Event::Applied(kind, Box::new(Object::new(object))));
    }

    fn gateway(class: &str, port: u32) -> Value {
        let listener = json!({"name": "http", "port": port, "protocol": "HTTP"});
        json!({
            "metadata": {"name": "gateway", "namespace": "shop", "uid": "uid-1"},
            "spec": {"gatewayClassName": class, "listeners": [listener]},
        })
    }

    fn planned(world: &World) -> Vec<(&'static str, String, Write)> {
        let settings = settings();
        let services = translate(&world.inputs, &settings.translation).services;
        let board = Board::default();
        board.publish(Assignment::default());
        let planned = infra(world, &settings, &board, &BTreeSet::new(), &services).into_iter();
        let planned = planned.map(|(target, _, write)| (target.kind, target.key.name, write));
        planned.collect()
    }

    /// As if what is planned had been written.
    fn write(world: &mut World) {
        for (kind, _, write) in planned(world) {
            let Write::Apply(mut object) = write else {
                panic!("{write:?}")
            };
            object["metadata"]["uid"] = "uid-2".into();
            see(world, kind, object);
        }
        assert_eq!(planned(world), [], "nothing is left to write");
    }

    fn with_gateway() -> World {
        let mut world = World::default();
        see(&mut world, "Gateway", gateway("limpet", 80));
        write(&mut world);
        world
    }

    fn names<'p>(planned: &'p [(&'static str, String, Write)]) -> Vec<&'p str> {
        planned.iter().map(|(_, name, _)| name.as_str()).collect()
    }

    #[test]
    fn an_object_that_is_deleted_is_made_again() {
        let mut world = with_gateway();
        let service = ObjectKey::new("shop", "gateway-limpet");
        world.apply(Event::Deleted("Service", service));
        assert_eq!(names(&planned(&world)), ["gateway-limpet"]);
    }

    #[test]
    fn an_object_of_somebody_else_is_left_alone() {
        let mut world = World::default();
        let service = json!({
            "metadata": {"name": "gateway-limpet", "namespace": "shop", "uid": "uid-3"},
            "spec": {"ports": [{"port": 80, "targetPort": 3000}]},
        });
        see(&mut world, "Service", service);
        see(&mut world, "Gateway", gateway("limpet", 80));
        assert_eq!(names(&planned(&world)), ["gateway-limpet-80-ipv4"]);

        let mut world = with_gateway();
        let key = ObjectKey::new("shop", "gateway-limpet");
        let mut service = world.known("Service", &key).expect("there").made.clone();
        service["metadata"]["annotations"][CONTROLLER] = "another.release/controller".into();
        service["spec"]["type"] = "NodePort".into();
        see(&mut world, "Service", service);
        world.apply(Event::Deleted("Gateway", ObjectKey::new("shop", "gateway")));
        assert_eq!(
            names(&planned(&world)),
            ["gateway-limpet-80-ipv4"],
            "the slice goes"
        );
    }

    #[test]
    fn what_a_gateway_wants_no_more_goes_and_what_cannot_be_read_keeps_its_address() {
        let mut world = with_gateway();
        see(&mut world, "Gateway", gateway("limpet", 81));
        let gone = planned(&world)
            .into_iter()
            .filter(|(.., write)| matches!(write, Write::Delete(_)));
        let gone: Vec<_> = gone.collect();
        assert_eq!(names(&gone), ["gateway-limpet-80-ipv4"]);

        see(&mut world, "Gateway", gateway("nobodys", 80));
        assert_eq!(planned(&world), [], "its class may come back");
        let class = json!({"metadata": {"name": "nobodys"}, "spec": {"controllerName": "another"}});
        see(&mut world, "GatewayClass", class);
        assert_eq!(names(&planned(&world)).len(), 2, "all of it");
    }

    /// The pods of the fleet that the Gateway's EndpointSlice lists, where `serving` have said that they
    /// serve its port, and `lost` are lost.
    fn listed_pods(serving: &[&str], lost: &[&str]) -> Vec<String> {
        let mut world = with_gateway();
        let endpoint = |(number, name): (usize, &str)| json!({"addresses": [format!("10.0.0.{number}")], "targetRef": {"kind": "Pod", "name": name}});
        let endpoints: Vec<Value> = ["a", "b"].into_iter().enumerate().map(endpoint).collect();
        let labels = json!({"kubernetes.io/service-name": "limpet-dataplane"});
        let metadata = json!({"name": "fleet", "namespace": "limpet-system", "labels": labels});
        see(
            &mut world,
            "EndpointSlice",
            json!({"metadata": metadata, "addressType": "IPv4", "ports": [], "endpoints": endpoints}),
        );
        let settings = settings();
        let output = translate(&world.inputs, &settings.translation);
        let board = Board::default();
        let snapshot = Arc::new(output.snapshot);
        board.publish(Assignment {
            snapshot,
            ..Assignment::default()
        });
        let published = board.published().borrow().clone().expect("published");
        for pod in serving {
            board.ack(
                pod,
                Ack {
                    version: 1,
                    failed_listeners: BTreeMap::new(),
                },
                &published,
            );
        }
        let lost = lost.iter().map(|pod| (*pod).to_owned()).collect();
        let planned = infra(&world, &settings, &board, &lost, &output.services);
        let slice = planned.into_iter().find_map(|(_, _, write)| match write {
            Write::Apply(object) => Some(object["endpoints"].clone()),
            _ => None,
        });
        let endpoints = slice
            .as_ref()
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let names =
            endpoints.map(|endpoint| endpoint["targetRef"]["name"].as_str().expect("a pod"));
        names.map(str::to_owned).collect()
    }

    #[test]
    fn a_lost_data_plane_is_listed_only_where_no_other_serves_the_port() {
        assert_eq!(listed_pods(&["a", "b"], &[]), ["a", "b"]);
        assert_eq!(listed_pods(&["a", "b"], &["b"]), ["a"]);
        assert_eq!(listed_pods(&["b"], &["b"]), ["b"], "a does not serve it");
        assert_eq!(listed_pods(&["a", "b"], &["a", "b"]), ["a", "b"]);
    }

    #[test]
    fn a_listener_set_whose_gateway_is_gone_is_served_no_more() {
        let mut world = World::default();
        let served = json!({"conditions": [{"type": "Programmed", "status": "True", "reason": "Programmed",
            "message": "Served by the data plane", "observedGeneration": 1, "lastTransitionTime": "2026-01-01T00:00:00Z"}]});
        let listener = json!({"name": "http", "port": 80, "protocol": "HTTP"});
        see(
            &mut world,
            "ListenerSet",
            json!({
                "metadata": {"name": "set", "namespace": "shop", "generation": 1},
                "spec": {"parentRef": {"name": "gateway"}, "listeners": [listener]},
                "status": served,
            }),
        );
        let planned = |world: &World| statuses(world, [].iter(), US, "now");
        let (target, _, write) = planned(&world).pop().expect("it is taken back");
        let Write::Status(status) = write else {
            panic!("{write:?}")
        };
        assert_eq!(
            (target.kind, &status["conditions"][0]["status"]),
            ("ListenerSet", &json!("False"))
        );
        see(&mut world, "Gateway", gateway("another", 80));
        assert_eq!(planned(&world), [], "it is there: somebody else speaks");
    }

    fn written_down(world: &World) -> Option<Value> {
        let services = translate(&world.inputs, &settings().translation).services;
        ports(world, &settings(), &services).map(|(_, _, write)| match write {
            Write::Apply(object) => object,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn a_port_is_written_down_once_and_stays_with_a_gateway_that_is_there() {
        let mut world = with_gateway();
        let object = written_down(&world).expect("a new port");
        see(&mut world, "ConfigMap", object);
        assert_eq!(written_down(&world), None);
        let (given, key) = (world.inputs.ports.clone(), settings().infra.ports);
        see(&mut world, "Gateway", gateway("nobodys", 80));
        assert_eq!(written_down(&world), None, "its class may come back");
        world.apply(Event::Deleted("ConfigMap", key));
        assert_eq!(world.inputs.ports, given);
        assert!(written_down(&world).is_some(), "it is written again");
        world.apply(Event::Deleted("Gateway", ObjectKey::new("shop", "gateway")));
        assert_eq!(written_down(&world), None, "nothing is to be kept");
    }
}
