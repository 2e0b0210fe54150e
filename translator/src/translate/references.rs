//! Whether an object may refer to one of another namespace: the one place that decides.

use limpet_schema::messages;
use serde_json::json;

use crate::inputs::Inputs;
use crate::status::with_id;

/// Who refers.
#[derive(Clone, Copy, Debug)]
pub struct From<'a> {
    /// API group.
    pub group: &'a str,
    /// Kind.
    pub kind: &'a str,
    /// Namespace.
    pub namespace: &'a str,
}

/// What is referred to.
#[derive(Clone, Copy, Debug)]
pub struct To<'a> {
    /// API group; empty for core kinds.
    pub group: &'a str,
    /// Kind.
    pub kind: &'a str,
    /// Namespace.
    pub namespace: &'a str,
    /// Name.
    pub name: &'a str,
}

/// Within a namespace always; into another one if a ReferenceGrant there says so.
///
/// # Errors
/// A message that shows the grant to write.
pub fn may_refer(inputs: &Inputs, from: From<'_>, to: To<'_>) -> Result<(), String> {
    let is_granted = from.namespace == to.namespace
        || inputs.reference_grants.values().any(|grant| {
            grant.metadata.namespace.as_deref() == Some(to.namespace)
                && grant.spec.from.iter().any(|granted| {
                    granted.group == from.group
                        && granted.kind == from.kind
                        && granted.namespace == from.namespace
                })
                && grant.spec.to.iter().any(|granted| {
                    granted.group == to.group
                        && granted.kind == to.kind
                        && granted
                            .name
                            .as_deref()
                            .is_none_or(|name| name.is_empty() || name == to.name)
                })
        });
    if is_granted {
        Ok(())
    } else {
        Err(refusal(from, to))
    }
}

fn refusal(from: From<'_>, to: To<'_>) -> String {
    let grant = json!({
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "ReferenceGrant",
        "metadata": {
            "name": format!("{}-{}", from.kind.to_lowercase(), from.namespace),
            "namespace": to.namespace,
        },
        "spec": {
            "from": [{"group": from.group, "kind": from.kind, "namespace": from.namespace}],
            "to": [{"group": to.group, "kind": to.kind, "name": to.name}],
        },
    });
    let text = format!(
        "{} {}/{} is in another namespace than the {}, which is {}; to allow it, create {grant}",
        to.kind, to.namespace, to.name, from.kind, from.namespace
    );
    with_id(text, &messages::REFERENCE_NOT_PERMITTED)
}

#[cfg(test)]
mod tests;
