//! IngressExtensions: settings per host and per Service.
//!
//! A bad entry is left out and named in status; the others are used.

use std::collections::BTreeSet;

use limpet_schema::api::{BackendPortProtocol, BackendSetting, IngressExtension, IngressRule};
use limpet_schema::messages::{self, Message};
use limpet_schema::snapshot::{ANY_HOST, Affinity, PathEdit};

use super::super::affinity::{affinity, check_prefix, discarded};
use super::super::filters::{Filters, redirect};
use super::super::rule::millis;
use super::or_any;
use crate::inputs::syntax;
use crate::status::with_id;

/// What an IngressExtension says, entry by entry.
pub struct Extension<'a> {
    /// As in the manifest.
    pub object: &'a IngressExtension,
    /// By index in the manifest.
    pub hosts: Vec<Result<HostSettings<'a>, Errors>>,
    /// By index in the manifest.
    pub services: Vec<Result<ServiceSettings<'a>, Errors>>,
}

/// Everything that is wrong with an entry, with message ids; never empty.
pub type Errors = Vec<String>;

/// What it says about a host.
pub struct HostSettings<'a> {
    /// `*` is every host.
    pub host: &'a str,
    /// Hosts with the same paths.
    pub additional_hosts: &'a [String],
    /// What happens to its requests.
    pub filters: Filters,
}

/// What it says about a Service.
pub struct ServiceSettings<'a> {
    /// Its name.
    pub service: &'a str,
    /// The cookie that keeps clients on their pods.
    affinity: Option<Affinity>,
    /// 0 is no limit.
    pub request_timeout_ms: Option<u64>,
    /// What is said but not done.
    pub warnings: Vec<String>,
}

impl ServiceSettings<'_> {
    /// Keeps clients on their pods of the Service, whichever Ingress of the namespace leads there.
    pub fn affinity(&self, namespace: &str) -> Option<Affinity> {
        let scope = format!("Service/{namespace}/{}", self.service);
        self.affinity
            .clone()
            .map(|affinity| Affinity { scope, ..affinity })
    }
}

impl<'a> Extension<'a> {
    /// Judges every entry.
    pub fn read(object: &'a IngressExtension) -> Self {
        let mut seen = BTreeSet::new();
        let hosts = object.spec.rules.iter().map(|entry| {
            let is_first = seen.insert(or_any(Some(&entry.host)));
            judge_host(entry, is_first)
        });
        let hosts = hosts.collect();
        let mut seen = BTreeSet::new();
        let services = object.spec.backend_settings.iter().map(|entry| {
            let is_first = seen.insert(entry.service.as_str());
            judge_service(entry, is_first)
        });
        Self {
            object,
            hosts,
            services: services.collect(),
        }
    }

    /// The settings of a host.
    pub fn host(&self, host: &str) -> Option<&HostSettings<'a>> {
        self.hosts
            .iter()
            .flatten()
            .find(|settings| settings.host == host)
    }

    /// The settings of a Service.
    pub fn service(&self, service: &str) -> Option<&ServiceSettings<'a>> {
        self.services
            .iter()
            .flatten()
            .find(|settings| settings.service == service)
    }
}

fn judge_host(entry: &IngressRule, is_first: bool) -> Result<HostSettings<'_>, Errors> {
    let mut errors = Vec::new();
    if !is_first {
        errors.push(duplicate("host", &entry.host));
    }
    let host = or_any(Some(&entry.host));
    if let Some(why) = (host != ANY_HOST).then(|| syntax::host(&entry.host).err()) {
        errors.extend(why.map(|why| with_id(why.message, why.is)));
    }
    for (index, name) in entry.additional_hostnames.iter().enumerate() {
        if let Err(why) = syntax::host(name) {
            let text = format!("additionalHostnames[{index}]: {}", why.message);
            errors.push(with_id(text, why.is));
        }
    }
    // A prefix is replaced as each path of the Ingress has it.
    let mut filters = Filters::read(&entry.rewrites, &[]).unwrap_or_else(|unsupported| {
        errors.push(format!("rewrites: {}", unsupported.message));
        Filters::default()
    });
    let answer = entry
        .request_redirect
        .as_ref()
        .map(|to| redirect(to, &[]))
        .transpose();
    match answer {
        Ok(answer) => filters.redirect = answer,
        Err(unsupported) => errors.push(format!("requestRedirect: {}", unsupported.message)),
    }
    errors.extend(wrong_paths(&filters));
    let settings = HostSettings {
        host,
        additional_hosts: &entry.additional_hostnames,
        filters,
    };
    if errors.is_empty() {
        Ok(settings)
    } else {
        Err(errors)
    }
}

/// New paths that could not be sent: the schema bounds their length only.
fn wrong_paths(filters: &Filters) -> Errors {
    let rewrite = filters.rewrite.iter().flat_map(|rewrite| &rewrite.path);
    let redirect = filters.redirect.iter().flat_map(|redirect| &redirect.path);
    let texts = rewrite
        .chain(redirect)
        .map(|(PathEdit::Full(text) | PathEdit::Prefix(text))| text);
    let wrong = texts.filter_map(|text| syntax::new_path(text).err());
    wrong
        .map(|why| with_id(format!("path: {}", why.message), why.is))
        .collect()
}

fn judge_service(entry: &BackendSetting, is_first: bool) -> Result<ServiceSettings<'_>, Errors> {
    let mut errors = Vec::new();
    if !is_first {
        errors.push(duplicate("service", &entry.service));
    }
    if entry
        .ports
        .iter()
        .any(|port| port.protocol == BackendPortProtocol::Https)
    {
        errors.push(unsupported(
            "ports: HTTPS to backends is not supported; HTTP is",
        ));
    }
    if entry.trusted_root_certificate.is_some() {
        errors.push(unsupported("trustedRootCertificate is not supported"));
    }
    let asked = entry.session_affinity.as_ref();
    // Every Ingress is served over plain HTTP, also where it is served over TLS.
    let affinity = asked.map(|asked| {
        let affinity = affinity(asked, String::new())?;
        check_prefix(&affinity, false).map(|()| affinity)
    });
    let affinity = affinity.transpose();
    let affinity = affinity.unwrap_or_else(|why| {
        errors.push(format!("sessionAffinity: {why}"));
        None
    });
    let timeouts = entry.timeouts.as_ref();
    let timeout = timeouts.and_then(|timeouts| timeouts.request_timeout.as_deref());
    let settings = ServiceSettings {
        service: &entry.service,
        affinity,
        request_timeout_ms: timeout.map(millis),
        warnings: warnings(entry),
    };
    if errors.is_empty() {
        Ok(settings)
    } else {
        Err(errors)
    }
}

fn warnings(entry: &BackendSetting) -> Vec<String> {
    let discarded = entry.session_affinity.as_ref().and_then(discarded);
    let balancing = entry.load_balancing_policy_spec.as_ref().map(|_| {
        let text = "loadBalancingPolicySpec is ignored; sessionAffinity holds all the same";
        with_id(text, &messages::EXTENSION_UNSUPPORTED)
    });
    discarded
        .into_iter()
        .chain(balancing)
        .map(|text| format!("service {}: {text}", entry.service))
        .collect()
}

fn duplicate(what: &str, name: &str) -> String {
    let text = format!("{what} {name} has an entry further up, which is used");
    with_id(text, &messages::EXTENSION_DUPLICATE)
}

fn unsupported(text: &str) -> String {
    let is: &Message = &messages::EXTENSION_UNSUPPORTED;
    with_id(text, is)
}
