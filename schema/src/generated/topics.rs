// Generated from schema/*.json by `cargo run -p limpet-codegen -- gen`; do not edit.

//! What `explain` says, sorted by topic.

/// Topic and text: fields by kind and path, ids, terms of the glossary.
pub static TOPICS: &[(&str, &str)] = &[
    (
        "Accepted",
        "Accepted (Conditions; what it is: condition)\n\nThe object is valid and used.\n",
    ),
    (
        "AcceptedWithTimeoutConflict",
        "AcceptedWithTimeoutConflict (Conditions; what it is: reason)\n\nThe RoutePolicy is used, but rules with timeouts of their own keep these.\n",
    ),
    (
        "AddressNotAssigned",
        "AddressNotAssigned (Conditions; what it is: reason)\n\nThe Gateway's Service has no address yet; `kubectl describe service` says why.\n",
    ),
    (
        "AddressNotUsable",
        "AddressNotUsable (Conditions; what it is: reason)\n\nThe address that the Gateway asks for cannot be had.\n",
    ),
    (
        "AttachedListenerSets",
        "AttachedListenerSets (Conditions; what it is: condition)\n\nOf a Gateway: whether ListenerSets add to it.\n",
    ),
    (
        "BackendNotFound",
        "BackendNotFound (Conditions; what it is: reason)\n\nA backend's Service, or its port, does not exist.\n",
    ),
    (
        "Conflicted",
        "Conflicted (Conditions; what it is: condition)\n\nOf a listener: it asks for what another has. As a reason, of a RoutePolicy: an older one has the route.\n",
    ),
    (
        "Errors",
        "Errors (Conditions; what it is: condition)\n\nOf an IngressExtension: some entries are not used; the message names each.\n",
    ),
    (
        "HasValidationErrors",
        "HasValidationErrors (Conditions; what it is: reason)\n\nSome entries of the IngressExtension are not used; the message names each.\n",
    ),
    (
        "HostnameConflict",
        "HostnameConflict (Conditions; what it is: reason)\n\nTwo listeners have the same hostname on one port.\n",
    ),
    (
        "IngressExtension",
        "IngressExtension (alb.networking.azure.io/v1)\n\nWhat an Ingress cannot say itself: session affinity, timeouts, rewrites and redirects.\n\nAn Ingress names its extension, of the same namespace, with the annotation `alb.networking.azure.io/alb-ingress-extension`. One extension may serve several Ingresses.\n\nFields:\n  spec <object> (required)\n  status <object>\n",
    ),
    (
        "IngressExtension.spec",
        "IngressExtension.spec <object, required>\n\nSettings per host and per Service.\n\nFields:\n  rules <list of object>\n  backendSettings <list of object>\n",
    ),
    (
        "IngressExtension.spec.backendSettings",
        "IngressExtension.spec.backendSettings <list of object>\n\nSettings per Service. The first entry of a Service counts.\n\nAllowed: at most 1024 items\nFields:\n  service <string> (required)\n  ports <list of object>\n  trustedRootCertificate <string>\n  sessionAffinity <object>\n  timeouts <object>\n  loadBalancingPolicySpec <object>\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec <object>\n\nHow to choose among the Service's targets.\n\nFields:\n  targetRefs <list of object>\n  loadBalancing <object>\n  circuitBreaker <object>\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.circuitBreaker",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.circuitBreaker <object>\n\nHow much may be under way at once.\n\nFields:\n  maxConnections <integer>\n  maxRequests <integer>\n  maxPendingRequests <integer>\n  maxRetries <integer>\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.circuitBreaker.maxConnections",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.circuitBreaker.maxConnections <integer>\n\nConnections.\n\nAllowed: 0 to 4294967295\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.circuitBreaker.maxPendingRequests",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.circuitBreaker.maxPendingRequests <integer>\n\nRequests waiting for a connection.\n\nAllowed: 0 to 4294967295\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.circuitBreaker.maxRequests",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.circuitBreaker.maxRequests <integer>\n\nRequests.\n\nAllowed: 0 to 4294967295\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.circuitBreaker.maxRetries",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.circuitBreaker.maxRetries <integer>\n\nRetries.\n\nAllowed: 0 to 4294967295\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.loadBalancing",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.loadBalancing <object>\n\nThe algorithm.\n\nFields:\n  strategy <string>\n  slowStart <object>\n  loadAware <object>\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.loadBalancing.loadAware",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.loadBalancing.loadAware <object>\n\nSettings of load-aware.\n\nFields:\n  blackoutPeriod <duration>\n  metricExpirationPeriod <duration>\n  errorUtilizationPenalty <string>\n  namedMetrics <list of string>\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.loadBalancing.loadAware.blackoutPeriod",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.loadBalancing.loadAware.blackoutPeriod <duration>\n\nFor how long a new target's reports are ignored; 10s when absent.\n\nAllowed: a duration such as 30s, 1m30s or 500ms, at most 9600h (400 days)\nExample: blackoutPeriod: \"30s\"\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.loadBalancing.loadAware.errorUtilizationPenalty",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.loadBalancing.loadAware.errorUtilizationPenalty <string>\n\nHow much errors weigh; 1.0 when absent.\n\nAllowed: at most 32 characters\nAllowed: a decimal number in quotes, such as \"1.0\"\nExample: errorUtilizationPenalty: \"1.0\"\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.loadBalancing.loadAware.metricExpirationPeriod",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.loadBalancing.loadAware.metricExpirationPeriod <duration>\n\nHow long a report counts; 3m when absent.\n\nAllowed: a duration such as 30s, 1m30s or 500ms, at most 9600h (400 days)\nExample: metricExpirationPeriod: \"30s\"\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.loadBalancing.loadAware.namedMetrics",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.loadBalancing.loadAware.namedMetrics <list of string>\n\nMetrics whose maximum is the utilisation.\n\nAllowed: at most 10 items\nAllowed: each: at most 256 characters\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.loadBalancing.slowStart",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.loadBalancing.slowStart <object>\n\nSpares new targets at first.\n\nFields:\n  window <duration> (required)\n  aggression <string>\n  startWeightPercent <integer>\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.loadBalancing.slowStart.aggression",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.loadBalancing.slowStart.aggression <string>\n\nHow the share grows; 1.0 when absent.\n\nAllowed: at most 32 characters\nAllowed: a decimal number in quotes, such as \"1.0\"\nExample: aggression: \"1.0\"\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.loadBalancing.slowStart.startWeightPercent",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.loadBalancing.slowStart.startWeightPercent <integer>\n\nThe share to begin with; 10 when absent.\n\nAllowed: 0 to 100\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.loadBalancing.slowStart.window",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.loadBalancing.slowStart.window <duration, required>\n\nFor how long.\n\nAllowed: a duration such as 30s, 1m30s or 500ms, at most 9600h (400 days)\nExample: window: \"30s\"\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.loadBalancing.strategy",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.loadBalancing.strategy <string>\n\nIts name; round-robin when absent.\n\nAllowed: one of least-request, load-aware, ring-hash, round-robin\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.targetRefs",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.targetRefs <list of object>\n\nIgnored: the Service is the one of the entry.\n\nAllowed: at most 64 items\nFields:\n  targetRef <object>\n  ports <list of object>\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.targetRefs.ports",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.targetRefs.ports <list of object>\n\nIts ports; all when absent.\n\nAllowed: at most 64 items\nFields:\n  port <integer>\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.targetRefs.ports.port",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.targetRefs.ports.port <integer>\n\nIts number.\n\nAllowed: 1 to 65535\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.targetRefs.targetRef",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.targetRefs.targetRef <object>\n\nThe Service.\n\nFields:\n  group <string> (required)\n  kind <string> (required)\n  name <string> (required)\n  namespace <string>\n  sectionNames <list of string>\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.targetRefs.targetRef.group",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.targetRefs.targetRef.group <string, required>\n\nAPI group of the target; empty for the core group.\n\nAllowed: at most 253 characters\nAllowed: empty or a lower-case DNS name such as example.com\nExample: group: \"\"\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.targetRefs.targetRef.kind",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.targetRefs.targetRef.kind <string, required>\n\nKind of the target: Service.\n\nAllowed: at most 63 characters\nAllowed: a kind such as Service: letters, digits and dashes, beginning with a letter\nExample: kind: \"Service\"\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.targetRefs.targetRef.name",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.targetRefs.targetRef.name <string, required>\n\nName of the target.\n\nAllowed: 1 to 253 characters\nExample: name: \"echo\"\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.targetRefs.targetRef.namespace",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.targetRefs.targetRef.namespace <string>\n\nNamespace of the target; the extension's own when absent.\n\nAllowed: at most 63 characters\nAllowed: a namespace's name: lower-case letters, digits and dashes, beginning and ending with a letter or digit\nExample: namespace: \"test-infra\"\n",
    ),
    (
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.targetRefs.targetRef.sectionNames",
        "IngressExtension.spec.backendSettings.loadBalancingPolicySpec.targetRefs.targetRef.sectionNames <list of string>\n\nParts of the target.\n\nAllowed: at most 64 items\nAllowed: each: at most 253 characters\n",
    ),
    (
        "IngressExtension.spec.backendSettings.ports",
        "IngressExtension.spec.backendSettings.ports <list of object>\n\nHow to talk to the Service's ports.\n\nAllowed: at most 64 items\nRule: a port is named by its number or by its name: set exactly one of port and name [backend-port-or-name]\nFields:\n  port <integer>\n  name <string>\n  protocol <string> (required)\n",
    ),
    (
        "IngressExtension.spec.backendSettings.ports.name",
        "IngressExtension.spec.backendSettings.ports.name <string>\n\nThe port's name.\n\nAllowed: 1 to 63 characters\n",
    ),
    (
        "IngressExtension.spec.backendSettings.ports.port",
        "IngressExtension.spec.backendSettings.ports.port <integer>\n\nThe port's number.\n\nAllowed: 1 to 65535\n",
    ),
    (
        "IngressExtension.spec.backendSettings.ports.protocol",
        "IngressExtension.spec.backendSettings.ports.protocol <string, required>\n\nWhat it speaks.\n\nAllowed: one of HTTP, HTTPS\n",
    ),
    (
        "IngressExtension.spec.backendSettings.service",
        "IngressExtension.spec.backendSettings.service <string, required>\n\nName of the Service, in the namespace of the Ingress.\n\nAllowed: 1 to 253 characters\nExample: service: \"echo\"\n",
    ),
    (
        "IngressExtension.spec.backendSettings.sessionAffinity",
        "IngressExtension.spec.backendSettings.sessionAffinity <object>\n\nKeeps a client's requests on the same target of this Service. Absent: none.\n\nThe first response carries a cookie; a client that sends it back reaches the same pod. `managed-cookie` names the cookie `AGCAffinity` and lets it live for a day: a `cookieName` and `cookieDuration` given beside it are accepted, discarded, and the policy's Accepted condition says so.\n\nRule: application-cookie needs a cookieName; give one, or use managed-cookie [affinity-cookie-name-required]\nRule: application-cookie needs a cookieDuration other than 0, such as 3600s; give one, or use managed-cookie [affinity-cookie-duration-required]\nFields:\n  affinityType <string> (required)\n  cookieName <string>\n  cookieDuration <integer or duration>\n",
    ),
    (
        "IngressExtension.spec.backendSettings.sessionAffinity.affinityType",
        "IngressExtension.spec.backendSettings.sessionAffinity.affinityType <string, required>\n\nWho chooses the cookie's name and lifetime: the gateway (managed-cookie) or this object (application-cookie).\n\nAllowed: one of application-cookie, managed-cookie\nExample: affinityType: \"application-cookie\"\n",
    ),
    (
        "IngressExtension.spec.backendSettings.sessionAffinity.cookieDuration",
        "IngressExtension.spec.backendSettings.sessionAffinity.cookieDuration <integer or duration>\n\nHow long the cookie lives: whole seconds (3600) or a Go duration (3600s, 1h30m). Absent, 0 and 0s mean not given. Required by application-cookie, discarded by managed-cookie.\n\n400 days is the longest that browsers keep a cookie (RFC 6265bis). `1d` is no Go duration: write `24h`.\n\nAllowed: whole seconds (3600) or a duration such as 3600s or 1h30m, from 1s to 34560000s (400 days); 0 means not given\nExample: cookieDuration: \"3600s\"\nRule: application-cookie needs a cookieDuration other than 0, such as 3600s; give one, or use managed-cookie [affinity-cookie-duration-required]\n",
    ),
    (
        "IngressExtension.spec.backendSettings.sessionAffinity.cookieName",
        "IngressExtension.spec.backendSettings.sessionAffinity.cookieName <string>\n\nName of the cookie. Required by application-cookie, discarded by managed-cookie.\n\nA token as in RFC 6265. A name beginning `__Host-` or `__Secure-` is refused on every Ingress, and on routes that a listener of plain HTTP serves.\n\nAllowed: at most 128 characters\nAllowed: a cookie name as in RFC 6265: letters, digits and any of !#$%&'*+-.^_`|~\nExample: cookieName: \"nomnom\"\nRule: application-cookie needs a cookieName; give one, or use managed-cookie [affinity-cookie-name-required]\n",
    ),
    (
        "IngressExtension.spec.backendSettings.timeouts",
        "IngressExtension.spec.backendSettings.timeouts <object>\n\nHow long a request to this Service may take.\n\nFields:\n  requestTimeout <duration>\n",
    ),
    (
        "IngressExtension.spec.backendSettings.timeouts.requestTimeout",
        "IngressExtension.spec.backendSettings.timeouts.requestTimeout <duration>\n\nThe longest that a request may take, to its answer's last byte: a Go duration. When absent, the answer must begin within 60s and may flow for as long as it likes. 0s is off.\n\nAllowed: a duration such as 30s, 1m30s or 500ms, at most 9600h (400 days); 0s is off\nExample: requestTimeout: \"30s\"\n",
    ),
    (
        "IngressExtension.spec.backendSettings.trustedRootCertificate",
        "IngressExtension.spec.backendSettings.trustedRootCertificate <string>\n\nName of the Secret with the authority that signed the backend's certificate.\n\nAllowed: at most 253 characters\n",
    ),
    (
        "IngressExtension.spec.rules",
        "IngressExtension.spec.rules <list of object>\n\nSettings per host.\n\nAllowed: at most 1024 items\nRule: a rule that redirects cannot also rewrite the URL; remove requestRedirect, or the rewrite of type URLRewrite [redirect-excludes-url-rewrite]\nFields:\n  host <string> (required)\n  additionalHostnames <list of string>\n  rewrites <list of object>\n  requestRedirect <object>\n",
    ),
    (
        "IngressExtension.spec.rules.additionalHostnames",
        "IngressExtension.spec.rules.additionalHostnames <list of string>\n\nFurther hosts that this rule serves.\n\nAllowed: at most 1024 items\nAllowed: each: at most 253 characters\n",
    ),
    (
        "IngressExtension.spec.rules.host",
        "IngressExtension.spec.rules.host <string, required>\n\nThe host of the Ingress rule that this is about.\n\nAllowed: at most 253 characters\nExample: host: \"shop.example.com\"\n",
    ),
    (
        "IngressExtension.spec.rules.requestRedirect",
        "IngressExtension.spec.rules.requestRedirect <object>\n\nAnswers every request with a redirect.\n\nRule: a rule that redirects cannot also rewrite the URL; remove requestRedirect, or the rewrite of type URLRewrite [redirect-excludes-url-rewrite]\nFields:\n  scheme <string>\n  hostname <string>\n  path <object>\n  port <integer>\n  statusCode <integer>\n",
    ),
    (
        "IngressExtension.spec.rules.requestRedirect.hostname",
        "IngressExtension.spec.rules.requestRedirect.hostname <string>\n\nThe new host.\n\nAllowed: at most 253 characters\nAllowed: a lower-case DNS name such as shop.example.com, without a port\nExample: hostname: \"shop.example.com\"\n",
    ),
    (
        "IngressExtension.spec.rules.requestRedirect.path",
        "IngressExtension.spec.rules.requestRedirect.path <object>\n\nThe new path.\n\nRule: replaceFullPath is set exactly when type is ReplaceFullPath [path-replace-full-path]\nRule: replacePrefixMatch is set exactly when type is ReplacePrefixMatch [path-replace-prefix-match]\nFields:\n  type <string> (required)\n  replaceFullPath <string>\n  replacePrefixMatch <string>\n",
    ),
    (
        "IngressExtension.spec.rules.requestRedirect.path.replaceFullPath",
        "IngressExtension.spec.rules.requestRedirect.path.replaceFullPath <string>\n\nThe new path.\n\nAllowed: at most 1024 characters\nExample: replaceFullPath: \"/maintenance\"\nRule: replaceFullPath is set exactly when type is ReplaceFullPath [path-replace-full-path]\n",
    ),
    (
        "IngressExtension.spec.rules.requestRedirect.path.replacePrefixMatch",
        "IngressExtension.spec.rules.requestRedirect.path.replacePrefixMatch <string>\n\nWhat to put in place of the matched prefix.\n\nAllowed: at most 1024 characters\nExample: replacePrefixMatch: \"/v2\"\nRule: replacePrefixMatch is set exactly when type is ReplacePrefixMatch [path-replace-prefix-match]\n",
    ),
    (
        "IngressExtension.spec.rules.requestRedirect.path.type",
        "IngressExtension.spec.rules.requestRedirect.path.type <string, required>\n\nReplace the whole path, or the prefix that the Ingress rule matched.\n\nAllowed: one of ReplaceFullPath, ReplacePrefixMatch\n",
    ),
    (
        "IngressExtension.spec.rules.requestRedirect.port",
        "IngressExtension.spec.rules.requestRedirect.port <integer>\n\nThe new port. Absent: the scheme's own when a scheme is given, else the request's.\n\nAllowed: 1 to 65535\n",
    ),
    (
        "IngressExtension.spec.rules.requestRedirect.scheme",
        "IngressExtension.spec.rules.requestRedirect.scheme <string>\n\nThe new scheme.\n\nAllowed: one of http, https\n",
    ),
    (
        "IngressExtension.spec.rules.requestRedirect.statusCode",
        "IngressExtension.spec.rules.requestRedirect.statusCode <integer>\n\nThe status of the answer.\n\nAllowed: one of 301, 302, 303, 307, 308\nDefault: 302\n",
    ),
    (
        "IngressExtension.spec.rules.rewrites",
        "IngressExtension.spec.rules.rewrites <list of object>\n\nWhat to change in requests and responses.\n\nAllowed: at most 32 items\nRule: requestHeaderModifier is set exactly when type is RequestHeaderModifier [rewrite-request-header-modifier]\nRule: responseHeaderModifier is set exactly when type is ResponseHeaderModifier [rewrite-response-header-modifier]\nRule: urlRewrite is set exactly when type is URLRewrite [rewrite-url]\nFields:\n  type <string> (required)\n  requestHeaderModifier <object>\n  responseHeaderModifier <object>\n  urlRewrite <object>\n",
    ),
    (
        "IngressExtension.spec.rules.rewrites.requestHeaderModifier",
        "IngressExtension.spec.rules.rewrites.requestHeaderModifier <object>\n\nChanges headers of the request.\n\nRule: requestHeaderModifier is set exactly when type is RequestHeaderModifier [rewrite-request-header-modifier]\nFields:\n  set <list of object>\n  add <list of object>\n  remove <list of string>\n",
    ),
    (
        "IngressExtension.spec.rules.rewrites.requestHeaderModifier.add",
        "IngressExtension.spec.rules.rewrites.requestHeaderModifier.add <list of object>\n\nHeaders to append.\n\nAllowed: at most 16 items\nAllowed: no two with the same name\nFields:\n  name <string> (required)\n  value <string> (required)\n",
    ),
    (
        "IngressExtension.spec.rules.rewrites.requestHeaderModifier.add.name",
        "IngressExtension.spec.rules.rewrites.requestHeaderModifier.add.name <string, required>\n\nThe header's name, in any letter case.\n\nAllowed: at most 256 characters\nAllowed: a header name as in RFC 9110: letters, digits and any of !#$%&'*+-.^_`|~\nExample: name: \"x-team\"\n",
    ),
    (
        "IngressExtension.spec.rules.rewrites.requestHeaderModifier.add.value",
        "IngressExtension.spec.rules.rewrites.requestHeaderModifier.add.value <string, required>\n\nThe header's value.\n\nAllowed: 1 to 4096 characters\nExample: value: \"shop\"\n",
    ),
    (
        "IngressExtension.spec.rules.rewrites.requestHeaderModifier.remove",
        "IngressExtension.spec.rules.rewrites.requestHeaderModifier.remove <list of string>\n\nNames of headers to take away.\n\nAllowed: at most 16 items\nAllowed: each: at most 256 characters\n",
    ),
    (
        "IngressExtension.spec.rules.rewrites.requestHeaderModifier.set",
        "IngressExtension.spec.rules.rewrites.requestHeaderModifier.set <list of object>\n\nHeaders to write over.\n\nAllowed: at most 16 items\nAllowed: no two with the same name\nFields:\n  name <string> (required)\n  value <string> (required)\n",
    ),
    (
        "IngressExtension.spec.rules.rewrites.requestHeaderModifier.set.name",
        "IngressExtension.spec.rules.rewrites.requestHeaderModifier.set.name <string, required>\n\nThe header's name, in any letter case.\n\nAllowed: at most 256 characters\nAllowed: a header name as in RFC 9110: letters, digits and any of !#$%&'*+-.^_`|~\nExample: name: \"x-team\"\n",
    ),
    (
        "IngressExtension.spec.rules.rewrites.requestHeaderModifier.set.value",
        "IngressExtension.spec.rules.rewrites.requestHeaderModifier.set.value <string, required>\n\nThe header's value.\n\nAllowed: 1 to 4096 characters\nExample: value: \"shop\"\n",
    ),
    (
        "IngressExtension.spec.rules.rewrites.responseHeaderModifier",
        "IngressExtension.spec.rules.rewrites.responseHeaderModifier <object>\n\nChanges headers of the response.\n\nRule: responseHeaderModifier is set exactly when type is ResponseHeaderModifier [rewrite-response-header-modifier]\nFields:\n  set <list of object>\n  add <list of object>\n  remove <list of string>\n",
    ),
    (
        "IngressExtension.spec.rules.rewrites.responseHeaderModifier.add",
        "IngressExtension.spec.rules.rewrites.responseHeaderModifier.add <list of object>\n\nHeaders to append.\n\nAllowed: at most 16 items\nAllowed: no two with the same name\nFields:\n  name <string> (required)\n  value <string> (required)\n",
    ),
    (
        "IngressExtension.spec.rules.rewrites.responseHeaderModifier.add.name",
        "IngressExtension.spec.rules.rewrites.responseHeaderModifier.add.name <string, required>\n\nThe header's name, in any letter case.\n\nAllowed: at most 256 characters\nAllowed: a header name as in RFC 9110: letters, digits and any of !#$%&'*+-.^_`|~\nExample: name: \"x-team\"\n",
    ),
    (
        "IngressExtension.spec.rules.rewrites.responseHeaderModifier.add.value",
        "IngressExtension.spec.rules.rewrites.responseHeaderModifier.add.value <string, required>\n\nThe header's value.\n\nAllowed: 1 to 4096 characters\nExample: value: \"shop\"\n",
    ),
    (
        "IngressExtension.spec.rules.rewrites.responseHeaderModifier.remove",
        "IngressExtension.spec.rules.rewrites.responseHeaderModifier.remove <list of string>\n\nNames of headers to take away.\n\nAllowed: at most 16 items\nAllowed: each: at most 256 characters\n",
    ),
    (
        "IngressExtension.spec.rules.rewrites.responseHeaderModifier.set",
        "IngressExtension.spec.rules.rewrites.responseHeaderModifier.set <list of object>\n\nHeaders to write over.\n\nAllowed: at most 16 items\nAllowed: no two with the same name\nFields:\n  name <string> (required)\n  value <string> (required)\n",
    ),
    (
        "IngressExtension.spec.rules.rewrites.responseHeaderModifier.set.name",
        "IngressExtension.spec.rules.rewrites.responseHeaderModifier.set.name <string, required>\n\nThe header's name, in any letter case.\n\nAllowed: at most 256 characters\nAllowed: a header name as in RFC 9110: letters, digits and any of !#$%&'*+-.^_`|~\nExample: name: \"x-team\"\n",
    ),
    (
        "IngressExtension.spec.rules.rewrites.responseHeaderModifier.set.value",
        "IngressExtension.spec.rules.rewrites.responseHeaderModifier.set.value <string, required>\n\nThe header's value.\n\nAllowed: 1 to 4096 characters\nExample: value: \"shop\"\n",
    ),
    (
        "IngressExtension.spec.rules.rewrites.type",
        "IngressExtension.spec.rules.rewrites.type <string, required>\n\nWhich of the other fields is set.\n\nAllowed: one of RequestHeaderModifier, ResponseHeaderModifier, URLRewrite\n",
    ),
    (
        "IngressExtension.spec.rules.rewrites.urlRewrite",
        "IngressExtension.spec.rules.rewrites.urlRewrite <object>\n\nChanges host and path.\n\nRule: urlRewrite is set exactly when type is URLRewrite [rewrite-url]\nFields:\n  hostname <string>\n  path <object>\n",
    ),
    (
        "IngressExtension.spec.rules.rewrites.urlRewrite.hostname",
        "IngressExtension.spec.rules.rewrites.urlRewrite.hostname <string>\n\nThe new host.\n\nAllowed: at most 253 characters\nAllowed: a lower-case DNS name such as shop.example.com, without a port\nExample: hostname: \"shop.example.com\"\n",
    ),
    (
        "IngressExtension.spec.rules.rewrites.urlRewrite.path",
        "IngressExtension.spec.rules.rewrites.urlRewrite.path <object>\n\nThe new path.\n\nRule: replaceFullPath is set exactly when type is ReplaceFullPath [path-replace-full-path]\nRule: replacePrefixMatch is set exactly when type is ReplacePrefixMatch [path-replace-prefix-match]\nFields:\n  type <string> (required)\n  replaceFullPath <string>\n  replacePrefixMatch <string>\n",
    ),
    (
        "IngressExtension.spec.rules.rewrites.urlRewrite.path.replaceFullPath",
        "IngressExtension.spec.rules.rewrites.urlRewrite.path.replaceFullPath <string>\n\nThe new path.\n\nAllowed: at most 1024 characters\nExample: replaceFullPath: \"/maintenance\"\nRule: replaceFullPath is set exactly when type is ReplaceFullPath [path-replace-full-path]\n",
    ),
    (
        "IngressExtension.spec.rules.rewrites.urlRewrite.path.replacePrefixMatch",
        "IngressExtension.spec.rules.rewrites.urlRewrite.path.replacePrefixMatch <string>\n\nWhat to put in place of the matched prefix.\n\nAllowed: at most 1024 characters\nExample: replacePrefixMatch: \"/v2\"\nRule: replacePrefixMatch is set exactly when type is ReplacePrefixMatch [path-replace-prefix-match]\n",
    ),
    (
        "IngressExtension.spec.rules.rewrites.urlRewrite.path.type",
        "IngressExtension.spec.rules.rewrites.urlRewrite.path.type <string, required>\n\nReplace the whole path, or the prefix that the Ingress rule matched.\n\nAllowed: one of ReplaceFullPath, ReplacePrefixMatch\n",
    ),
    (
        "IngressExtension.status",
        "IngressExtension.status <object>\n\nWhat the controller says about the extension.\n\nDefault: {\"conditions\":[{\"type\":\"Accepted\",\"status\":\"Unknown\",\"reason\":\"Pending\",\"message\":\"Waiting for controller\",\"lastTransitionTime\":\"1970-01-01T00:00:00Z\"},{\"type\":\"ValidationErrors\",\"status\":\"Unknown\",\"reason\":\"Pending\",\"message\":\"Waiting for controller\",\"lastTransitionTime\":\"1970-01-01T00:00:00Z\"}]}\nFields:\n  rules <list of object>\n  backendSettings <list of object>\n  conditions <list of object>\n",
    ),
    (
        "IngressExtension.status.backendSettings",
        "IngressExtension.status.backendSettings <list of object>\n\nThe verdict on each Service's settings.\n\nAllowed: at most 1024 items\nFields:\n  service <string>\n  validationErrors <list of string>\n  valid <boolean> (required)\n",
    ),
    (
        "IngressExtension.status.backendSettings.service",
        "IngressExtension.status.backendSettings.service <string>\n\nThe Service.\n\nAllowed: at most 253 characters\n",
    ),
    (
        "IngressExtension.status.backendSettings.valid",
        "IngressExtension.status.backendSettings.valid <boolean, required>\n\nWhether the settings are in use.\n\n",
    ),
    (
        "IngressExtension.status.backendSettings.validationErrors",
        "IngressExtension.status.backendSettings.validationErrors <list of string>\n\nWhat is wrong.\n\nAllowed: at most 64 items\nAllowed: each: at most 4096 characters\n",
    ),
    (
        "IngressExtension.status.conditions",
        "IngressExtension.status.conditions <list of object>\n\nWhat the controller says about the object.\n\nAllowed: at most 8 items\nAllowed: no two with the same type\nDefault: [{\"type\":\"Accepted\",\"status\":\"Unknown\",\"reason\":\"Pending\",\"message\":\"Waiting for controller\",\"lastTransitionTime\":\"1970-01-01T00:00:00Z\"},{\"type\":\"ValidationErrors\",\"status\":\"Unknown\",\"reason\":\"Pending\",\"message\":\"Waiting for controller\",\"lastTransitionTime\":\"1970-01-01T00:00:00Z\"}]\nFields:\n  type <string> (required)\n  status <string> (required)\n  observedGeneration <integer>\n  lastTransitionTime <string> (required)\n  reason <string> (required)\n  message <string> (required)\n",
    ),
    (
        "IngressExtension.status.conditions.lastTransitionTime",
        "IngressExtension.status.conditions.lastTransitionTime <string, required>\n\nWhen `status` last changed.\n\nAllowed: at most 64 characters\nAllowed: a time as in RFC 3339, such as 2026-01-31T12:00:00Z\nExample: lastTransitionTime: \"2026-01-31T12:00:00Z\"\n",
    ),
    (
        "IngressExtension.status.conditions.message",
        "IngressExtension.status.conditions.message <string, required>\n\nWhy, for people.\n\nAllowed: at most 32768 characters\n",
    ),
    (
        "IngressExtension.status.conditions.observedGeneration",
        "IngressExtension.status.conditions.observedGeneration <integer>\n\nThe `metadata.generation` this was said about.\n\nAllowed: 0 to 9007199254740991\n",
    ),
    (
        "IngressExtension.status.conditions.reason",
        "IngressExtension.status.conditions.reason <string, required>\n\nWhy, in one CamelCase word.\n\nAllowed: at most 1024 characters\nAllowed: a CamelCase word\nExample: reason: \"Pending\"\n",
    ),
    (
        "IngressExtension.status.conditions.status",
        "IngressExtension.status.conditions.status <string, required>\n\nWhether it holds.\n\nAllowed: one of True, False, Unknown\n",
    ),
    (
        "IngressExtension.status.conditions.type",
        "IngressExtension.status.conditions.type <string, required>\n\nWhich aspect: Accepted, ResolvedRefs, Programmed.\n\nAllowed: at most 316 characters\nAllowed: a CamelCase word, optionally after a DNS name and a slash\nExample: type: \"Accepted\"\n",
    ),
    (
        "IngressExtension.status.rules",
        "IngressExtension.status.rules <list of object>\n\nThe verdict on each rule.\n\nAllowed: at most 1024 items\nFields:\n  host <string>\n  validationErrors <list of string>\n  valid <boolean>\n",
    ),
    (
        "IngressExtension.status.rules.host",
        "IngressExtension.status.rules.host <string>\n\nThe rule's host.\n\nAllowed: at most 253 characters\n",
    ),
    (
        "IngressExtension.status.rules.valid",
        "IngressExtension.status.rules.valid <boolean>\n\nWhether the rule is in use.\n\n",
    ),
    (
        "IngressExtension.status.rules.validationErrors",
        "IngressExtension.status.rules.validationErrors <list of string>\n\nWhat is wrong.\n\nAllowed: at most 64 items\nAllowed: each: at most 4096 characters\n",
    ),
    (
        "Invalid",
        "Invalid (Conditions; what it is: reason)\n\nThe object has values that cannot be used; the message names each with its id.\n",
    ),
    (
        "InvalidCertificateRef",
        "InvalidCertificateRef (Conditions; what it is: reason)\n\nThe listener's certificate does not exist or cannot be used.\n",
    ),
    (
        "InvalidGroup",
        "InvalidGroup (Conditions; what it is: reason)\n\nThe RoutePolicy's target is of a group that has no routes.\n",
    ),
    (
        "InvalidHTTPRoute",
        "InvalidHTTPRoute (Conditions; what it is: reason)\n\nThe RoutePolicy's target does not exist or cannot take a policy.\n",
    ),
    (
        "InvalidIngressExtension",
        "InvalidIngressExtension (Conditions; what it is: reason)\n\nThe IngressExtension as a whole cannot be used.\n",
    ),
    (
        "InvalidKind",
        "InvalidKind (Conditions; what it is: reason)\n\nA reference is to a kind that cannot take that place.\n",
    ),
    (
        "InvalidName",
        "InvalidName (Conditions; what it is: reason)\n\nThe RoutePolicy's target has no name.\n",
    ),
    (
        "InvalidParameters",
        "InvalidParameters (Conditions; what it is: reason)\n\nThe Gateway or its class names parameters that do not exist.\n",
    ),
    (
        "InvalidRouteKinds",
        "InvalidRouteKinds (Conditions; what it is: reason)\n\nThe listener allows a kind of route that cannot be attached to it.\n",
    ),
    (
        "InvalidRoutePolicy",
        "InvalidRoutePolicy (Conditions; what it is: reason)\n\nThe RoutePolicy has values that cannot be used; the message names each.\n",
    ),
    (
        "ListenersNotValid",
        "ListenersNotValid (Conditions; what it is: reason)\n\nSome listeners cannot be served; their own conditions say why.\n",
    ),
    (
        "NoConflicts",
        "NoConflicts (Conditions; what it is: reason)\n\nNo other listener asks for what this one has.\n",
    ),
    (
        "NoMatchingListenerHostname",
        "NoMatchingListenerHostname (Conditions; what it is: reason)\n\nNo hostname of the route fits the listener's.\n",
    ),
    (
        "NoMatchingParent",
        "NoMatchingParent (Conditions; what it is: reason)\n\nThe parentRef names no listener of that name or port.\n",
    ),
    (
        "NoTargetReference",
        "NoTargetReference (Conditions; what it is: reason)\n\nThe RoutePolicy has no target.\n",
    ),
    (
        "NoValidationErrors",
        "NoValidationErrors (Conditions; what it is: reason)\n\nEvery entry of the IngressExtension is used.\n",
    ),
    (
        "NotAllowed",
        "NotAllowed (Conditions; what it is: reason)\n\nThe Gateway's allowedListeners leave out the ListenerSet's namespace.\n",
    ),
    (
        "NotAllowedByListeners",
        "NotAllowedByListeners (Conditions; what it is: reason)\n\nThe listener's allowedRoutes leave out the route's namespace or kind.\n",
    ),
    (
        "OverrideNotSupported",
        "OverrideNotSupported (Conditions; what it is: reason)\n\nThe RoutePolicy uses spec.override, which is reserved.\n",
    ),
    (
        "ParentNotAccepted",
        "ParentNotAccepted (Conditions; what it is: reason)\n\nThe ListenerSet's Gateway is not accepted.\n",
    ),
    (
        "PartiallyAcceptedWithErrors",
        "PartiallyAcceptedWithErrors (Conditions; what it is: reason)\n\nThe IngressExtension is used but for the entries that its Errors condition names.\n",
    ),
    (
        "PartiallyInvalid",
        "PartiallyInvalid (Conditions; what it is: reason)\n\nSome rules cannot be served and are left out; the others are served.\n",
    ),
    (
        "Pending",
        "Pending (Conditions; what it is: reason)\n\nIt is not served yet: no data plane has answered, or no operator has looked.\n",
    ),
    (
        "PortUnavailable",
        "PortUnavailable (Conditions; what it is: reason)\n\nThe listener's port cannot be had.\n",
    ),
    (
        "Programmed",
        "Programmed (Conditions; what it is: condition)\n\nEvery data plane that is ready serves it. Until then `Pending`.\n",
    ),
    (
        "ProgrammingFailed",
        "ProgrammingFailed (Conditions; what it is: reason)\n\nA data plane refused the configuration.\n",
    ),
    (
        "ProtocolConflict",
        "ProtocolConflict (Conditions; what it is: reason)\n\nTwo listeners ask for different protocols on one port.\n",
    ),
    (
        "RefNotPermitted",
        "RefNotPermitted (Conditions; what it is: reason)\n\nA reference into another namespace needs a ReferenceGrant there; the message shows it.\n",
    ),
    (
        "ResolvedRefs",
        "ResolvedRefs (Conditions; what it is: condition)\n\nAll that the object refers to is found and may be referred to.\n",
    ),
    (
        "RoutePolicy",
        "RoutePolicy (alb.networking.azure.io/v1)\n\nSettings for a route: session affinity and timeouts.\n\nFields:\n  spec <object> (required)\n  status <object>\n",
    ),
    (
        "RoutePolicy.spec",
        "RoutePolicy.spec <object, required>\n\nWhat to do on which route.\n\nFields:\n  targetRef <object> (required)\n  default <object>\n  override <object>\n",
    ),
    (
        "RoutePolicy.spec.default",
        "RoutePolicy.spec.default <object>\n\nThe settings for the route.\n\nFields:\n  timeouts <object>\n  sessionAffinity <object>\n",
    ),
    (
        "RoutePolicy.spec.default.sessionAffinity",
        "RoutePolicy.spec.default.sessionAffinity <object>\n\nKeeps a client's requests on the same target. Absent: none.\n\nThe first response carries a cookie; a client that sends it back reaches the same pod. `managed-cookie` names the cookie `AGCAffinity` and lets it live for a day: a `cookieName` and `cookieDuration` given beside it are accepted, discarded, and the policy's Accepted condition says so.\n\nRule: application-cookie needs a cookieName; give one, or use managed-cookie [affinity-cookie-name-required]\nRule: application-cookie needs a cookieDuration other than 0, such as 3600s; give one, or use managed-cookie [affinity-cookie-duration-required]\nFields:\n  affinityType <string> (required)\n  cookieName <string>\n  cookieDuration <integer or duration>\n",
    ),
    (
        "RoutePolicy.spec.default.sessionAffinity.affinityType",
        "RoutePolicy.spec.default.sessionAffinity.affinityType <string, required>\n\nWho chooses the cookie's name and lifetime: the gateway (managed-cookie) or this object (application-cookie).\n\nAllowed: one of application-cookie, managed-cookie\nExample: affinityType: \"application-cookie\"\n",
    ),
    (
        "RoutePolicy.spec.default.sessionAffinity.cookieDuration",
        "RoutePolicy.spec.default.sessionAffinity.cookieDuration <integer or duration>\n\nHow long the cookie lives: whole seconds (3600) or a Go duration (3600s, 1h30m). Absent, 0 and 0s mean not given. Required by application-cookie, discarded by managed-cookie.\n\n400 days is the longest that browsers keep a cookie (RFC 6265bis). `1d` is no Go duration: write `24h`.\n\nAllowed: whole seconds (3600) or a duration such as 3600s or 1h30m, from 1s to 34560000s (400 days); 0 means not given\nExample: cookieDuration: \"3600s\"\nRule: application-cookie needs a cookieDuration other than 0, such as 3600s; give one, or use managed-cookie [affinity-cookie-duration-required]\n",
    ),
    (
        "RoutePolicy.spec.default.sessionAffinity.cookieName",
        "RoutePolicy.spec.default.sessionAffinity.cookieName <string>\n\nName of the cookie. Required by application-cookie, discarded by managed-cookie.\n\nA token as in RFC 6265. A name beginning `__Host-` or `__Secure-` is refused on every Ingress, and on routes that a listener of plain HTTP serves.\n\nAllowed: at most 128 characters\nAllowed: a cookie name as in RFC 6265: letters, digits and any of !#$%&'*+-.^_`|~\nExample: cookieName: \"nomnom\"\nRule: application-cookie needs a cookieName; give one, or use managed-cookie [affinity-cookie-name-required]\n",
    ),
    (
        "RoutePolicy.spec.default.timeouts",
        "RoutePolicy.spec.default.timeouts <object>\n\nHow long a request may take.\n\nFields:\n  routeTimeout <duration>\n",
    ),
    (
        "RoutePolicy.spec.default.timeouts.routeTimeout",
        "RoutePolicy.spec.default.timeouts.routeTimeout <duration>\n\nThe longest that a request may take, to its answer's last byte and with retries: a Go duration. When absent, the answer must begin within 60s and may flow for as long as it likes. 0s is off.\n\nA timeout in the HTTPRoute's own rule wins (AcceptedWithTimeoutConflict).\n\nAllowed: a duration such as 30s, 1m30s or 500ms, at most 9600h (400 days); 0s is off\nExample: routeTimeout: \"30s\"\n",
    ),
    (
        "RoutePolicy.spec.override",
        "RoutePolicy.spec.override <object>\n\nReserved. A policy that sets it is answered with OverrideNotSupported.\n\nFields:\n  timeouts <object>\n  sessionAffinity <object>\n",
    ),
    (
        "RoutePolicy.spec.override.sessionAffinity",
        "RoutePolicy.spec.override.sessionAffinity <object>\n\nKeeps a client's requests on the same target. Absent: none.\n\nThe first response carries a cookie; a client that sends it back reaches the same pod. `managed-cookie` names the cookie `AGCAffinity` and lets it live for a day: a `cookieName` and `cookieDuration` given beside it are accepted, discarded, and the policy's Accepted condition says so.\n\nRule: application-cookie needs a cookieName; give one, or use managed-cookie [affinity-cookie-name-required]\nRule: application-cookie needs a cookieDuration other than 0, such as 3600s; give one, or use managed-cookie [affinity-cookie-duration-required]\nFields:\n  affinityType <string> (required)\n  cookieName <string>\n  cookieDuration <integer or duration>\n",
    ),
    (
        "RoutePolicy.spec.override.sessionAffinity.affinityType",
        "RoutePolicy.spec.override.sessionAffinity.affinityType <string, required>\n\nWho chooses the cookie's name and lifetime: the gateway (managed-cookie) or this object (application-cookie).\n\nAllowed: one of application-cookie, managed-cookie\nExample: affinityType: \"application-cookie\"\n",
    ),
    (
        "RoutePolicy.spec.override.sessionAffinity.cookieDuration",
        "RoutePolicy.spec.override.sessionAffinity.cookieDuration <integer or duration>\n\nHow long the cookie lives: whole seconds (3600) or a Go duration (3600s, 1h30m). Absent, 0 and 0s mean not given. Required by application-cookie, discarded by managed-cookie.\n\n400 days is the longest that browsers keep a cookie (RFC 6265bis). `1d` is no Go duration: write `24h`.\n\nAllowed: whole seconds (3600) or a duration such as 3600s or 1h30m, from 1s to 34560000s (400 days); 0 means not given\nExample: cookieDuration: \"3600s\"\nRule: application-cookie needs a cookieDuration other than 0, such as 3600s; give one, or use managed-cookie [affinity-cookie-duration-required]\n",
    ),
    (
        "RoutePolicy.spec.override.sessionAffinity.cookieName",
        "RoutePolicy.spec.override.sessionAffinity.cookieName <string>\n\nName of the cookie. Required by application-cookie, discarded by managed-cookie.\n\nA token as in RFC 6265. A name beginning `__Host-` or `__Secure-` is refused on every Ingress, and on routes that a listener of plain HTTP serves.\n\nAllowed: at most 128 characters\nAllowed: a cookie name as in RFC 6265: letters, digits and any of !#$%&'*+-.^_`|~\nExample: cookieName: \"nomnom\"\nRule: application-cookie needs a cookieName; give one, or use managed-cookie [affinity-cookie-name-required]\n",
    ),
    (
        "RoutePolicy.spec.override.timeouts",
        "RoutePolicy.spec.override.timeouts <object>\n\nHow long a request may take.\n\nFields:\n  routeTimeout <duration>\n",
    ),
    (
        "RoutePolicy.spec.override.timeouts.routeTimeout",
        "RoutePolicy.spec.override.timeouts.routeTimeout <duration>\n\nThe longest that a request may take, to its answer's last byte and with retries: a Go duration. When absent, the answer must begin within 60s and may flow for as long as it likes. 0s is off.\n\nA timeout in the HTTPRoute's own rule wins (AcceptedWithTimeoutConflict).\n\nAllowed: a duration such as 30s, 1m30s or 500ms, at most 9600h (400 days); 0s is off\nExample: routeTimeout: \"30s\"\n",
    ),
    (
        "RoutePolicy.spec.targetRef",
        "RoutePolicy.spec.targetRef <object, required>\n\nThe route: an HTTPRoute or a GRPCRoute, with all its rules and backends.\n\n`group: \"\"` and `group: gateway.networking.k8s.io` mean the same. A target in another namespace needs a ReferenceGrant there.\n\nFields:\n  group <string> (required)\n  kind <string> (required)\n  name <string> (required)\n  namespace <string>\n  sectionNames <list of string>\n",
    ),
    (
        "RoutePolicy.spec.targetRef.group",
        "RoutePolicy.spec.targetRef.group <string, required>\n\nAPI group of the route: gateway.networking.k8s.io, or empty, which means the same.\n\nAllowed: at most 253 characters\nAllowed: empty or a lower-case DNS name such as gateway.networking.k8s.io\nExample: group: \"gateway.networking.k8s.io\"\n",
    ),
    (
        "RoutePolicy.spec.targetRef.kind",
        "RoutePolicy.spec.targetRef.kind <string, required>\n\nKind of the target. Name the route that leads to the Service, not the Service or the Gateway.\n\nAllowed: one of HTTPRoute, GRPCRoute\n",
    ),
    (
        "RoutePolicy.spec.targetRef.name",
        "RoutePolicy.spec.targetRef.name <string, required>\n\nName of the target.\n\nAllowed: 1 to 253 characters\nExample: name: \"http-route\"\n",
    ),
    (
        "RoutePolicy.spec.targetRef.namespace",
        "RoutePolicy.spec.targetRef.namespace <string>\n\nNamespace of the target; the policy's own when absent.\n\nAllowed: at most 63 characters\nAllowed: a namespace's name: lower-case letters, digits and dashes, beginning and ending with a letter or digit\nExample: namespace: \"test-infra\"\n",
    ),
    (
        "RoutePolicy.spec.targetRef.sectionNames",
        "RoutePolicy.spec.targetRef.sectionNames <list of string>\n\nParts of the route. A policy that sets it is answered with SectionNamesNotPermitted.\n\nAllowed: at most 64 items\nAllowed: each: at most 253 characters\n",
    ),
    (
        "RoutePolicy.status",
        "RoutePolicy.status <object>\n\nWhat the controller says about the policy.\n\nDefault: {\"conditions\":[{\"type\":\"Accepted\",\"status\":\"Unknown\",\"reason\":\"Pending\",\"message\":\"Waiting for controller\",\"lastTransitionTime\":\"1970-01-01T00:00:00Z\"}]}\nFields:\n  conditions <list of object>\n",
    ),
    (
        "RoutePolicy.status.conditions",
        "RoutePolicy.status.conditions <list of object>\n\nWhat the controller says about the object.\n\nAllowed: at most 8 items\nAllowed: no two with the same type\nDefault: [{\"type\":\"Accepted\",\"status\":\"Unknown\",\"reason\":\"Pending\",\"message\":\"Waiting for controller\",\"lastTransitionTime\":\"1970-01-01T00:00:00Z\"}]\nFields:\n  type <string> (required)\n  status <string> (required)\n  observedGeneration <integer>\n  lastTransitionTime <string> (required)\n  reason <string> (required)\n  message <string> (required)\n",
    ),
    (
        "RoutePolicy.status.conditions.lastTransitionTime",
        "RoutePolicy.status.conditions.lastTransitionTime <string, required>\n\nWhen `status` last changed.\n\nAllowed: at most 64 characters\nAllowed: a time as in RFC 3339, such as 2026-01-31T12:00:00Z\nExample: lastTransitionTime: \"2026-01-31T12:00:00Z\"\n",
    ),
    (
        "RoutePolicy.status.conditions.message",
        "RoutePolicy.status.conditions.message <string, required>\n\nWhy, for people.\n\nAllowed: at most 32768 characters\n",
    ),
    (
        "RoutePolicy.status.conditions.observedGeneration",
        "RoutePolicy.status.conditions.observedGeneration <integer>\n\nThe `metadata.generation` this was said about.\n\nAllowed: 0 to 9007199254740991\n",
    ),
    (
        "RoutePolicy.status.conditions.reason",
        "RoutePolicy.status.conditions.reason <string, required>\n\nWhy, in one CamelCase word.\n\nAllowed: at most 1024 characters\nAllowed: a CamelCase word\nExample: reason: \"Pending\"\n",
    ),
    (
        "RoutePolicy.status.conditions.status",
        "RoutePolicy.status.conditions.status <string, required>\n\nWhether it holds.\n\nAllowed: one of True, False, Unknown\n",
    ),
    (
        "RoutePolicy.status.conditions.type",
        "RoutePolicy.status.conditions.type <string, required>\n\nWhich aspect: Accepted, ResolvedRefs, Programmed.\n\nAllowed: at most 316 characters\nAllowed: a CamelCase word, optionally after a DNS name and a slash\nExample: type: \"Accepted\"\n",
    ),
    (
        "SectionNamesNotPermitted",
        "SectionNamesNotPermitted (Conditions; what it is: reason)\n\nThe RoutePolicy names sections of its target; it applies to whole routes.\n",
    ),
    (
        "SupportedVersion",
        "SupportedVersion (Conditions; what it is: condition)\n\nOf a GatewayClass: the Gateway API's CRDs are of a version that Limpet was tested with.\n",
    ),
    (
        "UnsupportedAddress",
        "UnsupportedAddress (Conditions; what it is: reason)\n\nThe Gateway asks for an address of a type that cannot be had.\n",
    ),
    (
        "UnsupportedProtocol",
        "UnsupportedProtocol (Conditions; what it is: reason)\n\nThe listener's protocol is not served.\n",
    ),
    (
        "UnsupportedValue",
        "UnsupportedValue (Conditions; what it is: reason)\n\nThe object asks for something that the Gateway API has and Limpet does not do, or for what may not be combined.\n",
    ),
    (
        "UnsupportedVersion",
        "UnsupportedVersion (Conditions; what it is: reason)\n\nThe Gateway API's CRDs are of a version that Limpet was not tested with.\n",
    ),
    (
        "accept-stopped",
        "accept-stopped\n\nNew connections wait in the kernel's queue, as none can be accepted for now.\n\nWhat to do: Raise the limit of open files (ulimit -n), or add a gateway.\n",
    ),
    (
        "access-log-unwritable",
        "access-log-unwritable\n\nThe access log cannot be written. Its lines are dropped and counted; requests are served as before.\n\nWhat to do: Free its disk, or name a file in a folder that can be written.\n",
    ),
    (
        "admin-unanswered",
        "admin-unanswered\n\nThe address given to `limpet diff --against ADDRESS` does not answer as a gateway's admin address does.\n\nWhat to do: Give the admin address that `limpet run` prints when it serves; it is reached from the same machine only. A gateway of an older release may say less than this one asks for.\n",
    ),
    (
        "admin-unavailable",
        "admin-unavailable\n\nThe admin endpoints cannot be served.\n\nWhat to do: Choose another --admin address, or end what listens there.\n",
    ),
    (
        "affinity-cookie-duration-required",
        "affinity-cookie-duration-required\n\napplication-cookie needs a cookieDuration other than 0, such as 3600s; give one, or use managed-cookie.\n\nA rule on:\n  IngressExtension.spec.backendSettings.sessionAffinity\n  RoutePolicy.spec.default.sessionAffinity\n  RoutePolicy.spec.override.sessionAffinity\n",
    ),
    (
        "affinity-cookie-name-required",
        "affinity-cookie-name-required\n\napplication-cookie needs a cookieName; give one, or use managed-cookie.\n\nA rule on:\n  IngressExtension.spec.backendSettings.sessionAffinity\n  RoutePolicy.spec.default.sessionAffinity\n  RoutePolicy.spec.override.sessionAffinity\n",
    ),
    (
        "affinity-cookie-taken",
        "affinity-cookie-taken\n\nThe application sets a cookie of the affinity cookie's name itself, so its clients are not pinned.\n\nWhat to do: Give one of the two cookies another name.\n",
    ),
    (
        "affinity-key-unusable",
        "affinity-key-unusable\n\nThe affinity key's file cannot be used. A start ends with it; a running gateway keeps the keys it has.\n\nWhat to do: Do what the message says of the file; a lost key ends every session.\n",
    ),
    (
        "alb.networking.azure.io/alb-ingress-extension",
        "alb.networking.azure.io/alb-ingress-extension (Annotations and labels; on: Ingress)\n\nThe name of the IngressExtension, in the Ingress's namespace, that applies to it.\n",
    ),
    (
        "annotation-ignored",
        "annotation-ignored\n\nAn Ingress has an annotation that changes nothing here.\n\nWhat to do: Remove it. What it did elsewhere, such as asking for a password, is not done; an IngressExtension or an HTTPRoute says what Limpet can do.\n",
    ),
    (
        "api-unreachable",
        "api-unreachable\n\nThe API server cannot be reached, or refuses the operator.\n\nWhat to do: Look at the API server and at the operator's rights (ClusterRole of the chart). What is served goes on; the operator tries again by itself.\n",
    ),
    (
        "app.kubernetes.io/managed-by",
        "app.kubernetes.io/managed-by (Annotations and labels; on: label that Limpet writes)\n\n`limpet`: the operator made the object, and takes it away again.\n",
    ),
    ("attempts", "attempts (Access log; type: number)\n\nEndpoints that were tried.\n"),
    (
        "backend-kind",
        "backend-kind\n\nA route's backend is of a kind that cannot be served.\n\nWhat to do: Refer to a Service.\n",
    ),
    (
        "backend-missing",
        "backend-missing\n\nA route's backend does not exist. Its share of the requests is answered with 500.\n\nWhat to do: Create the Service and its EndpointSlices, or correct the name and port.\n",
    ),
    (
        "backend-port-or-name",
        "backend-port-or-name\n\na port is named by its number or by its name: set exactly one of port and name.\n\nA rule on:\n  IngressExtension.spec.backendSettings.ports\n",
    ),
    (
        "bare-line-break",
        "bare-line-break\n\nA line of a head ends in CR or LF alone (RFC 9112 2.2). Two readers could find two messages in it.\n\nWhat to do: End every line with CR LF; look for header values that hold line breaks.\n",
    ),
    (
        "body-timeout",
        "body-timeout\n\nA request's body stalled for longer than the idle timeout.\n\nWhat to do: Check the client's network; slow clients need a larger --idle-timeout-secs (chart: dataplane.timeouts.idleSecs).\n",
    ),
    (
        "certificate-expired",
        "certificate-expired\n\nA certificate that a listener shows is past its end: clients refuse it.\n\nWhat to do: Renew it, and put the new one into the Secret; the logs of what issues it, such as cert-manager, say why it did not.\n",
    ),
    (
        "certificate-invalid",
        "certificate-invalid\n\nA listener has no certificate that could be shown.\n\nWhat to do: Name a Secret of type kubernetes.io/tls with tls.crt and tls.key in PEM, the key being the certificate's; for one of another namespace a ReferenceGrant is needed there.\n",
    ),
    (
        "certificate-undelivered",
        "certificate-undelivered\n\nA data plane was given a listener without the certificate that it names.\n\nWhat to do: Report it: operator and data plane disagree. Handshakes with that listener are refused meanwhile.\n",
    ),
    (
        "chunk-malformed",
        "chunk-malformed\n\nA chunked body breaks RFC 9112 7.1.\n\nWhat to do: Check whatever writes the chunks by itself.\n",
    ),
    (
        "chunk-too-large",
        "chunk-too-large\n\nA chunk size has more than 15 digits, a chunk-size line is longer than 4 KiB, or the trailers are longer than 8 KiB.\n\nWhat to do: Send smaller chunks, extensions or trailers.\n",
    ),
    (
        "class-unknown",
        "class-unknown\n\nA Gateway or an Ingress asks for a class that Limpet does not serve.\n\nWhat to do: Set the class name to limpet.\n",
    ),
    (
        "client",
        "client (Access log; type: text)\n\nThe client's address: the peer's, unless that is a trusted proxy which names another.\n",
    ),
    (
        "connection-panicked",
        "connection-panicked\n\nA bug of ours ended one connection; the others go on.\n\nWhat to do: Report it with the log around it.\n",
    ),
    (
        "control-character",
        "control-character\n\nA head holds NUL or another control character (RFC 9110 5.5).\n\nWhat to do: Encode the value, for instance in base64.\n",
    ),
    (
        "cookie-prefix",
        "cookie-prefix\n\nBrowsers drop a __Host- or __Secure- cookie that comes over plain HTTP, and a __Host- cookie whose path is not /.\n\nWhat to do: Choose a name without the prefix, or keep what it promises: an HTTPRoute on HTTPS listeners only, and the path /.\n",
    ),
    (
        "core-stuck",
        "core-stuck\n\nA serving thread answered nothing while the data plane ended, and its requests were cut off.\n\nWhat to do: Report it with the log around it.\n",
    ),
    (
        "descriptors-few",
        "descriptors-few\n\nThe limit of open files leaves each serving thread only a few clients.\n\nWhat to do: Raise it (ulimit -n, LimitNOFILE, the container runtime's limit), or serve with fewer --workers.\n",
    ),
    (
        "duration_us",
        "duration_us (Access log; type: number, microseconds)\n\nFrom the request's head to the response's last byte.\n",
    ),
    (
        "endpoint",
        "endpoint (Access log; type: object)\n\nWho was asked last; absent where nobody was, or all refused.\n",
    ),
    (
        "endpoint-slice-unused",
        "endpoint-slice-unused\n\nAn EndpointSlice among files leads nowhere: no Service, or none of its ports, is its own.\n\nWhat to do: Give it the label kubernetes.io/service-name with the name of a Service of its namespace, and its ports the names that the Service's ports have; ports without a name fit one another.\n",
    ),
    (
        "endpoint.address",
        "endpoint.address (Access log; type: text)\n\nIts address and port.\n",
    ),
    (
        "endpoint.id",
        "endpoint.id (Access log; type: text)\n\nThe pod's UID, or the address where no pod is named.\n",
    ),
    (
        "endpointslice.kubernetes.io/managed-by",
        "endpointslice.kubernetes.io/managed-by (Annotations and labels; on: label that Limpet writes)\n\n`limpet.dev`: no other controller touches this EndpointSlice.\n",
    ),
    (
        "event-not-written",
        "event-not-written\n\nA warning could not be written to the API server as an Event.\n\nWhat to do: See the reason in the message; the warning stands in no other place. Missing rights are in the chart's ClusterRole.\n",
    ),
    (
        "extension-duplicate",
        "extension-duplicate\n\nAn IngressExtension has two entries for one host or Service; the first is used.\n\nWhat to do: Merge the entries.\n",
    ),
    (
        "extension-entry-unused",
        "extension-entry-unused\n\nAn entry of an IngressExtension is about a host or Service that no Ingress bound to it has.\n\nWhat to do: Check the spelling of host and service against the Ingresses that name the IngressExtension.\n",
    ),
    (
        "extension-missing",
        "extension-missing\n\nAn Ingress names an IngressExtension that does not exist.\n\nWhat to do: Create it in the Ingress's namespace, or correct the annotation.\n",
    ),
    (
        "extension-unsupported",
        "extension-unsupported\n\nAn entry of an IngressExtension asks for something that Limpet does not do yet; the entry is not used.\n\nWhat to do: Remove what the message names.\n",
    ),
    (
        "extension-unused",
        "extension-unused\n\nNo Ingress names the IngressExtension.\n\nWhat to do: Add the annotation alb.networking.azure.io/alb-ingress-extension with its name to an Ingress of its namespace.\n",
    ),
    (
        "field-count",
        "field-count\n\nA list has too many items.\n\nWhat to do: Keep to the number named; split the object where more are needed.\n",
    ),
    (
        "field-duplicate",
        "field-duplicate\n\nTwo items of a list have the same key.\n\nWhat to do: Remove one of them, or give it another key.\n",
    ),
    (
        "field-duration",
        "field-duration\n\nA length of time is malformed, out of range or too fine.\n\nWhat to do: Write it as Go does (`30s`, `1h30m`, `500ms`; hours are the largest unit), within the bounds named.\n",
    ),
    (
        "field-enum",
        "field-enum\n\nA field holds none of the words or numbers that it may hold.\n\nWhat to do: Use one of those that the message lists; letter case counts.\n",
    ),
    (
        "field-folded",
        "field-folded\n\nA header field spans several lines (RFC 9112 5.2).\n\nWhat to do: Write each field in one line.\n",
    ),
    (
        "field-ignored",
        "field-ignored\n\nA field of the experimental Gateway API that Limpet does not serve yet.\n\nWhat to do: Remove it. For session affinity, use a RoutePolicy.\n",
    ),
    (
        "field-length",
        "field-length\n\nA string is empty, too short or too long.\n\nWhat to do: Keep its length within the bounds named, counted in characters.\n",
    ),
    (
        "field-name-invalid",
        "field-name-invalid\n\nA header field's name is empty, not a token, or has a space before its colon (RFC 9112 5.1).\n\nWhat to do: Correct the field.\n",
    ),
    (
        "field-name-too-long",
        "field-name-too-long\n\nA header field's name is longer than 256 bytes.\n\nWhat to do: Shorten the name.\n",
    ),
    (
        "field-pattern",
        "field-pattern\n\nA string has characters or a form that its field does not allow.\n\nWhat to do: Write it as the message says.\n",
    ),
    (
        "field-range",
        "field-range\n\nA number is too small or too large.\n\nWhat to do: Keep it within the bounds named.\n",
    ),
    (
        "field-required",
        "field-required\n\nA field that must be given is missing.\n\nWhat to do: Add the field. `limpet explain` and its path tell what it may hold.\n",
    ),
    (
        "field-type",
        "field-type\n\nA field holds a value of the wrong type.\n\nWhat to do: Give the type that the message names.\n",
    ),
    (
        "field-unknown",
        "field-unknown\n\nA field that the kind does not have. It is ignored.\n\nWhat to do: Check its spelling and indentation; `limpet explain` knows the fields of RoutePolicy and IngressExtension.\n",
    ),
    (
        "file-emptied",
        "file-emptied\n\nA file that held objects is empty.\n\nWhat to do: Wait for it to be written, or remove it to remove its objects.\n",
    ),
    (
        "file-unreadable",
        "file-unreadable\n\nA file or folder cannot be read.\n\nWhat to do: Check that it exists and its permissions. What it held when it was last read well goes on being used.\n",
    ),
    (
        "file-unsettled",
        "file-unsettled\n\nA file is being written, or lost objects a moment ago. What it held is used meanwhile.\n\nWhat to do: Finish writing it. A file that is written beside and renamed into its place changes in one step.\n",
    ),
    (
        "gateway-address-pending",
        "gateway-address-pending\n\nA Gateway has no address yet, or not the one it asks for.\n\nWhat to do: Its Service says why (`kubectl describe service`): a LoadBalancer needs somebody who gives addresses; a cluster without one can be served with `gateway.service.type: ClusterIP` or NodePort.\n",
    ),
    (
        "gateway-address-unsupported",
        "gateway-address-unsupported\n\nA Gateway asks for an address that cannot be had here.\n\nWhat to do: Give at most one address, of type IPAddress.\n",
    ),
    (
        "gateway-api-unsupported",
        "gateway-api-unsupported\n\nThe Gateway API's CRDs are of a version that Limpet was not tested with.\n\nWhat to do: Install those of a version that the message names. Until then everything is served as far as it is understood.\n",
    ),
    (
        "gateway-listeners-invalid",
        "gateway-listeners-invalid\n\nSome listeners of a Gateway cannot be served.\n\nWhat to do: See the conditions of each listener.\n",
    ),
    (
        "gateway-parameters-unknown",
        "gateway-parameters-unknown\n\nA Gateway names parameters that Limpet does not have.\n\nWhat to do: Remove spec.infrastructure.parametersRef.\n",
    ),
    (
        "head-timeout",
        "head-timeout\n\nA request's head did not arrive within the header timeout.\n\nWhat to do: Check the client's network; slow clients need a larger --header-timeout-secs (chart: dataplane.timeouts.headerSecs).\n",
    ),
    (
        "head-too-large",
        "head-too-large\n\nA request's or response's head is larger than 64 KiB.\n\nWhat to do: Send fewer or shorter header fields; large cookies are the usual cause.\n",
    ),
    ("host", "host (Access log; type: text)\n\nThe Host that the request named.\n"),
    (
        "host-invalid",
        "host-invalid\n\nA request's Host is not a host with an optional port (RFC 9112 3.2).\n\nWhat to do: Send the host of the URL, without scheme, user or path.\n",
    ),
    (
        "host-misdirected",
        "host-misdirected\n\nA request's Host leads to another listener than the server name of its TLS handshake did (RFC 9110 7.4).\n\nWhat to do: Open a connection of its own for this host, with its name in the handshake (SNI).\n",
    ),
    (
        "host-mismatch",
        "host-mismatch\n\nA request's target names another host than its Host.\n\nWhat to do: Send the same host in both.\n",
    ),
    (
        "host-missing",
        "host-missing\n\nAn HTTP/1.1 request has no Host (RFC 9112 3.2).\n\nWhat to do: Send exactly one Host.\n",
    ),
    (
        "host-repeated",
        "host-repeated\n\nA request has several Host fields (RFC 9112 3.2).\n\nWhat to do: Send exactly one Host.\n",
    ),
    (
        "hostname-not-matching",
        "hostname-not-matching\n\nNo hostname of the route fits a listener's.\n\nWhat to do: Make one of the route's hostnames fit a listener's hostname.\n",
    ),
    (
        "infra-not-written",
        "infra-not-written\n\nA Service or EndpointSlice of a Gateway could not be written.\n\nWhat to do: See the reason in the message; it is tried again. A Gateway's address may be one that the cluster cannot give.\n",
    ),
    (
        "ingress-port-clash",
        "ingress-port-clash\n\nA Gateway's listener and the Ingresses ask for the same address and port.\n\nWhat to do: Give the Ingresses or the listener another port.\n",
    ),
    (
        "ingress-rule-clash",
        "ingress-rule-clash\n\nTwo Ingresses have the same host and path; the oldest is used.\n\nWhat to do: Change or remove one of them.\n",
    ),
    (
        "ingressclass.kubernetes.io/is-default-class",
        "ingressclass.kubernetes.io/is-default-class (Annotations and labels; on: IngressClass)\n\n`true`: Ingresses that name no class are of this one.\n",
    ),
    (
        "io-uring-refused",
        "io-uring-refused\n\nThe kernel refuses io_uring, and it was asked for.\n\nWhat to do: Permit it, or choose the driver auto or epoll.\n",
    ),
    (
        "kind-not-installed",
        "kind-not-installed\n\nThe API server does not know a kind that could be served.\n\nWhat to do: Install its CRDs if you want to use it: `kubectl apply` the Gateway API's or Limpet's. It is then served without a restart.\n",
    ),
    (
        "kind-skipped",
        "kind-skipped\n\nA manifest is of a kind that means nothing to a gateway, such as Deployment. It is skipped; nothing is wrong.\n\nWhat to do: Nothing. To have no word about it, keep the object in another folder.\n",
    ),
    (
        "kind-unknown",
        "kind-unknown\n\nA manifest's apiVersion and kind are none that Limpet reads.\n\nWhat to do: Check the spelling of apiVersion and kind, or keep the object in another folder.\n",
    ),
    (
        "kind-unserved",
        "kind-unserved\n\nA manifest is of a kind that Limpet does not serve yet, such as GRPCRoute. It does nothing.\n\nWhat to do: Use a kind that is served; the README says which. Keep the object in another folder meanwhile.\n",
    ),
    (
        "kubernetes.io/ingress.class",
        "kubernetes.io/ingress.class (Annotations and labels; on: Ingress)\n\nIts class, as before `spec.ingressClassName`, which wins.\n",
    ),
    (
        "kubernetes.io/metadata.name",
        "kubernetes.io/metadata.name (Annotations and labels; on: label of a Namespace)\n\nIts name, which selectors of allowedRoutes may ask for. Limpet supplies it where files name no Namespace.\n",
    ),
    (
        "kubernetes.io/service-name",
        "kubernetes.io/service-name (Annotations and labels; on: label of an EndpointSlice)\n\nThe Service whose endpoints are in it.\n",
    ),
    (
        "last-good-served",
        "last-good-served\n\nThe first configuration of this run was refused, so the last good one of an earlier run is served.\n\nWhat to do: Correct what the refusal names.\n",
    ),
    (
        "last-good-unusable",
        "last-good-unusable\n\nWhat was kept for the next start cannot be read or written.\n\nWhat to do: Check the state folder's disk and permissions; delete a damaged file, it is written anew.\n",
    ),
    (
        "length-and-transfer-encoding",
        "length-and-transfer-encoding\n\nA message has both Content-Length and Transfer-Encoding (RFC 9112 6.1): the pattern of request smuggling.\n\nWhat to do: Send one of them.\n",
    ),
    (
        "length-invalid",
        "length-invalid\n\nA Content-Length is not a plain number (RFC 9112 6.2).\n\nWhat to do: Send digits only.\n",
    ),
    (
        "length-repeated",
        "length-repeated\n\nA message has several Content-Length values (RFC 9112 6.3).\n\nWhat to do: Send one.\n",
    ),
    (
        "limpet.dev/controller",
        "limpet.dev/controller (Annotations and labels; on: label that Limpet writes)\n\nThe controllerName of the installation that made the object. It leaves alone what carries another.\n",
    ),
    (
        "limpet.dev/gateway",
        "limpet.dev/gateway (Annotations and labels; on: annotation that Limpet writes)\n\nThe Gateway that a Service or EndpointSlice belongs to.\n",
    ),
    (
        "limpet.dev/infrastructure",
        "limpet.dev/infrastructure (Annotations and labels; on: annotation that Limpet writes)\n\nThe names of the labels and annotations that came from a Gateway's `spec.infrastructure`.\n",
    ),
    (
        "limpet.dev/rotated-at",
        "limpet.dev/rotated-at (Annotations and labels; on: annotation that Limpet writes)\n\nWhen the affinity keys in the Secret were renewed last.\n",
    ),
    (
        "limpet_access_log_dropped_total",
        "limpet_access_log_dropped_total (Metrics; type, unit; labels: counter)\n\nAccess-log lines that were not written, as the disk is full or slow. Requests never wait for the log.\n",
    ),
    (
        "limpet_bounds_hit_total",
        "limpet_bounds_hit_total (Metrics; type, unit; labels: counter; reason)\n\nOther bounds that were hit, such as `connections` of a core, `descriptors` of the process, or `endpoints-tried` of a request.\n",
    ),
    (
        "limpet_config_generation",
        "limpet_config_generation (Metrics; type, unit; labels: gauge)\n\nConfigurations served since the start; 0: none yet. Replicas of one fleet may differ for moments, not for minutes.\n",
    ),
    (
        "limpet_config_refused_total",
        "limpet_config_refused_total (Metrics; type, unit; labels: counter)\n\nSnapshots that the data plane refused; the one before served on. More than 0 is a bug to report: see snapshot-refused.\n",
    ),
    (
        "limpet_configs_held",
        "limpet_configs_held (Metrics; type, unit; labels: gauge)\n\nConfigurations in memory: the one that is served, and those that requests in flight still hold.\n",
    ),
    (
        "limpet_connection_panics_total",
        "limpet_connection_panics_total (Metrics; type, unit; labels: counter)\n\nConnections that a bug ended; the others went on. More than 0 is a bug to report: see connection-panicked.\n",
    ),
    (
        "limpet_connections_open",
        "limpet_connections_open (Metrics; type, unit; labels: gauge)\n\nConnections of clients that are open now.\n",
    ),
    (
        "limpet_connections_total",
        "limpet_connections_total (Metrics; type, unit; labels: counter)\n\nConnections of clients.\n",
    ),
    (
        "limpet_cores",
        "limpet_cores (Metrics; type, unit; labels: gauge)\n\nCores that serve, one thread each.\n",
    ),
    (
        "limpet_info",
        "limpet_info (Metrics; type, unit; labels: gauge; driver)\n\n1, with the kernel interface in use: io_uring or epoll.\n",
    ),
    (
        "limpet_mirrors_total",
        "limpet_mirrors_total (Metrics; type, unit; labels: counter; reason)\n\nCopies of requests for mirrors, by what became of them.\n",
    ),
    (
        "limpet_objects_refused",
        "limpet_objects_refused (Metrics; type, unit; labels: gauge)\n\nOf `limpet run`: objects and files that are refused now. Each stays as it was when it was last read well.\n",
    ),
    (
        "limpet_operator_connections_turned_away_total",
        "limpet_operator_connections_turned_away_total (Metrics; type, unit; labels: counter)\n\nOf an operator: connections of peers that had as many as they may.\n",
    ),
    (
        "limpet_operator_infra_writes_total",
        "limpet_operator_infra_writes_total (Metrics; type, unit; labels: counter)\n\nOf an operator: Services, EndpointSlices and the ports of Gateways written or deleted.\n",
    ),
    (
        "limpet_operator_objects_refused",
        "limpet_operator_objects_refused (Metrics; type, unit; labels: gauge)\n\nOf an operator: objects that are refused now. Each stays as it was when it was last read well.\n",
    ),
    (
        "limpet_operator_refusals_total",
        "limpet_operator_refusals_total (Metrics; type, unit; labels: counter)\n\nOf an operator: configurations that a data plane refused: see snapshot-refused.\n",
    ),
    (
        "limpet_operator_reviews_allowed_total",
        "limpet_operator_reviews_allowed_total (Metrics; type, unit; labels: counter)\n\nOf an operator: objects that the webhook let in.\n",
    ),
    (
        "limpet_operator_reviews_denied_total",
        "limpet_operator_reviews_denied_total (Metrics; type, unit; labels: counter)\n\nOf an operator: objects that the webhook refused.\n",
    ),
    (
        "limpet_operator_reviews_turned_away_total",
        "limpet_operator_reviews_turned_away_total (Metrics; type, unit; labels: counter)\n\nOf an operator: requests past the webhook's bound. The API server asks again.\n",
    ),
    (
        "limpet_operator_status_writes_total",
        "limpet_operator_status_writes_total (Metrics; type, unit; labels: counter)\n\nOf an operator: statuses written.\n",
    ),
    (
        "limpet_operator_translations_total",
        "limpet_operator_translations_total (Metrics; type, unit; labels: counter)\n\nOf an operator: translations of all objects.\n",
    ),
    (
        "limpet_operator_write_conflicts_total",
        "limpet_operator_write_conflicts_total (Metrics; type, unit; labels: counter)\n\nOf an operator: writes that somebody else was first to. They are made again.\n",
    ),
    (
        "limpet_operator_write_failures_total",
        "limpet_operator_write_failures_total (Metrics; type, unit; labels: counter)\n\nOf an operator: writes that the API server refused: see status-not-written and infra-not-written.\n",
    ),
    (
        "limpet_pin_opens_total",
        "limpet_pin_opens_total (Metrics; type, unit; labels: counter)\n\nPins that were decrypted, or tried to: the first request of a session on a core, and forgeries.\n",
    ),
    (
        "limpet_pins_total",
        "limpet_pins_total (Metrics; type, unit; labels: counter; route, outcome, reason)\n\nWhat became of a request's pin: `kept`, `issued` (a new session), `moved` (to another endpoint), `none`. The reason says why, as `pin.why` of the access log does.\n",
    ),
    (
        "limpet_proxy_protocol_failures_total",
        "limpet_proxy_protocol_failures_total (Metrics; type, unit; labels: counter; reason)\n\nConnections of load balancers whose PROXY header is missing or cannot be read: see proxy-header-refused.\n",
    ),
    (
        "limpet_received_bytes_total",
        "limpet_received_bytes_total (Metrics; type, unit; labels: counter, bytes)\n\nBytes of requests' bodies, from clients.\n",
    ),
    (
        "limpet_refusals_total",
        "limpet_refusals_total (Metrics; type, unit; labels: counter; reason)\n\nRequests that the gateway answered itself, other than by a redirect. The reason is a message id: `limpet explain` tells what it means and what to do.\n",
    ),
    (
        "limpet_requests_total",
        "limpet_requests_total (Metrics; type, unit; labels: counter)\n\nRequests whose head was accepted.\n",
    ),
    (
        "limpet_retries_total",
        "limpet_retries_total (Metrics; type, unit; labels: counter)\n\nRequests that were sent again as their rule asks.\n",
    ),
    (
        "limpet_route_duration_seconds",
        "limpet_route_duration_seconds (Metrics; type, unit; labels: histogram, seconds; route)\n\nFrom a request's head to its response's last byte.\n",
    ),
    (
        "limpet_route_responses_total",
        "limpet_route_responses_total (Metrics; type, unit; labels: counter; route, code)\n\nResponses by route and class of status: 1xx to 5xx.\n",
    ),
    (
        "limpet_sent_bytes_total",
        "limpet_sent_bytes_total (Metrics; type, unit; labels: counter, bytes)\n\nBytes written to clients.\n",
    ),
    (
        "limpet_session_table_evictions_total",
        "limpet_session_table_evictions_total (Metrics; type, unit; labels: counter)\n\nSessions that lost their place in a table to another. Their pins stay valid.\n",
    ),
    (
        "limpet_session_table_hits_total",
        "limpet_session_table_hits_total (Metrics; type, unit; labels: counter)\n\nPins found in the session table instead, without cryptography.\n",
    ),
    (
        "limpet_session_table_sessions",
        "limpet_session_table_sessions (Metrics; type, unit; labels: gauge)\n\nSessions in the session tables of all cores now. A session that two cores know counts twice.\n",
    ),
    (
        "limpet_timeouts_total",
        "limpet_timeouts_total (Metrics; type, unit; labels: counter; reason)\n\nLimits in time that were hit: `connect`, `handshake`, `head-timeout`, `idle`, `upstream-timeout` and the like.\n",
    ),
    (
        "limpet_tls_handshake_failures_total",
        "limpet_tls_handshake_failures_total (Metrics; type, unit; labels: counter; reason)\n\nTLS handshakes that failed. `server-name-unknown`: no listener has a certificate for the name that the client asked for.\n",
    ),
    (
        "limpet_tls_handshakes_total",
        "limpet_tls_handshakes_total (Metrics; type, unit; labels: counter)\n\nTLS handshakes that were completed.\n",
    ),
    (
        "limpet_tls_resumptions_total",
        "limpet_tls_resumptions_total (Metrics; type, unit; labels: counter)\n\nThose of them that resumed an earlier session, which costs no signature.\n",
    ),
    (
        "limpet_upstream_connect_failures_total",
        "limpet_upstream_connect_failures_total (Metrics; type, unit; labels: counter)\n\nConnections that endpoints refused or that could not be made in time.\n",
    ),
    (
        "limpet_upstream_connects_total",
        "limpet_upstream_connects_total (Metrics; type, unit; labels: counter)\n\nConnections made to endpoints.\n",
    ),
    (
        "limpet_upstream_reuses_total",
        "limpet_upstream_reuses_total (Metrics; type, unit; labels: counter)\n\nRequests on a connection to an endpoint that was idle.\n",
    ),
    (
        "limpet_worker_restarts_total",
        "limpet_worker_restarts_total (Metrics; type, unit; labels: counter)\n\nServing threads that died and were started again. More than 0 is a bug to report: see worker-died.\n",
    ),
    (
        "listener",
        "listener (Access log; type: text)\n\nThe listener: `Gateway/NAMESPACE/NAME/LISTENER`. Absent before one is known.\n",
    ),
    (
        "listener-address-unavailable",
        "listener-address-unavailable\n\nA listener's address cannot be bound.\n\nWhat to do: Free the port or choose another one; ports below 1024 need a privilege, addresses must belong to this machine.\n",
    ),
    (
        "listener-conflict",
        "listener-conflict\n\nTwo listeners claim the same hostname, or different protocols, on one address and port; or addresses of which one includes the other.\n\nWhat to do: Give one of them another hostname, port or address.\n",
    ),
    (
        "listener-protocol-unsupported",
        "listener-protocol-unsupported\n\nA listener asks for a protocol that Limpet does not serve.\n\nWhat to do: Use HTTP.\n",
    ),
    (
        "listener-route-kinds",
        "listener-route-kinds\n\nA listener allows a kind of route that Limpet does not know.\n\nWhat to do: Allow HTTPRoute only.\n",
    ),
    (
        "man-unwritable",
        "man-unwritable\n\n`limpet man` cannot write its pages.\n\nWhat to do: Name a folder that this user may write to, or free the disk.\n",
    ),
    (
        "managed-cookie-fixed",
        "managed-cookie-fixed\n\nmanaged-cookie has a fixed name and duration: AGCAffinity and 86400 seconds. Those given are discarded.\n\nWhat to do: Remove cookieName and cookieDuration, or use application-cookie.\n",
    ),
    (
        "method",
        "method (Access log; type: text)\n\nThe request's method. Absent where its head could not be read.\n",
    ),
    (
        "method-invalid",
        "method-invalid\n\nA request's method is not a token (RFC 9110 9.1).\n\nWhat to do: Check what the client sends before its request.\n",
    ),
    (
        "method-unsupported",
        "method-unsupported\n\nA request asks for a tunnel by CONNECT.\n\nWhat to do: Use a forward proxy for tunnels; a gateway makes none.\n",
    ),
    (
        "no-backend",
        "no-backend\n\nA request's route leads to a backend that does not exist or may not be referred to. It was answered with 500.\n\nWhat to do: See the route's ResolvedRefs condition.\n",
    ),
    (
        "no-descriptors",
        "no-descriptors\n\nNo file descriptor was left to connect to an endpoint. The request was answered with 503.\n\nWhat to do: Raise the limit of open files (ulimit -n).\n",
    ),
    (
        "no-endpoint",
        "no-endpoint\n\nA request's backend has no ready endpoint. It was answered with 503.\n\nWhat to do: Check the Service's pods.\n",
    ),
    (
        "no-network",
        "no-network\n\nThis machine's own network could not connect to an endpoint: no local port, route or interface was left. The request was answered with 503, and no session moved.\n\nWhat to do: Check the machine's routes and interfaces, and the range of local ports (net.ipv4.ip_local_port_range).\n",
    ),
    (
        "no-objects",
        "no-objects\n\nA file or folder that was named has no object in it.\n\nWhat to do: Check the path; manifests end in .yaml, .yml or .json.\n",
    ),
    (
        "no-route",
        "no-route\n\nNo route matches a request's host and path. It was answered with 404.\n\nWhat to do: Check the URL, or the hostnames and matches of the routes.\n",
    ),
    (
        "object-duplicate",
        "object-duplicate\n\nTwo manifests describe the same object.\n\nWhat to do: Keep one of them. The one that was read first is used: files are read in the order of their names.\n",
    ),
    (
        "object-unusable",
        "object-unusable\n\nAn object of the API server has values that cannot be used.\n\nWhat to do: Correct what the message names. Until then the object stays in use as it was before.\n",
    ),
    (
        "operator-not-started",
        "operator-not-started\n\nThe operator could not start.\n\nWhat to do: Correct what the message names; `limpet operator --help` tells what each setting means.\n",
    ),
    (
        "output-unwritable",
        "output-unwritable\n\nStandard output cannot be written.\n\nWhat to do: Free the disk it goes to, or read it to its end. A running gateway goes on serving.\n",
    ),
    (
        "parent-listener-unknown",
        "parent-listener-unknown\n\nA route's parentRef names no usable listener of its Gateway.\n\nWhat to do: Check its sectionName and port against the Gateway's listeners, and the conditions of these.\n",
    ),
    (
        "parent-not-allowed",
        "parent-not-allowed\n\nNo listener of the Gateway admits the route.\n\nWhat to do: Widen the listener's allowedRoutes, or move the route.\n",
    ),
    (
        "parent-unknown",
        "parent-unknown\n\nA route's parentRef leads to no Gateway.\n\nWhat to do: Check the parentRef's name and namespace.\n",
    ),
    (
        "path",
        "path (Access log; type: text)\n\nThe request's path, without the query: queries carry secrets.\n",
    ),
    (
        "path-literal",
        "path-literal\n\nA path looks like a pattern, and is taken literally.\n\nWhat to do: Use Prefix with the part before the pattern: it takes everything below. Expressions are for HTTPRoutes, with a path of type RegularExpression.\n",
    ),
    (
        "path-replace-full-path",
        "path-replace-full-path\n\nreplaceFullPath is set exactly when type is ReplaceFullPath.\n\nA rule on:\n  IngressExtension.spec.rules.rewrites.urlRewrite.path\n  IngressExtension.spec.rules.requestRedirect.path\n",
    ),
    (
        "path-replace-prefix-match",
        "path-replace-prefix-match\n\nreplacePrefixMatch is set exactly when type is ReplacePrefixMatch.\n\nA rule on:\n  IngressExtension.spec.rules.rewrites.urlRewrite.path\n  IngressExtension.spec.rules.requestRedirect.path\n",
    ),
    (
        "pin",
        "pin (Access log; type: object)\n\nWhat became of the session; absent where the rule has no session affinity.\n",
    ),
    (
        "pin.in",
        "pin.in (Access log; type: text)\n\nWhat came: `none`, `valid`, `draining` (valid, but its endpoint takes no new sessions), `expired`, `invalid` (not made by us for this route), `gone` (its endpoint is no more), `elsewhere` (its endpoint belongs to another rule).\n",
    ),
    (
        "pin.out",
        "pin.out (Access log; type: text)\n\nWhat was done: `none`, `kept`, `issued` (a new session), `moved` (to another endpoint).\n",
    ),
    (
        "pin.session",
        "pin.session (Access log; type: text)\n\nA hash of the session's id, in hexadecimal: the same for all requests of a session. It opens nothing.\n",
    ),
    (
        "pin.why",
        "pin.why (Access log; type: text)\n\nWhy: `valid`, `new`, `expired`, `invalid`, `gone`, `elsewhere`, `refused` (the endpoint refused the connection), `collision` (the application sets a cookie of that name), `preflight`, `last-resort` (only endpoints that take no new sessions were left), `no-key`, `none`.\n",
    ),
    (
        "policy-conflict",
        "policy-conflict\n\nTwo RoutePolicies target the same route; the oldest is used.\n\nWhat to do: Remove one of them.\n",
    ),
    (
        "policy-override",
        "policy-override\n\nA RoutePolicy uses spec.override, which is reserved.\n\nWhat to do: Move the settings to spec.default.\n",
    ),
    (
        "policy-persistence-conflict",
        "policy-persistence-conflict\n\nA RoutePolicy's sessionAffinity meets rules with sessionPersistence of their own, which wins.\n\nWhat to do: Set the affinity in one place.\n",
    ),
    (
        "policy-section-names",
        "policy-section-names\n\nA RoutePolicy names sections of its target.\n\nWhat to do: Remove targetRef.sectionNames: a RoutePolicy applies to the whole route.\n",
    ),
    (
        "policy-target-group",
        "policy-target-group\n\nA RoutePolicy's target is of a group that has no routes.\n\nWhat to do: Use gateway.networking.k8s.io.\n",
    ),
    (
        "policy-target-kind",
        "policy-target-kind\n\nA RoutePolicy's target is of a kind that it cannot apply to.\n\nWhat to do: Target an HTTPRoute.\n",
    ),
    (
        "policy-target-missing",
        "policy-target-missing\n\nA RoutePolicy's target does not exist.\n\nWhat to do: Create the route, or correct targetRef.\n",
    ),
    (
        "policy-target-unattached",
        "policy-target-unattached\n\nA RoutePolicy's target is attached to no listener.\n\nWhat to do: See the conditions of the route.\n",
    ),
    (
        "policy-timeout-conflict",
        "policy-timeout-conflict\n\nA RoutePolicy's routeTimeout meets rules with timeouts of their own, which win.\n\nWhat to do: Set the timeout in one place.\n",
    ),
    (
        "problems-left-out",
        "problems-left-out\n\nAn object has more problems than one answer names.\n\nWhat to do: Correct the ones named, then check again.\n",
    ),
    (
        "proxy-header-refused",
        "proxy-header-refused\n\nA connection from a load balancer's network does not begin with a PROXY header that can be read, and was closed.\n\nWhat to do: Turn the PROXY protocol on at the load balancer, or take its address out of --proxy-protocol-from (chart: dataplane.proxyProtocolFrom).\n",
    ),
    (
        "redirect-excludes-url-rewrite",
        "redirect-excludes-url-rewrite\n\na rule that redirects cannot also rewrite the URL; remove requestRedirect, or the rewrite of type URLRewrite.\n\nA rule on:\n  IngressExtension.spec.rules\n",
    ),
    (
        "reference-not-permitted",
        "reference-not-permitted\n\nA reference into another namespace is not granted.\n\nWhat to do: Create the ReferenceGrant that the message shows.\n",
    ),
    (
        "refusal",
        "refusal (Access log; type: text)\n\nWhy the gateway answered by itself, or why the answer broke off: a message id.\n",
    ),
    (
        "regex-invalid",
        "regex-invalid\n\nA regular expression is malformed or too large.\n\nWhat to do: Use RE2 syntax: no look-around and no back-references.\n",
    ),
    (
        "request_bytes",
        "request_bytes (Access log; type: number, bytes)\n\nOf the request's body.\n",
    ),
    (
        "response_bytes",
        "response_bytes (Access log; type: number, bytes)\n\nOf the response's body.\n",
    ),
    (
        "rewrite-request-header-modifier",
        "rewrite-request-header-modifier\n\nrequestHeaderModifier is set exactly when type is RequestHeaderModifier.\n\nA rule on:\n  IngressExtension.spec.rules.rewrites\n",
    ),
    (
        "rewrite-response-header-modifier",
        "rewrite-response-header-modifier\n\nresponseHeaderModifier is set exactly when type is ResponseHeaderModifier.\n\nA rule on:\n  IngressExtension.spec.rules.rewrites\n",
    ),
    (
        "rewrite-url",
        "rewrite-url\n\nurlRewrite is set exactly when type is URLRewrite.\n\nA rule on:\n  IngressExtension.spec.rules.rewrites\n",
    ),
    (
        "route",
        "route (Access log; type: text)\n\nThe route that took it: `HTTPRoute/NAMESPACE/NAME` or `Ingress/NAMESPACE/NAME`.\n",
    ),
    ("rule", "rule (Access log; type: text)\n\nThe rule of the route.\n"),
    (
        "rule-unsupported",
        "rule-unsupported\n\nA rule of a route asks for something that Limpet does not do; the rule is left out.\n\nWhat to do: Remove or replace what the message names.\n",
    ),
    (
        "scheme-misdirected",
        "scheme-misdirected\n\nA request's target is https, but came in unencrypted (RFC 9110 7.4).\n\nWhat to do: Connect with TLS, or ask for http.\n",
    ),
    (
        "secrets-unusable",
        "secrets-unusable\n\nThe operator cannot read or renew its own Secrets: certificates and affinity keys.\n\nWhat to do: See the reason in the message, and the rights on Secrets in the chart's Role. What was read last is used meanwhile; delete a damaged Secret, it is made anew.\n",
    ),
    (
        "setting-unknown",
        "setting-unknown\n\nAn environment variable begins with LIMPET_ and is no setting. It is ignored.\n\nWhat to do: Correct its name; `limpet run --help` lists them all.\n",
    ),
    (
        "settings-invalid",
        "settings-invalid\n\nThe settings cannot be used.\n\nWhat to do: Correct the flag, variable or key that the message names; `limpet run --help` explains each.\n",
    ),
    (
        "snapshot-refused",
        "snapshot-refused\n\nThe data plane refused the configuration and goes on with the one it had.\n\nWhat to do: Report it: a configuration that was accepted must be servable.\n",
    ),
    (
        "start-line-malformed",
        "start-line-malformed\n\nA first line is not `method SP target SP version`, or not `version SP status SP reason` (RFC 9112 3, 4).\n\nWhat to do: Check that the peer speaks HTTP/1.1 on this port, and encodes spaces in URLs.\n",
    ),
    (
        "state-in-use",
        "state-in-use\n\nAnother Limpet uses the state folder.\n\nWhat to do: End it, or name another folder with --state: every `limpet run` needs one of its own.\n",
    ),
    (
        "state-unusable",
        "state-unusable\n\nThe state folder cannot be used.\n\nWhat to do: Name another with --state, or correct its permissions.\n",
    ),
    (
        "status",
        "status (Access log; type: number)\n\nWhat the client got. 499: the client left before.\n",
    ),
    (
        "status-not-written",
        "status-not-written\n\nA status could not be written to the API server.\n\nWhat to do: See the reason in the message; it is tried again. Missing rights are in the chart's ClusterRole.\n",
    ),
    (
        "stream-lost",
        "stream-lost\n\nA data plane has no stream to an operator, or lost it.\n\nWhat to do: It serves what it has and connects again by itself. See that an operator is ready and that the two trust each other's certificates.\n",
    ),
    (
        "stream-refused",
        "stream-refused\n\nA data plane was refused by the operator.\n\nWhat to do: Its certificate must name the fleet that it says it belongs to. Restart it if its Secret was made anew.\n",
    ),
    (
        "target-invalid",
        "target-invalid\n\nA request's target is none of RFC 9112's four forms, or holds characters that a URI may not hold.\n\nWhat to do: Percent-encode the URL.\n",
    ),
    (
        "target-too-long",
        "target-too-long\n\nA request's target is longer than 64 KiB.\n\nWhat to do: Move what the URL carries into a body.\n",
    ),
    (
        "time",
        "time (Access log; type: text)\n\nWhen the request's head was complete: UTC, RFC 3339, milliseconds.\n",
    ),
    (
        "too-many-fields",
        "too-many-fields\n\nA head or trailer section has more than 96 fields.\n\nWhat to do: Send fewer header fields.\n",
    ),
    (
        "too-many-interim",
        "too-many-interim\n\nAn endpoint sent more than 16 responses of status 1xx to one request.\n\nWhat to do: Correct the application.\n",
    ),
    (
        "too-many-requests-of-session",
        "too-many-requests-of-session\n\nA session had as many requests in flight as it may have; the next was answered with 429.\n\nWhat to do: Wait for one to finish, or raise --requests-per-session-max.\n",
    ),
    (
        "transfer-encoding-in-old-version",
        "transfer-encoding-in-old-version\n\nAn HTTP/1.0 message has a Transfer-Encoding (RFC 9112 6.1).\n\nWhat to do: Use HTTP/1.1, or a Content-Length.\n",
    ),
    (
        "transfer-encoding-unsupported",
        "transfer-encoding-unsupported\n\nA Transfer-Encoding is not exactly `chunked` (RFC 9112 6.1).\n\nWhat to do: Send `chunked` once; compress with Content-Encoding.\n",
    ),
    (
        "upgrade-unexpected",
        "upgrade-unexpected\n\nAn endpoint switched to a protocol that the client had not asked for.\n\nWhat to do: Correct the application.\n",
    ),
    (
        "upstream-broke-off",
        "upstream-broke-off\n\nAn endpoint's answer broke off after its beginning had been sent on; the client's connection was closed.\n\nWhat to do: See the application's log.\n",
    ),
    (
        "upstream-closed",
        "upstream-closed\n\nAn endpoint closed the connection without a whole answer. The request was answered with 502.\n\nWhat to do: See the application's log.\n",
    ),
    (
        "upstream-malformed",
        "upstream-malformed\n\nAn endpoint's answer breaks HTTP/1.1 or a bound, so it was not forwarded. The request was answered with 502.\n\nWhat to do: Check that the application speaks HTTP/1.1 on this port.\n",
    ),
    (
        "upstream-timeout",
        "upstream-timeout\n\nAn endpoint did not answer in time. The request was answered with 504.\n\nWhat to do: Raise the rule's timeout or --request-timeout-secs (chart: dataplane.timeouts.requestSecs), or see the application's log.\n",
    ),
    (
        "upstream-unreachable",
        "upstream-unreachable\n\nNo endpoint of a backend accepted a connection. The request was answered with 502.\n\nWhat to do: Check that its pods listen on the Service's target port; a slow network needs a larger --connect-timeout-secs (chart: dataplane.timeouts.connectSecs).\n",
    ),
    (
        "version-unsupported",
        "version-unsupported\n\nA message is in another version than HTTP/1.0 or HTTP/1.1.\n\nWhat to do: Use HTTP/1.1 here.\n",
    ),
    (
        "watch-unavailable",
        "watch-unavailable\n\nThe folder of a manifest cannot be watched.\n\nWhat to do: Check that the folder exists, and raise fs.inotify.max_user_watches and max_user_instances.\n",
    ),
    (
        "worker-died",
        "worker-died\n\nA serving thread died of a bug of ours and was started again; its connections are lost.\n\nWhat to do: Report it with the log around it.\n",
    ),
    (
        "worker-not-started",
        "worker-not-started\n\nA serving thread or its runtime cannot be made.\n\nWhat to do: Raise the limits of processes and open files.\n",
    ),
    (
        "yaml-malformed",
        "yaml-malformed\n\nA manifest is not valid YAML or JSON.\n\nWhat to do: Correct the file at the line and column named. The other files are served meanwhile.\n",
    ),
];
