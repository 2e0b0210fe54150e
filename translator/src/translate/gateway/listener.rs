//! One listener: what it serves, and which routes may attach.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::net::SocketAddr;

use limpet_schema::gateway_api::gateways::{GatewayListeners, GatewayListenersTlsMode};
use limpet_schema::messages;
use limpet_schema::snapshot::{self, Protocol};

use super::super::certificates::Resolved;
use super::super::hostname::or_any;
use super::{Fault, allowed};
use crate::inputs::{Inputs, ObjectKey};
use crate::status::with_id;

/// The group of the Gateway API.
pub const GROUP: &str = "gateway.networking.k8s.io";

/// A listener of a Gateway.
pub struct Listener<'a> {
    /// As in the manifest.
    pub spec: Cow<'a, GatewayListeners>,
    /// The ListenerSet that it comes from; none: the Gateway itself.
    pub set: Option<&'a ObjectKey>,
    /// Its name in the snapshot.
    pub id: String,
    /// Where it is served.
    pub address: SocketAddr,
    /// Why it is not served.
    pub fault: Option<Fault>,
    /// What it shows, if it is TLS.
    pub resolved: Resolved,
    /// The routes that are attached.
    pub attached: BTreeSet<ObjectKey>,
}

impl<'a> Listener<'a> {
    /// Of a Gateway, served at `address`.
    pub fn new(
        gateway: &ObjectKey,
        set: Option<&'a ObjectKey>,
        spec: Cow<'a, GatewayListeners>,
        address: SocketAddr,
    ) -> Self {
        let id = match set {
            Some(set) => format!("ListenerSet/{set}/{}", spec.name),
            None => format!("Gateway/{gateway}/{}", spec.name),
        };
        let fault = match spec.protocol.as_str() {
            "HTTP" => None,
            "HTTPS" => passes_through(&spec).then(unsupported_passthrough),
            other => Some(unsupported_protocol(other)),
        };
        Self {
            spec,
            set,
            id,
            address,
            fault,
            resolved: Resolved::default(),
            attached: BTreeSet::new(),
        }
    }

    /// Its hostname, `*` for every host.
    pub fn hostname(&self) -> &str {
        or_any(self.spec.hostname.as_deref())
    }

    /// As a data plane knows it, without hosts yet.
    pub fn snapshot(&self) -> snapshot::Listener {
        snapshot::Listener {
            name: self.id.clone(),
            address: self.address,
            port: u16::try_from(self.spec.port).expect("checked on entry"),
            protocol: match self.is_tls() {
                true => Protocol::Https,
                false => Protocol::Http,
            },
            hostname: self.hostname().to_owned(),
            certificates: self.resolved.certificates.clone(),
            hosts: Vec::new(),
        }
    }

    /// Whether it terminates TLS.
    pub fn is_tls(&self) -> bool {
        self.spec.protocol == "HTTPS"
    }

    /// Whether a data plane gets it: one without a certificate has nothing to show.
    pub fn is_served(&self) -> bool {
        self.fault.is_none() && (!self.is_tls() || !self.resolved.certificates.is_empty())
    }

    /// Whether HTTPRoutes of the namespace may attach; `own` is the Gateway's namespace.
    pub fn admits(&self, namespace: &str, own: &str, inputs: &Inputs) -> bool {
        let routes = self.spec.allowed_routes.as_ref();
        let namespaces = routes.and_then(|routes| routes.namespaces.as_ref());
        self.takes_http_routes() && allowed::is_allowed(namespaces, namespace, own, inputs)
    }

    /// Whether HTTPRoutes can attach at all.
    pub fn takes_http_routes(&self) -> bool {
        let kinds = self.kinds();
        self.speaks_http() && (kinds.is_none() || kinds.is_some_and(|kinds| kinds.0))
    }

    /// Whether its protocol serves HTTPRoutes.
    pub fn speaks_http(&self) -> bool {
        ["HTTP", "HTTPS"].contains(&self.spec.protocol.as_str())
    }

    /// Whether it allows kinds of routes that are not known.
    pub fn allows_unknown_kinds(&self) -> bool {
        self.kinds().is_some_and(|kinds| kinds.1)
    }

    /// Whether HTTPRoute, and whether another kind, is among the kinds that it names.
    fn kinds(&self) -> Option<(bool, bool)> {
        let kinds = self.spec.allowed_routes.as_ref()?.kinds.as_ref()?;
        let mut found = kinds.iter().map(|kind| {
            kind.kind == "HTTPRoute" && kind.group.as_deref().is_none_or(|group| group == GROUP)
        });
        if kinds.is_empty() {
            return None;
        }
        Some((
            found.clone().any(|is_known| is_known),
            found.any(|is_known| !is_known),
        ))
    }
}

fn unsupported_protocol(protocol: &str) -> Fault {
    let text = format!("The protocol {protocol} is not supported; HTTP and HTTPS are");
    Fault {
        reason: "UnsupportedProtocol",
        message: with_id(text, &messages::LISTENER_PROTOCOL_UNSUPPORTED),
        is_conflict: false,
    }
}

fn passes_through(spec: &GatewayListeners) -> bool {
    let mode = spec.tls.as_ref().and_then(|tls| tls.mode.as_ref());
    mode == Some(&GatewayListenersTlsMode::Passthrough)
}

fn unsupported_passthrough() -> Fault {
    let text = "tls.mode Passthrough leaves nothing for HTTPRoutes to match; Terminate does";
    Fault {
        reason: "UnsupportedProtocol",
        message: with_id(text, &messages::LISTENER_PROTOCOL_UNSUPPORTED),
        is_conflict: false,
    }
}

/// Where a fleet serves so many ports that none is left.
pub fn no_port_left() -> Fault {
    let text = "The data planes have no port left for it; other Gateways have all of them";
    Fault {
        reason: "PortUnavailable",
        message: with_id(text, &messages::LISTENER_CONFLICT),
        is_conflict: false,
    }
}

/// Of a Gateway that asks for client certificates.
pub fn unsupported_validation() -> Fault {
    let text = "spec.tls.frontend: validating client certificates is not supported";
    Fault {
        reason: "Invalid",
        message: with_id(text, &messages::LISTENER_PROTOCOL_UNSUPPORTED),
        is_conflict: false,
    }
}
