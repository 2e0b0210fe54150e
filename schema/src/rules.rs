//! The rules of our API as a table, and the one interpreter that reads it.
//!
//! `limpet check`, the webhook and the translator all call [`check`], so a mistake has one text
//! everywhere. The tables ([`ROUTE_POLICY`], [`INGRESS_EXTENSION`]) are generated from the same
//! sources as the CRDs and say the same: what the API server refuses, [`check`] refuses, and no
//! more. What needs a second object to be judged is the translator's business.
//!
//! Tested in `codegen/tests`: against the source schemas and the CRDs over thousands of objects,
//! and by taking away one table entry at a time.

mod check;
mod defaults;
mod expr;
mod pattern;
mod unknown;

use std::fmt;

pub use check::{PROBLEMS_MAX, check};
pub use defaults::defaults;
pub use expr::Expr;
pub use pattern::Pattern;
pub use unknown::unknown_fields;

pub use crate::generated::rules::*;
use crate::problem::Reason;

/// One kind of object and all its rules.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// API group.
    pub group: &'static str,
    /// API version.
    pub version: &'static str,
    /// Kind.
    pub kind: &'static str,
    /// Resource name, as in URLs and RBAC rules.
    pub plural: &'static str,
    /// The object but for apiVersion, kind and metadata: `spec` and `status`.
    pub root: &'static Node,
}

impl Kind {
    /// Finds one of [`KINDS`] by an object's `apiVersion` and `kind`.
    #[must_use]
    pub fn find(api_version: &str, kind: &str) -> Option<&'static Self> {
        let (group, version) = api_version.split_once('/')?;
        let same = |k: &&&Self| k.group == group && k.version == version && k.kind == kind;
        KINDS.iter().find(same).copied()
    }
}

/// What one value may be.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// Its type and bounds.
    pub shape: Shape,
    /// What must hold among its fields.
    pub rules: &'static [Rule],
}

/// A type with its bounds.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// An object with these fields; others are ignored.
    Struct(&'static [Field]),
    /// A list.
    List {
        /// What each item is.
        items: &'static Node,
        /// The longest list allowed.
        max: usize,
        /// The fields that no two items may share; none: items may repeat.
        keys: &'static [&'static str],
    },
    /// One of a few words.
    Enum(&'static [&'static str]),
    /// A string.
    Text {
        /// The fewest characters (code points).
        min: usize,
        /// The most characters (code points).
        max: usize,
        /// What they may be.
        pattern: Option<&'static Pattern>,
    },
    /// A whole number.
    Integer {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// One of a few whole numbers.
    IntegerEnum(&'static [i64]),
    /// `true` or `false`.
    Boolean,
    /// A length of time.
    Duration(Duration),
}

/// A field of a [`Shape::Struct`].
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name in the API.
    pub name: &'static str,
    /// What it means, in a sentence or two.
    pub description: &'static str,
    /// Whether the object is invalid without it.
    pub is_required: bool,
    /// What the API server puts in when it is absent, as JSON.
    pub default: Option<&'static str>,
    /// What its value may be.
    pub node: &'static Node,
}

/// A length of time in Go's syntax ([`crate::duration`]). Zero is always allowed.
#[derive(Clone, Copy, Debug)]
pub struct Duration {
    /// Whether an integer, or digits without a unit, may stand for seconds.
    pub is_seconds_too: bool,
    /// The least, zero apart.
    pub min_secs: u32,
    /// The greatest.
    pub max_secs: u32,
    /// Whether fractions of a second are refused.
    pub is_whole_secs: bool,
    /// What is allowed, beginning with "must".
    pub says: &'static str,
}

/// Something that must hold among the fields of one object.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Stable id.
    pub id: &'static str,
    /// The field that is to blame; empty: the object itself.
    pub field: &'static str,
    /// What kind of mistake breaking it is.
    pub reason: Reason,
    /// What is wrong and what to do.
    pub message: &'static str,
    /// What must hold.
    pub holds: Expr,
}

impl fmt::Display for Shape {
    /// The type in words: `string`, `list of object`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Struct(_) => f.write_str("object"),
            Self::List { items, .. } => write!(f, "list of {}", items.shape),
            Self::Enum(_) | Self::Text { .. } => f.write_str("string"),
            Self::Integer { .. } | Self::IntegerEnum(_) => f.write_str("integer"),
            Self::Boolean => f.write_str("boolean"),
            Self::Duration(d) if d.is_seconds_too => f.write_str("integer or string"),
            Self::Duration(_) => f.write_str("string"),
        }
    }
}
