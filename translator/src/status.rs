//! What is said about each object.
//!
//! A status is the object's `status` field but for `lastTransitionTime`, which whoever writes it
//! adds. The translator leaves `Programmed` unknown; [`acknowledge`] settles it when the data plane
//! has answered. Tested by the golden files (`*.status.yaml`) and below.

mod acknowledge;
mod condition;
mod holds;
mod merge;
mod row;

use serde::Serialize;
use serde_json::Value;

pub use acknowledge::{Report, acknowledge, awaits_answer, says_served};
pub use condition::{Condition, conditions, fitting, object, with_id};
pub use holds::holds;
pub use merge::{is_spoken_for, merge};
pub use row::{Row, rows, troubles};

/// The name of the listener that serves Ingress, in snapshots and reports.
pub const INGRESS_LISTENER: &str = "Ingress";

/// What is said about one object.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ObjectStatus {
    /// The object's kind.
    pub kind: String,
    /// Its namespace; empty for kinds that have none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its `status` field.
    pub status: Value,
    /// What `status` has no place for: an Event on Kubernetes, a row of the table in a terminal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}
