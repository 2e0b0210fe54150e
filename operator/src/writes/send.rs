//! One write.

use std::time::Duration;

use kube::Client;
use kube::api::{Api, DeleteParams, DynamicObject, Patch, PatchParams, Preconditions};
use limpet_translator::inputs::{CONFIG_MAP, KINDS};
use serde_json::{Value, json};
use thiserror::Error;

use super::{Target, Write};
use crate::cluster::resource;

/// Who applies, as `metadata.managedFields` says.
const MANAGER: &str = "limpet";

/// How long an answer may take: a host that is gone does not say so.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);

/// Why a write did not happen.
#[derive(Debug, Error)]
pub enum Failure {
    /// Somebody else wrote first, or the object is gone.
    #[error("the object has changed meanwhile")]
    Conflict,
    /// It may have happened.
    #[error("the API server has not answered within {} s", ANSWER_TIMEOUT.as_secs())]
    Unanswered,
    /// The API server's word.
    #[error("the API server refuses the write: {0}")]
    Refused(#[from] kube::Error),
}

/// What the API server made of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The object has a new version, or goes.
    Changed,
    /// The object was like that already: no watch will tell.
    AsItWas,
}

/// Sends a write made from the version `from` of the object; empty: there was none.
pub async fn send(
    client: Client,
    target: Target,
    from: String,
    write: Write,
) -> Result<Answer, Failure> {
    let answered = tokio::time::timeout(ANSWER_TIMEOUT, ask(client, target, from, write)).await;
    answered.unwrap_or(Err(Failure::Unanswered))
}

async fn ask(
    client: Client,
    target: Target,
    from: String,
    write: Write,
) -> Result<Answer, Failure> {
    let name = target.key.name.clone();
    let api = api(client, &target);
    let sent = match write {
        Write::Status(status) => {
            let patch = Patch::Merge(status_patch(&from, &status));
            let parameters = PatchParams::default();
            let patched = api.patch_status(&name, &parameters, &patch).await;
            patched.map(|object| answer(&from, &object))
        }
        Write::Apply(mut object) => {
            let mut parameters = PatchParams::apply(MANAGER);
            // What is made takes no field from anybody who was first to make it.
            if !from.is_empty() {
                parameters = parameters.force();
                object["metadata"]["resourceVersion"] = from.clone().into();
            }
            let patched = api.patch(&name, &parameters, &Patch::Apply(&object)).await;
            patched.map(|object| answer(&from, &object))
        }
        Write::Delete(uid) => {
            let only = Preconditions {
                uid: Some(uid),
                ..Preconditions::default()
            };
            let parameters = DeleteParams {
                preconditions: Some(only),
                ..DeleteParams::default()
            };
            let deleted = api.delete(&name, &parameters).await;
            deleted.map(|_| Answer::Changed)
        }
    };
    sent.map_err(|error| match &error {
        kube::Error::Api(status) if [404, 409].contains(&status.code) => Failure::Conflict,
        _ => Failure::Refused(error),
    })
}

fn answer(from: &str, object: &DynamicObject) -> Answer {
    match object.metadata.resource_version.as_deref() == Some(from) {
        true => Answer::AsItWas,
        false => Answer::Changed,
    }
}

fn api(client: Client, target: &Target) -> Api<DynamicObject> {
    let mut kinds = KINDS.iter().chain([&CONFIG_MAP]);
    let kind = kinds
        .find(|kind| kind.name == target.kind)
        .expect("what is written is read");
    let resource = resource(kind, kind.versions[0]);
    match target.key.namespace.as_str() {
        "" => Api::all_with(client, &resource),
        namespace => Api::namespaced_with(client, namespace, &resource),
    }
}

/// The status, and the version that it was made from: whoever wrote since makes this a conflict. A
/// whole object would replace labels and annotations too: of the kinds that are built in, an API
/// server takes all metadata from a write of the status.
fn status_patch(from: &str, status: &Value) -> Value {
    json!({"metadata": {"resourceVersion": from}, "status": status})
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::{Arc, Mutex};

    use axum::http::{Request, Response};
    use kube::client::Body;
    use limpet_translator::inputs::ObjectKey;

    use super::*;

    #[tokio::test]
    async fn a_write_of_a_status_touches_nothing_but_the_status() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let requests = Arc::clone(&seen);
        let server = tower::service_fn(move |request: Request<Body>| {
            let requests = Arc::clone(&requests);
            async move {
                let (head, body) = request.into_parts();
                let body = body.collect_bytes().await.expect("sent whole");
                requests.lock().expect("no panic").push((head, body));
                let object = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {}});
                Ok::<_, Infallible>(Response::new(Body::from(object.to_string().into_bytes())))
            }
        });
        let target = Target {
            kind: "Ingress",
            key: ObjectKey::new("shop", "cart"),
            is_status: true,
        };
        let status = json!({"loadBalancer": {"ingress": [{"ip": "10.96.0.1"}]}});
        let write = Write::Status(status.clone());
        let client = Client::new(server, "default");
        send(client, target, "17".to_owned(), write)
            .await
            .expect("written");
        let seen = seen.lock().expect("no panic");
        let (head, body) = &seen[0];
        assert_eq!(head.method, "PATCH");
        let path = "/apis/networking.k8s.io/v1/namespaces/shop/ingresses/cart/status";
        assert_eq!(head.uri.path(), path);
        assert_eq!(head.headers["content-type"], "application/merge-patch+json");
        let body: Value = serde_json::from_slice(body).expect("JSON");
        let expected = json!({"metadata": {"resourceVersion": "17"}, "status": status});
        assert_eq!(body, expected);
    }
}
