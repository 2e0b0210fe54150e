//! All that one fleet serves, as parts that are compared, sent and put together again.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use super::{Id, Kind, RELEASE, Resource, ToDataPlane};
use crate::secrets::{AffinityKeys, Certificates};
use crate::snapshot::{Backend, BackendId, Listener, Rule, RuleId, Snapshot};

/// All that the data planes of one fleet serve.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// What is served; shared, as it may be large.
    #[serde(with = "shared")]
    pub snapshot: Arc<Snapshot>,
    /// What TLS listeners show.
    pub certificates: Certificates,
    /// What pins are sealed with.
    pub affinity_keys: AffinityKeys,
}

/// Why a message cannot be applied: the operator asks for what this data plane does not know.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "the operator of release {release} sent {what}, which a data plane of release {RELEASE} cannot \
     read: {why}; upgrade the older one"
)]
pub struct Unreadable {
    /// The operator's.
    release: String,
    /// Which resource.
    what: String,
    why: String,
}

impl Assignment {
    /// What makes `before` into this.
    #[must_use]
    pub fn changes_since(&self, before: &Self) -> ToDataPlane {
        let mut changes = Changes::default();
        let (old, new) = (&before.snapshot, &self.snapshot);
        changes.add(Kind::Listener, listeners(old), listeners(new));
        changes.add(Kind::Rule, old.rules.iter(), new.rules.iter());
        changes.add(Kind::Backend, old.backends.iter(), new.backends.iter());
        let (old, new) = (before.certificates.iter(), self.certificates.iter());
        changes.add(Kind::Certificate, old, new);
        let nameless = String::new();
        let old = [(&nameless, &before.affinity_keys)].into_iter();
        let new = [(&nameless, &self.affinity_keys)].into_iter();
        changes.add(Kind::AffinityKeys, old, new);
        ToDataPlane {
            put: changes.put,
            removed: changes.removed,
            ..ToDataPlane::default()
        }
    }

    /// Becomes what the message says. Resources of an unknown kind are left out.
    ///
    /// # Errors
    /// When there is a resource that cannot be read; then it is as it was.
    pub fn apply(&mut self, message: &ToDataPlane) -> Result<(), Unreadable> {
        let mut next = match message.is_whole {
            true => Parts::default(),
            false => Parts::of(self.clone()),
        };
        for id in &message.removed {
            next.remove(id);
        }
        for resource in &message.put {
            next.put(resource).map_err(|(what, why)| Unreadable {
                release: message.release.clone(),
                what,
                why,
            })?;
        }
        *self = next.together();
        Ok(())
    }
}

/// An assignment while it changes.
#[derive(Default)]
struct Parts {
    listeners: BTreeMap<String, Listener>,
    rules: BTreeMap<RuleId, Rule>,
    backends: BTreeMap<BackendId, Backend>,
    certificates: Certificates,
    affinity_keys: AffinityKeys,
}

impl Parts {
    fn of(assignment: Assignment) -> Self {
        let snapshot = Arc::unwrap_or_clone(assignment.snapshot);
        let listeners = snapshot.listeners.into_iter();
        Self {
            listeners: listeners.map(|l| (l.name.clone(), l)).collect(),
            rules: snapshot.rules,
            backends: snapshot.backends,
            certificates: assignment.certificates,
            affinity_keys: assignment.affinity_keys,
        }
    }

    fn together(self) -> Assignment {
        let snapshot = Snapshot {
            listeners: self.listeners.into_values().collect(),
            rules: self.rules,
            backends: self.backends,
        };
        Assignment {
            snapshot: snapshot.into(),
            certificates: self.certificates,
            affinity_keys: self.affinity_keys,
        }
    }

    fn remove(&mut self, id: &Id) {
        match id.kind() {
            Kind::Listener => drop(self.listeners.remove(&id.name)),
            Kind::Rule => drop(self.rules.remove(&id.name)),
            Kind::Backend => drop(self.backends.remove(&id.name)),
            Kind::Certificate => drop(self.certificates.remove(&id.name)),
            Kind::AffinityKeys => self.affinity_keys = AffinityKeys::default(),
            Kind::Unknown => {}
        }
    }

    /// Or else which resource cannot be read, and where in it.
    fn put(&mut self, resource: &Resource) -> Result<(), (String, String)> {
        let id = resource.id.clone().unwrap_or_default();
        let name = id.name.clone();
        match id.kind() {
            Kind::Listener => drop(self.listeners.insert(name, read(resource)?)),
            Kind::Rule => drop(self.rules.insert(name, read(resource)?)),
            Kind::Backend => drop(self.backends.insert(name, read(resource)?)),
            Kind::Certificate => drop(self.certificates.insert(name, read(resource)?)),
            Kind::AffinityKeys => self.affinity_keys = read(resource)?,
            Kind::Unknown => {}
        }
        Ok(())
    }
}

fn listeners(snapshot: &Snapshot) -> impl Iterator<Item = (&String, &Listener)> {
    let listeners = snapshot.listeners.iter();
    listeners.map(|listener| (&listener.name, listener))
}

/// An [`Arc`] is written as what it holds.
mod shared {
    use super::*;

    pub fn serialize<T: Serialize, S: Serializer>(
        value: &Arc<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().serialize(to)
    }

    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Arc<T>, D::Error> {
        T::deserialize(from).map(Arc::new)
    }
}

fn read<T: DeserializeOwned>(resource: &Resource) -> Result<T, (String, String)> {
    // The parser's words may quote a secret.
    serde_json::from_slice(&resource.json).map_err(|error| {
        let id = resource.id.clone().unwrap_or_default();
        let place = format!("line {}, column {}", error.line(), error.column());
        (format!("{:?} {}", id.kind(), id.name), place)
    })
}

#[derive(Default)]
struct Changes {
    put: Vec<Resource>,
    removed: Vec<Id>,
}

impl Changes {
    fn add<'a, T: PartialEq + Serialize + 'a>(
        &mut self,
        kind: Kind,
        old: impl Iterator<Item = (&'a String, &'a T)>,
        new: impl Iterator<Item = (&'a String, &'a T)>,
    ) {
        let (mut old, new): (BTreeMap<_, _>, BTreeMap<_, _>) = (old.collect(), new.collect());
        let id = |name: &String| Id {
            kind: kind.into(),
            name: name.clone(),
        };
        for (name, value) in new {
            if old.remove(name) != Some(value) {
                self.put.push(Resource {
                    id: Some(id(name)),
                    json: serde_json::to_vec(value).expect("plain data"),
                });
            }
        }
        self.removed.extend(old.into_keys().map(id));
    }
}

#[cfg(test)]
mod tests {
    use crate::snapshot::{ANY_HOST, Protocol};

    use super::*;

    /// Three bits choose what there is, so that every change between two of them is tried.
    fn assignment(bits: u8) -> Assignment {
        let mut made = Assignment::default();
        let snapshot = Arc::make_mut(&mut made.snapshot);
        if bits & 1 != 0 {
            snapshot.listeners.push(Listener {
                name: "Gateway/shop/gateway/http".to_owned(),
                address: ([127, 0, 0, 1], 8080 + u16::from(bits)).into(),
                port: 80,
                protocol: Protocol::Http,
                hostname: ANY_HOST.to_owned(),
                certificates: Vec::new(),
                hosts: Vec::new(),
            });
        }
        if bits & 2 != 0 {
            let backend = Backend::default();
            let id = "Service/shop/cart/80".to_owned();
            snapshot.backends.insert(id, backend);
        }
        if bits & 4 != 0 {
            made.affinity_keys = AffinityKeys("0 key".to_owned());
        }
        made
    }

    #[test]
    fn changes_applied_to_what_was_before_give_what_is_now() {
        for (old, new) in (0..8).flat_map(|old| (0..8).map(move |new| (old, new))) {
            let mut found = assignment(old);
            let changes = assignment(new).changes_since(&found);
            assert_eq!(old == new, changes == ToDataPlane::default());
            found.apply(&changes).expect("readable");
            assert_eq!(found, assignment(new), "{old} to {new}");
        }
    }

    #[test]
    fn a_whole_message_forgets_what_was_before() {
        let mut found = assignment(7);
        let whole = ToDataPlane {
            is_whole: true,
            ..assignment(2).changes_since(&Assignment::default())
        };
        found.apply(&whole).expect("readable");
        assert_eq!(found, assignment(2));
    }

    #[test]
    fn a_message_that_cannot_be_read_changes_nothing_and_shows_no_secret() {
        let mut found = assignment(7);
        let resource = |kind: i32| Resource {
            id: Some(Id {
                kind,
                name: "x".to_owned(),
            }),
            json: br#"{"secret": 1}"#.to_vec(),
        };
        for kind in [Kind::Rule as i32, Kind::Certificate as i32] {
            let message = ToDataPlane {
                put: vec![resource(kind)],
                release: "9.9.9".to_owned(),
                ..ToDataPlane::default()
            };
            let error = found.apply(&message).expect_err("unreadable").to_string();
            assert!(!error.contains("secret"), "{error}");
            assert!(
                error.contains("9.9.9") && error.contains(RELEASE),
                "{error}"
            );
            assert_eq!(found, assignment(7));
        }
    }
}
