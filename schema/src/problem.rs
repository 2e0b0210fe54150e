//! What is wrong with a manifest, in the one form that `check`, the webhook, status and log share.

use std::fmt;

/// One thing wrong with one field.
///
/// Shown as field, message and id:
/// `spec.default.sessionAffinity.cookieName: application-cookie needs a cookieName
/// [affinity-cookie-name-required]`. The reason is for programs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where, in Kubernetes' form: `spec.rules[0].host`. Empty for the whole object.
    pub field: String,
    /// What kind of mistake.
    pub reason: Reason,
    /// What is wrong, what is allowed, and what to do.
    pub message: String,
    /// The message's stable id: a schema rule's, or one of [`crate::messages`].
    pub id: &'static str,
}

/// Kubernetes' kinds of field error (`metav1.CauseType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// `FieldValueRequired`
    Required,
    /// `FieldValueDuplicate`
    Duplicate,
    /// `FieldValueInvalid`
    Invalid,
    /// `FieldValueNotSupported`
    NotSupported,
    /// `FieldValueForbidden`
    Forbidden,
    /// `FieldValueTooLong`
    TooLong,
    /// `FieldValueTypeInvalid`
    TypeInvalid,
    /// `FieldValueNotFound`
    NotFound,
}

impl Reason {
    /// The name in the API (`status.details.causes[].reason`).
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Required => "FieldValueRequired",
            Self::Duplicate => "FieldValueDuplicate",
            Self::Invalid => "FieldValueInvalid",
            Self::NotSupported => "FieldValueNotSupported",
            Self::Forbidden => "FieldValueForbidden",
            Self::TooLong => "FieldValueTooLong",
            Self::TypeInvalid => "FieldValueTypeInvalid",
            Self::NotFound => "FieldValueNotFound",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        write!(f, "{} [{}]", self.message, self.id)
    }
}
