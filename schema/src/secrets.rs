//! What is secret in a fleet's configuration. It travels apart from the snapshot, and no Debug output
//! shows it.

#[cfg(feature = "tls")]
mod identity;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::snapshot::CertificateId;

#[cfg(feature = "tls")]
pub use identity::Unreadable;

/// What TLS listeners show, by the names that the snapshot uses.
pub type Certificates = BTreeMap<CertificateId, Certificate>;

/// A certificate chain with its private key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// PEM, the leaf first.
    pub chain_pem: String,
    /// The leaf's key: PEM of PKCS #1, PKCS #8 or SEC1.
    pub key_pem: String,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").finish_non_exhaustive()
    }
}

/// The keys that pins are sealed with: a text as in the key file; empty while there are none.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AffinityKeys(pub String);

impl fmt::Debug for AffinityKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AffinityKeys")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_outputs_hold_no_secret() {
        let certificate = Certificate {
            chain_pem: "chain".to_owned(),
            key_pem: "private".to_owned(),
        };
        let text = format!("{certificate:?} {:?}", AffinityKeys("0 secret".to_owned()));
        assert_eq!(text, "Certificate { .. } AffinityKeys");
    }
}
