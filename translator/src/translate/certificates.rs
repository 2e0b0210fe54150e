//! The certificates that listeners show, from the Secrets that they name.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::Secret;
use limpet_schema::gateway_api::gateways::{
    GatewayListenersTls, GatewayListenersTlsCertificateRefs,
};
use limpet_schema::messages;
use limpet_schema::secrets::{Certificate, Certificates};
use limpet_schema::snapshot::CertificateId;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::json;
use x509_parser::prelude::{ASN1Time, FromDer, X509Certificate};

use super::Settings;
use super::gateway::{is_admitted, is_ours};
use super::references::{From, To, may_refer};
use crate::inputs::{Inputs, ObjectKey, listeners_of_set};
use crate::status::{ObjectStatus, with_id};

/// The type of Secrets that hold certificates; no other is read from a cluster.
const TLS_TYPE: &str = "kubernetes.io/tls";

/// Finds certificates, and keeps those that are shown.
pub struct Store<'a> {
    inputs: &'a Inputs,
    found: Certificates,
}

/// Kind and namespace of what has a listener: a Gateway or a ListenerSet.
pub type Owner<'a> = (&'static str, &'a str);

/// Why a reference leads to no certificate.
#[derive(Clone, Debug)]
pub struct Unresolved {
    /// The Gateway API's reason.
    pub reason: &'static str,
    /// Why, with the message id.
    pub message: String,
}

/// What a listener's references come to.
#[derive(Clone, Debug, Default)]
pub struct Resolved {
    /// The good ones, in order.
    pub certificates: Vec<CertificateId>,
    /// The first that is not.
    pub unresolved: Option<Unresolved>,
}

impl<'a> Store<'a> {
    /// Among these.
    pub fn new(inputs: &'a Inputs) -> Self {
        Self {
            inputs,
            found: Certificates::new(),
        }
    }

    /// Everything that is shown.
    pub fn into_found(self) -> Certificates {
        self.found
    }

    /// What a listener of that object shows.
    pub fn resolve(&mut self, from: Owner<'_>, tls: Option<&GatewayListenersTls>) -> Resolved {
        let references = tls
            .and_then(|tls| tls.certificate_refs.as_deref())
            .unwrap_or_default();
        let mut resolved = Resolved::default();
        if references.is_empty() {
            let text = "tls.certificateRefs is empty: there is nothing to show".to_owned();
            resolved.unresolved = Some(invalid(text));
        }
        for (index, reference) in references.iter().enumerate() {
            match self.referred(from, reference) {
                Ok(id) => resolved.certificates.push(id),
                Err(why) => {
                    let message = format!("tls.certificateRefs[{index}]: {}", why.message);
                    resolved
                        .unresolved
                        .get_or_insert(Unresolved { message, ..why });
                }
            }
        }
        resolved
    }

    fn referred(
        &mut self,
        from: Owner<'_>,
        reference: &GatewayListenersTlsCertificateRefs,
    ) -> Result<CertificateId, Unresolved> {
        self.find(&permitted(self.inputs, from, reference)?)
    }

    /// What a Secret holds.
    pub fn find(&mut self, key: &ObjectKey) -> Result<CertificateId, Unresolved> {
        let secret = self.inputs.secrets.get(key);
        let secret = secret.ok_or_else(|| {
            invalid(format!(
                "There is no Secret {key} of type {TLS_TYPE}, or it was refused"
            ))
        })?;
        let certificate = read(secret).map_err(|why| invalid(format!("Secret {key}: {why}")))?;
        let id = format!("Secret/{key}");
        self.found.insert(id.clone(), certificate);
        Ok(id)
    }
}

/// The Secret that a reference names, if it may. Whether it may is said first: nobody learns from us
/// what there is in another namespace.
fn permitted(
    inputs: &Inputs,
    (owner, namespace): Owner<'_>,
    reference: &GatewayListenersTlsCertificateRefs,
) -> Result<ObjectKey, Unresolved> {
    let group = reference.group.as_deref().unwrap_or_default();
    let kind = reference.kind.as_deref().unwrap_or("Secret");
    if (group, kind) != ("", "Secret") {
        return Err(invalid(format!(
            "{kind} of group {group:?} holds no certificate; a Secret does"
        )));
    }
    let of = reference.namespace.as_deref().unwrap_or(namespace);
    let from = From {
        group: super::gateway::GROUP,
        kind: owner,
        namespace,
    };
    let to = To {
        group,
        kind,
        namespace: of,
        name: &reference.name,
    };
    may_refer(inputs, from, to).map_err(|message| Unresolved {
        reason: "RefNotPermitted",
        message,
    })?;
    Ok(ObjectKey::new(of, &reference.name))
}

/// The Secrets that our Gateways name and may name.
pub fn wanted(inputs: &Inputs, settings: &Settings) -> BTreeSet<ObjectKey> {
    let ours = inputs
        .gateways
        .iter()
        .filter(|(_, gateway)| is_ours(&gateway.spec.gateway_class_name, inputs, settings));
    let of_gateways = ours.map(|(key, gateway)| {
        let owner = ("Gateway", key.namespace.as_str());
        (owner, gateway.spec.listeners.clone())
    });
    let sets = inputs.listener_sets.iter();
    let sets = sets.filter(|(key, set)| is_admitted(key, set, inputs, settings));
    let of_sets = sets.map(|(key, set)| {
        let owner = ("ListenerSet", key.namespace.as_str());
        (owner, listeners_of_set(set))
    });
    let mut wanted = BTreeSet::new();
    for (owner, listeners) in of_gateways.chain(of_sets) {
        let tls = listeners
            .iter()
            .filter_map(|listener| listener.tls.as_ref());
        let references = tls.flat_map(|tls| tls.certificate_refs.iter().flatten());
        let permitted = references.map(|reference| permitted(inputs, owner, reference));
        wanted.extend(permitted.flatten());
    }
    wanted
}

/// A warning for each Secret whose certificate is past its end, `now_secs` since 1970. It is shown all the
/// same: a client may not mind.
pub fn expired(certificates: &Certificates, now_secs: i64) -> impl Iterator<Item = ObjectStatus> {
    certificates.iter().filter_map(move |(id, certificate)| {
        let key = id.strip_prefix("Secret/")?;
        let (namespace, name) = key.split_once('/')?;
        let end = end(certificate).filter(|end| end.timestamp() < now_secs)?;
        let text = format!("Its certificate ended at {end}: clients refuse it");
        Some(ObjectStatus {
            kind: "Secret".to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            status: json!({}),
            warnings: vec![with_id(text, &messages::CERTIFICATE_EXPIRED)],
        })
    })
}

/// Of the leaf.
fn end(certificate: &Certificate) -> Option<ASN1Time> {
    let leaf = CertificateDer::from_pem_slice(certificate.chain_pem.as_bytes()).ok()?;
    let (_, leaf) = X509Certificate::from_der(&leaf).ok()?;
    Some(leaf.validity().not_after)
}

/// A Secret's certificate, which a data plane can use.
fn read(secret: &Secret) -> Result<Certificate, String> {
    if let Some(other) = secret.type_.as_deref().filter(|own| *own != TLS_TYPE) {
        return Err(format!("it is of type {other}, and not {TLS_TYPE}"));
    }
    let text = |name: &str| {
        // Files may say it in plain text; an API server stores bytes.
        let plain = secret
            .string_data
            .as_ref()
            .and_then(|data: &BTreeMap<_, _>| data.get(name));
        let stored = || secret.data.as_ref()?.get(name).map(|bytes| bytes.0.clone());
        let bytes = plain
            .map(|text: &String| text.clone().into_bytes())
            .or_else(stored);
        let bytes = bytes.ok_or_else(|| format!("it has no {name}"))?;
        String::from_utf8(bytes).map_err(|_| format!("{name} is not PEM"))
    };
    let certificate = Certificate {
        chain_pem: text("tls.crt")?,
        key_pem: text("tls.key")?,
    };
    certificate.read().map_err(|error| error.to_string())?;
    Ok(certificate)
}

fn invalid(text: String) -> Unresolved {
    Unresolved {
        reason: "InvalidCertificateRef",
        message: with_id(text, &messages::CERTIFICATE_INVALID),
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    #[test]
    fn a_certificate_past_its_end_is_said() {
        let key = KeyPair::generate().expect("it can be made");
        let mut params = CertificateParams::new(["shop.example".to_owned()]).expect("a name");
        params.not_after = date_time_ymd(2026, 1, 1);
        let chain_pem = params.self_signed(&key).expect("it can be signed").pem();
        let key_pem = key.serialize_pem();
        let certificate = Certificate { chain_pem, key_pem };
        let shown = Certificates::from([("Secret/shop/tls".to_owned(), certificate)]);
        let end = date_time_ymd(2026, 1, 1).unix_timestamp();
        assert_eq!(expired(&shown, end).count(), 0, "it holds to the end");
        let said: Vec<ObjectStatus> = expired(&shown, end + 1).collect();
        let [said] = said.as_slice() else {
            panic!("{said:?}")
        };
        assert_eq!(
            (&*said.kind, &*said.namespace, &*said.name),
            ("Secret", "shop", "tls")
        );
        assert!(
            said.warnings[0].contains("[certificate-expired]"),
            "{:?}",
            said.warnings
        );
    }
}
