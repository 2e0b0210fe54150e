// Generated from schema/route-policy.schema.json by `cargo run -p limpet-codegen -- gen`; do not edit.

//! The types of `schema/route-policy.schema.json`.

/// Settings for a route.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoutePolicyConfig {
    /// How long a request may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeouts: Option<RouteTimeouts>,
    /// Keeps a client's requests on the same target. Absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_affinity: Option<super::session_affinity::SessionAffinity>,
}

/// What to do on which route.
#[derive(
    kube::CustomResource,
    Clone,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize
)]
#[kube(
    group = "alb.networking.azure.io",
    version = "v1",
    kind = "RoutePolicy",
    plural = "routepolicies",
    singular = "routepolicy",
    namespaced,
    status = "RoutePolicyStatus",
    schema = "disabled",
    derive = "PartialEq",
    doc = "A RoutePolicy: metadata, spec and status."
)]
#[serde(rename_all = "camelCase")]
pub struct RoutePolicySpec {
    /// The route: an HTTPRoute or a GRPCRoute, with all its rules and backends.
    pub target_ref: RouteRef,
    /// The settings for the route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<RoutePolicyConfig>,
    /// Reserved. A policy that sets it is answered with OverrideNotSupported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#override: Option<RoutePolicyConfig>,
}

/// What the controller says about the policy.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoutePolicyStatus {
    /// What the controller says about the object.
    #[serde(
        default,
        deserialize_with = "crate::api::null_as_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub conditions: Vec<super::common::Condition>,
}

/// The route that a policy applies to.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteRef {
    /// API group of the route: gateway.networking.k8s.io, or empty, which means the same.
    pub group: String,
    /// Kind of the target. Name the route that leads to the Service, not the Service or the
    /// Gateway.
    pub kind: RouteRefKind,
    /// Name of the target.
    pub name: String,
    /// Namespace of the target; the policy's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Parts of the route. A policy that sets it is answered with SectionNamesNotPermitted.
    #[serde(
        default,
        deserialize_with = "crate::api::null_as_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub section_names: Vec<String>,
}

/// Kind of the target. Name the route that leads to the Service, not the Service or the
/// Gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum RouteRefKind {
    /// `HTTPRoute`
    #[serde(rename = "HTTPRoute")]
    HttpRoute,
    /// `GRPCRoute`
    #[serde(rename = "GRPCRoute")]
    GrpcRoute,
}

/// How long a request may take.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteTimeouts {
    /// The longest that a request may take, to its answer's last byte and with retries: a Go
    /// duration. When absent, the answer must begin within 60s and may flow for as long as it
    /// likes. 0s is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route_timeout: Option<String>,
}
