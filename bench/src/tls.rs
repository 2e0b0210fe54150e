//! The certificate that every peer shows, and clients that trust it.

use std::fs;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// A client's encrypted connection.
pub type Stream = StreamOwned<ClientConnection, TcpStream>;

/// A certificate and its key, P-256, for 127.0.0.1.
#[derive(Debug)]
pub struct Identity {
    /// In PEM.
    pub certificate: String,
    /// In PEM.
    pub key: String,
}

impl Identity {
    /// A new one.
    pub fn new() -> io::Result<Self> {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]);
        let made = made.map_err(io::Error::other)?;
        Ok(Self {
            certificate: made.cert.pem(),
            key: made.signing_key.serialize_pem(),
        })
    }

    /// Writes `cert.pem`, `key.pem`, and `both.pem`, as HAProxy wants it.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        fs::write(certificate_of(folder), &self.certificate)?;
        fs::write(folder.join("key.pem"), &self.key)?;
        let both = [self.certificate.as_str(), &self.key].concat();
        fs::write(folder.join("both.pem"), both)
    }
}

/// The file that clients trust.
pub fn certificate_of(folder: &Path) -> PathBuf {
    folder.join("cert.pem")
}

/// A client that trusts the certificate in this file. `resumes`: it keeps its sessions.
pub fn client(certificate: &Path, resumes: bool) -> io::Result<Arc<ClientConfig>> {
    let certificate = CertificateDer::from_pem_file(certificate).map_err(io::Error::other)?;
    let mut trusted = RootCertStore::empty();
    trusted.add(certificate).map_err(io::Error::other)?;
    let config = ClientConfig::builder().with_root_certificates(trusted);
    let mut config = config.with_no_client_auth();
    if !resumes {
        config.resumption = Resumption::disabled();
    }
    Ok(Arc::new(config))
}

/// An encrypted connection over this one, before its handshake.
pub fn stream(config: &Arc<ClientConfig>, to: SocketAddr, plain: TcpStream) -> io::Result<Stream> {
    let name = ServerName::IpAddress(to.ip().into());
    let session = ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
    Ok(StreamOwned::new(session, plain))
}
