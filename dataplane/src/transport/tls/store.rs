//! The certificates that were delivered, read once.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use limpet_schema::secrets::{Certificate, Certificates};
use limpet_schema::snapshot::CertificateId;
use rustls::sign::CertifiedKey;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::base::refused::{Flaw, Refused};

/// Certificates by id, ready for use. Reading a key takes longer than a small change may, so what
/// did not change is not read again.
#[derive(Clone, Debug, Default)]
pub struct Store(BTreeMap<CertificateId, Entry>);

#[derive(Clone, Debug)]
struct Entry {
    pem: Certificate,
    certified: Arc<Certified>,
}

/// A certificate ready for use.
#[derive(Debug)]
pub struct Certified {
    /// Chain and key.
    pub key: Arc<CertifiedKey>,
    /// When the leaf expires, in seconds since 1970.
    pub expires_secs: u64,
    /// The leaf's SHA-256.
    pub fingerprint: Vec<u8>,
}

impl Certified {
    fn new(key: CertifiedKey) -> Self {
        let leaf = key.cert.first().map_or(&[][..], |leaf| leaf.as_ref());
        Self {
            expires_secs: expiry_secs(leaf),
            fingerprint: digest(&SHA256, leaf).as_ref().to_vec(),
            key: Arc::new(key),
        }
    }
}

/// One that cannot be read has expired.
fn expiry_secs(leaf: &[u8]) -> u64 {
    let Ok((_, leaf)) = X509Certificate::from_der(leaf) else {
        return 0;
    };
    u64::try_from(leaf.validity().not_after.timestamp()).unwrap_or(0)
}

impl Store {
    /// These certificates and no others, or every reason why they cannot be used.
    pub fn update(&self, certificates: &Certificates) -> Result<Self, Refused> {
        let (mut entries, mut flaws) = (BTreeMap::new(), Vec::new());
        for (id, pem) in certificates {
            match self.read(id, pem) {
                Ok(entry) => drop(entries.insert(id.clone(), entry)),
                Err(flaw) => flaws.push(flaw),
            }
        }
        match flaws.is_empty() {
            true => Ok(Self(entries)),
            false => Err(Refused { flaws }),
        }
    }

    /// A certificate ready for use; `None`: it was not delivered.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Arc<Certified>> {
        self.0.get(id).map(|entry| Arc::clone(&entry.certified))
    }

    fn read(&self, id: &CertificateId, pem: &Certificate) -> Result<Entry, Flaw> {
        if let Some(known) = self.0.get(id).filter(|known| known.pem == *pem) {
            return Ok(known.clone());
        }
        let certified = pem.read().map_err(|unreadable| Flaw::Unusable {
            at: id.clone(),
            what: unreadable.to_string(),
        })?;
        Ok(Entry {
            pem: pem.clone(),
            certified: Arc::new(Certified::new(certified)),
        })
    }
}
