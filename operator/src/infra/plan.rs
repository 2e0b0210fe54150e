//! The objects that should be there.

use std::collections::BTreeMap;

use limpet_translator::inputs::ObjectKey;
use limpet_translator::labels::{CONTROLLER, MANAGED_BY};
use limpet_translator::pods::Pod;
use limpet_translator::translate::{GATEWAY_ANNOTATION, GatewayService};
use serde_json::{Value, json};

use super::Settings;

/// Objects by kind and name, as they are applied.
pub type Objects = BTreeMap<(&'static str, ObjectKey), Value>;

/// Everything that these Gateways need. `serves` tells whether a pod serves a port of the fleet.
pub fn plan(
    services: &[GatewayService],
    pods: &[Pod],
    serves: impl Fn(&Pod, u16) -> bool,
    settings: &Settings,
) -> Objects {
    let mut objects = Objects::new();
    // A Service has at least one port.
    for given in services.iter().filter(|given| !given.ports.is_empty()) {
        let key = ObjectKey::new(&given.gateway.namespace, &given.name);
        objects.insert(("Service", key), service(given, settings));
        for (port, target) in &given.ports {
            let served: Vec<&Pod> = pods.iter().filter(|pod| serves(pod, *target)).collect();
            for family in ["IPv4", "IPv6"] {
                let of_family = served
                    .iter()
                    .filter(|pod| pod.ip.is_ipv4() == (family == "IPv4"));
                let endpoints: Vec<&Value> = of_family.map(|pod| &pod.endpoint).collect();
                // One without endpoints says that there are none.
                if family == "IPv4" || !endpoints.is_empty() {
                    let (key, slice) = slice(given, (*port, *target), family, &endpoints, settings);
                    objects.insert(("EndpointSlice", key), slice);
                }
            }
        }
    }
    objects
}

/// The annotation that names the labels and annotations that a Gateway asks for: when one of them is
/// no longer asked for, this differs, and the object is applied anew.
const NAMES: &str = "limpet.dev/infrastructure";

fn names(given: &GatewayService) -> String {
    let names = given.labels.keys().chain(given.annotations.keys());
    names.map(String::as_str).collect::<Vec<_>>().join(",")
}

fn metadata(given: &GatewayService, name: &str, settings: &Settings) -> Value {
    let mut annotations = given.annotations.clone();
    annotations.insert(GATEWAY_ANNOTATION.to_owned(), given.gateway.name.clone());
    annotations.insert(CONTROLLER.to_owned(), settings.controller_name.clone());
    let mut labels = given.labels.clone();
    annotations.insert(NAMES.to_owned(), names(given));
    labels.insert(MANAGED_BY.0.to_owned(), MANAGED_BY.1.to_owned());
    json!({
        "name": name,
        "namespace": given.gateway.namespace,
        "labels": labels,
        "annotations": annotations,
        "ownerReferences": [{
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "Gateway",
            "name": given.gateway.name,
            "uid": given.gateway_uid,
        }],
    })
}

fn service(given: &GatewayService, settings: &Settings) -> Value {
    let port = |(port, target): (&u16, &u16)| json!({"name": port_name(*port), "port": port, "targetPort": target, "protocol": "TCP"});
    let ports: Vec<Value> = given.ports.iter().map(port).collect();
    let mut spec = json!({"type": settings.service_type, "ports": ports});
    if let Some(address) = given.address {
        let field = match settings.service_type.as_str() {
            "LoadBalancer" => "loadBalancerIP",
            _ => "clusterIP",
        };
        spec[field] = address.to_string().into();
    }
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(given, &given.name, settings),
        "spec": spec,
    })
}

fn port_name(port: u16) -> String {
    format!("port-{port}")
}

fn slice(
    given: &GatewayService,
    (port, target): (u16, u16),
    family: &str,
    endpoints: &[&Value],
    settings: &Settings,
) -> (ObjectKey, Value) {
    let name = format!("{}-{port}-{}", given.name, family.to_lowercase());
    let mut metadata = metadata(given, &name, settings);
    metadata["labels"]["kubernetes.io/service-name"] = given.name.clone().into();
    metadata["labels"]["endpointslice.kubernetes.io/managed-by"] = "limpet.dev".into();
    let slice = json!({
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": metadata,
        "addressType": family,
        "ports": [{"name": port_name(port), "port": target, "protocol": "TCP"}],
        "endpoints": endpoints,
    });
    (ObjectKey::new(&given.gateway.namespace, &name), slice)
}

/// Whether an object is as it was applied: it has all that was. What others and the API server add is
/// theirs.
#[must_use]
pub fn covers(there: &Value, applied: &Value) -> bool {
    match (there, applied) {
        (Value::Object(there), Value::Object(applied)) => applied
            .iter()
            .filter(|(_, value)| !value.is_null())
            .all(|(field, value)| there.get(field).is_some_and(|there| covers(there, value))),
        (Value::Array(there), Value::Array(applied)) => {
            there.len() == applied.len() && there.iter().zip(applied).all(|(a, b)| covers(a, b))
        }
        (there, applied) => there == applied,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given() -> GatewayService {
        GatewayService {
            gateway: ObjectKey::new("shop", "gateway"),
            gateway_uid: "uid".to_owned(),
            name: "gateway-limpet".to_owned(),
            labels: BTreeMap::from([("team".to_owned(), "a".to_owned())]),
            annotations: BTreeMap::new(),
            address: None,
            ports: BTreeMap::from([(80, 10_080), (81, 10_081)]),
        }
    }

    fn pod(name: &str) -> Pod {
        Pod {
            name: name.to_owned(),
            ip: [10, 0, 0, 1].into(),
            endpoint: json!({"addresses": ["10.0.0.1"], "targetRef": {"name": name}}),
        }
    }

    fn settings(service_type: &str) -> Settings {
        Settings {
            service_type: service_type.to_owned(),
            controller_name: "limpet.dev/gateway-controller".to_owned(),
            ports: ObjectKey::new("limpet-system", "limpet-ports"),
        }
    }

    #[test]
    fn a_pod_is_listed_for_the_ports_that_it_serves() {
        let pods = [pod("a"), pod("b")];
        let serves = |pod: &Pod, port| pod.name == "a" || port == 10_081;
        let objects = plan(&[given()], &pods, serves, &settings("ClusterIP"));
        let names = |slice: &str| -> Vec<String> {
            let key = ("EndpointSlice", ObjectKey::new("shop", slice));
            let endpoints = objects[&key]["endpoints"].as_array().expect("a list");
            endpoints
                .iter()
                .map(|e| e["targetRef"]["name"].to_string())
                .collect()
        };
        assert_eq!(names("gateway-limpet-80-ipv4"), ["\"a\""]);
        assert_eq!(names("gateway-limpet-81-ipv4"), ["\"a\"", "\"b\""]);
        assert_eq!(objects.len(), 3);
    }

    #[test]
    fn a_service_goes_with_its_gateway_and_keeps_its_ports() {
        let objects = plan(&[given()], &[], |_, _| true, &settings("LoadBalancer"));
        let service = &objects[&("Service", ObjectKey::new("shop", "gateway-limpet"))];
        assert_eq!(service["metadata"]["ownerReferences"][0]["uid"], "uid");
        assert_eq!(service["metadata"]["labels"]["team"], "a");
        assert_eq!(service["spec"]["ports"][1]["targetPort"], 10_081);
        assert!(service["spec"]["selector"].is_null());
    }

    #[test]
    fn a_label_that_is_no_longer_asked_for_is_a_reason_to_write() {
        let service = |given: GatewayService| {
            let objects = plan(&[given], &[], |_, _| true, &settings("ClusterIP"));
            objects[&("Service", ObjectKey::new("shop", "gateway-limpet"))].clone()
        };
        let mut without = given();
        without.labels.clear();
        assert!(!covers(&service(given()), &service(without)));
    }

    #[test]
    fn what_others_add_is_no_reason_to_write() {
        let applied = json!({"spec": {"ports": [{"port": 80}]}});
        let there =
            json!({"spec": {"ports": [{"port": 80, "nodePort": 30_000}], "clusterIP": "x"}});
        assert!(covers(&there, &applied));
        assert!(!covers(&json!({"spec": {"ports": []}}), &applied));
        assert!(!covers(
            &json!({"spec": {"ports": [{"port": 81}]}}),
            &applied
        ));
    }
}
