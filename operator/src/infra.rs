//! What Gateways need in a cluster: a Service each, and the EndpointSlices that lead from it to the
//! data planes.
//!
//! The Service has no selector. Its slices are ours, so that a data plane is listed for a port only
//! once it serves that port, and a new Gateway loses no connection to a pod that does not know it
//! yet. Everything is a pure function of what the translator asks for and what the fleet has
//! acknowledged; [`crate::writes`] brings it to the API server.
//!
//! Tested below.

mod plan;

pub use plan::{covers, plan};

use limpet_translator::inputs::ObjectKey;

/// What the chart says about Gateways' Services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `LoadBalancer`, `ClusterIP` or `NodePort`.
    pub service_type: String,
    /// Who makes them: `limpet.dev/gateway-controller`.
    pub controller_name: String,
    /// Where it is written down which ports Gateways have.
    pub ports: ObjectKey,
}
