//! The certificates that were delivered, read once.

use std::collections::BTreeMap;
use std::sync::Arc;

use limpet_schema::secrets::{Certificate, Certificates};
use limpet_schema::snapshot::CertificateId;
use rustls::sign::CertifiedKey;

use crate::config::{Flaw, Refused};

/// Certificates by id, ready for use. Reading a key takes longer than a small change may, so what
/// did not change is not read again.
#[derive(Clone, Debug, Default)]
pub struct Store(BTreeMap<CertificateId, Entry>);

#[derive(Clone, Debug)]
struct Entry {
    pem: Certificate,
    certified: Arc<CertifiedKey>,
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
    pub fn get(&self, id: &str) -> Option<Arc<CertifiedKey>> {
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
            certified: Arc::new(certified),
        })
    }
}
