//! Where a request goes, as far as it changes what is sent.

use limpet_schema::snapshot::UrlRewrite;

use crate::config::edits::Edits;

/// Where a request goes.
#[derive(Clone, Copy)]
pub struct Destination<'a> {
    /// Header edits for this backend only, after the rule's.
    pub edits: &'a Edits,
    /// What it says about the target goes before what the rule says.
    pub rewrite: Option<&'a UrlRewrite>,
    /// The host of a request that has none.
    pub address_text: &'a str,
}
