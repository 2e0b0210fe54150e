//! One write.

use kube::Client;
use kube::api::{Api, DeleteParams, DynamicObject, Patch, PatchParams, PostParams, Preconditions};
use serde_json::{Value, json};
use thiserror::Error;

use super::{Target, Write};
use crate::inputs::KINDS;
use crate::inputs::cluster::resource;

/// Who applies, as `metadata.managedFields` says.
const MANAGER: &str = "limpet";

/// Why a write did not happen.
#[derive(Debug, Error)]
pub enum Failure {
    /// Somebody else wrote first, or the object is gone.
    #[error("the object has changed meanwhile")]
    Conflict,
    /// The API server's word.
    #[error("the API server refuses the write: {0}")]
    Refused(#[from] kube::Error),
}

/// Sends a write made from the version `from` of the object.
pub async fn send(
    client: Client,
    target: Target,
    from: String,
    write: Write,
) -> Result<(), Failure> {
    let name = target.key.name.clone();
    let api = api(client, &target);
    let sent = match write {
        Write::Status(status) => {
            let object = with_status(&target, &from, &status);
            api.replace_status(&name, &PostParams::default(), &object)
                .await
                .map(drop)
        }
        Write::Apply(object) => {
            let parameters = PatchParams::apply(MANAGER).force();
            api.patch(&name, &parameters, &Patch::Apply(&object))
                .await
                .map(drop)
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
            api.delete(&name, &parameters).await.map(drop)
        }
    };
    sent.map_err(|error| match &error {
        kube::Error::Api(status) if status.is_conflict() || status.is_not_found() => {
            Failure::Conflict
        }
        _ => Failure::Refused(error),
    })
}

fn api(client: Client, target: &Target) -> Api<DynamicObject> {
    let mut kinds = KINDS.iter();
    let kind = kinds
        .find(|kind| kind.name == target.kind)
        .expect("what is written is read");
    let resource = resource(kind, kind.versions[0]);
    match target.key.namespace.as_str() {
        "" => Api::all_with(client, &resource),
        namespace => Api::namespaced_with(client, namespace, &resource),
    }
}

fn with_status(target: &Target, from: &str, status: &Value) -> DynamicObject {
    let kind = KINDS.iter().find(|kind| kind.name == target.kind);
    let version = kind.expect("what is written is read").versions[0];
    let object = json!({
        "apiVersion": version,
        "kind": target.kind,
        "metadata": {
            "name": target.key.name,
            "namespace": target.key.namespace,
            "resourceVersion": from,
        },
        "status": status,
    });
    serde_json::from_value(object).expect("an object")
}
