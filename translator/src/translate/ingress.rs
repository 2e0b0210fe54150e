//! Ingresses: which are ours, and what their paths become.
//!
//! All of them are served on one listener of their own, and over TLS on one for each host that has a
//! certificate. An Ingress's status has no place for what is
//! wrong with it; that is said in warnings. A path that cannot be served leaves the others alone.

mod annotations;
mod class;
mod extension;
mod host;
mod names;
mod path;
mod report;
mod tls;

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::networking::v1::Ingress;
use limpet_schema::messages;
use limpet_schema::snapshot::{ANY_HOST, Listener, Match, Protocol, Rule};

use super::certificates::Store;
use super::hostname::{intersection, or_any, rank};
use super::matching::{self, Precedence};
use super::services::Backends;
use super::table::Table;
use super::{Settings, age};
use crate::inputs::{Inputs, ObjectKey};
use crate::status::{INGRESS_LISTENER, ObjectStatus, with_id};
use extension::Extension;
use names::Names;
pub use tls::wanted;

/// The annotation that binds an IngressExtension of the same namespace.
const EXTENSION: &str = "alb.networking.azure.io/alb-ingress-extension";

/// Every Ingress and IngressExtension.
pub struct Ingresses<'a> {
    ours: Vec<Plan<'a>>,
    strays: Vec<ObjectStatus>,
    extensions: BTreeMap<&'a ObjectKey, Extension<'a>>,
    /// By IngressExtension, what the Ingresses that name it have.
    used: BTreeMap<ObjectKey, Names>,
    /// IngressExtensions that Ingresses of other controllers name.
    used_by_others: BTreeSet<ObjectKey>,
    /// The hosts that are served over TLS.
    tls: tls::Hosts,
}

/// One Ingress of ours.
struct Plan<'a> {
    key: &'a ObjectKey,
    served: Vec<Served>,
    warnings: Vec<String>,
}

/// A path of an Ingress under one host.
struct Served {
    id: String,
    /// Empty where there is nothing to tell apart: the default backend.
    field: String,
    host: String,
    precedence: Precedence,
    when: Match,
    rule: Rule,
}

/// Judges every Ingress and IngressExtension.
pub fn plan<'a>(
    inputs: &'a Inputs,
    settings: &Settings,
    backends: &mut Backends<'a>,
    store: &mut Store<'_>,
) -> Ingresses<'a> {
    let extensions = inputs.ingress_extensions.iter();
    let extensions = extensions.map(|(key, object)| (key, Extension::read(object)));
    let mut ingresses = Ingresses {
        ours: Vec::new(),
        strays: Vec::new(),
        extensions: extensions.collect(),
        used: BTreeMap::new(),
        used_by_others: BTreeSet::new(),
        tls: tls::Hosts::default(),
    };
    for (key, ingress) in by_age(inputs) {
        match class::judge(ingress, inputs, settings) {
            class::Verdict::Ours => ingresses.take(key, ingress, backends, store),
            // Among files there is nobody else whose it could be.
            class::Verdict::Nobodys(warning) if settings.fleet.is_none() => {
                ingresses.strays.push(report::stray(key, warning));
            }
            class::Verdict::Nobodys(_) | class::Verdict::AnotherControllers => {
                ingresses.used_by_others.extend(extension_of(key, ingress));
            }
        }
    }
    ingresses.mark_clashes();
    ingresses
}

/// Whether an Ingress is ours.
pub fn is_ours(ingress: &Ingress, inputs: &Inputs, settings: &Settings) -> bool {
    matches!(
        class::judge(ingress, inputs, settings),
        class::Verdict::Ours
    )
}

/// The IngressExtension that an Ingress names.
pub fn extension_of(key: &ObjectKey, ingress: &Ingress) -> Option<ObjectKey> {
    let annotations = ingress.metadata.annotations.as_ref()?;
    Some(ObjectKey::new(&key.namespace, annotations.get(EXTENSION)?))
}

fn by_age(inputs: &Inputs) -> Vec<(&ObjectKey, &Ingress)> {
    let mut ingresses: Vec<_> = inputs.ingresses.iter().collect();
    ingresses.sort_by_key(|(_, ingress)| age(&ingress.metadata));
    ingresses
}

impl<'a> Ingresses<'a> {
    /// The listeners that serve them; none while there is nothing to serve.
    pub fn listeners<'s>(&'s self, settings: &'s Settings) -> impl Iterator<Item = Listener> + 's {
        let plain = (!self.ours.is_empty()).then(|| Listener {
            name: INGRESS_LISTENER.to_owned(),
            address: settings.ingress_address(),
            port: settings.ingress_client_port(),
            protocol: Protocol::Http,
            hostname: ANY_HOST.to_owned(),
            certificates: Vec::new(),
            hosts: Vec::new(),
        });
        plain.into_iter().chain(self.tls.listeners(settings))
    }

    /// Puts their rules and entries into the table.
    pub fn serve(&self, table: &mut Table) {
        for served in self.ours.iter().flat_map(|plan| &plan.served) {
            table.rule(&served.id, served.rule.clone());
            let place = (INGRESS_LISTENER, served.host.as_str());
            let (precedence, when) = (served.precedence.clone(), served.when.clone());
            table.entry(place, precedence, when, &served.id);
            self.serve_over_tls(served, table);
        }
    }

    /// Under each host with a certificate that the path's host has something in common with; of
    /// several that do, the most specific goes first.
    fn serve_over_tls(&self, served: &Served, table: &mut Table) {
        for (host, listener) in self.tls.named() {
            let Some(shared) = intersection(host, &served.host) else {
                continue;
            };
            if self.tls.is_without(shared) {
                continue;
            }
            let precedence = served.precedence.under(rank(&served.host));
            let place = (listener.as_str(), shared);
            table.entry(place, precedence, served.when.clone(), &served.id);
        }
    }

    fn take(
        &mut self,
        key: &'a ObjectKey,
        ingress: &Ingress,
        backends: &mut Backends<'a>,
        store: &mut Store<'_>,
    ) {
        let mut warnings = self.tls.add(key, ingress, store);
        warnings.extend(annotations::ignored(ingress));
        let extension = self.bind(key, ingress, &mut warnings);
        let mut paths = path::Paths {
            ingress: key,
            age: age(&ingress.metadata),
            extension,
            backends,
            warnings: &mut warnings,
        };
        let served = paths.read(ingress);
        self.ours.push(Plan {
            key,
            served,
            warnings,
        });
    }

    /// The IngressExtension that the Ingress names.
    fn bind(
        &mut self,
        key: &ObjectKey,
        ingress: &Ingress,
        warnings: &mut Vec<String>,
    ) -> Option<&Extension<'a>> {
        let extension = extension_of(key, ingress)?;
        let found = self.extensions.get(&extension);
        if found.is_some() {
            self.used.entry(extension).or_default().add(ingress);
        } else {
            let text = format!(
                "metadata.annotations[{EXTENSION}]: there is no IngressExtension {extension}, or \
                 it was refused; the Ingress is served without it"
            );
            warnings.push(with_id(text, &messages::EXTENSION_MISSING));
        }
        found
    }

    /// Warns who comes too late: the same path of the same host is an older Ingress's.
    fn mark_clashes(&mut self) {
        let mut owners: BTreeMap<(String, String), (&ObjectKey, &str)> = BTreeMap::new();
        for plan in &mut self.ours {
            for served in plan.served.iter().filter(|served| !served.field.is_empty()) {
                let field = served.field.as_str();
                let what = (served.host.clone(), format!("{:?}", served.when.path));
                let owner = *owners.entry(what).or_insert((plan.key, field));
                let other = match owner {
                    (key, other) if key == plan.key && other == field => continue,
                    (key, other) if key == plan.key => format!("{other}, which is used,"),
                    (key, _) => format!("Ingress {key}, which is older or comes first by name,"),
                };
                let text = format!("{field}: {other} has the same host and path");
                let warning = with_id(text, &messages::INGRESS_RULE_CLASH);
                plan.warnings.push(warning);
            }
        }
    }
}
