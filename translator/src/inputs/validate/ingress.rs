//! Ingresses.

use k8s_openapi::api::networking::v1::{HTTPIngressPath, Ingress, IngressBackend};
use limpet_schema::messages;
use limpet_schema::problem::{Problem, Reason};

use super::{Problems, syntax};

/// Judges an Ingress.
pub fn ingress(ingress: &Ingress) -> Vec<Problem> {
    let mut problems = Problems::default();
    let Some(spec) = &ingress.spec else {
        problems.required("spec");
        return problems.0;
    };
    if let Some(backend) = &spec.default_backend {
        judge_backend(&mut problems, "spec.defaultBackend", backend);
    }
    for (index, rule) in spec.rules.iter().flatten().enumerate() {
        let field = format!("spec.rules[{index}]");
        if let Some(host) = rule.host.as_ref().filter(|host| !host.is_empty()) {
            problems.judge(&format!("{field}.host"), syntax::host(host));
        }
        for (index, path) in rule.http.iter().flat_map(|http| &http.paths).enumerate() {
            judge_path(&mut problems, &format!("{field}.http.paths[{index}]"), path);
        }
    }
    problems.0
}

fn judge_path(problems: &mut Problems, field: &str, path: &HTTPIngressPath) {
    const TYPES: [&str; 3] = ["Exact", "Prefix", "ImplementationSpecific"];
    if !TYPES.contains(&path.path_type.as_str()) {
        let message = format!(
            "must be one of {}, is {:?}",
            TYPES.join(", "),
            path.path_type
        );
        let field = format!("{field}.pathType");
        problems.push(&field, Reason::NotSupported, message, &messages::FIELD_ENUM);
    }
    match &path.path {
        Some(text) => problems.judge(&format!("{field}.path"), syntax::path(text)),
        None if path.path_type == "ImplementationSpecific" => {}
        None => problems.required(&format!("{field}.path")),
    }
    judge_backend(problems, &format!("{field}.backend"), &path.backend);
}

fn judge_backend(problems: &mut Problems, field: &str, backend: &IngressBackend) {
    let Some(service) = &backend.service else {
        // A resource backend is good here; that there is no kind to serve it, status tells.
        if backend.resource.is_none() {
            problems.required(&format!("{field}.service"));
        }
        return;
    };
    problems.judge(
        &format!("{field}.service.name"),
        syntax::dns_name(&service.name),
    );
    match service.port.as_ref().map(|port| (&port.number, &port.name)) {
        Some((Some(number), None)) => {
            problems.judge(
                &format!("{field}.service.port.number"),
                syntax::port(number),
            );
        }
        Some((None, Some(_))) => {}
        _ => problems.required(&format!("{field}.service.port")),
    }
}
