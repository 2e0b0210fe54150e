//! The configuration a data plane runs: what the translator makes and every core serves.
//!
//! It is plain data in a fixed order, so that equal inputs give equal bytes. It holds no secret
//! (those travel apart, see [`crate::secrets`]), no Kubernetes vocabulary beyond names, and no clock.
//!
//! Resources point at each other by id: a [`Listener`] leads to [`Rule`]s, a rule to [`Backend`]s.
//! [`Snapshot::check`] finds an id that leads nowhere; a data plane refuses such a snapshot whole.
//!
//! Tested by the translator's golden files (`translator/tests/golden`), which are snapshots.

mod backend;
mod check;
mod filter;
mod listener;
mod matching;
mod rule;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use backend::{Backend, Endpoint, EndpointState};
pub use check::Dangling;
pub use filter::{Cors, Filter, HeaderEdit, HeaderField, Mirror, PathEdit, UrlRewrite};
pub use listener::{ANY_HOST, Host, Listener, Protocol};
pub use matching::{Entry, Match, PathMatch, TextMatch, ValueMatch};
pub use rule::{Action, Affinity, Forward, Redirect, Retry, Rule, Timeouts, WeightedBackend};

/// Names a [`Rule`]: `HTTPRoute/<namespace>/<name>/<rule index>` or
/// `Ingress/<namespace>/<name>/<rule index>/<path index>`.
pub type RuleId = String;

/// Names a [`Backend`]: `Service/<namespace>/<name>/<port>`.
pub type BackendId = String;

/// Names a certificate: `Secret/<namespace>/<name>`. It travels apart ([`crate::secrets`]).
pub type CertificateId = String;

/// Everything one fleet of data planes serves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Sorted by name.
    pub listeners: Vec<Listener>,
    /// What to do with a request, by rule id.
    pub rules: BTreeMap<RuleId, Rule>,
    /// Where requests can go, by backend id.
    pub backends: BTreeMap<BackendId, Backend>,
}
