//! Why there is no handshake.

use std::io;

use rustls::{AlertDescription, Error};
use thiserror::Error as ThisError;

/// Why a connection got no further than its handshake, or broke off later.
#[derive(Debug, ThisError)]
pub enum Failure {
    /// It took longer than a request's head may.
    #[error("client: the handshake took too long")]
    Timeout,
    /// The client closed the connection.
    #[error("client: the connection ended inside the handshake")]
    Closed,
    /// The client named no server, and there is no listener for every host.
    #[error("client: it named no server, and no listener is for every host")]
    NameMissing,
    /// No listener is for the server that the client named.
    #[error("client: no listener is for the server it named")]
    NameUnknown,
    /// The listener has no certificate that was delivered.
    #[error("the listener has no certificate")]
    CertificateMissing,
    /// The socket failed.
    #[error("client: {0}")]
    Io(#[from] io::Error),
    /// What the client sent is no TLS that can be accepted, or it accepts none of ours.
    #[error("client: {0}")]
    Tls(#[from] Error),
}

impl Failure {
    /// The label in metrics.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Closed | Self::Io(_) => "closed",
            Self::NameMissing => "server-name-missing",
            Self::NameUnknown => "server-name-unknown",
            Self::CertificateMissing => "certificate-missing",
            Self::Tls(Error::AlertReceived(_)) => "client-alert",
            Self::Tls(Error::PeerIncompatible(_)) => "incompatible",
            Self::Tls(_) => "malformed",
        }
    }

    /// What the client is told; the library tells it about its own errors.
    pub fn alert(&self) -> Option<AlertDescription> {
        match self {
            Self::NameMissing | Self::NameUnknown => Some(AlertDescription::UnrecognisedName),
            Self::CertificateMissing => Some(AlertDescription::InternalError),
            _ => None,
        }
    }
}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Io(error) => error,
            other => Self::new(io::ErrorKind::InvalidData, other),
        }
    }
}
