//! What a TLS server of ours shows and whom it lets in.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use super::Bundle;

/// Whom a server lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clients {
    /// Everybody: the webhook over HTTP/1.1.
    All,
    /// Data planes with a certificate of the same authority: the stream over HTTP/2.
    DataPlanes,
}

/// The server's settings for one bundle.
///
/// # Errors
/// When something in it cannot be read; the text shows no secret.
pub fn config(bundle: &Bundle, clients: Clients) -> Result<ServerConfig, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let builder = match clients {
        Clients::All => builder.with_no_client_auth(),
        Clients::DataPlanes => {
            let roots = Arc::new(roots(&bundle.authorities)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider).build();
            builder.with_client_cert_verifier(verifier.map_err(|error| error.to_string())?)
        }
    };
    let chain = vec![certificate(&bundle.leaf.cert_pem)?];
    let key = PrivateKeyDer::from_pem_slice(bundle.leaf.key_pem.as_bytes())
        .map_err(|_| "the private key is no PEM".to_owned())?;
    let mut config = builder
        .with_single_cert(chain, key)
        .map_err(|error| error.to_string())?;
    let protocol: &[u8] = match clients {
        Clients::All => b"http/1.1",
        Clients::DataPlanes => b"h2",
    };
    config.alpn_protocols = vec![protocol.to_vec()];
    Ok(config)
}

fn roots(authorities: &[String]) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for pem in authorities {
        roots
            .add(certificate(pem)?)
            .map_err(|error| error.to_string())?;
    }
    Ok(roots)
}

fn certificate(pem: &str) -> Result<CertificateDer<'static>, String> {
    CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| "a certificate is no PEM".to_owned())
}
