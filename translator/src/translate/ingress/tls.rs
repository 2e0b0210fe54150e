//! `spec.tls` of Ingresses: which certificate is shown for which host.
//!
//! A host is served over TLS on a listener of its own, with the routes that the plain one has for it.
//! Of two Ingresses that name a host the older one's certificate is shown. Without hosts an entry is
//! for all that no other names. A host whose Secret is missing or bad is not served over TLS: its
//! listener has no certificate, so that no other listener shows its own for that host.

use std::collections::BTreeMap;

use k8s_openapi::api::networking::v1::{Ingress, IngressTLS};
use limpet_schema::messages;
use limpet_schema::snapshot::{ANY_HOST, CertificateId, Listener, Protocol};

use super::super::Settings;
use super::super::certificates::Store;
use super::is_ours;
use crate::inputs::{Inputs, ObjectKey};
use crate::status::{INGRESS_LISTENER, with_id};

/// By host, the certificate, which may be one that cannot be had, and whose it is.
#[derive(Default)]
pub struct Hosts(BTreeMap<String, (Option<CertificateId>, ObjectKey)>);

impl Hosts {
    /// Takes in what an Ingress asks for, which comes after all older ones; what cannot be had is
    /// told in warnings.
    pub fn add(
        &mut self,
        key: &ObjectKey,
        ingress: &Ingress,
        store: &mut Store<'_>,
    ) -> Vec<String> {
        let mut warnings = Vec::new();
        for (index, entry) in entries(ingress).enumerate() {
            let Some(secret) = secret_of(key, entry) else {
                continue;
            };
            let field = format!("spec.tls[{index}]");
            let certificate = store.find(&secret);
            if let Err(why) = &certificate {
                warnings.push(format!("{field}.secretName: {}", why.message));
            }
            let certificate = certificate.ok();
            // One that cannot be had is nobody's answer for hosts that were not named.
            let hosts = hosts(entry).filter(|host| certificate.is_some() || *host != ANY_HOST);
            let clashes = hosts.filter_map(|host| self.put(host, certificate.as_ref(), key));
            warnings.extend(clashes.map(|why| format!("{field}: {why}")));
        }
        warnings
    }

    /// A listener for each. One without a certificate refuses every handshake.
    pub fn listeners<'s>(&'s self, settings: &'s Settings) -> impl Iterator<Item = Listener> + 's {
        self.0.iter().map(|(host, (certificate, _))| Listener {
            name: name(host),
            address: settings.ingress_tls_address(),
            port: settings.ingress_tls_client_port(),
            protocol: Protocol::Https,
            hostname: host.clone(),
            certificates: certificate.iter().cloned().collect(),
            hosts: Vec::new(),
        })
    }

    /// Each that has a certificate, with the name of its listener.
    pub fn named(&self) -> impl Iterator<Item = (&str, String)> {
        let hosts = self.0.iter();
        let shown = hosts.filter(|(_, (certificate, _))| certificate.is_some());
        shown.map(|(host, _)| (host.as_str(), name(host)))
    }

    /// Whether nothing can be shown for a host that an Ingress names.
    pub fn is_without(&self, host: &str) -> bool {
        let known = self.0.get(host);
        known.is_some_and(|(certificate, _)| certificate.is_none())
    }

    /// Whether a host of the Ingress is served over TLS by its own certificate.
    pub fn has(&self, key: &ObjectKey) -> bool {
        let mut known = self.0.values();
        known.any(|(certificate, owner)| certificate.is_some() && owner == key)
    }

    fn put(
        &mut self,
        host: &str,
        certificate: Option<&CertificateId>,
        key: &ObjectKey,
    ) -> Option<String> {
        let own = (certificate.cloned(), key.clone());
        let (known, owner) = self.0.entry(host.to_owned()).or_insert(own);
        if known.is_none() && owner == key {
            *known = certificate.cloned();
        }
        let is_another = certificate.is_some() && known.as_ref() != certificate;
        is_another.then(|| {
            let text = format!(
                "Ingress {owner}, which is older or comes first by name, has another certificate \
                 for host {host}"
            );
            with_id(text, &messages::INGRESS_RULE_CLASH)
        })
    }
}

/// The Secrets that Ingresses of ours name.
pub fn wanted<'a>(
    inputs: &'a Inputs,
    settings: &'a Settings,
) -> impl Iterator<Item = ObjectKey> + 'a {
    let ours = inputs
        .ingresses
        .iter()
        .filter(|(_, ingress)| is_ours(ingress, inputs, settings));
    ours.flat_map(|(key, ingress)| entries(ingress).filter_map(move |entry| secret_of(key, entry)))
}

fn entries(ingress: &Ingress) -> impl Iterator<Item = &IngressTLS> {
    let spec = ingress.spec.iter();
    spec.flat_map(|spec| spec.tls.iter().flatten())
}

fn secret_of(key: &ObjectKey, entry: &IngressTLS) -> Option<ObjectKey> {
    let name = entry
        .secret_name
        .as_deref()
        .filter(|name| !name.is_empty())?;
    Some(ObjectKey::new(&key.namespace, name))
}

/// All hosts, where none is named.
fn hosts(entry: &IngressTLS) -> impl Iterator<Item = &str> {
    let named = entry.hosts.as_deref().unwrap_or_default();
    let all = named.is_empty().then_some(ANY_HOST);
    named.iter().map(String::as_str).chain(all)
}

fn name(host: &str) -> String {
    format!("{INGRESS_LISTENER}/{host}")
}
