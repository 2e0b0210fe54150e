//! Why a snapshot is not served.

use std::fmt;

use limpet_schema::snapshot::Dangling;
use thiserror::Error;

/// How many reasons are shown; the others are counted.
const SHOWN_MAX: usize = 20;

/// A snapshot that cannot be served, with every reason; the one before serves on.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct Refused {
    /// At least one.
    pub flaws: Vec<Flaw>,
}

/// One reason why a snapshot cannot be served.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Flaw {
    /// An id leads nowhere.
    #[error(transparent)]
    Dangling(#[from] Dangling),
    /// Two listeners have one name.
    #[error("two listeners are named {0}")]
    ListenerRepeated(String),
    /// Two listeners want the same requests.
    #[error("{listener} has the address and hostname of {other}")]
    ListenerHidden {
        /// The later one.
        listener: String,
        /// The earlier one.
        other: String,
    },
    /// One address is both plain and encrypted.
    #[error("{listener} and {other} have one address, and only one of them is HTTPS")]
    ProtocolsMixed {
        /// The later one.
        listener: String,
        /// The earlier one.
        other: String,
    },
    /// One listener names a host twice.
    #[error("{listener} names the host {hostname} twice")]
    HostRepeated {
        /// The listener.
        listener: String,
        /// The host.
        hostname: String,
    },
    /// A part that cannot be used.
    #[error("{at}: {what}")]
    Unusable {
        /// The listener or rule that holds it, or the certificate that it is.
        at: String,
        /// What is wrong with it.
        what: String,
    },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the snapshot is refused:")?;
        for flaw in self.flaws.iter().take(SHOWN_MAX) {
            write!(f, "\n  {flaw}")?;
        }
        match self.flaws.len().saturating_sub(SHOWN_MAX) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}
