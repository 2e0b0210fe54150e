//! What is said about objects that cannot be used as they are now: in their own status, about the
//! generation that cannot. What they were before goes on being served.

use std::collections::BTreeMap;

use k8s_openapi::api::networking::v1::Ingress;
use limpet_schema::messages;
use limpet_translator::inputs::ObjectKey;
use limpet_translator::status::{Condition, ObjectStatus, conditions, with_id};
use limpet_translator::translate::{
    Settings, extension_of, is_our_ingress, is_ours, parent_of_set,
};
use serde_json::{Value, json};

use crate::cluster::{Refused, World};

const GROUP: &str = "gateway.networking.k8s.io";

/// In place of what is said about the generation before.
pub fn tell(statuses: Vec<ObjectStatus>, world: &World, settings: &Settings) -> Vec<ObjectStatus> {
    let id = |said: &ObjectStatus| (said.kind.clone(), said.namespace.clone(), said.name.clone());
    let refused = world.refused().filter_map(|(kind, key, refused)| {
        let case = Case {
            kind,
            key,
            refused,
            world,
            settings,
        };
        case.said()
    });
    let mut refused: BTreeMap<_, ObjectStatus> = refused.map(|said| (id(&said), said)).collect();
    let mut told = Vec::with_capacity(statuses.len());
    for said in statuses {
        told.push(match refused.remove(&id(&said)) {
            // Its status says where it is reached, which it is.
            Some(refused) if refused.kind == "Ingress" => ObjectStatus {
                warnings: refused.warnings,
                ..said
            },
            Some(refused) => refused,
            None => said,
        });
    }
    told.extend(refused.into_values());
    told
}

struct Case<'a> {
    kind: &'static str,
    key: &'a ObjectKey,
    refused: &'a Refused,
    world: &'a World,
    settings: &'a Settings,
}

impl Case<'_> {
    /// None where it is not ours.
    fn said(&self) -> Option<ObjectStatus> {
        let spec = &self.refused.object["spec"];
        let no = |said: &[(&'static str, &str)]| json!({ "conditions": self.no(said) });
        let status = match self.kind {
            "GatewayClass" => (spec["controllerName"] == self.settings.controller_name.as_str())
                .then(|| no(&[("Accepted", "Unsupported")])),
            "Gateway" => self
                .is_our_class(&spec["gatewayClassName"])
                .then(|| no(&[("Accepted", "Invalid"), ("Programmed", "Invalid")])),
            "ListenerSet" => self
                .leads_to_us(&spec["parentRef"], &self.key.namespace)
                .then(|| no(&[("Accepted", "ListenersNotValid"), ("Programmed", "Invalid")])),
            "RoutePolicy" => (!self.is_anothers_policy()).then(|| {
                no(&[
                    ("Accepted", "InvalidRoutePolicy"),
                    ("Programmed", "Invalid"),
                ])
            }),
            "IngressExtension" => (!self.is_anothers_extension())
                .then(|| no(&[("Accepted", "InvalidIngressExtension")])),
            "HTTPRoute" => self.parents(),
            "Ingress" => self.is_our_ingress().then(|| json!({})),
            _ => None,
        };
        let warnings = match self.kind {
            "Ingress" => vec![self.message()],
            _ => Vec::new(),
        };
        Some(ObjectStatus {
            kind: self.kind.to_owned(),
            namespace: self.key.namespace.clone(),
            name: self.key.name.clone(),
            status: status?,
            warnings,
        })
    }

    fn no(&self, said: &[(&'static str, &str)]) -> Value {
        let said = said.iter();
        let said: Vec<Condition> = said
            .map(|&(kind, reason)| Condition::no(kind, reason, self.message()))
            .collect();
        conditions(
            self.refused.object["metadata"]["generation"].as_i64(),
            &said,
        )
    }

    fn message(&self) -> String {
        let problems = self.refused.problems.iter().map(ToString::to_string);
        let problems: Vec<String> = problems.collect();
        let text = format!(
            "It cannot be used and stays as it was: {}",
            problems.join("; ")
        );
        with_id(text, &messages::OBJECT_UNUSABLE)
    }

    fn parents(&self) -> Option<Value> {
        let references = self.refused.object["spec"]["parentRefs"].as_array();
        let references = references.into_iter().flatten();
        let entry = |reference: &Value| {
            json!({
                "parentRef": reference,
                "controllerName": self.settings.controller_name,
                "conditions": self.no(&[("Accepted", "UnsupportedValue")]),
            })
        };
        let namespace = &self.key.namespace;
        let ours = references.filter(|reference| self.leads_to_us(reference, namespace));
        let entries: Vec<Value> = ours.map(entry).collect();
        (!entries.is_empty()).then(|| json!({ "parents": entries }))
    }

    fn is_our_class(&self, class: &Value) -> bool {
        is_ours(
            class.as_str().unwrap_or_default(),
            &self.world.inputs,
            self.settings,
        )
    }

    /// Whether the route that it is about is another controller's, by its first parent. Nobody owns a
    /// policy's conditions: two who say something would do so for ever.
    fn is_anothers_policy(&self) -> bool {
        let target = &self.refused.object["spec"]["targetRef"];
        if target["kind"]
            .as_str()
            .is_some_and(|kind| kind != "HTTPRoute")
        {
            return false;
        }
        let namespace = target["namespace"].as_str();
        let namespace = namespace.unwrap_or(&self.key.namespace);
        let name = target["name"].as_str().unwrap_or_default();
        let route = self
            .world
            .inputs
            .http_routes
            .get(&ObjectKey::new(namespace, name));
        let parents = route.and_then(|route| route.spec.parent_refs.as_ref());
        let first = parents.and_then(|parents| serde_json::to_value(parents.first()?).ok());
        first.is_some_and(|first| !self.leads_to_us(&first, namespace))
    }

    /// Whether other controllers' Ingresses name it, and none of ours.
    fn is_anothers_extension(&self) -> bool {
        let inputs = &self.world.inputs;
        let named = inputs.ingresses.iter().filter(|(key, ingress)| {
            extension_of(key, ingress).is_some_and(|extension| extension == *self.key)
        });
        let mut ours = named.map(|(_, ingress)| is_our_ingress(ingress, inputs, self.settings));
        match ours.next() {
            Some(first) => !first && !ours.any(|is_ours| is_ours),
            None => false,
        }
    }

    /// Whether a parentRef in that namespace leads to a Gateway of ours.
    fn leads_to_us(&self, reference: &Value, namespace: &str) -> bool {
        let text = |field: &str| reference[field].as_str();
        let namespace = text("namespace").unwrap_or(namespace);
        let named = ObjectKey::new(namespace, text("name").unwrap_or_default());
        let inputs = &self.world.inputs;
        let gateway = match (
            text("group").unwrap_or(GROUP),
            text("kind").unwrap_or("Gateway"),
        ) {
            (GROUP, "Gateway") => Some(named),
            (GROUP, "ListenerSet") => parent_of_set(&named, inputs),
            _ => None,
        };
        let gateway = gateway.and_then(|gateway| inputs.gateways.get(&gateway));
        gateway
            .is_some_and(|gateway| is_ours(&gateway.spec.gateway_class_name, inputs, self.settings))
    }

    /// By its class, which is read whatever else is wrong.
    fn is_our_ingress(&self) -> bool {
        let object = &self.refused.object;
        let known = json!({
            "metadata": {"annotations": object["metadata"]["annotations"]},
            "spec": {"ingressClassName": object["spec"]["ingressClassName"]},
        });
        serde_json::from_value::<Ingress>(known)
            .is_ok_and(|ingress| is_our_ingress(&ingress, &self.world.inputs, self.settings))
    }
}

#[cfg(test)]
mod tests {
    use limpet_translator::translate::translate;

    use super::*;
    use crate::cluster::{Event, Object};

    fn see(world: &mut World, kind: &'static str, object: Value) {
        world.apply(Event::Applied(kind, Box::new(Object::new(object))));
    }

    fn gateway(generation: i64, hostname: &str) -> Value {
        let listener =
            json!({"name": "http", "port": 80, "protocol": "HTTP", "hostname": hostname});
        json!({
            "metadata": {"name": "gateway", "namespace": "shop", "uid": "uid-1", "generation": generation},
            "spec": {"gatewayClassName": "limpet", "listeners": [listener]},
        })
    }

    fn route(generation: i64, hostname: &str) -> Value {
        json!({
            "metadata": {"name": "route", "namespace": "shop", "generation": generation},
            "spec": {"parentRefs": [{"name": "gateway"}], "hostnames": [hostname]},
        })
    }

    fn told(world: &World) -> Vec<ObjectStatus> {
        let settings = Settings::default();
        tell(
            translate(&world.inputs, &settings).statuses,
            world,
            &settings,
        )
    }

    /// Status, generation and message of `Accepted`.
    fn accepted(holder: &Value) -> (&str, i64, &str) {
        let mut conditions = holder["conditions"].as_array().expect("a list").iter();
        let found = conditions
            .find(|known| known["type"] == "Accepted")
            .expect("there");
        let text = |field: &str| found[field].as_str().expect("text");
        (
            text("status"),
            found["observedGeneration"].as_i64().expect("there"),
            text("message"),
        )
    }

    #[test]
    fn what_cannot_be_used_says_so_of_its_own_generation_and_stays_as_it_was() {
        // The CRDs let such a label in.
        let (mut world, long) = (World::default(), "x".repeat(64));
        for (generation, hostname) in [(1, "a.example"), (2, long.as_str())] {
            see(&mut world, "Gateway", gateway(generation, hostname));
            see(&mut world, "HTTPRoute", route(generation, hostname));
        }
        let told = told(&world);
        let of = |kind: &str| told.iter().find(|said| said.kind == kind).expect("told");
        for (said, field) in [
            (&of("Gateway").status, "spec.listeners[0].hostname"),
            (&of("HTTPRoute").status["parents"][0], "spec.hostnames[0]"),
        ] {
            let (status, generation, message) = accepted(said);
            assert_eq!((status, generation), ("False", 2));
            assert!(
                message.contains(field) && message.ends_with("[object-unusable]"),
                "{message}"
            );
        }
        assert_eq!(
            translate(&world.inputs, &Settings::default())
                .snapshot
                .listeners[0]
                .hostname,
            "a.example"
        );
    }

    #[test]
    fn nothing_is_said_about_what_is_not_ours() {
        let mut world = World::default();
        let mut theirs = gateway(1, &"x".repeat(64));
        theirs["spec"]["gatewayClassName"] = "theirs".into();
        see(&mut world, "Gateway", theirs);
        see(&mut world, "HTTPRoute", route(1, &"x".repeat(64)));
        assert_eq!(told(&world), []);
    }

    fn policy() -> Value {
        json!({
            "metadata": {"name": "policy", "namespace": "shop", "generation": 1},
            "spec": {
                "targetRef": {"group": "", "kind": "HTTPRoute", "name": "route"},
                "default": {"sessionAffinity": {"affinityType": "of-a-later-release"}},
            },
        })
    }

    #[test]
    fn a_refused_policy_is_spoken_for_unless_its_route_is_anothers() {
        let is_told = |class: &str| {
            let mut world = World::default();
            let mut gateway = gateway(1, "a.example");
            gateway["spec"]["gatewayClassName"] = class.into();
            see(&mut world, "Gateway", gateway);
            see(&mut world, "HTTPRoute", route(1, "a.example"));
            see(&mut world, "RoutePolicy", policy());
            told(&world).iter().any(|said| said.kind == "RoutePolicy")
        };
        assert!(is_told("limpet"));
        assert!(!is_told("theirs"));
    }
}
