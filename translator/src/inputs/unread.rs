//! Objects of kinds that are not read: what they are, and what to do about it.

use limpet_schema::messages::{self, Message};
use limpet_schema::problem::{Problem, Reason};

use super::kinds::{KINDS, ObjectId};
use limpet_schema::near::near;

/// What stands beside manifests of ours in nearly every folder, and means nothing to a gateway.
const SKIPPED: [&str; 22] = [
    "ClusterRole",
    "ClusterRoleBinding",
    "ConfigMap",
    "CronJob",
    "CustomResourceDefinition",
    "DaemonSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "Job",
    "Kustomization",
    "LimitRange",
    "NetworkPolicy",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "PodDisruptionBudget",
    "PriorityClass",
    "ReplicaSet",
    "ResourceQuota",
    "Role",
    "RoleBinding",
    "ServiceAccount",
    "StatefulSet",
];

/// Kinds that gateways serve, and this one does not yet.
const UNSERVED: [&str; 7] = [
    "BackendTLSPolicy",
    "GRPCRoute",
    "TCPRoute",
    "TLSRoute",
    "UDPRoute",
    "XBackendTrafficPolicy",
    "XMesh",
];

/// `Ok`: it is skipped, with a word about it.
pub fn unread(id: &ObjectId) -> Result<Vec<Problem>, Vec<Problem>> {
    let kind = id.kind.as_str();
    if SKIPPED.contains(&kind) {
        let text = format!("{kind} means nothing to a gateway and is skipped");
        return Ok(vec![problem("kind", text, &messages::KIND_SKIPPED)]);
    }
    Err(vec![refusal(id)])
}

fn refusal(id: &ObjectId) -> Problem {
    let (version, kind) = (id.api_version.as_str(), id.kind.as_str());
    let missing: Vec<&str> = [("apiVersion", version), ("kind", kind)]
        .iter()
        .filter(|(_, text)| text.is_empty())
        .map(|(name, _)| *name)
        .collect();
    if !missing.is_empty() {
        return Problem {
            field: missing[0].to_owned(),
            reason: Reason::Required,
            message: format!("a manifest begins with {}", missing.join(" and ")),
            id: messages::KIND_UNKNOWN.id,
        };
    }
    if UNSERVED.contains(&kind) {
        let text = format!("{kind} is a kind that Limpet does not serve yet");
        return problem("kind", text, &messages::KIND_UNSERVED);
    }
    if let Some(known) = KINDS.iter().find(|known| known.name == kind) {
        let text = format!(
            "{kind} is read as {}, not as {version}",
            known.versions.join(" or ")
        );
        return problem("apiVersion", text, &messages::KIND_UNKNOWN);
    }
    let text = match near(kind, KINDS.iter().map(|known| known.name)) {
        Some(meant) => format!("{kind} is no kind that Limpet reads; did you mean {meant}?"),
        None => format!("{kind} of {version} is no kind that Limpet reads"),
    };
    problem("kind", text, &messages::KIND_UNKNOWN)
}

fn problem(field: &str, message: String, is: &Message) -> Problem {
    Problem {
        field: field.to_owned(),
        reason: Reason::NotSupported,
        message,
        id: is.id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::ObjectKey;

    #[test]
    fn whoever_wrote_it_is_told_what_to_do() {
        let check = |version: &str, kind: &str, field: &str, message: &str| {
            let id = ObjectId {
                api_version: version.to_owned(),
                kind: kind.to_owned(),
                key: ObjectKey::new("shop", "cart"),
            };
            let (Ok(said) | Err(said)) = unread(&id);
            assert_eq!(
                (said[0].field.as_str(), said[0].message.as_str()),
                (field, message)
            );
        };
        check(
            "apps/v1",
            "Deployment",
            "kind",
            "Deployment means nothing to a gateway and is skipped",
        );
        check(
            "",
            "Gateway",
            "apiVersion",
            "a manifest begins with apiVersion",
        );
        check(
            "",
            "",
            "apiVersion",
            "a manifest begins with apiVersion and kind",
        );
        check(
            "gateway.networking.k8s.io/v1",
            "GRPCRoute",
            "kind",
            "GRPCRoute is a kind that Limpet does not serve yet",
        );
        check(
            "extensions/v1beta1",
            "Ingress",
            "apiVersion",
            "Ingress is read as networking.k8s.io/v1, not as extensions/v1beta1",
        );
        check(
            "v1",
            "Servce",
            "kind",
            "Servce is no kind that Limpet reads; did you mean Service?",
        );
        check(
            "a/v1",
            "Widget",
            "kind",
            "Widget of a/v1 is no kind that Limpet reads",
        );
    }
}
