//! What is wrong with a manifest, in the one form that `check`, the webhook, status and log share.

use std::fmt;

/// One thing wrong with one field.
///
/// Shown as Kubernetes shows field errors, with the message id at the end:
/// `spec.default.sessionAffinity.cookieName: Required value: application-cookie needs a
/// cookieName [affinity-cookie-name-required]`.
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

    fn words(self) -> &'static str {
        match self {
            Self::Required => "Required value",
            Self::Duplicate => "Duplicate value",
            Self::Invalid | Self::TypeInvalid => "Invalid value",
            Self::NotSupported => "Unsupported value",
            Self::Forbidden => "Forbidden",
            Self::TooLong => "Too long",
            Self::NotFound => "Not found",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        write!(f, "{}: {} [{}]", self.reason.words(), self.message, self.id)
    }
}
