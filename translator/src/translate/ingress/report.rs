//! What is said about Ingresses and IngressExtensions.

use limpet_schema::messages;
use serde_json::{Value, json};

use super::super::Settings;
use super::super::gateway::{Address, addresses};
use super::extension::{Errors, Extension};
use super::{Ingresses, Names, Plan};
use crate::inputs::{Inputs, ObjectKey};
use crate::status::{Condition, ObjectStatus, conditions, fitting, with_id};

impl Ingresses<'_> {
    /// Of each of them.
    pub fn statuses(&self, inputs: &Inputs, settings: &Settings) -> Vec<ObjectStatus> {
        let ours = self.ours.iter().map(|plan| {
            let is_tls = self.tls.has(plan.key);
            served(plan, is_tls, inputs, settings)
        });
        // Nobody owns their conditions: two who say something would do so for ever.
        let is_others =
            |key: &ObjectKey| self.used_by_others.contains(key) && !self.used.contains_key(key);
        let extensions = self.extensions.iter().filter(|(key, _)| !is_others(key));
        let extensions = extensions
            .map(|(key, extension)| extension_status(key, extension, self.used.get(*key)));
        ours.chain(self.strays.iter().cloned())
            .chain(extensions)
            .collect()
    }
}

/// Of an Ingress that nobody serves.
pub fn stray(key: &ObjectKey, warning: String) -> ObjectStatus {
    object("Ingress", key, json!({}), vec![warning])
}

fn served(plan: &Plan<'_>, is_tls: bool, inputs: &Inputs, settings: &Settings) -> ObjectStatus {
    let ingress = |address: &Address| {
        let over_tls = is_tls.then(|| settings.ingress_tls_client_port());
        let ports = std::iter::once(settings.ingress_client_port()).chain(over_tls);
        let ports: Vec<Value> = ports
            .map(|port| json!({"port": port, "protocol": "TCP"}))
            .collect();
        match address {
            Address::Ip(ip) => json!({"ip": ip, "ports": ports}),
            Address::Hostname(name) => json!({"hostname": name, "ports": ports}),
        }
    };
    let addresses = match &settings.fleet {
        Some(fleet) => {
            let service = inputs.services.get(&fleet.ingress_service);
            service.map(addresses).unwrap_or_default()
        }
        None => vec![Address::Ip(settings.bind)],
    };
    let ingresses: Vec<Value> = addresses.iter().map(ingress).collect();
    let status = json!({"loadBalancer": {"ingress": ingresses}});
    object("Ingress", plan.key, status, plan.warnings.clone())
}

fn extension_status(
    key: &ObjectKey,
    extension: &Extension<'_>,
    used: Option<&Names>,
) -> ObjectStatus {
    let rules = extension.object.spec.rules.iter().zip(&extension.hosts);
    let rules: Vec<Value> = rules
        .map(|(entry, verdict)| entry_status("host", &entry.host, verdict))
        .collect();
    let services = extension
        .object
        .spec
        .backend_settings
        .iter()
        .zip(&extension.services);
    let services: Vec<Value> = services
        .map(|(entry, verdict)| entry_status("service", &entry.service, verdict))
        .collect();
    let said = extension_conditions(extension, used.is_some());
    let mut status =
        json!({ "conditions": conditions(extension.object.metadata.generation, &said) });
    for (field, entries) in [("rules", rules), ("backendSettings", services)] {
        if !entries.is_empty() {
            status[field] = entries.into();
        }
    }
    let settings = extension.services.iter().flatten();
    let warnings = settings.flat_map(|settings| settings.warnings.clone());
    let warnings = warnings.chain(unused_entries(extension, used)).collect();
    object("IngressExtension", key, status, warnings)
}

/// Good entries that change nothing; where no Ingress names it at all, that is said instead.
fn unused_entries(extension: &Extension<'_>, used: Option<&Names>) -> Vec<String> {
    let Some(names) = used else { return Vec::new() };
    let hosts = extension.hosts.iter().flatten().map(|entry| entry.host);
    let hosts = hosts.filter(|host| !names.hosts.contains(*host));
    let services = extension.services.iter().flatten();
    let services = services.map(|entry| entry.service);
    let services = services.filter(|service| !names.services.contains(*service));
    let hosts = hosts.map(|host| format!("host {host}"));
    let services = services.map(|service| format!("service {service}"));
    let text = |entry| format!("{entry}: no Ingress that names this IngressExtension has it");
    hosts
        .chain(services)
        .map(|entry| with_id(text(entry), &messages::EXTENSION_ENTRY_UNUSED))
        .collect()
}

/// What the CRD takes of an entry's errors: how many, and how long each.
const ERRORS_MAX: usize = 64;
const ERROR_CHARS_MAX: usize = 4096;

fn entry_status<T>(key: &str, name: &str, verdict: &Result<T, Errors>) -> Value {
    let mut status = json!({ key: name, "valid": verdict.is_ok() });
    if let Err(errors) = verdict {
        let errors = errors.iter().take(ERRORS_MAX);
        let errors = errors.map(|error| fitting(error.clone(), ERROR_CHARS_MAX));
        status["validationErrors"] = errors.collect();
    }
    status
}

fn extension_conditions(extension: &Extension<'_>, is_used: bool) -> [Condition; 2] {
    let bad_hosts = extension
        .hosts
        .iter()
        .filter(|verdict| verdict.is_err())
        .count();
    let bad_services = extension
        .services
        .iter()
        .filter(|verdict| verdict.is_err())
        .count();
    let unused = match is_used {
        true => String::new(),
        false => with_id("; no Ingress names it", &messages::EXTENSION_UNUSED),
    };
    if bad_hosts + bad_services == 0 {
        let text = format!("Valid IngressExtension{unused}");
        return [
            Condition::yes("Accepted", "Accepted", text),
            Condition::no("Errors", "NoValidationErrors", "Every entry is valid"),
        ];
    }
    let text = format!("Valid IngressExtension but for some entries{unused}");
    let errors =
        format!("{bad_hosts} rules and {bad_services} backendSettings are not used; see them");
    [
        Condition::yes("Accepted", "PartiallyAcceptedWithErrors", text),
        Condition::yes("Errors", "HasValidationErrors", errors),
    ]
}

fn object(kind: &str, key: &ObjectKey, status: Value, warnings: Vec<String>) -> ObjectStatus {
    ObjectStatus {
        kind: kind.to_owned(),
        namespace: key.namespace.clone(),
        name: key.name.clone(),
        status,
        warnings,
    }
}
