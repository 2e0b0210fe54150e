// Generated from schema/ingress-extension.schema.json by `cargo run -p limpet-codegen -- gen`; do not edit.

//! The types of `schema/ingress-extension.schema.json`.

/// How to talk to one port of a Service.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BackendPort {
    /// The port's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The port's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it speaks.
    pub protocol: BackendPortProtocol,
}

/// What it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum BackendPortProtocol {
    /// `HTTP`
    #[serde(rename = "HTTP")]
    Http,
    /// `HTTPS`
    #[serde(rename = "HTTPS")]
    Https,
}

/// Settings for one Service.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BackendSetting {
    /// Name of the Service, in the namespace of the Ingress.
    pub service: String,
    /// How to talk to the Service's ports.
    #[serde(
        default,
        deserialize_with = "crate::api::null_as_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub ports: Vec<BackendPort>,
    /// Name of the Secret with the authority that signed the backend's certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trusted_root_certificate: Option<String>,
    /// Keeps a client's requests on the same target of this Service. Absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_affinity: Option<super::session_affinity::SessionAffinity>,
    /// How long a request to this Service may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeouts: Option<BackendTimeouts>,
    /// How to choose among the Service's targets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_balancing_policy_spec: Option<LoadBalancingPolicySpec>,
}

/// The verdict on one Service's settings.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BackendSettingStatus {
    /// The Service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// What is wrong.
    #[serde(
        default,
        deserialize_with = "crate::api::null_as_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub validation_errors: Vec<String>,
    /// Whether the settings are in use.
    pub valid: bool,
}

/// How long a request may take.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BackendTimeouts {
    /// The longest that a request may take, to its answer's last byte: a Go duration. When absent,
    /// the answer must begin within 60s and may flow for as long as it likes. 0s is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_timeout: Option<String>,
}

/// How much may be under way at once; no limit when absent.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CircuitBreaker {
    /// Connections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_connections: Option<u32>,
    /// Requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_requests: Option<u32>,
    /// Requests waiting for a connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_pending_requests: Option<u32>,
    /// Retries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_retries: Option<u32>,
}

/// A header.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// The header's name, in any letter case.
    pub name: String,
    /// The header's value.
    pub value: String,
}

/// Changes of headers; one action per header name.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeaderFilter {
    /// Headers to write over.
    #[serde(
        default,
        deserialize_with = "crate::api::null_as_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub set: Vec<Header>,
    /// Headers to append.
    #[serde(
        default,
        deserialize_with = "crate::api::null_as_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub add: Vec<Header>,
    /// Names of headers to take away.
    #[serde(
        default,
        deserialize_with = "crate::api::null_as_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub remove: Vec<String>,
}

/// Settings per host and per Service.
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
    kind = "IngressExtension",
    plural = "ingressextension",
    singular = "ingressextension",
    namespaced,
    status = "IngressExtensionStatus",
    schema = "disabled",
    derive = "PartialEq",
    doc = "A IngressExtension: metadata, spec and status."
)]
#[serde(rename_all = "camelCase")]
pub struct IngressExtensionSpec {
    /// Settings per host.
    #[serde(
        default,
        deserialize_with = "crate::api::null_as_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub rules: Vec<IngressRule>,
    /// Settings per Service. The first entry of a Service counts.
    #[serde(
        default,
        deserialize_with = "crate::api::null_as_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub backend_settings: Vec<BackendSetting>,
}

/// What the controller says about the extension.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IngressExtensionStatus {
    /// The verdict on each rule.
    #[serde(
        default,
        deserialize_with = "crate::api::null_as_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub rules: Vec<RuleStatus>,
    /// The verdict on each Service's settings.
    #[serde(
        default,
        deserialize_with = "crate::api::null_as_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub backend_settings: Vec<BackendSettingStatus>,
    /// What the controller says about the object.
    #[serde(
        default,
        deserialize_with = "crate::api::null_as_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub conditions: Vec<super::common::Condition>,
}

/// Settings for one host.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IngressRule {
    /// The host of the Ingress rule that this is about.
    pub host: String,
    /// Further hosts that this rule serves.
    #[serde(
        default,
        deserialize_with = "crate::api::null_as_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub additional_hostnames: Vec<String>,
    /// What to change in requests and responses.
    #[serde(
        default,
        deserialize_with = "crate::api::null_as_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub rewrites: Vec<Rewrite>,
    /// Answers every request with a redirect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_redirect: Option<RequestRedirect>,
}

/// Settings of load-aware balancing.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadAware {
    /// For how long a new target's reports are ignored; 10s when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blackout_period: Option<String>,
    /// How long a report counts; 3m when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric_expiration_period: Option<String>,
    /// How much errors weigh; 1.0 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_utilization_penalty: Option<String>,
    /// Metrics whose maximum is the utilisation.
    #[serde(
        default,
        deserialize_with = "crate::api::null_as_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub named_metrics: Vec<String>,
}

/// The algorithm that chooses a target.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadBalancing {
    /// Its name; round-robin when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<LoadBalancingStrategy>,
    /// Spares new targets at first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow_start: Option<SlowStart>,
    /// Settings of load-aware.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_aware: Option<LoadAware>,
}

/// How to choose among a Service's targets.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadBalancingPolicySpec {
    /// Ignored: the Service is the one of the entry.
    #[serde(
        default,
        deserialize_with = "crate::api::null_as_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub target_refs: Vec<LoadBalancingTarget>,
    /// The algorithm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_balancing: Option<LoadBalancing>,
    /// How much may be under way at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub circuit_breaker: Option<CircuitBreaker>,
}

/// A port of a Service.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadBalancingPort {
    /// Its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
}

/// Its name; round-robin when absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum LoadBalancingStrategy {
    /// `least-request`
    #[serde(rename = "least-request")]
    LeastRequest,
    /// `load-aware`
    #[serde(rename = "load-aware")]
    LoadAware,
    /// `ring-hash`
    #[serde(rename = "ring-hash")]
    RingHash,
    /// `round-robin`
    #[serde(rename = "round-robin")]
    RoundRobin,
}

/// A Service and its ports.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadBalancingTarget {
    /// The Service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_ref: Option<ServiceRef>,
    /// Its ports; all when absent.
    #[serde(
        default,
        deserialize_with = "crate::api::null_as_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub ports: Vec<LoadBalancingPort>,
}

/// A change of the path; `type` names the field that is set.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PathModifier {
    /// Replace the whole path, or the prefix that the Ingress rule matched.
    pub r#type: PathModifierType,
    /// The new path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replace_full_path: Option<String>,
    /// What to put in place of the matched prefix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replace_prefix_match: Option<String>,
}

/// Replace the whole path, or the prefix that the Ingress rule matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum PathModifierType {
    /// `ReplaceFullPath`
    #[serde(rename = "ReplaceFullPath")]
    ReplaceFullPath,
    /// `ReplacePrefixMatch`
    #[serde(rename = "ReplacePrefixMatch")]
    ReplacePrefixMatch,
}

/// A redirect. What is absent stays as in the request.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestRedirect {
    /// The new scheme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<RequestRedirectScheme>,
    /// The new host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// The new path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathModifier>,
    /// The new port. Absent: the scheme's own when a scheme is given, else the request's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The status of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_code: Option<u16>,
}

/// The new scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum RequestRedirectScheme {
    /// `http`
    #[serde(rename = "http")]
    Http,
    /// `https`
    #[serde(rename = "https")]
    Https,
}

/// One change; `type` names the field that is set.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rewrite {
    /// Which of the other fields is set.
    pub r#type: RewriteType,
    /// Changes headers of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_header_modifier: Option<HeaderFilter>,
    /// Changes headers of the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_header_modifier: Option<HeaderFilter>,
    /// Changes host and path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_rewrite: Option<UrlRewrite>,
}

/// Which of the other fields is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum RewriteType {
    /// `RequestHeaderModifier`
    #[serde(rename = "RequestHeaderModifier")]
    RequestHeaderModifier,
    /// `ResponseHeaderModifier`
    #[serde(rename = "ResponseHeaderModifier")]
    ResponseHeaderModifier,
    /// `URLRewrite`
    #[serde(rename = "URLRewrite")]
    UrlRewrite,
}

/// The verdict on one rule.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleStatus {
    /// The rule's host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// What is wrong.
    #[serde(
        default,
        deserialize_with = "crate::api::null_as_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub validation_errors: Vec<String>,
    /// Whether the rule is in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid: Option<bool>,
}

/// A Service by name.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceRef {
    /// API group of the target; empty for the core group.
    pub group: String,
    /// Kind of the target: Service.
    pub kind: String,
    /// Name of the target.
    pub name: String,
    /// Namespace of the target; the extension's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Parts of the target.
    #[serde(
        default,
        deserialize_with = "crate::api::null_as_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub section_names: Vec<String>,
}

/// Spares new targets at first.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SlowStart {
    /// For how long.
    pub window: String,
    /// How the share grows; 1.0 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggression: Option<String>,
    /// The share to begin with; 10 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_weight_percent: Option<u16>,
}

/// A change of host and path.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UrlRewrite {
    /// The new host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// The new path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathModifier>,
}
