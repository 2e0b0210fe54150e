//! Says as Events what a status has no place for: `kubectl describe` shows them under the object.
//!
//! An Ingress has no conditions, and nobody may write the status of a route that names no Gateway
//! there is; what is wrong with them is a warning ([`ObjectStatus::warnings`]). One is said once it
//! has stood for a while, as what is applied together comes one by one, and again as long as it
//! stands, since an API server forgets Events. Only the replica that leads says any.
//!
//! It refuses to wait: what the API server takes slowly is said later. Tested below, and on a real
//! API server by `conformance`.

mod send;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use kube::Client;
use limpet_translator::inputs::{KINDS, ObjectKey};
use limpet_translator::status::ObjectStatus;
use tokio::sync::mpsc;

use crate::cluster::World;

pub use send::Reporter;

/// How long a warning must stand before it is said.
const STANDS: Duration = Duration::from_secs(5);

/// After which time it is said again: an API server forgets it after an hour.
const AGAIN: Duration = Duration::from_secs(30 * 60);

/// How many may wait to be said.
const WAITING_MAX: usize = 256;

/// Warnings of the objects there are.
pub struct Events {
    queue: mpsc::Sender<Said>,
    /// When each is to be said next.
    due: BTreeMap<Warning, Instant>,
}

/// One warning about one object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Warning {
    kind: &'static str,
    key: ObjectKey,
    text: String,
}

/// A warning, and about whom exactly.
#[derive(Debug)]
struct Said {
    warning: Warning,
    /// `<group>/<version>` of the object.
    api_version: &'static str,
    /// The object's `metadata.uid`.
    uid: String,
}

impl Events {
    /// None yet.
    #[must_use]
    pub fn new(client: Client, reporter: Reporter) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING_MAX);
        tokio::spawn(send::send_all(client, reporter, waiting));
        Self::into_queue(queue)
    }

    fn into_queue(queue: mpsc::Sender<Said>) -> Self {
        let due = BTreeMap::new();
        Self { queue, due }
    }

    /// These are the warnings that stand.
    pub fn stand<'s>(&mut self, statuses: impl Iterator<Item = &'s ObjectStatus>, now: Instant) {
        let mut stood = std::mem::take(&mut self.due);
        for warning in statuses.flat_map(warnings) {
            let due = stood.remove(&warning).unwrap_or(now + STANDS);
            self.due.insert(warning, due);
        }
    }

    /// When something is to be said.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        self.due.values().min().copied()
    }

    /// Says what is due; what finds no place in the queue after another while.
    pub fn say(&mut self, world: &World, now: Instant) {
        for (warning, due) in self.due.iter_mut().filter(|(_, due)| **due <= now) {
            let is_said = match said(world, warning) {
                Some(said) => self.queue.try_send(said).is_ok(),
                // It is gone.
                None => true,
            };
            *due = now + if is_said { AGAIN } else { STANDS };
        }
    }

    /// Another replica says them.
    pub fn forget(&mut self) {
        self.due.clear();
    }
}

fn warnings(object: &ObjectStatus) -> impl Iterator<Item = Warning> + '_ {
    let kind = KINDS.iter().find(|kind| kind.name == object.kind);
    let texts = object.warnings.iter();
    texts.filter_map(move |text| {
        Some(Warning {
            kind: kind?.name,
            key: ObjectKey::new(&object.namespace, &object.name),
            text: text.clone(),
        })
    })
}

fn said(world: &World, warning: &Warning) -> Option<Said> {
    let uid = world.known(warning.kind, &warning.key)?.uid.clone();
    let mut kinds = KINDS.iter();
    let kind = kinds.find(|kind| kind.name == warning.kind)?;
    Some(Said {
        warning: warning.clone(),
        api_version: kind.versions[0],
        uid,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::{Event, Object};

    fn ingress(name: &str, warnings: &[&str]) -> ObjectStatus {
        ObjectStatus {
            kind: "Ingress".to_owned(),
            namespace: "shop".to_owned(),
            name: name.to_owned(),
            status: json!({}),
            warnings: warnings.iter().map(|text| (*text).to_owned()).collect(),
        }
    }

    fn world(names: &[&str]) -> World {
        let mut world = World::default();
        for name in names {
            let object = json!({"metadata": {"name": name, "namespace": "shop", "uid": name}});
            world.apply(Event::Applied("Ingress", Box::new(Object::new(object))));
        }
        world
    }

    fn texts(queue: &mut mpsc::Receiver<Said>) -> Vec<String> {
        let said = std::iter::from_fn(|| queue.try_recv().ok());
        said.map(|said| said.warning.text).collect()
    }

    #[test]
    fn a_warning_is_said_once_it_has_stood_and_again_as_long_as_it_does() {
        let (queue, mut waiting) = mpsc::channel(WAITING_MAX);
        let (mut events, world) = (Events::into_queue(queue), world(&["cart"]));
        let start = Instant::now();
        let both = [ingress("cart", &["short", "long"])];
        events.stand(both.iter(), start);
        events.say(&world, start);
        assert_eq!(texts(&mut waiting), [""; 0]);
        assert_eq!(events.next(), Some(start + STANDS));
        let left = [ingress("cart", &["long"])];
        events.stand(left.iter(), start + STANDS / 2);
        for (after, expected) in [(STANDS, 1), (AGAIN, 0), (STANDS + AGAIN, 1)] {
            events.say(&world, start + after);
            assert_eq!(texts(&mut waiting), vec!["long"; expected], "{after:?}");
        }
        events.stand([].iter(), start);
        assert_eq!(events.next(), None);
    }

    #[test]
    fn what_finds_no_place_is_said_later_and_of_what_is_gone_nothing_is_said() {
        let (queue, mut waiting) = mpsc::channel(1);
        let (mut events, world) = (Events::into_queue(queue), world(&["a", "b"]));
        let start = Instant::now();
        let all = ["a", "b", "gone"].map(|name| ingress(name, &[name]));
        events.stand(all.iter(), start);
        for (turn, expected) in [(1, "a"), (2, "b")] {
            events.say(&world, start + STANDS * turn);
            assert_eq!(texts(&mut waiting), [expected]);
        }
        events.say(&world, start + STANDS * 3);
        assert_eq!(texts(&mut waiting), [""; 0]);
    }
}
