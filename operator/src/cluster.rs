//! Objects from an API server, kept up to date one by one.
//!
//! [`follow`] watches every kind that the server knows and sends what happens; [`World`] is what is
//! known from it. Secrets and pods are watched only where they are [`Asked`] for, so that no other is
//! ever read. An object that cannot be used leaves the one before it in use.
//!
//! It refuses to decide what an object means, and writes nothing. Tested below with events as a
//! watch gives them, and on a real API server by `conformance`.

mod asked;
mod follow;
mod world;

pub use asked::Asked;
pub use follow::{FollowError, follow, follow_ports, resource};
pub use world::{Refused, World};

use limpet_translator::inputs::{ObjectKey, Scope};
use serde_json::Value;

/// What a watch saw.
#[derive(Debug)]
pub enum Event {
    /// An object is there, new or changed.
    Applied(&'static str, Box<Object>),
    /// It is gone.
    Deleted(&'static str, ObjectKey),
    /// These are all of a scope; what else was known of it is gone.
    Listed(Scope, Vec<Object>),
    /// The version of the Gateway API that is installed.
    GatewayApi(Option<String>),
}

/// An object as the API server has it.
#[derive(Clone, Debug)]
pub struct Object {
    /// Which one.
    pub key: ObjectKey,
    /// Whole.
    pub value: Value,
}

impl Object {
    /// With its name read from it.
    #[must_use]
    pub fn new(value: Value) -> Self {
        let text = |name: &str| value["metadata"][name].as_str().unwrap_or_default();
        Self {
            key: ObjectKey::new(text("namespace"), text("name")),
            value,
        }
    }
}
