//! Where requests can go.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// One port of one Service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backend {
    /// Sorted by id, then address. Empty: requests are answered with 503.
    pub endpoints: Vec<Endpoint>,
}

/// One pod behind a Service port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Who it is: the pod's UID, else `<address>:<port>`. Pins lead to this, never to an address.
    pub id: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// Whether it takes new sessions.
    pub state: EndpointState,
}

/// Whether an endpoint takes new sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EndpointState {
    /// Takes all requests.
    Ready,
    /// Terminating but serving: keeps its sessions, gets no new ones.
    Draining,
}
