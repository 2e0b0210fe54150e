//! What can be wrong with a source, always with its path.

use std::path::PathBuf;

/// Why nothing was generated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read or written.
    #[error("{}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A source is not JSON.
    #[error("{file}: not JSON: {cause}")]
    Json {
        /// The source.
        file: String,
        /// What the parser said.
        cause: serde_json::Error,
    },
    /// Something in a source is wrong or cannot be generated from.
    #[error("{at}: {what}")]
    Source {
        /// Where: `route-policy.schema.json#/properties/spec`.
        at: String,
        /// What is wrong.
        what: String,
    },
}

/// With our [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn source(at: impl ToString, what: impl Into<String>) -> Self {
        Self::Source {
            at: at.to_string(),
            what: what.into(),
        }
    }
}
