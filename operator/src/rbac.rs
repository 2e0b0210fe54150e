//! What an operator may do in a cluster: no more than this, and why.
//!
//! The chart's roles are made from it: `UPDATE_GOLDEN=1 cargo test -p limpet-operator --test chart`
//! writes them, and the same test without the variable finds a difference.

/// One line of a role.
#[derive(Debug)]
pub struct Right {
    /// The API group; empty for the core.
    pub group: &'static str,
    /// Resources of it.
    pub resources: &'static [&'static str],
    /// What is done with them.
    pub verbs: &'static [&'static str],
    /// Only those; empty: all. `{release}` is the release's name.
    pub names: &'static [&'static str],
    /// Why.
    pub why: &'static str,
}

const READ: &[&str] = &["get", "list", "watch"];
const GATEWAY: &str = "gateway.networking.k8s.io";
const AZURE: &str = "alb.networking.azure.io";

const fn right(
    group: &'static str,
    resources: &'static [&'static str],
    verbs: &'static [&'static str],
    why: &'static str,
) -> Right {
    Right {
        group,
        resources,
        verbs,
        names: &[],
        why,
    }
}

/// In the whole cluster.
pub const CLUSTER: &[Right] = &[
    right(
        GATEWAY,
        &[
            "gatewayclasses",
            "gateways",
            "httproutes",
            "listenersets",
            "referencegrants",
        ],
        READ,
        "what is served",
    ),
    right(
        GATEWAY,
        &[
            "gatewayclasses/status",
            "gateways/status",
            "httproutes/status",
            "listenersets/status",
        ],
        &["patch"],
        "what became of it",
    ),
    right(
        "gateway.networking.x-k8s.io",
        &["xbackends"],
        READ,
        "what is served",
    ),
    right(
        "gateway.networking.x-k8s.io",
        &["xbackends/status"],
        &["patch"],
        "what became of it",
    ),
    right(
        "",
        &["pods"],
        &["list", "watch"],
        "endpoints of XBackends: one watch for each namespace that has an XBackend",
    ),
    right(
        AZURE,
        &["routepolicies", "ingressextension"],
        READ,
        "what is served",
    ),
    right(
        AZURE,
        &["routepolicies/status", "ingressextension/status"],
        &["patch"],
        "what became of it",
    ),
    right(
        "networking.k8s.io",
        &["ingresses", "ingressclasses"],
        READ,
        "what is served",
    ),
    right(
        "networking.k8s.io",
        &["ingresses/status"],
        &["patch"],
        "where it is reached",
    ),
    right(
        "",
        &["services"],
        &["get", "list", "watch", "create", "patch", "delete"],
        "backends, and the Service of each Gateway",
    ),
    right(
        "discovery.k8s.io",
        &["endpointslices"],
        &["get", "list", "watch", "create", "patch", "delete"],
        "endpoints, and those of each Gateway's Service",
    ),
    // EndpointSlices may name addresses only where their writer may restrict them.
    right(
        "discovery.k8s.io",
        &["endpointslices/restricted"],
        &["create"],
        "clusters that restrict endpoints (OpenShift)",
    ),
    right(
        "events.k8s.io",
        &["events"],
        &["create"],
        "warnings that a status has no place for",
    ),
    right(
        "",
        &["namespaces"],
        READ,
        "which namespaces a listener allows",
    ),
    right(
        "",
        &["secrets"],
        &["list", "watch"],
        "certificates: one watch for each Secret that is referred to, and no other is read",
    ),
    right(
        "apiextensions.k8s.io",
        &["customresourcedefinitions"],
        READ,
        "kinds that are installed later",
    ),
    Right {
        names: &["{release}"],
        ..right(
            "admissionregistration.k8s.io",
            &["validatingwebhookconfigurations"],
            &["get", "patch"],
            "whom the API server trusts",
        )
    },
];

/// In the namespace of the release.
pub const RELEASE: &[Right] = &[
    right(
        "",
        &["configmaps"],
        &["create"],
        "which ports Gateways have: it cannot be named before it is there",
    ),
    Right {
        names: &["{release}-ports"],
        ..right(
            "",
            &["configmaps"],
            &["get", "list", "watch", "patch"],
            "which ports Gateways have",
        )
    },
    right(
        "coordination.k8s.io",
        &["leases"],
        &["create"],
        "which replica writes: it cannot be named before it is there",
    ),
    Right {
        names: &["{release}-operator"],
        ..right(
            "coordination.k8s.io",
            &["leases"],
            &["get", "list", "watch", "update"],
            "which replica writes",
        )
    },
    right(
        "",
        &["secrets"],
        &["create"],
        "its own secrets: they cannot be named before they are there",
    ),
    Right {
        names: &[
            "{release}-operator-tls",
            "{release}-dataplane-tls",
            "{release}-affinity-keys",
        ],
        ..right("", &["secrets"], &["get", "update"], "its own secrets")
    },
];
