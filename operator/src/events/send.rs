//! One Event.

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use k8s_openapi::jiff::Timestamp;
use kube::api::{Api, PostParams};
use kube::{Client, Error};
use limpet_schema::messages;
use tokio::sync::mpsc;

use super::Said;

/// The namespace of Events about objects that have none.
const DEFAULT_NAMESPACE: &str = "default";

/// The longest `note`, in bytes (events.k8s.io/v1).
const NOTE_BYTES_MAX: usize = 1024;

/// How much of an object's name an Event's takes; 253 characters are allowed.
const NAME_CHARS_MAX: usize = 200;

/// Who says it.
#[derive(Clone, Debug)]
pub struct Reporter {
    /// The controller's name.
    pub controller: String,
    /// The pod's.
    pub pod: String,
}

/// Sends all that comes, one after the other.
pub async fn send_all(client: Client, reporter: Reporter, mut waiting: mpsc::Receiver<Said>) {
    while let Some(said) = waiting.recv().await {
        if let Err(error) = send(&client, &reporter, &said).await {
            let (warning, id) = (&said.warning, messages::EVENT_NOT_WRITTEN.id);
            tracing::warn!("{} {}: {error} [{id}]", warning.kind, warning.key);
        }
    }
}

async fn send(client: &Client, reporter: &Reporter, said: &Said) -> Result<(), Error> {
    let event = event(reporter, said, Timestamp::now());
    let namespace = event.metadata.namespace.as_deref();
    let events = Api::namespaced(client.clone(), namespace.expect("every Event has one"));
    events
        .create(&PostParams::default(), &event)
        .await
        .map(drop)
}

fn event(reporter: &Reporter, said: &Said, now: Timestamp) -> Event {
    let warning = &said.warning;
    let namespace = Some(warning.key.namespace.clone()).filter(|name| !name.is_empty());
    let name: String = warning.key.name.chars().take(NAME_CHARS_MAX).collect();
    // What is cut may end as no label of a name may.
    let name = name.trim_end_matches(['-', '.']);
    Event {
        metadata: ObjectMeta {
            name: Some(format!("{name}.{:x}", now.as_nanosecond())),
            namespace: namespace.clone().or(Some(DEFAULT_NAMESPACE.to_owned())),
            ..ObjectMeta::default()
        },
        event_time: Some(MicroTime(now)),
        type_: Some("Warning".to_owned()),
        reason: Some(reason(&warning.text)),
        action: Some("Translate".to_owned()),
        note: Some(note(&warning.text)),
        regarding: Some(ObjectReference {
            api_version: Some(said.api_version.to_owned()),
            kind: Some(warning.kind.to_owned()),
            name: Some(warning.key.name.clone()),
            namespace,
            uid: Some(said.uid.clone()),
            ..ObjectReference::default()
        }),
        reporting_controller: Some(reporter.controller.clone()),
        reporting_instance: Some(reporter.pod.clone()),
        ..Event::default()
    }
}

/// The message id at the end of a text, as reasons are written: `[backend-missing]` is
/// `BackendMissing`.
fn reason(text: &str) -> String {
    let id = text
        .strip_suffix(']')
        .and_then(|text| text.rsplit_once('['));
    let words = id.map_or("warning", |(_, id)| id).split('-');
    let capital = |word: &str| match word.split_at_checked(1) {
        Some((first, rest)) => first.to_ascii_uppercase() + rest,
        None => word.to_owned(),
    };
    words.map(capital).collect()
}

/// As much of a text as fits.
fn note(text: &str) -> String {
    const MORE: &str = "...";
    match text.len() <= NOTE_BYTES_MAX {
        true => text.to_owned(),
        false => text[..text.floor_char_boundary(NOTE_BYTES_MAX - MORE.len())].to_owned() + MORE,
    }
}

#[cfg(test)]
mod tests {
    use limpet_translator::inputs::ObjectKey;

    use super::*;
    use crate::events::Warning;

    fn told(namespace: &str, text: &str) -> Event {
        let reporter = Reporter {
            controller: "limpet.dev/gateway-controller".to_owned(),
            pod: "limpet-operator-0".to_owned(),
        };
        let warning = Warning {
            kind: "Ingress",
            key: ObjectKey::new(namespace, "cart"),
            text: text.to_owned(),
        };
        let said = Said {
            warning,
            api_version: "networking.k8s.io/v1",
            uid: "uid-1".to_owned(),
        };
        event(&reporter, &said, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn its_reason_is_the_message_id() {
        let event = told("shop", "There is no Service [or so] [backend-missing]");
        assert_eq!(event.reason.as_deref(), Some("BackendMissing"));
        assert_eq!(event.metadata.namespace.as_deref(), Some("shop"));
        let event = told("", "words");
        assert_eq!(event.reason.as_deref(), Some("Warning"));
        let namespaces = (
            event.metadata.namespace,
            event.regarding.and_then(|it| it.namespace),
        );
        assert_eq!(namespaces, (Some("default".to_owned()), None));
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let note = told("shop", &"ä".repeat(1000)).note.expect("it has one");
        assert_eq!(note.len(), 1023);
        assert!(note.ends_with("ä..."));
    }
}
