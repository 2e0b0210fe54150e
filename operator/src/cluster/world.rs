//! What is known of the cluster.

use std::collections::{BTreeMap, BTreeSet};

use limpet_schema::messages;
use limpet_schema::problem::Problem;
use limpet_translator::inputs::{CONFIG_MAP, Inputs, ObjectKey, Scope};
use limpet_translator::ports;
use serde_json::Value;

use super::{Event, Object};

/// The objects as the translator takes them, and of each what whoever writes to it must know.
#[derive(Debug, Default)]
pub struct World {
    /// For the translator.
    pub inputs: Inputs,
    /// By kind.
    objects: BTreeMap<&'static str, BTreeMap<ObjectKey, Known>>,
    /// What was listed whole.
    listed: BTreeSet<Scope>,
    /// What cannot be used as it is now, and stays as it was.
    refused: BTreeMap<(&'static str, ObjectKey), Refused>,
}

/// An object that cannot be used as it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// Whole, but for what changes with each write.
    pub object: Value,
    /// Everything that is wrong with it; never empty.
    pub problems: Vec<Problem>,
}

/// The kinds that are told of a refusal; of others, Secrets among them, nothing is kept.
const TOLD: [&str; 7] = [
    "GatewayClass",
    "Gateway",
    "ListenerSet",
    "HTTPRoute",
    "RoutePolicy",
    "IngressExtension",
    "Ingress",
];

/// What a writer must know of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The version that a write must name, so that it changes nothing unseen.
    pub resource_version: String,
    /// Who it is: another object of the same name has another.
    pub uid: String,
    /// Its `status`; null where there is none.
    pub status: Value,
    /// The whole object, if Limpet made it; else null.
    pub made: Value,
}

/// The kinds of which Limpet makes objects.
const MADE: [&str; 3] = ["Service", "EndpointSlice", "ConfigMap"];

impl World {
    /// Takes in what a watch saw. Whether it is anything to the translator: most of what happens is
    /// a status that was written.
    pub fn apply(&mut self, event: Event) -> bool {
        match event {
            Event::Applied(kind, object) => self.put(kind, *object),
            Event::Deleted(kind, key) => {
                self.remove(kind, &key);
                true
            }
            Event::Listed(scope, objects) => {
                let kind = scope.kind();
                let gone = self.gone(&scope, &objects);
                gone.iter().for_each(|key| self.remove(kind, key));
                for object in objects {
                    self.put(kind, object);
                }
                self.listed.insert(scope);
                true
            }
            Event::GatewayApi(version) => {
                let before = std::mem::replace(&mut self.inputs.gateway_api_version, version);
                before != self.inputs.gateway_api_version
            }
        }
    }

    /// Whether everything of these was listed once.
    pub fn has_listed<'s>(&self, mut scopes: impl Iterator<Item = &'s Scope>) -> bool {
        scopes.all(|scope| self.listed.contains(scope))
    }

    /// Nobody watches that any more.
    pub fn forget(&mut self, scope: &Scope) {
        let gone = self.gone(scope, &[]);
        gone.iter().for_each(|key| self.remove(scope.kind(), key));
        self.listed.remove(scope);
    }

    /// What is known of an object.
    pub fn known(&self, kind: &str, key: &ObjectKey) -> Option<&Known> {
        self.objects.get(kind)?.get(key)
    }

    /// Everything of a kind.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = (&ObjectKey, &Known)> {
        self.objects.get(kind).into_iter().flatten()
    }

    /// What cannot be used.
    pub fn refused(&self) -> impl Iterator<Item = (&'static str, &ObjectKey, &Refused)> {
        self.refused
            .iter()
            .map(|((kind, key), refused)| (*kind, key, refused))
    }

    fn put(&mut self, kind: &'static str, Object { key, mut value }: Object) -> bool {
        let known = Known::read(kind, &mut value);
        if kind == CONFIG_MAP.name {
            return self.put_ports(kind, key, known, &value);
        }
        let is_news = match self.inputs.accept(kind, &key, &value) {
            Ok(is_another) => self.refused.remove(&(kind, key.clone())).is_some() || is_another,
            Err(problems) => self.refuse(
                kind,
                &key,
                Refused {
                    object: value,
                    problems,
                },
            ),
        };
        let before = self.objects.entry(kind).or_default().insert(key, known);
        before.is_none() || is_news
    }

    /// What is written down counts also when it is deleted: the next plan writes it again.
    fn put_ports(
        &mut self,
        kind: &'static str,
        key: ObjectKey,
        known: Known,
        object: &Value,
    ) -> bool {
        self.objects.entry(kind).or_default().insert(key, known);
        let before = std::mem::replace(&mut self.inputs.ports, ports::read(object));
        before != self.inputs.ports
    }

    /// Whether it is news.
    fn refuse(&mut self, kind: &'static str, key: &ObjectKey, refused: Refused) -> bool {
        let own = (kind, key.clone());
        if self.refused.get(&own) == Some(&refused) {
            return false;
        }
        let problems: Vec<String> = refused.problems.iter().map(ToString::to_string).collect();
        let id = messages::OBJECT_UNUSABLE.id;
        tracing::warn!(
            "{kind} {key} cannot be used and stays as it was: {} [{id}]",
            problems.join("; ")
        );
        if TOLD.contains(&kind) {
            self.refused.insert(own, refused);
        }
        TOLD.contains(&kind)
    }

    fn remove(&mut self, kind: &'static str, key: &ObjectKey) {
        self.refused.remove(&(kind, key.clone()));
        self.inputs.remove(kind, key);
        if let Some(objects) = self.objects.get_mut(kind) {
            objects.remove(key);
        }
    }

    fn gone(&self, scope: &Scope, present: &[Object]) -> Vec<ObjectKey> {
        let present: BTreeSet<&ObjectKey> = present.iter().map(|object| &object.key).collect();
        let known = self.of_kind(scope.kind()).map(|(key, _)| key);
        known
            .filter(|key| scope.holds(key) && !present.contains(key))
            .cloned()
            .collect()
    }
}

impl Known {
    /// Takes out of the object what changes with each write and is nothing to the translator: its
    /// version, who wrote which field, and the status, but for that of Services and pods, which says
    /// where they are reached.
    fn read(kind: &str, object: &mut Value) -> Self {
        let metadata = &object["metadata"];
        let text = |name: &str| metadata[name].as_str().unwrap_or_default().to_owned();
        let (resource_version, uid) = (text("resourceVersion"), text("uid"));
        if let Some(metadata) = object["metadata"].as_object_mut() {
            metadata.remove("resourceVersion");
            metadata.remove("managedFields");
        }
        let metadata = &object["metadata"];
        let made = match MADE.contains(&kind) && is_ours(metadata) {
            true => object.clone(),
            false => Value::Null,
        };
        let status = match (kind, object.get_mut("status")) {
            (_, None) => Value::Null,
            ("Service" | "Pod", Some(status)) => status.clone(),
            (_, Some(status)) => status.take(),
        };
        if status.is_null() || !["Service", "Pod"].contains(&kind) {
            object.as_object_mut().map(|fields| fields.remove("status"));
        }
        Self {
            resource_version,
            uid,
            status,
            made,
        }
    }
}

fn is_ours(metadata: &Value) -> bool {
    let (label, value) = limpet_translator::labels::MANAGED_BY;
    metadata["labels"][label] == value
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn namespace(name: &str, version: u32) -> Object {
        Object::new(json!({
            "metadata": {"name": name, "resourceVersion": version.to_string(), "uid": name},
            "status": {"phase": "Active"},
        }))
    }

    fn names(world: &World) -> Vec<&str> {
        world
            .inputs
            .namespaces
            .keys()
            .map(|key| key.name.as_str())
            .collect()
    }

    #[test]
    fn a_list_forgets_what_was_deleted_while_nobody_watched() {
        let mut world = World::default();
        let all = Scope::All("Namespace");
        assert!(!world.has_listed([&all].into_iter()));
        world.apply(Event::Listed(
            all.clone(),
            vec![namespace("a", 1), namespace("b", 1)],
        ));
        world.apply(Event::Listed(
            all.clone(),
            vec![namespace("b", 2), namespace("c", 1)],
        ));
        assert_eq!(names(&world), ["b", "c"]);
        assert!(world.has_listed([&all].into_iter()));
        let known = world
            .known("Namespace", &ObjectKey::new("", "b"))
            .expect("there");
        assert_eq!(known.resource_version, "2");
        assert_eq!(known.status, json!({"phase": "Active"}));
    }

    #[test]
    fn a_status_that_was_written_is_known_and_nothing_to_the_translator() {
        let mut world = World::default();
        let mut route = json!({
            "metadata": {"name": "cart", "namespace": "shop", "resourceVersion": "1", "generation": 1},
            "spec": {"hostnames": ["cart.example"]},
        });
        let mut apply = |route: &Value| {
            let applied = Event::Applied("HTTPRoute", Box::new(Object::new(route.clone())));
            let is_news = world.apply(applied);
            let key = ObjectKey::new("shop", "cart");
            (
                is_news,
                world.known("HTTPRoute", &key).expect("there").clone(),
            )
        };
        assert!(apply(&route).0);
        route["metadata"]["resourceVersion"] = "2".into();
        route["metadata"]["managedFields"] =
            json!([{"manager": "limpet", "subresource": "status"}]);
        route["status"] = json!({"parents": []});
        let (is_news, known) = apply(&route);
        assert!(!is_news);
        assert_eq!(
            (known.resource_version.as_str(), &known.status),
            ("2", &route["status"])
        );
        route["metadata"]["labels"] = json!({"team": "cart"});
        assert!(apply(&route).0);
    }

    #[test]
    fn a_list_of_a_namespace_says_nothing_about_others() {
        let mut world = World::default();
        let pod = |namespace: &str, name: &str| {
            Object::new(json!({"metadata": {"name": name, "namespace": namespace}}))
        };
        let of = |namespace: &str| Scope::Namespace("Pod", namespace.to_owned());
        world.apply(Event::Listed(
            of("a"),
            vec![pod("a", "one"), pod("a", "two")],
        ));
        world.apply(Event::Listed(of("b"), vec![pod("b", "one")]));
        world.apply(Event::Listed(of("a"), vec![pod("a", "two")]));
        let names = |world: &World| -> Vec<String> {
            world.inputs.pods.keys().map(ToString::to_string).collect()
        };
        assert_eq!(names(&world), ["a/two", "b/one"]);
        world.forget(&of("b"));
        assert_eq!(names(&world), ["a/two"]);
        assert!(!world.has_listed([&of("b")].into_iter()));
    }

    #[test]
    fn an_object_that_cannot_be_used_stays_as_it_was_until_it_is_gone() {
        let mut world = World::default();
        let key = ObjectKey::new("shop", "gateway");
        let gateway = |port: u32| {
            let listener = json!({"name": "http", "port": port, "protocol": "HTTP"});
            Object::new(json!({
                "metadata": {"name": "gateway", "namespace": "shop"},
                "spec": {"gatewayClassName": "limpet", "listeners": [listener]},
            }))
        };
        let mut apply = |port| world.apply(Event::Applied("Gateway", Box::new(gateway(port))));
        assert!(apply(80));
        assert!(apply(99_999), "that it is refused is news");
        assert!(!apply(99_999), "once");
        assert!(apply(80), "and that it is good again");
        assert!(apply(99_999));
        assert_eq!(world.inputs.gateways[&key].spec.listeners[0].port, 80);
        world.apply(Event::Deleted("Gateway", key.clone()));
        assert!(world.inputs.is_empty() && world.known("Gateway", &key).is_none());
    }
}
