//! What a watch covers.

use super::ObjectKey;

/// What a watch covers, of a kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// All there is.
    All(&'static str),
    /// All in a namespace.
    Namespace(&'static str, String),
    /// One object, whose name is ours.
    One(&'static str, ObjectKey),
}

impl Scope {
    /// Of which kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::All(kind) | Self::Namespace(kind, _) | Self::One(kind, _) => kind,
        }
    }

    /// Whether it covers an object of its kind.
    #[must_use]
    pub fn holds(&self, key: &ObjectKey) -> bool {
        match self {
            Self::All(_) => true,
            Self::Namespace(_, namespace) => key.namespace == *namespace,
            Self::One(_, one) => key == one,
        }
    }
}
