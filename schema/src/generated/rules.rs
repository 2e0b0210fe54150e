// Generated from schema/*.schema.json by `cargo run -p limpet-codegen -- gen`; do not edit.

//! The rules of every kind.

use crate::problem::Reason;
use crate::rules::{Duration, Expr, Field, Kind, Node, Pattern, Rule, Shape};
/// All kinds, sorted by name.
pub static KINDS: &[&Kind] = &[&INGRESS_EXTENSION, &ROUTE_POLICY];
/// The rules of IngressExtension.
pub static INGRESS_EXTENSION: Kind = Kind {
    group: "alb.networking.azure.io",
    version: "v1",
    kind: "IngressExtension",
    plural: "ingressextension",
    root: &Node {
        shape: Shape::Struct(
            &[
                Field {
                    name: "spec",
                    description: "Settings per host and per Service.",
                    is_required: true,
                    default: None,
                    node: &INGRESS_EXTENSION_SPEC_NODE,
                },
                Field {
                    name: "status",
                    description: "What the controller says about the extension.",
                    is_required: false,
                    default: Some(
                        "{\"conditions\":[{\"type\":\"Accepted\",\"status\":\"Unknown\",\"reason\":\"Pending\",\"message\":\"Waiting for controller\",\"lastTransitionTime\":\"1970-01-01T00:00:00Z\"},{\"type\":\"ValidationErrors\",\"status\":\"Unknown\",\"reason\":\"Pending\",\"message\":\"Waiting for controller\",\"lastTransitionTime\":\"1970-01-01T00:00:00Z\"}]}",
                    ),
                    node: &INGRESS_EXTENSION_STATUS_NODE,
                },
            ],
        ),
        rules: &[],
    },
};

/// The rules of RoutePolicy.
pub static ROUTE_POLICY: Kind = Kind {
    group: "alb.networking.azure.io",
    version: "v1",
    kind: "RoutePolicy",
    plural: "routepolicies",
    root: &Node {
        shape: Shape::Struct(
            &[
                Field {
                    name: "spec",
                    description: "What to do on which route.",
                    is_required: true,
                    default: None,
                    node: &ROUTE_POLICY_SPEC_NODE,
                },
                Field {
                    name: "status",
                    description: "What the controller says about the policy.",
                    is_required: false,
                    default: Some(
                        "{\"conditions\":[{\"type\":\"Accepted\",\"status\":\"Unknown\",\"reason\":\"Pending\",\"message\":\"Waiting for controller\",\"lastTransitionTime\":\"1970-01-01T00:00:00Z\"}]}",
                    ),
                    node: &ROUTE_POLICY_STATUS_NODE,
                },
            ],
        ),
        rules: &[],
    },
};

static BACKEND_PORT_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "port",
                description: "The port's number.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Integer {
                        min: 1i64,
                        max: 65535i64,
                    },
                    rules: &[],
                },
            },
            Field {
                name: "name",
                description: "The port's name.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 1usize,
                        max: 63usize,
                        pattern: None,
                    },
                    rules: &[],
                },
            },
            Field {
                name: "protocol",
                description: "What it speaks.",
                is_required: true,
                default: None,
                node: &Node {
                    shape: Shape::Enum(&["HTTP", "HTTPS"]),
                    rules: &[],
                },
            },
        ],
    ),
    rules: &[
        Rule {
            id: "backend-port-or-name",
            field: "",
            reason: Reason::Invalid,
            message: "a port is named by its number or by its name: set exactly one of port and name",
            holds: Expr::One(&[Expr::Has("port"), Expr::Has("name")]),
        },
    ],
};

static BACKEND_SETTING_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "service",
                description: "Name of the Service, in the namespace of the Ingress.",
                is_required: true,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 1usize,
                        max: 253usize,
                        pattern: None,
                    },
                    rules: &[],
                },
            },
            Field {
                name: "ports",
                description: "How to talk to the Service's ports.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::List {
                        items: &BACKEND_PORT_NODE,
                        max: 64usize,
                        keys: &[],
                    },
                    rules: &[],
                },
            },
            Field {
                name: "trustedRootCertificate",
                description: "Name of the Secret with the authority that signed the backend's certificate.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 0usize,
                        max: 253usize,
                        pattern: None,
                    },
                    rules: &[],
                },
            },
            Field {
                name: "sessionAffinity",
                description: "Keeps a client's requests on the same target of this Service. Absent: none.",
                is_required: false,
                default: None,
                node: &SESSION_AFFINITY_NODE,
            },
            Field {
                name: "timeouts",
                description: "How long a request to this Service may take.",
                is_required: false,
                default: None,
                node: &BACKEND_TIMEOUTS_NODE,
            },
            Field {
                name: "loadBalancingPolicySpec",
                description: "How to choose among the Service's targets.",
                is_required: false,
                default: None,
                node: &LOAD_BALANCING_POLICY_SPEC_NODE,
            },
        ],
    ),
    rules: &[],
};

static BACKEND_SETTING_STATUS_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "service",
                description: "The Service.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 0usize,
                        max: 253usize,
                        pattern: None,
                    },
                    rules: &[],
                },
            },
            Field {
                name: "validationErrors",
                description: "What is wrong.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::List {
                        items: &Node {
                            shape: Shape::Text {
                                min: 0usize,
                                max: 4096usize,
                                pattern: None,
                            },
                            rules: &[],
                        },
                        max: 64usize,
                        keys: &[],
                    },
                    rules: &[],
                },
            },
            Field {
                name: "valid",
                description: "Whether the settings are in use.",
                is_required: true,
                default: None,
                node: &Node {
                    shape: Shape::Boolean,
                    rules: &[],
                },
            },
        ],
    ),
    rules: &[],
};

static BACKEND_TIMEOUTS_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "requestTimeout",
                description: "The longest that a request may take, to its answer's last byte: a Go duration. When absent, the answer must begin within 60s and may flow for as long as it likes. 0s is off.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Duration(Duration {
                        is_seconds_too: false,
                        min_secs: 0u32,
                        max_secs: 34560000u32,
                        is_whole_secs: false,
                        says: "must be a duration such as 30s, 1m30s or 500ms, at most 9600h (400 days); 0s is off",
                    }),
                    rules: &[],
                },
            },
        ],
    ),
    rules: &[],
};

static CIRCUIT_BREAKER_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "maxConnections",
                description: "Connections.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Integer {
                        min: 0i64,
                        max: 4294967295i64,
                    },
                    rules: &[],
                },
            },
            Field {
                name: "maxRequests",
                description: "Requests.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Integer {
                        min: 0i64,
                        max: 4294967295i64,
                    },
                    rules: &[],
                },
            },
            Field {
                name: "maxPendingRequests",
                description: "Requests waiting for a connection.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Integer {
                        min: 0i64,
                        max: 4294967295i64,
                    },
                    rules: &[],
                },
            },
            Field {
                name: "maxRetries",
                description: "Retries.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Integer {
                        min: 0i64,
                        max: 4294967295i64,
                    },
                    rules: &[],
                },
            },
        ],
    ),
    rules: &[],
};

static CONDITION_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "type",
                description: "Which aspect: Accepted, ResolvedRefs, Programmed.",
                is_required: true,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 0usize,
                        max: 316usize,
                        pattern: Some(&PATTERN_2),
                    },
                    rules: &[],
                },
            },
            Field {
                name: "status",
                description: "Whether it holds.",
                is_required: true,
                default: None,
                node: &Node {
                    shape: Shape::Enum(&["True", "False", "Unknown"]),
                    rules: &[],
                },
            },
            Field {
                name: "observedGeneration",
                description: "The `metadata.generation` this was said about.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Integer {
                        min: 0i64,
                        max: 9007199254740991i64,
                    },
                    rules: &[],
                },
            },
            Field {
                name: "lastTransitionTime",
                description: "When `status` last changed.",
                is_required: true,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 0usize,
                        max: 64usize,
                        pattern: Some(&PATTERN_4),
                    },
                    rules: &[],
                },
            },
            Field {
                name: "reason",
                description: "Why, in one CamelCase word.",
                is_required: true,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 0usize,
                        max: 1024usize,
                        pattern: Some(&PATTERN_7),
                    },
                    rules: &[],
                },
            },
            Field {
                name: "message",
                description: "Why, for people.",
                is_required: true,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 0usize,
                        max: 32768usize,
                        pattern: None,
                    },
                    rules: &[],
                },
            },
        ],
    ),
    rules: &[],
};

static HEADER_FILTER_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "set",
                description: "Headers to write over.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::List {
                        items: &HEADER_NODE,
                        max: 16usize,
                        keys: &["name"],
                    },
                    rules: &[],
                },
            },
            Field {
                name: "add",
                description: "Headers to append.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::List {
                        items: &HEADER_NODE,
                        max: 16usize,
                        keys: &["name"],
                    },
                    rules: &[],
                },
            },
            Field {
                name: "remove",
                description: "Names of headers to take away.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::List {
                        items: &Node {
                            shape: Shape::Text {
                                min: 0usize,
                                max: 256usize,
                                pattern: None,
                            },
                            rules: &[],
                        },
                        max: 16usize,
                        keys: &[],
                    },
                    rules: &[],
                },
            },
        ],
    ),
    rules: &[],
};

static HEADER_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "name",
                description: "The header's name, in any letter case.",
                is_required: true,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 0usize,
                        max: 256usize,
                        pattern: Some(&PATTERN_6),
                    },
                    rules: &[],
                },
            },
            Field {
                name: "value",
                description: "The header's value.",
                is_required: true,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 1usize,
                        max: 4096usize,
                        pattern: None,
                    },
                    rules: &[],
                },
            },
        ],
    ),
    rules: &[],
};

static INGRESS_EXTENSION_SPEC_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "rules",
                description: "Settings per host.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::List {
                        items: &INGRESS_RULE_NODE,
                        max: 1024usize,
                        keys: &[],
                    },
                    rules: &[],
                },
            },
            Field {
                name: "backendSettings",
                description: "Settings per Service. The first entry of a Service counts.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::List {
                        items: &BACKEND_SETTING_NODE,
                        max: 1024usize,
                        keys: &[],
                    },
                    rules: &[],
                },
            },
        ],
    ),
    rules: &[],
};

static INGRESS_EXTENSION_STATUS_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "rules",
                description: "The verdict on each rule.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::List {
                        items: &RULE_STATUS_NODE,
                        max: 1024usize,
                        keys: &[],
                    },
                    rules: &[],
                },
            },
            Field {
                name: "backendSettings",
                description: "The verdict on each Service's settings.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::List {
                        items: &BACKEND_SETTING_STATUS_NODE,
                        max: 1024usize,
                        keys: &[],
                    },
                    rules: &[],
                },
            },
            Field {
                name: "conditions",
                description: "What the controller says about the object.",
                is_required: false,
                default: Some(
                    "[{\"type\":\"Accepted\",\"status\":\"Unknown\",\"reason\":\"Pending\",\"message\":\"Waiting for controller\",\"lastTransitionTime\":\"1970-01-01T00:00:00Z\"},{\"type\":\"ValidationErrors\",\"status\":\"Unknown\",\"reason\":\"Pending\",\"message\":\"Waiting for controller\",\"lastTransitionTime\":\"1970-01-01T00:00:00Z\"}]",
                ),
                node: &Node {
                    shape: Shape::List {
                        items: &CONDITION_NODE,
                        max: 8usize,
                        keys: &["type"],
                    },
                    rules: &[],
                },
            },
        ],
    ),
    rules: &[],
};

static INGRESS_RULE_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "host",
                description: "The host of the Ingress rule that this is about.",
                is_required: true,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 0usize,
                        max: 253usize,
                        pattern: None,
                    },
                    rules: &[],
                },
            },
            Field {
                name: "additionalHostnames",
                description: "Further hosts that this rule serves.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::List {
                        items: &Node {
                            shape: Shape::Text {
                                min: 0usize,
                                max: 253usize,
                                pattern: None,
                            },
                            rules: &[],
                        },
                        max: 1024usize,
                        keys: &[],
                    },
                    rules: &[],
                },
            },
            Field {
                name: "rewrites",
                description: "What to change in requests and responses.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::List {
                        items: &REWRITE_NODE,
                        max: 32usize,
                        keys: &[],
                    },
                    rules: &[],
                },
            },
            Field {
                name: "requestRedirect",
                description: "Answers every request with a redirect.",
                is_required: false,
                default: None,
                node: &REQUEST_REDIRECT_NODE,
            },
        ],
    ),
    rules: &[
        Rule {
            id: "redirect-excludes-url-rewrite",
            field: "requestRedirect",
            reason: Reason::Forbidden,
            message: "a rule that redirects cannot also rewrite the URL; remove requestRedirect, or the rewrite of type URLRewrite",
            holds: Expr::Any(
                &[
                    Expr::Not(&Expr::Has("requestRedirect")),
                    Expr::Field(
                        "rewrites",
                        &Expr::Each(&Expr::Not(&Expr::Has("urlRewrite"))),
                    ),
                ],
            ),
        },
    ],
};

static LOAD_AWARE_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "blackoutPeriod",
                description: "For how long a new target's reports are ignored; 10s when absent.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Duration(Duration {
                        is_seconds_too: false,
                        min_secs: 0u32,
                        max_secs: 34560000u32,
                        is_whole_secs: false,
                        says: "must be a duration such as 30s, 1m30s or 500ms, at most 9600h (400 days)",
                    }),
                    rules: &[],
                },
            },
            Field {
                name: "metricExpirationPeriod",
                description: "How long a report counts; 3m when absent.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Duration(Duration {
                        is_seconds_too: false,
                        min_secs: 0u32,
                        max_secs: 34560000u32,
                        is_whole_secs: false,
                        says: "must be a duration such as 30s, 1m30s or 500ms, at most 9600h (400 days)",
                    }),
                    rules: &[],
                },
            },
            Field {
                name: "errorUtilizationPenalty",
                description: "How much errors weigh; 1.0 when absent.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 0usize,
                        max: 32usize,
                        pattern: Some(&PATTERN_3),
                    },
                    rules: &[],
                },
            },
            Field {
                name: "namedMetrics",
                description: "Metrics whose maximum is the utilisation.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::List {
                        items: &Node {
                            shape: Shape::Text {
                                min: 0usize,
                                max: 256usize,
                                pattern: None,
                            },
                            rules: &[],
                        },
                        max: 10usize,
                        keys: &[],
                    },
                    rules: &[],
                },
            },
        ],
    ),
    rules: &[],
};

static LOAD_BALANCING_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "strategy",
                description: "Its name; round-robin when absent.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Enum(
                        &["least-request", "load-aware", "ring-hash", "round-robin"],
                    ),
                    rules: &[],
                },
            },
            Field {
                name: "slowStart",
                description: "Spares new targets at first.",
                is_required: false,
                default: None,
                node: &SLOW_START_NODE,
            },
            Field {
                name: "loadAware",
                description: "Settings of load-aware.",
                is_required: false,
                default: None,
                node: &LOAD_AWARE_NODE,
            },
        ],
    ),
    rules: &[],
};

static LOAD_BALANCING_POLICY_SPEC_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "targetRefs",
                description: "Ignored: the Service is the one of the entry.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::List {
                        items: &LOAD_BALANCING_TARGET_NODE,
                        max: 64usize,
                        keys: &[],
                    },
                    rules: &[],
                },
            },
            Field {
                name: "loadBalancing",
                description: "The algorithm.",
                is_required: false,
                default: None,
                node: &LOAD_BALANCING_NODE,
            },
            Field {
                name: "circuitBreaker",
                description: "How much may be under way at once.",
                is_required: false,
                default: None,
                node: &CIRCUIT_BREAKER_NODE,
            },
        ],
    ),
    rules: &[],
};

static LOAD_BALANCING_PORT_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "port",
                description: "Its number.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Integer {
                        min: 1i64,
                        max: 65535i64,
                    },
                    rules: &[],
                },
            },
        ],
    ),
    rules: &[],
};

static LOAD_BALANCING_TARGET_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "targetRef",
                description: "The Service.",
                is_required: false,
                default: None,
                node: &SERVICE_REF_NODE,
            },
            Field {
                name: "ports",
                description: "Its ports; all when absent.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::List {
                        items: &LOAD_BALANCING_PORT_NODE,
                        max: 64usize,
                        keys: &[],
                    },
                    rules: &[],
                },
            },
        ],
    ),
    rules: &[],
};

static PATH_MODIFIER_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "type",
                description: "Replace the whole path, or the prefix that the Ingress rule matched.",
                is_required: true,
                default: None,
                node: &Node {
                    shape: Shape::Enum(&["ReplaceFullPath", "ReplacePrefixMatch"]),
                    rules: &[],
                },
            },
            Field {
                name: "replaceFullPath",
                description: "The new path.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 0usize,
                        max: 1024usize,
                        pattern: None,
                    },
                    rules: &[],
                },
            },
            Field {
                name: "replacePrefixMatch",
                description: "What to put in place of the matched prefix.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 0usize,
                        max: 1024usize,
                        pattern: None,
                    },
                    rules: &[],
                },
            },
        ],
    ),
    rules: &[
        Rule {
            id: "path-replace-full-path",
            field: "replaceFullPath",
            reason: Reason::Invalid,
            message: "replaceFullPath is set exactly when type is ReplaceFullPath",
            holds: Expr::All(
                &[
                    Expr::Any(
                        &[
                            Expr::Not(
                                &Expr::Field("type", &Expr::In(&["ReplaceFullPath"])),
                            ),
                            Expr::Has("replaceFullPath"),
                        ],
                    ),
                    Expr::Any(
                        &[
                            Expr::Field("type", &Expr::In(&["ReplaceFullPath"])),
                            Expr::Not(&Expr::Has("replaceFullPath")),
                        ],
                    ),
                ],
            ),
        },
        Rule {
            id: "path-replace-prefix-match",
            field: "replacePrefixMatch",
            reason: Reason::Invalid,
            message: "replacePrefixMatch is set exactly when type is ReplacePrefixMatch",
            holds: Expr::All(
                &[
                    Expr::Any(
                        &[
                            Expr::Not(
                                &Expr::Field("type", &Expr::In(&["ReplacePrefixMatch"])),
                            ),
                            Expr::Has("replacePrefixMatch"),
                        ],
                    ),
                    Expr::Any(
                        &[
                            Expr::Field("type", &Expr::In(&["ReplacePrefixMatch"])),
                            Expr::Not(&Expr::Has("replacePrefixMatch")),
                        ],
                    ),
                ],
            ),
        },
    ],
};

static REQUEST_REDIRECT_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "scheme",
                description: "The new scheme.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Enum(&["http", "https"]),
                    rules: &[],
                },
            },
            Field {
                name: "hostname",
                description: "The new host.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 0usize,
                        max: 253usize,
                        pattern: Some(&PATTERN_9),
                    },
                    rules: &[],
                },
            },
            Field {
                name: "path",
                description: "The new path.",
                is_required: false,
                default: None,
                node: &PATH_MODIFIER_NODE,
            },
            Field {
                name: "port",
                description: "The new port. Absent: the scheme's own when a scheme is given, else the request's.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Integer {
                        min: 1i64,
                        max: 65535i64,
                    },
                    rules: &[],
                },
            },
            Field {
                name: "statusCode",
                description: "The status of the answer.",
                is_required: false,
                default: Some("302"),
                node: &Node {
                    shape: Shape::IntegerEnum(&[301i64, 302i64, 303i64, 307i64, 308i64]),
                    rules: &[],
                },
            },
        ],
    ),
    rules: &[],
};

static REWRITE_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "type",
                description: "Which of the other fields is set.",
                is_required: true,
                default: None,
                node: &Node {
                    shape: Shape::Enum(
                        &[
                            "RequestHeaderModifier",
                            "ResponseHeaderModifier",
                            "URLRewrite",
                        ],
                    ),
                    rules: &[],
                },
            },
            Field {
                name: "requestHeaderModifier",
                description: "Changes headers of the request.",
                is_required: false,
                default: None,
                node: &HEADER_FILTER_NODE,
            },
            Field {
                name: "responseHeaderModifier",
                description: "Changes headers of the response.",
                is_required: false,
                default: None,
                node: &HEADER_FILTER_NODE,
            },
            Field {
                name: "urlRewrite",
                description: "Changes host and path.",
                is_required: false,
                default: None,
                node: &URL_REWRITE_NODE,
            },
        ],
    ),
    rules: &[
        Rule {
            id: "rewrite-request-header-modifier",
            field: "requestHeaderModifier",
            reason: Reason::Invalid,
            message: "requestHeaderModifier is set exactly when type is RequestHeaderModifier",
            holds: Expr::All(
                &[
                    Expr::Any(
                        &[
                            Expr::Not(
                                &Expr::Field("type", &Expr::In(&["RequestHeaderModifier"])),
                            ),
                            Expr::Has("requestHeaderModifier"),
                        ],
                    ),
                    Expr::Any(
                        &[
                            Expr::Field("type", &Expr::In(&["RequestHeaderModifier"])),
                            Expr::Not(&Expr::Has("requestHeaderModifier")),
                        ],
                    ),
                ],
            ),
        },
        Rule {
            id: "rewrite-response-header-modifier",
            field: "responseHeaderModifier",
            reason: Reason::Invalid,
            message: "responseHeaderModifier is set exactly when type is ResponseHeaderModifier",
            holds: Expr::All(
                &[
                    Expr::Any(
                        &[
                            Expr::Not(
                                &Expr::Field("type", &Expr::In(&["ResponseHeaderModifier"])),
                            ),
                            Expr::Has("responseHeaderModifier"),
                        ],
                    ),
                    Expr::Any(
                        &[
                            Expr::Field("type", &Expr::In(&["ResponseHeaderModifier"])),
                            Expr::Not(&Expr::Has("responseHeaderModifier")),
                        ],
                    ),
                ],
            ),
        },
        Rule {
            id: "rewrite-url",
            field: "urlRewrite",
            reason: Reason::Invalid,
            message: "urlRewrite is set exactly when type is URLRewrite",
            holds: Expr::All(
                &[
                    Expr::Any(
                        &[
                            Expr::Not(&Expr::Field("type", &Expr::In(&["URLRewrite"]))),
                            Expr::Has("urlRewrite"),
                        ],
                    ),
                    Expr::Any(
                        &[
                            Expr::Field("type", &Expr::In(&["URLRewrite"])),
                            Expr::Not(&Expr::Has("urlRewrite")),
                        ],
                    ),
                ],
            ),
        },
    ],
};

static ROUTE_POLICY_CONFIG_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "timeouts",
                description: "How long a request may take.",
                is_required: false,
                default: None,
                node: &ROUTE_TIMEOUTS_NODE,
            },
            Field {
                name: "sessionAffinity",
                description: "Keeps a client's requests on the same target. Absent: none.",
                is_required: false,
                default: None,
                node: &SESSION_AFFINITY_NODE,
            },
        ],
    ),
    rules: &[],
};

static ROUTE_POLICY_SPEC_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "targetRef",
                description: "The route: an HTTPRoute or a GRPCRoute, with all its rules and backends.",
                is_required: true,
                default: None,
                node: &ROUTE_REF_NODE,
            },
            Field {
                name: "default",
                description: "The settings for the route.",
                is_required: false,
                default: None,
                node: &ROUTE_POLICY_CONFIG_NODE,
            },
            Field {
                name: "override",
                description: "Reserved. A policy that sets it is answered with OverrideNotSupported.",
                is_required: false,
                default: None,
                node: &ROUTE_POLICY_CONFIG_NODE,
            },
        ],
    ),
    rules: &[],
};

static ROUTE_POLICY_STATUS_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "conditions",
                description: "What the controller says about the object.",
                is_required: false,
                default: Some(
                    "[{\"type\":\"Accepted\",\"status\":\"Unknown\",\"reason\":\"Pending\",\"message\":\"Waiting for controller\",\"lastTransitionTime\":\"1970-01-01T00:00:00Z\"}]",
                ),
                node: &Node {
                    shape: Shape::List {
                        items: &CONDITION_NODE,
                        max: 8usize,
                        keys: &["type"],
                    },
                    rules: &[],
                },
            },
        ],
    ),
    rules: &[],
};

static ROUTE_REF_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "group",
                description: "API group of the route: gateway.networking.k8s.io, or empty, which means the same.",
                is_required: true,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 0usize,
                        max: 253usize,
                        pattern: Some(&PATTERN_1),
                    },
                    rules: &[],
                },
            },
            Field {
                name: "kind",
                description: "Kind of the target. Name the route that leads to the Service, not the Service or the Gateway.",
                is_required: true,
                default: None,
                node: &Node {
                    shape: Shape::Enum(&["HTTPRoute", "GRPCRoute"]),
                    rules: &[],
                },
            },
            Field {
                name: "name",
                description: "Name of the target.",
                is_required: true,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 1usize,
                        max: 253usize,
                        pattern: None,
                    },
                    rules: &[],
                },
            },
            Field {
                name: "namespace",
                description: "Namespace of the target; the policy's own when absent.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 0usize,
                        max: 63usize,
                        pattern: Some(&PATTERN_8),
                    },
                    rules: &[],
                },
            },
            Field {
                name: "sectionNames",
                description: "Parts of the route. A policy that sets it is answered with SectionNamesNotPermitted.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::List {
                        items: &Node {
                            shape: Shape::Text {
                                min: 0usize,
                                max: 253usize,
                                pattern: None,
                            },
                            rules: &[],
                        },
                        max: 64usize,
                        keys: &[],
                    },
                    rules: &[],
                },
            },
        ],
    ),
    rules: &[],
};

static ROUTE_TIMEOUTS_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "routeTimeout",
                description: "The longest that a request may take, to its answer's last byte and with retries: a Go duration. When absent, the answer must begin within 60s and may flow for as long as it likes. 0s is off.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Duration(Duration {
                        is_seconds_too: false,
                        min_secs: 0u32,
                        max_secs: 34560000u32,
                        is_whole_secs: false,
                        says: "must be a duration such as 30s, 1m30s or 500ms, at most 9600h (400 days); 0s is off",
                    }),
                    rules: &[],
                },
            },
        ],
    ),
    rules: &[],
};

static RULE_STATUS_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "host",
                description: "The rule's host.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 0usize,
                        max: 253usize,
                        pattern: None,
                    },
                    rules: &[],
                },
            },
            Field {
                name: "validationErrors",
                description: "What is wrong.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::List {
                        items: &Node {
                            shape: Shape::Text {
                                min: 0usize,
                                max: 4096usize,
                                pattern: None,
                            },
                            rules: &[],
                        },
                        max: 64usize,
                        keys: &[],
                    },
                    rules: &[],
                },
            },
            Field {
                name: "valid",
                description: "Whether the rule is in use.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Boolean,
                    rules: &[],
                },
            },
        ],
    ),
    rules: &[],
};

static SERVICE_REF_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "group",
                description: "API group of the target; empty for the core group.",
                is_required: true,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 0usize,
                        max: 253usize,
                        pattern: Some(&PATTERN_0),
                    },
                    rules: &[],
                },
            },
            Field {
                name: "kind",
                description: "Kind of the target: Service.",
                is_required: true,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 0usize,
                        max: 63usize,
                        pattern: Some(&PATTERN_10),
                    },
                    rules: &[],
                },
            },
            Field {
                name: "name",
                description: "Name of the target.",
                is_required: true,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 1usize,
                        max: 253usize,
                        pattern: None,
                    },
                    rules: &[],
                },
            },
            Field {
                name: "namespace",
                description: "Namespace of the target; the extension's own when absent.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 0usize,
                        max: 63usize,
                        pattern: Some(&PATTERN_8),
                    },
                    rules: &[],
                },
            },
            Field {
                name: "sectionNames",
                description: "Parts of the target.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::List {
                        items: &Node {
                            shape: Shape::Text {
                                min: 0usize,
                                max: 253usize,
                                pattern: None,
                            },
                            rules: &[],
                        },
                        max: 64usize,
                        keys: &[],
                    },
                    rules: &[],
                },
            },
        ],
    ),
    rules: &[],
};

static SESSION_AFFINITY_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "affinityType",
                description: "Who chooses the cookie's name and lifetime: the gateway (managed-cookie) or this object (application-cookie).",
                is_required: true,
                default: None,
                node: &Node {
                    shape: Shape::Enum(&["application-cookie", "managed-cookie"]),
                    rules: &[],
                },
            },
            Field {
                name: "cookieName",
                description: "Name of the cookie. Required by application-cookie, discarded by managed-cookie.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 0usize,
                        max: 128usize,
                        pattern: Some(&PATTERN_5),
                    },
                    rules: &[],
                },
            },
            Field {
                name: "cookieDuration",
                description: "How long the cookie lives: whole seconds (3600) or a Go duration (3600s, 1h30m). Absent, 0 and 0s mean not given. Required by application-cookie, discarded by managed-cookie.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Duration(Duration {
                        is_seconds_too: true,
                        min_secs: 1u32,
                        max_secs: 34560000u32,
                        is_whole_secs: true,
                        says: "must be whole seconds (3600) or a duration such as 3600s or 1h30m, from 1s to 34560000s (400 days); 0 means not given",
                    }),
                    rules: &[],
                },
            },
        ],
    ),
    rules: &[
        Rule {
            id: "affinity-cookie-name-required",
            field: "cookieName",
            reason: Reason::Required,
            message: "application-cookie needs a cookieName; give one, or use managed-cookie",
            holds: Expr::Any(
                &[
                    Expr::Not(
                        &Expr::Field("affinityType", &Expr::In(&["application-cookie"])),
                    ),
                    Expr::Has("cookieName"),
                ],
            ),
        },
        Rule {
            id: "affinity-cookie-duration-required",
            field: "cookieDuration",
            reason: Reason::Required,
            message: "application-cookie needs a cookieDuration other than 0, such as 3600s; give one, or use managed-cookie",
            holds: Expr::Any(
                &[
                    Expr::Not(
                        &Expr::Field("affinityType", &Expr::In(&["application-cookie"])),
                    ),
                    Expr::All(
                        &[
                            Expr::Has("cookieDuration"),
                            Expr::Field("cookieDuration", &Expr::Given),
                        ],
                    ),
                ],
            ),
        },
    ],
};

static SLOW_START_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "window",
                description: "For how long.",
                is_required: true,
                default: None,
                node: &Node {
                    shape: Shape::Duration(Duration {
                        is_seconds_too: false,
                        min_secs: 0u32,
                        max_secs: 34560000u32,
                        is_whole_secs: false,
                        says: "must be a duration such as 30s, 1m30s or 500ms, at most 9600h (400 days)",
                    }),
                    rules: &[],
                },
            },
            Field {
                name: "aggression",
                description: "How the share grows; 1.0 when absent.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 0usize,
                        max: 32usize,
                        pattern: Some(&PATTERN_3),
                    },
                    rules: &[],
                },
            },
            Field {
                name: "startWeightPercent",
                description: "The share to begin with; 10 when absent.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Integer {
                        min: 0i64,
                        max: 100i64,
                    },
                    rules: &[],
                },
            },
        ],
    ),
    rules: &[],
};

static URL_REWRITE_NODE: Node = Node {
    shape: Shape::Struct(
        &[
            Field {
                name: "hostname",
                description: "The new host.",
                is_required: false,
                default: None,
                node: &Node {
                    shape: Shape::Text {
                        min: 0usize,
                        max: 253usize,
                        pattern: Some(&PATTERN_9),
                    },
                    rules: &[],
                },
            },
            Field {
                name: "path",
                description: "The new path.",
                is_required: false,
                default: None,
                node: &PATH_MODIFIER_NODE,
            },
        ],
    ),
    rules: &[],
};

static PATTERN_0: Pattern = Pattern::new(
    "^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    "must be empty or a lower-case DNS name such as example.com",
);
static PATTERN_1: Pattern = Pattern::new(
    "^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    "must be empty or a lower-case DNS name such as gateway.networking.k8s.io",
);
static PATTERN_2: Pattern = Pattern::new(
    "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
    "must be a CamelCase word, optionally after a DNS name and a slash",
);
static PATTERN_3: Pattern = Pattern::new(
    "^[0-9]+(\\.[0-9]+)?$",
    "must be a decimal number in quotes, such as \"1.0\"",
);
static PATTERN_4: Pattern = Pattern::new(
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$",
    "must be a time as in RFC 3339, such as 2026-01-31T12:00:00Z",
);
static PATTERN_5: Pattern = Pattern::new(
    "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
    "must be a cookie name as in RFC 6265: letters, digits and any of !#$%&'*+-.^_`|~",
);
static PATTERN_6: Pattern = Pattern::new(
    "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
    "must be a header name as in RFC 9110: letters, digits and any of !#$%&'*+-.^_`|~",
);
static PATTERN_7: Pattern = Pattern::new(
    "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
    "must be a CamelCase word",
);
static PATTERN_8: Pattern = Pattern::new(
    "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
    "must be a namespace's name: lower-case letters, digits and dashes, beginning and ending with a letter or digit",
);
static PATTERN_9: Pattern = Pattern::new(
    "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    "must be a lower-case DNS name such as shop.example.com, without a port",
);
static PATTERN_10: Pattern = Pattern::new(
    "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$",
    "must be a kind such as Service: letters, digits and dashes, beginning with a letter",
);
