//! From PEM to what TLS can use. Operator and data plane read a certificate the same way, so that
//! what one accepts the other serves.

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use thiserror::Error;

use super::Certificate;

/// Why a certificate cannot be shown to a client. It holds nothing of what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// The chain is not PEM.
    #[error("the certificate chain is not PEM; give CERTIFICATE blocks, the leaf first")]
    ChainMalformed,
    /// The chain has no certificate.
    #[error("the certificate chain holds no certificate; give CERTIFICATE blocks, the leaf first")]
    ChainEmpty,
    /// The leaf is not X.509, or has what cannot be judged.
    #[error("the first certificate of the chain is not an X.509 version 3 certificate")]
    LeafMalformed,
    /// The key is not PEM.
    #[error("the private key is not PEM of PKCS #1, PKCS #8 or SEC1")]
    KeyMalformed,
    /// The key is neither RSA nor ECDSA nor Ed25519, or too weak.
    #[error(
        "the private key is not RSA of 2048 bits or more, ECDSA on P-256, P-384 or P-521, or Ed25519"
    )]
    KeyUnsupported,
    /// The key is another certificate's.
    #[error("the private key does not belong to the first certificate of the chain")]
    KeyMismatch,
}

impl Certificate {
    /// Reads chain and key.
    ///
    /// # Errors
    /// The first reason why TLS cannot use them.
    pub fn read(&self) -> Result<CertifiedKey, Unreadable> {
        let key = PrivateKeyDer::from_pem_slice(self.key_pem.as_bytes())
            .map_err(|_| Unreadable::KeyMalformed)?;
        let key = default_provider().key_provider.load_private_key(key);
        let key = key.map_err(|_| Unreadable::KeyUnsupported)?;
        let certified = CertifiedKey::new(self.chain()?, key);
        match certified.keys_match() {
            Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(certified),
            Err(Error::InconsistentKeys(_)) => Err(Unreadable::KeyMismatch),
            Err(_) => Err(Unreadable::LeafMalformed),
        }
    }

    fn chain(&self) -> Result<Vec<CertificateDer<'static>>, Unreadable> {
        let chain = CertificateDer::pem_slice_iter(self.chain_pem.as_bytes());
        let chain: Result<Vec<_>, _> = chain.collect();
        match chain {
            Err(_) => Err(Unreadable::ChainMalformed),
            Ok(chain) if chain.is_empty() => Err(Unreadable::ChainEmpty),
            Ok(chain) => Ok(chain),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Certificate {
        let made = rcgen::generate_simple_self_signed(["example.com".to_owned()]).expect("made");
        Certificate {
            chain_pem: made.cert.pem(),
            key_pem: made.signing_key.serialize_pem(),
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Certificate), expected: Unreadable) {
        let mut certificate = good();
        change(&mut certificate);
        assert_eq!(certificate.read().expect_err("it is broken"), expected);
    }

    #[test]
    fn a_chain_with_its_key_can_be_used() {
        assert_eq!(good().read().expect("good").cert.len(), 1);
    }

    #[test]
    fn what_is_broken_is_named() {
        let other = good();
        check(
            |c| c.chain_pem = "Hello world".into(),
            Unreadable::ChainEmpty,
        );
        check(
            |c| c.chain_pem = c.chain_pem.replace("-----END", "-----UNDONE"),
            Unreadable::ChainMalformed,
        );
        check(
            |c| {
                c.chain_pem =
                    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".into()
            },
            Unreadable::LeafMalformed,
        );
        check(
            |c| c.key_pem = "Hello world".into(),
            Unreadable::KeyMalformed,
        );
        check(
            |c| c.key_pem = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".into(),
            Unreadable::KeyUnsupported,
        );
        check(|c| c.key_pem = other.key_pem, Unreadable::KeyMismatch);
    }
}
