// Generated from schema/messages.json by `cargo run -p limpet-codegen -- gen`; do not edit.

//! Every message id that is not a rule of our API, with its meaning and remedy.

/// A message that a person may meet in `check`, status, log or docs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Stable: it never changes its meaning.
    pub id: &'static str,
    /// What is wrong.
    pub summary: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

/// New connections wait in the kernel's queue, as none can be accepted for now.
pub const ACCEPT_STOPPED: Message = Message {
    id: "accept-stopped",
    summary: "New connections wait in the kernel's queue, as none can be accepted for now.",
    remedy: "Raise the limit of open files (ulimit -n), or add a gateway.",
};

/// The access log cannot be written. Its lines are dropped and counted; requests are served as
/// before.
pub const ACCESS_LOG_UNWRITABLE: Message = Message {
    id: "access-log-unwritable",
    summary: "The access log cannot be written. Its lines are dropped and counted; requests are served as before.",
    remedy: "Free its disk, or name a file in a folder that can be written.",
};

/// The address given to `limpet diff --against ADDRESS` does not answer as a gateway's admin
/// address does.
pub const ADMIN_UNANSWERED: Message = Message {
    id: "admin-unanswered",
    summary: "The address given to `limpet diff --against ADDRESS` does not answer as a gateway's admin address does.",
    remedy: "Give the admin address that `limpet run` prints when it serves; it is reached from the same machine only. A gateway of an older release may say less than this one asks for.",
};

/// The admin endpoints cannot be served.
pub const ADMIN_UNAVAILABLE: Message = Message {
    id: "admin-unavailable",
    summary: "The admin endpoints cannot be served.",
    remedy: "Choose another --admin address, or end what listens there.",
};

/// The application sets a cookie of the affinity cookie's name itself, so its clients are not
/// pinned.
pub const AFFINITY_COOKIE_TAKEN: Message = Message {
    id: "affinity-cookie-taken",
    summary: "The application sets a cookie of the affinity cookie's name itself, so its clients are not pinned.",
    remedy: "Give one of the two cookies another name.",
};

/// The affinity key's file cannot be used. A start ends with it; a running gateway keeps the
/// keys it has.
pub const AFFINITY_KEY_UNUSABLE: Message = Message {
    id: "affinity-key-unusable",
    summary: "The affinity key's file cannot be used. A start ends with it; a running gateway keeps the keys it has.",
    remedy: "Do what the message says of the file; a lost key ends every session.",
};

/// An Ingress has an annotation that changes nothing here.
pub const ANNOTATION_IGNORED: Message = Message {
    id: "annotation-ignored",
    summary: "An Ingress has an annotation that changes nothing here.",
    remedy: "Remove it. What it did elsewhere, such as asking for a password, is not done; an IngressExtension or an HTTPRoute says what Limpet can do.",
};

/// The API server cannot be reached, or refuses the operator.
pub const API_UNREACHABLE: Message = Message {
    id: "api-unreachable",
    summary: "The API server cannot be reached, or refuses the operator.",
    remedy: "Look at the API server and at the operator's rights (ClusterRole of the chart). What is served goes on; the operator tries again by itself.",
};

/// A route's backend is of a kind that cannot be served.
pub const BACKEND_KIND: Message = Message {
    id: "backend-kind",
    summary: "A route's backend is of a kind that cannot be served.",
    remedy: "Refer to a Service.",
};

/// A route's backend does not exist. Its share of the requests is answered with 500.
pub const BACKEND_MISSING: Message = Message {
    id: "backend-missing",
    summary: "A route's backend does not exist. Its share of the requests is answered with 500.",
    remedy: "Create the Service and its EndpointSlices, or correct the name and port.",
};

/// A line of a head ends in CR or LF alone (RFC 9112 2.2). Two readers could find two messages
/// in it.
pub const BARE_LINE_BREAK: Message = Message {
    id: "bare-line-break",
    summary: "A line of a head ends in CR or LF alone (RFC 9112 2.2). Two readers could find two messages in it.",
    remedy: "End every line with CR LF; look for header values that hold line breaks.",
};

/// A request's body stalled for longer than the idle timeout.
pub const BODY_TIMEOUT: Message = Message {
    id: "body-timeout",
    summary: "A request's body stalled for longer than the idle timeout.",
    remedy: "Check the client's network; slow clients need a larger --idle-timeout-secs (chart: dataplane.timeouts.idleSecs).",
};

/// A certificate that a listener shows is past its end: clients refuse it.
pub const CERTIFICATE_EXPIRED: Message = Message {
    id: "certificate-expired",
    summary: "A certificate that a listener shows is past its end: clients refuse it.",
    remedy: "Renew it, and put the new one into the Secret; the logs of what issues it, such as cert-manager, say why it did not.",
};

/// A listener has no certificate that could be shown.
pub const CERTIFICATE_INVALID: Message = Message {
    id: "certificate-invalid",
    summary: "A listener has no certificate that could be shown.",
    remedy: "Name a Secret of type kubernetes.io/tls with tls.crt and tls.key in PEM, the key being the certificate's; for one of another namespace a ReferenceGrant is needed there.",
};

/// A data plane was given a listener without the certificate that it names.
pub const CERTIFICATE_UNDELIVERED: Message = Message {
    id: "certificate-undelivered",
    summary: "A data plane was given a listener without the certificate that it names.",
    remedy: "Report it: operator and data plane disagree. Handshakes with that listener are refused meanwhile.",
};

/// A chunked body breaks RFC 9112 7.1.
pub const CHUNK_MALFORMED: Message = Message {
    id: "chunk-malformed",
    summary: "A chunked body breaks RFC 9112 7.1.",
    remedy: "Check whatever writes the chunks by itself.",
};

/// A chunk size has more than 15 digits, a chunk-size line is longer than 4 KiB, or the
/// trailers are longer than 8 KiB.
pub const CHUNK_TOO_LARGE: Message = Message {
    id: "chunk-too-large",
    summary: "A chunk size has more than 15 digits, a chunk-size line is longer than 4 KiB, or the trailers are longer than 8 KiB.",
    remedy: "Send smaller chunks, extensions or trailers.",
};

/// A Gateway or an Ingress asks for a class that Limpet does not serve.
pub const CLASS_UNKNOWN: Message = Message {
    id: "class-unknown",
    summary: "A Gateway or an Ingress asks for a class that Limpet does not serve.",
    remedy: "Set the class name to limpet.",
};

/// A bug of ours ended one connection; the others go on.
pub const CONNECTION_PANICKED: Message = Message {
    id: "connection-panicked",
    summary: "A bug of ours ended one connection; the others go on.",
    remedy: "Report it with the log around it.",
};

/// A head holds NUL or another control character (RFC 9110 5.5).
pub const CONTROL_CHARACTER: Message = Message {
    id: "control-character",
    summary: "A head holds NUL or another control character (RFC 9110 5.5).",
    remedy: "Encode the value, for instance in base64.",
};

/// Browsers drop a __Host- or __Secure- cookie that comes over plain HTTP, and a __Host- cookie
/// whose path is not /.
pub const COOKIE_PREFIX: Message = Message {
    id: "cookie-prefix",
    summary: "Browsers drop a __Host- or __Secure- cookie that comes over plain HTTP, and a __Host- cookie whose path is not /.",
    remedy: "Choose a name without the prefix, or keep what it promises: an HTTPRoute on HTTPS listeners only, and the path /.",
};

/// A serving thread answered nothing while the data plane ended, and its requests were cut off.
pub const CORE_STUCK: Message = Message {
    id: "core-stuck",
    summary: "A serving thread answered nothing while the data plane ended, and its requests were cut off.",
    remedy: "Report it with the log around it.",
};

/// The limit of open files leaves each serving thread only a few clients.
pub const DESCRIPTORS_FEW: Message = Message {
    id: "descriptors-few",
    summary: "The limit of open files leaves each serving thread only a few clients.",
    remedy: "Raise it (ulimit -n, LimitNOFILE, the container runtime's limit), or serve with fewer --workers.",
};

/// An EndpointSlice among files leads nowhere: no Service, or none of its ports, is its own.
pub const ENDPOINT_SLICE_UNUSED: Message = Message {
    id: "endpoint-slice-unused",
    summary: "An EndpointSlice among files leads nowhere: no Service, or none of its ports, is its own.",
    remedy: "Give it the label kubernetes.io/service-name with the name of a Service of its namespace, and its ports the names that the Service's ports have; ports without a name fit one another.",
};

/// A warning could not be written to the API server as an Event.
pub const EVENT_NOT_WRITTEN: Message = Message {
    id: "event-not-written",
    summary: "A warning could not be written to the API server as an Event.",
    remedy: "See the reason in the message; the warning stands in no other place. Missing rights are in the chart's ClusterRole.",
};

/// An IngressExtension has two entries for one host or Service; the first is used.
pub const EXTENSION_DUPLICATE: Message = Message {
    id: "extension-duplicate",
    summary: "An IngressExtension has two entries for one host or Service; the first is used.",
    remedy: "Merge the entries.",
};

/// An entry of an IngressExtension is about a host or Service that no Ingress bound to it has.
pub const EXTENSION_ENTRY_UNUSED: Message = Message {
    id: "extension-entry-unused",
    summary: "An entry of an IngressExtension is about a host or Service that no Ingress bound to it has.",
    remedy: "Check the spelling of host and service against the Ingresses that name the IngressExtension.",
};

/// An Ingress names an IngressExtension that does not exist.
pub const EXTENSION_MISSING: Message = Message {
    id: "extension-missing",
    summary: "An Ingress names an IngressExtension that does not exist.",
    remedy: "Create it in the Ingress's namespace, or correct the annotation.",
};

/// An entry of an IngressExtension asks for something that Limpet does not do yet; the entry is
/// not used.
pub const EXTENSION_UNSUPPORTED: Message = Message {
    id: "extension-unsupported",
    summary: "An entry of an IngressExtension asks for something that Limpet does not do yet; the entry is not used.",
    remedy: "Remove what the message names.",
};

/// No Ingress names the IngressExtension.
pub const EXTENSION_UNUSED: Message = Message {
    id: "extension-unused",
    summary: "No Ingress names the IngressExtension.",
    remedy: "Add the annotation alb.networking.azure.io/alb-ingress-extension with its name to an Ingress of its namespace.",
};

/// A list has too many items.
pub const FIELD_COUNT: Message = Message {
    id: "field-count",
    summary: "A list has too many items.",
    remedy: "Keep to the number named; split the object where more are needed.",
};

/// Two items of a list have the same key.
pub const FIELD_DUPLICATE: Message = Message {
    id: "field-duplicate",
    summary: "Two items of a list have the same key.",
    remedy: "Remove one of them, or give it another key.",
};

/// A length of time is malformed, out of range or too fine.
pub const FIELD_DURATION: Message = Message {
    id: "field-duration",
    summary: "A length of time is malformed, out of range or too fine.",
    remedy: "Write it as Go does (`30s`, `1h30m`, `500ms`; hours are the largest unit), within the bounds named.",
};

/// A field holds none of the words or numbers that it may hold.
pub const FIELD_ENUM: Message = Message {
    id: "field-enum",
    summary: "A field holds none of the words or numbers that it may hold.",
    remedy: "Use one of those that the message lists; letter case counts.",
};

/// A header field spans several lines (RFC 9112 5.2).
pub const FIELD_FOLDED: Message = Message {
    id: "field-folded",
    summary: "A header field spans several lines (RFC 9112 5.2).",
    remedy: "Write each field in one line.",
};

/// A field of the experimental Gateway API that Limpet does not serve yet.
pub const FIELD_IGNORED: Message = Message {
    id: "field-ignored",
    summary: "A field of the experimental Gateway API that Limpet does not serve yet.",
    remedy: "Remove it. For session affinity, use a RoutePolicy.",
};

/// A string is empty, too short or too long.
pub const FIELD_LENGTH: Message = Message {
    id: "field-length",
    summary: "A string is empty, too short or too long.",
    remedy: "Keep its length within the bounds named, counted in characters.",
};

/// A header field's name is empty, not a token, or has a space before its colon (RFC 9112 5.1).
pub const FIELD_NAME_INVALID: Message = Message {
    id: "field-name-invalid",
    summary: "A header field's name is empty, not a token, or has a space before its colon (RFC 9112 5.1).",
    remedy: "Correct the field.",
};

/// A header field's name is longer than 256 bytes.
pub const FIELD_NAME_TOO_LONG: Message = Message {
    id: "field-name-too-long",
    summary: "A header field's name is longer than 256 bytes.",
    remedy: "Shorten the name.",
};

/// A string has characters or a form that its field does not allow.
pub const FIELD_PATTERN: Message = Message {
    id: "field-pattern",
    summary: "A string has characters or a form that its field does not allow.",
    remedy: "Write it as the message says.",
};

/// A number is too small or too large.
pub const FIELD_RANGE: Message = Message {
    id: "field-range",
    summary: "A number is too small or too large.",
    remedy: "Keep it within the bounds named.",
};

/// A field that must be given is missing.
pub const FIELD_REQUIRED: Message = Message {
    id: "field-required",
    summary: "A field that must be given is missing.",
    remedy: "Add the field. `limpet explain` and its path tell what it may hold.",
};

/// A field holds a value of the wrong type.
pub const FIELD_TYPE: Message = Message {
    id: "field-type",
    summary: "A field holds a value of the wrong type.",
    remedy: "Give the type that the message names.",
};

/// A field that the kind does not have. It is ignored.
pub const FIELD_UNKNOWN: Message = Message {
    id: "field-unknown",
    summary: "A field that the kind does not have. It is ignored.",
    remedy: "Check its spelling and indentation; `limpet explain` knows the fields of RoutePolicy and IngressExtension.",
};

/// A file that held objects is empty.
pub const FILE_EMPTIED: Message = Message {
    id: "file-emptied",
    summary: "A file that held objects is empty.",
    remedy: "Wait for it to be written, or remove it to remove its objects.",
};

/// A file or folder cannot be read.
pub const FILE_UNREADABLE: Message = Message {
    id: "file-unreadable",
    summary: "A file or folder cannot be read.",
    remedy: "Check that it exists and its permissions. What it held when it was last read well goes on being used.",
};

/// A file is being written, or lost objects a moment ago. What it held is used meanwhile.
pub const FILE_UNSETTLED: Message = Message {
    id: "file-unsettled",
    summary: "A file is being written, or lost objects a moment ago. What it held is used meanwhile.",
    remedy: "Finish writing it. A file that is written beside and renamed into its place changes in one step.",
};

/// A Gateway has no address yet, or not the one it asks for.
pub const GATEWAY_ADDRESS_PENDING: Message = Message {
    id: "gateway-address-pending",
    summary: "A Gateway has no address yet, or not the one it asks for.",
    remedy: "Its Service says why (`kubectl describe service`): a LoadBalancer needs somebody who gives addresses; a cluster without one can be served with `gateway.service.type: ClusterIP` or NodePort.",
};

/// A Gateway asks for an address that cannot be had here.
pub const GATEWAY_ADDRESS_UNSUPPORTED: Message = Message {
    id: "gateway-address-unsupported",
    summary: "A Gateway asks for an address that cannot be had here.",
    remedy: "Give at most one address, of type IPAddress.",
};

/// The Gateway API's CRDs are of a version that Limpet was not tested with.
pub const GATEWAY_API_UNSUPPORTED: Message = Message {
    id: "gateway-api-unsupported",
    summary: "The Gateway API's CRDs are of a version that Limpet was not tested with.",
    remedy: "Install those of a version that the message names. Until then everything is served as far as it is understood.",
};

/// Some listeners of a Gateway cannot be served.
pub const GATEWAY_LISTENERS_INVALID: Message = Message {
    id: "gateway-listeners-invalid",
    summary: "Some listeners of a Gateway cannot be served.",
    remedy: "See the conditions of each listener.",
};

/// A Gateway names parameters that Limpet does not have.
pub const GATEWAY_PARAMETERS_UNKNOWN: Message = Message {
    id: "gateway-parameters-unknown",
    summary: "A Gateway names parameters that Limpet does not have.",
    remedy: "Remove spec.infrastructure.parametersRef.",
};

/// A request's head did not arrive within the header timeout.
pub const HEAD_TIMEOUT: Message = Message {
    id: "head-timeout",
    summary: "A request's head did not arrive within the header timeout.",
    remedy: "Check the client's network; slow clients need a larger --header-timeout-secs (chart: dataplane.timeouts.headerSecs).",
};

/// A request's or response's head is larger than 64 KiB.
pub const HEAD_TOO_LARGE: Message = Message {
    id: "head-too-large",
    summary: "A request's or response's head is larger than 64 KiB.",
    remedy: "Send fewer or shorter header fields; large cookies are the usual cause.",
};

/// A request's Host is not a host with an optional port (RFC 9112 3.2).
pub const HOST_INVALID: Message = Message {
    id: "host-invalid",
    summary: "A request's Host is not a host with an optional port (RFC 9112 3.2).",
    remedy: "Send the host of the URL, without scheme, user or path.",
};

/// A request's Host leads to another listener than the server name of its TLS handshake did
/// (RFC 9110 7.4).
pub const HOST_MISDIRECTED: Message = Message {
    id: "host-misdirected",
    summary: "A request's Host leads to another listener than the server name of its TLS handshake did (RFC 9110 7.4).",
    remedy: "Open a connection of its own for this host, with its name in the handshake (SNI).",
};

/// A request's target names another host than its Host.
pub const HOST_MISMATCH: Message = Message {
    id: "host-mismatch",
    summary: "A request's target names another host than its Host.",
    remedy: "Send the same host in both.",
};

/// An HTTP/1.1 request has no Host (RFC 9112 3.2).
pub const HOST_MISSING: Message = Message {
    id: "host-missing",
    summary: "An HTTP/1.1 request has no Host (RFC 9112 3.2).",
    remedy: "Send exactly one Host.",
};

/// A request has several Host fields (RFC 9112 3.2).
pub const HOST_REPEATED: Message = Message {
    id: "host-repeated",
    summary: "A request has several Host fields (RFC 9112 3.2).",
    remedy: "Send exactly one Host.",
};

/// No hostname of the route fits a listener's.
pub const HOSTNAME_NOT_MATCHING: Message = Message {
    id: "hostname-not-matching",
    summary: "No hostname of the route fits a listener's.",
    remedy: "Make one of the route's hostnames fit a listener's hostname.",
};

/// A Service or EndpointSlice of a Gateway could not be written.
pub const INFRA_NOT_WRITTEN: Message = Message {
    id: "infra-not-written",
    summary: "A Service or EndpointSlice of a Gateway could not be written.",
    remedy: "See the reason in the message; it is tried again. A Gateway's address may be one that the cluster cannot give.",
};

/// A Gateway's listener and the Ingresses ask for the same address and port.
pub const INGRESS_PORT_CLASH: Message = Message {
    id: "ingress-port-clash",
    summary: "A Gateway's listener and the Ingresses ask for the same address and port.",
    remedy: "Give the Ingresses or the listener another port.",
};

/// Two Ingresses have the same host and path; the oldest is used.
pub const INGRESS_RULE_CLASH: Message = Message {
    id: "ingress-rule-clash",
    summary: "Two Ingresses have the same host and path; the oldest is used.",
    remedy: "Change or remove one of them.",
};

/// The kernel refuses io_uring, and it was asked for.
pub const IO_URING_REFUSED: Message = Message {
    id: "io-uring-refused",
    summary: "The kernel refuses io_uring, and it was asked for.",
    remedy: "Permit it, or choose the driver auto or epoll.",
};

/// The API server does not know a kind that could be served.
pub const KIND_NOT_INSTALLED: Message = Message {
    id: "kind-not-installed",
    summary: "The API server does not know a kind that could be served.",
    remedy: "Install its CRDs if you want to use it: `kubectl apply` the Gateway API's or Limpet's. It is then served without a restart.",
};

/// A manifest is of a kind that means nothing to a gateway, such as Deployment. It is skipped;
/// nothing is wrong.
pub const KIND_SKIPPED: Message = Message {
    id: "kind-skipped",
    summary: "A manifest is of a kind that means nothing to a gateway, such as Deployment. It is skipped; nothing is wrong.",
    remedy: "Nothing. To have no word about it, keep the object in another folder.",
};

/// A manifest's apiVersion and kind are none that Limpet reads.
pub const KIND_UNKNOWN: Message = Message {
    id: "kind-unknown",
    summary: "A manifest's apiVersion and kind are none that Limpet reads.",
    remedy: "Check the spelling of apiVersion and kind, or keep the object in another folder.",
};

/// A manifest is of a kind that Limpet does not serve yet, such as GRPCRoute. It does nothing.
pub const KIND_UNSERVED: Message = Message {
    id: "kind-unserved",
    summary: "A manifest is of a kind that Limpet does not serve yet, such as GRPCRoute. It does nothing.",
    remedy: "Use a kind that is served; the README says which. Keep the object in another folder meanwhile.",
};

/// The first configuration of this run was refused, so the last good one of an earlier run is
/// served.
pub const LAST_GOOD_SERVED: Message = Message {
    id: "last-good-served",
    summary: "The first configuration of this run was refused, so the last good one of an earlier run is served.",
    remedy: "Correct what the refusal names.",
};

/// What was kept for the next start cannot be read or written.
pub const LAST_GOOD_UNUSABLE: Message = Message {
    id: "last-good-unusable",
    summary: "What was kept for the next start cannot be read or written.",
    remedy: "Check the state folder's disk and permissions; delete a damaged file, it is written anew.",
};

/// A message has both Content-Length and Transfer-Encoding (RFC 9112 6.1): the pattern of
/// request smuggling.
pub const LENGTH_AND_TRANSFER_ENCODING: Message = Message {
    id: "length-and-transfer-encoding",
    summary: "A message has both Content-Length and Transfer-Encoding (RFC 9112 6.1): the pattern of request smuggling.",
    remedy: "Send one of them.",
};

/// A Content-Length is not a plain number (RFC 9112 6.2).
pub const LENGTH_INVALID: Message = Message {
    id: "length-invalid",
    summary: "A Content-Length is not a plain number (RFC 9112 6.2).",
    remedy: "Send digits only.",
};

/// A message has several Content-Length values (RFC 9112 6.3).
pub const LENGTH_REPEATED: Message = Message {
    id: "length-repeated",
    summary: "A message has several Content-Length values (RFC 9112 6.3).",
    remedy: "Send one.",
};

/// A listener's address cannot be bound.
pub const LISTENER_ADDRESS_UNAVAILABLE: Message = Message {
    id: "listener-address-unavailable",
    summary: "A listener's address cannot be bound.",
    remedy: "Free the port or choose another one; ports below 1024 need a privilege, addresses must belong to this machine.",
};

/// Two listeners claim the same hostname, or different protocols, on one address and port; or
/// addresses of which one includes the other.
pub const LISTENER_CONFLICT: Message = Message {
    id: "listener-conflict",
    summary: "Two listeners claim the same hostname, or different protocols, on one address and port; or addresses of which one includes the other.",
    remedy: "Give one of them another hostname, port or address.",
};

/// A listener asks for a protocol that Limpet does not serve.
pub const LISTENER_PROTOCOL_UNSUPPORTED: Message = Message {
    id: "listener-protocol-unsupported",
    summary: "A listener asks for a protocol that Limpet does not serve.",
    remedy: "Use HTTP.",
};

/// A listener allows a kind of route that Limpet does not know.
pub const LISTENER_ROUTE_KINDS: Message = Message {
    id: "listener-route-kinds",
    summary: "A listener allows a kind of route that Limpet does not know.",
    remedy: "Allow HTTPRoute only.",
};

/// `limpet man` cannot write its pages.
pub const MAN_UNWRITABLE: Message = Message {
    id: "man-unwritable",
    summary: "`limpet man` cannot write its pages.",
    remedy: "Name a folder that this user may write to, or free the disk.",
};

/// managed-cookie has a fixed name and duration: AGCAffinity and 86400 seconds. Those given are
/// discarded.
pub const MANAGED_COOKIE_FIXED: Message = Message {
    id: "managed-cookie-fixed",
    summary: "managed-cookie has a fixed name and duration: AGCAffinity and 86400 seconds. Those given are discarded.",
    remedy: "Remove cookieName and cookieDuration, or use application-cookie.",
};

/// A request's method is not a token (RFC 9110 9.1).
pub const METHOD_INVALID: Message = Message {
    id: "method-invalid",
    summary: "A request's method is not a token (RFC 9110 9.1).",
    remedy: "Check what the client sends before its request.",
};

/// A request asks for a tunnel by CONNECT.
pub const METHOD_UNSUPPORTED: Message = Message {
    id: "method-unsupported",
    summary: "A request asks for a tunnel by CONNECT.",
    remedy: "Use a forward proxy for tunnels; a gateway makes none.",
};

/// A request's route leads to a backend that does not exist or may not be referred to. It was
/// answered with 500.
pub const NO_BACKEND: Message = Message {
    id: "no-backend",
    summary: "A request's route leads to a backend that does not exist or may not be referred to. It was answered with 500.",
    remedy: "See the route's ResolvedRefs condition.",
};

/// No file descriptor was left to connect to an endpoint. The request was answered with 503.
pub const NO_DESCRIPTORS: Message = Message {
    id: "no-descriptors",
    summary: "No file descriptor was left to connect to an endpoint. The request was answered with 503.",
    remedy: "Raise the limit of open files (ulimit -n).",
};

/// A request's backend has no ready endpoint. It was answered with 503.
pub const NO_ENDPOINT: Message = Message {
    id: "no-endpoint",
    summary: "A request's backend has no ready endpoint. It was answered with 503.",
    remedy: "Check the Service's pods.",
};

/// This machine's own network could not connect to an endpoint: no local port, route or
/// interface was left. The request was answered with 503, and no session moved.
pub const NO_NETWORK: Message = Message {
    id: "no-network",
    summary: "This machine's own network could not connect to an endpoint: no local port, route or interface was left. The request was answered with 503, and no session moved.",
    remedy: "Check the machine's routes and interfaces, and the range of local ports (net.ipv4.ip_local_port_range).",
};

/// A file or folder that was named has no object in it.
pub const NO_OBJECTS: Message = Message {
    id: "no-objects",
    summary: "A file or folder that was named has no object in it.",
    remedy: "Check the path; manifests end in .yaml, .yml or .json.",
};

/// No route matches a request's host and path. It was answered with 404.
pub const NO_ROUTE: Message = Message {
    id: "no-route",
    summary: "No route matches a request's host and path. It was answered with 404.",
    remedy: "Check the URL, or the hostnames and matches of the routes.",
};

/// Two manifests describe the same object.
pub const OBJECT_DUPLICATE: Message = Message {
    id: "object-duplicate",
    summary: "Two manifests describe the same object.",
    remedy: "Keep one of them. The one that was read first is used: files are read in the order of their names.",
};

/// An object of the API server has values that cannot be used.
pub const OBJECT_UNUSABLE: Message = Message {
    id: "object-unusable",
    summary: "An object of the API server has values that cannot be used.",
    remedy: "Correct what the message names. Until then the object stays in use as it was before.",
};

/// The operator could not start.
pub const OPERATOR_NOT_STARTED: Message = Message {
    id: "operator-not-started",
    summary: "The operator could not start.",
    remedy: "Correct what the message names; `limpet operator --help` tells what each setting means.",
};

/// Standard output cannot be written.
pub const OUTPUT_UNWRITABLE: Message = Message {
    id: "output-unwritable",
    summary: "Standard output cannot be written.",
    remedy: "Free the disk it goes to, or read it to its end. A running gateway goes on serving.",
};

/// A route's parentRef names no usable listener of its Gateway.
pub const PARENT_LISTENER_UNKNOWN: Message = Message {
    id: "parent-listener-unknown",
    summary: "A route's parentRef names no usable listener of its Gateway.",
    remedy: "Check its sectionName and port against the Gateway's listeners, and the conditions of these.",
};

/// No listener of the Gateway admits the route.
pub const PARENT_NOT_ALLOWED: Message = Message {
    id: "parent-not-allowed",
    summary: "No listener of the Gateway admits the route.",
    remedy: "Widen the listener's allowedRoutes, or move the route.",
};

/// A route's parentRef leads to no Gateway.
pub const PARENT_UNKNOWN: Message = Message {
    id: "parent-unknown",
    summary: "A route's parentRef leads to no Gateway.",
    remedy: "Check the parentRef's name and namespace.",
};

/// A path looks like a pattern, and is taken literally.
pub const PATH_LITERAL: Message = Message {
    id: "path-literal",
    summary: "A path looks like a pattern, and is taken literally.",
    remedy: "Use Prefix with the part before the pattern: it takes everything below. Expressions are for HTTPRoutes, with a path of type RegularExpression.",
};

/// Two RoutePolicies target the same route; the oldest is used.
pub const POLICY_CONFLICT: Message = Message {
    id: "policy-conflict",
    summary: "Two RoutePolicies target the same route; the oldest is used.",
    remedy: "Remove one of them.",
};

/// A RoutePolicy uses spec.override, which is reserved.
pub const POLICY_OVERRIDE: Message = Message {
    id: "policy-override",
    summary: "A RoutePolicy uses spec.override, which is reserved.",
    remedy: "Move the settings to spec.default.",
};

/// A RoutePolicy's sessionAffinity meets rules with sessionPersistence of their own, which
/// wins.
pub const POLICY_PERSISTENCE_CONFLICT: Message = Message {
    id: "policy-persistence-conflict",
    summary: "A RoutePolicy's sessionAffinity meets rules with sessionPersistence of their own, which wins.",
    remedy: "Set the affinity in one place.",
};

/// A RoutePolicy names sections of its target.
pub const POLICY_SECTION_NAMES: Message = Message {
    id: "policy-section-names",
    summary: "A RoutePolicy names sections of its target.",
    remedy: "Remove targetRef.sectionNames: a RoutePolicy applies to the whole route.",
};

/// A RoutePolicy's target is of a group that has no routes.
pub const POLICY_TARGET_GROUP: Message = Message {
    id: "policy-target-group",
    summary: "A RoutePolicy's target is of a group that has no routes.",
    remedy: "Use gateway.networking.k8s.io.",
};

/// A RoutePolicy's target is of a kind that it cannot apply to.
pub const POLICY_TARGET_KIND: Message = Message {
    id: "policy-target-kind",
    summary: "A RoutePolicy's target is of a kind that it cannot apply to.",
    remedy: "Target an HTTPRoute.",
};

/// A RoutePolicy's target does not exist.
pub const POLICY_TARGET_MISSING: Message = Message {
    id: "policy-target-missing",
    summary: "A RoutePolicy's target does not exist.",
    remedy: "Create the route, or correct targetRef.",
};

/// A RoutePolicy's target is attached to no listener.
pub const POLICY_TARGET_UNATTACHED: Message = Message {
    id: "policy-target-unattached",
    summary: "A RoutePolicy's target is attached to no listener.",
    remedy: "See the conditions of the route.",
};

/// A RoutePolicy's routeTimeout meets rules with timeouts of their own, which win.
pub const POLICY_TIMEOUT_CONFLICT: Message = Message {
    id: "policy-timeout-conflict",
    summary: "A RoutePolicy's routeTimeout meets rules with timeouts of their own, which win.",
    remedy: "Set the timeout in one place.",
};

/// An object has more problems than one answer names.
pub const PROBLEMS_LEFT_OUT: Message = Message {
    id: "problems-left-out",
    summary: "An object has more problems than one answer names.",
    remedy: "Correct the ones named, then check again.",
};

/// A connection from a load balancer's network does not begin with a PROXY header that can be
/// read, and was closed.
pub const PROXY_HEADER_REFUSED: Message = Message {
    id: "proxy-header-refused",
    summary: "A connection from a load balancer's network does not begin with a PROXY header that can be read, and was closed.",
    remedy: "Turn the PROXY protocol on at the load balancer, or take its address out of --proxy-protocol-from (chart: dataplane.proxyProtocolFrom).",
};

/// A reference into another namespace is not granted.
pub const REFERENCE_NOT_PERMITTED: Message = Message {
    id: "reference-not-permitted",
    summary: "A reference into another namespace is not granted.",
    remedy: "Create the ReferenceGrant that the message shows.",
};

/// A regular expression is malformed or too large.
pub const REGEX_INVALID: Message = Message {
    id: "regex-invalid",
    summary: "A regular expression is malformed or too large.",
    remedy: "Use RE2 syntax: no look-around and no back-references.",
};

/// A rule of a route asks for something that Limpet does not do; the rule is left out.
pub const RULE_UNSUPPORTED: Message = Message {
    id: "rule-unsupported",
    summary: "A rule of a route asks for something that Limpet does not do; the rule is left out.",
    remedy: "Remove or replace what the message names.",
};

/// A request's target is https, but came in unencrypted (RFC 9110 7.4).
pub const SCHEME_MISDIRECTED: Message = Message {
    id: "scheme-misdirected",
    summary: "A request's target is https, but came in unencrypted (RFC 9110 7.4).",
    remedy: "Connect with TLS, or ask for http.",
};

/// The operator cannot read or renew its own Secrets: certificates and affinity keys.
pub const SECRETS_UNUSABLE: Message = Message {
    id: "secrets-unusable",
    summary: "The operator cannot read or renew its own Secrets: certificates and affinity keys.",
    remedy: "See the reason in the message, and the rights on Secrets in the chart's Role. What was read last is used meanwhile; delete a damaged Secret, it is made anew.",
};

/// An environment variable begins with LIMPET_ and is no setting. It is ignored.
pub const SETTING_UNKNOWN: Message = Message {
    id: "setting-unknown",
    summary: "An environment variable begins with LIMPET_ and is no setting. It is ignored.",
    remedy: "Correct its name; `limpet run --help` lists them all.",
};

/// The settings cannot be used.
pub const SETTINGS_INVALID: Message = Message {
    id: "settings-invalid",
    summary: "The settings cannot be used.",
    remedy: "Correct the flag, variable or key that the message names; `limpet run --help` explains each.",
};

/// The data plane refused the configuration and goes on with the one it had.
pub const SNAPSHOT_REFUSED: Message = Message {
    id: "snapshot-refused",
    summary: "The data plane refused the configuration and goes on with the one it had.",
    remedy: "Report it: a configuration that was accepted must be servable.",
};

/// A first line is not `method SP target SP version`, or not `version SP status SP reason` (RFC
/// 9112 3, 4).
pub const START_LINE_MALFORMED: Message = Message {
    id: "start-line-malformed",
    summary: "A first line is not `method SP target SP version`, or not `version SP status SP reason` (RFC 9112 3, 4).",
    remedy: "Check that the peer speaks HTTP/1.1 on this port, and encodes spaces in URLs.",
};

/// Another Limpet uses the state folder.
pub const STATE_IN_USE: Message = Message {
    id: "state-in-use",
    summary: "Another Limpet uses the state folder.",
    remedy: "End it, or name another folder with --state: every `limpet run` needs one of its own.",
};

/// The state folder cannot be used.
pub const STATE_UNUSABLE: Message = Message {
    id: "state-unusable",
    summary: "The state folder cannot be used.",
    remedy: "Name another with --state, or correct its permissions.",
};

/// A status could not be written to the API server.
pub const STATUS_NOT_WRITTEN: Message = Message {
    id: "status-not-written",
    summary: "A status could not be written to the API server.",
    remedy: "See the reason in the message; it is tried again. Missing rights are in the chart's ClusterRole.",
};

/// A data plane has no stream to an operator, or lost it.
pub const STREAM_LOST: Message = Message {
    id: "stream-lost",
    summary: "A data plane has no stream to an operator, or lost it.",
    remedy: "It serves what it has and connects again by itself. See that an operator is ready and that the two trust each other's certificates.",
};

/// A data plane was refused by the operator.
pub const STREAM_REFUSED: Message = Message {
    id: "stream-refused",
    summary: "A data plane was refused by the operator.",
    remedy: "Its certificate must name the fleet that it says it belongs to. Restart it if its Secret was made anew.",
};

/// A request's target is none of RFC 9112's four forms, or holds characters that a URI may not
/// hold.
pub const TARGET_INVALID: Message = Message {
    id: "target-invalid",
    summary: "A request's target is none of RFC 9112's four forms, or holds characters that a URI may not hold.",
    remedy: "Percent-encode the URL.",
};

/// A request's target is longer than 64 KiB.
pub const TARGET_TOO_LONG: Message = Message {
    id: "target-too-long",
    summary: "A request's target is longer than 64 KiB.",
    remedy: "Move what the URL carries into a body.",
};

/// A head or trailer section has more than 96 fields.
pub const TOO_MANY_FIELDS: Message = Message {
    id: "too-many-fields",
    summary: "A head or trailer section has more than 96 fields.",
    remedy: "Send fewer header fields.",
};

/// An endpoint sent more than 16 responses of status 1xx to one request.
pub const TOO_MANY_INTERIM: Message = Message {
    id: "too-many-interim",
    summary: "An endpoint sent more than 16 responses of status 1xx to one request.",
    remedy: "Correct the application.",
};

/// A session had as many requests in flight as it may have; the next was answered with 429.
pub const TOO_MANY_REQUESTS_OF_SESSION: Message = Message {
    id: "too-many-requests-of-session",
    summary: "A session had as many requests in flight as it may have; the next was answered with 429.",
    remedy: "Wait for one to finish, or raise --requests-per-session-max.",
};

/// An HTTP/1.0 message has a Transfer-Encoding (RFC 9112 6.1).
pub const TRANSFER_ENCODING_IN_OLD_VERSION: Message = Message {
    id: "transfer-encoding-in-old-version",
    summary: "An HTTP/1.0 message has a Transfer-Encoding (RFC 9112 6.1).",
    remedy: "Use HTTP/1.1, or a Content-Length.",
};

/// A Transfer-Encoding is not exactly `chunked` (RFC 9112 6.1).
pub const TRANSFER_ENCODING_UNSUPPORTED: Message = Message {
    id: "transfer-encoding-unsupported",
    summary: "A Transfer-Encoding is not exactly `chunked` (RFC 9112 6.1).",
    remedy: "Send `chunked` once; compress with Content-Encoding.",
};

/// An endpoint switched to a protocol that the client had not asked for.
pub const UPGRADE_UNEXPECTED: Message = Message {
    id: "upgrade-unexpected",
    summary: "An endpoint switched to a protocol that the client had not asked for.",
    remedy: "Correct the application.",
};

/// An endpoint's answer broke off after its beginning had been sent on; the client's connection
/// was closed.
pub const UPSTREAM_BROKE_OFF: Message = Message {
    id: "upstream-broke-off",
    summary: "An endpoint's answer broke off after its beginning had been sent on; the client's connection was closed.",
    remedy: "See the application's log.",
};

/// An endpoint closed the connection without a whole answer. The request was answered with 502.
pub const UPSTREAM_CLOSED: Message = Message {
    id: "upstream-closed",
    summary: "An endpoint closed the connection without a whole answer. The request was answered with 502.",
    remedy: "See the application's log.",
};

/// An endpoint's answer breaks HTTP/1.1 or a bound, so it was not forwarded. The request was
/// answered with 502.
pub const UPSTREAM_MALFORMED: Message = Message {
    id: "upstream-malformed",
    summary: "An endpoint's answer breaks HTTP/1.1 or a bound, so it was not forwarded. The request was answered with 502.",
    remedy: "Check that the application speaks HTTP/1.1 on this port.",
};

/// An endpoint did not answer in time. The request was answered with 504.
pub const UPSTREAM_TIMEOUT: Message = Message {
    id: "upstream-timeout",
    summary: "An endpoint did not answer in time. The request was answered with 504.",
    remedy: "Raise the rule's timeout or --request-timeout-secs (chart: dataplane.timeouts.requestSecs), or see the application's log.",
};

/// No endpoint of a backend accepted a connection. The request was answered with 502.
pub const UPSTREAM_UNREACHABLE: Message = Message {
    id: "upstream-unreachable",
    summary: "No endpoint of a backend accepted a connection. The request was answered with 502.",
    remedy: "Check that its pods listen on the Service's target port; a slow network needs a larger --connect-timeout-secs (chart: dataplane.timeouts.connectSecs).",
};

/// A message is in another version than HTTP/1.0 or HTTP/1.1.
pub const VERSION_UNSUPPORTED: Message = Message {
    id: "version-unsupported",
    summary: "A message is in another version than HTTP/1.0 or HTTP/1.1.",
    remedy: "Use HTTP/1.1 here.",
};

/// The folder of a manifest cannot be watched.
pub const WATCH_UNAVAILABLE: Message = Message {
    id: "watch-unavailable",
    summary: "The folder of a manifest cannot be watched.",
    remedy: "Check that the folder exists, and raise fs.inotify.max_user_watches and max_user_instances.",
};

/// A serving thread died of a bug of ours and was started again; its connections are lost.
pub const WORKER_DIED: Message = Message {
    id: "worker-died",
    summary: "A serving thread died of a bug of ours and was started again; its connections are lost.",
    remedy: "Report it with the log around it.",
};

/// A serving thread or its runtime cannot be made.
pub const WORKER_NOT_STARTED: Message = Message {
    id: "worker-not-started",
    summary: "A serving thread or its runtime cannot be made.",
    remedy: "Raise the limits of processes and open files.",
};

/// A manifest is not valid YAML or JSON.
pub const YAML_MALFORMED: Message = Message {
    id: "yaml-malformed",
    summary: "A manifest is not valid YAML or JSON.",
    remedy: "Correct the file at the line and column named. The other files are served meanwhile.",
};

/// All of them, sorted by id.
pub const ALL: &[Message] = &[
    ACCEPT_STOPPED,
    ACCESS_LOG_UNWRITABLE,
    ADMIN_UNANSWERED,
    ADMIN_UNAVAILABLE,
    AFFINITY_COOKIE_TAKEN,
    AFFINITY_KEY_UNUSABLE,
    ANNOTATION_IGNORED,
    API_UNREACHABLE,
    BACKEND_KIND,
    BACKEND_MISSING,
    BARE_LINE_BREAK,
    BODY_TIMEOUT,
    CERTIFICATE_EXPIRED,
    CERTIFICATE_INVALID,
    CERTIFICATE_UNDELIVERED,
    CHUNK_MALFORMED,
    CHUNK_TOO_LARGE,
    CLASS_UNKNOWN,
    CONNECTION_PANICKED,
    CONTROL_CHARACTER,
    COOKIE_PREFIX,
    CORE_STUCK,
    DESCRIPTORS_FEW,
    ENDPOINT_SLICE_UNUSED,
    EVENT_NOT_WRITTEN,
    EXTENSION_DUPLICATE,
    EXTENSION_ENTRY_UNUSED,
    EXTENSION_MISSING,
    EXTENSION_UNSUPPORTED,
    EXTENSION_UNUSED,
    FIELD_COUNT,
    FIELD_DUPLICATE,
    FIELD_DURATION,
    FIELD_ENUM,
    FIELD_FOLDED,
    FIELD_IGNORED,
    FIELD_LENGTH,
    FIELD_NAME_INVALID,
    FIELD_NAME_TOO_LONG,
    FIELD_PATTERN,
    FIELD_RANGE,
    FIELD_REQUIRED,
    FIELD_TYPE,
    FIELD_UNKNOWN,
    FILE_EMPTIED,
    FILE_UNREADABLE,
    FILE_UNSETTLED,
    GATEWAY_ADDRESS_PENDING,
    GATEWAY_ADDRESS_UNSUPPORTED,
    GATEWAY_API_UNSUPPORTED,
    GATEWAY_LISTENERS_INVALID,
    GATEWAY_PARAMETERS_UNKNOWN,
    HEAD_TIMEOUT,
    HEAD_TOO_LARGE,
    HOST_INVALID,
    HOST_MISDIRECTED,
    HOST_MISMATCH,
    HOST_MISSING,
    HOST_REPEATED,
    HOSTNAME_NOT_MATCHING,
    INFRA_NOT_WRITTEN,
    INGRESS_PORT_CLASH,
    INGRESS_RULE_CLASH,
    IO_URING_REFUSED,
    KIND_NOT_INSTALLED,
    KIND_SKIPPED,
    KIND_UNKNOWN,
    KIND_UNSERVED,
    LAST_GOOD_SERVED,
    LAST_GOOD_UNUSABLE,
    LENGTH_AND_TRANSFER_ENCODING,
    LENGTH_INVALID,
    LENGTH_REPEATED,
    LISTENER_ADDRESS_UNAVAILABLE,
    LISTENER_CONFLICT,
    LISTENER_PROTOCOL_UNSUPPORTED,
    LISTENER_ROUTE_KINDS,
    MAN_UNWRITABLE,
    MANAGED_COOKIE_FIXED,
    METHOD_INVALID,
    METHOD_UNSUPPORTED,
    NO_BACKEND,
    NO_DESCRIPTORS,
    NO_ENDPOINT,
    NO_NETWORK,
    NO_OBJECTS,
    NO_ROUTE,
    OBJECT_DUPLICATE,
    OBJECT_UNUSABLE,
    OPERATOR_NOT_STARTED,
    OUTPUT_UNWRITABLE,
    PARENT_LISTENER_UNKNOWN,
    PARENT_NOT_ALLOWED,
    PARENT_UNKNOWN,
    PATH_LITERAL,
    POLICY_CONFLICT,
    POLICY_OVERRIDE,
    POLICY_PERSISTENCE_CONFLICT,
    POLICY_SECTION_NAMES,
    POLICY_TARGET_GROUP,
    POLICY_TARGET_KIND,
    POLICY_TARGET_MISSING,
    POLICY_TARGET_UNATTACHED,
    POLICY_TIMEOUT_CONFLICT,
    PROBLEMS_LEFT_OUT,
    PROXY_HEADER_REFUSED,
    REFERENCE_NOT_PERMITTED,
    REGEX_INVALID,
    RULE_UNSUPPORTED,
    SCHEME_MISDIRECTED,
    SECRETS_UNUSABLE,
    SETTING_UNKNOWN,
    SETTINGS_INVALID,
    SNAPSHOT_REFUSED,
    START_LINE_MALFORMED,
    STATE_IN_USE,
    STATE_UNUSABLE,
    STATUS_NOT_WRITTEN,
    STREAM_LOST,
    STREAM_REFUSED,
    TARGET_INVALID,
    TARGET_TOO_LONG,
    TOO_MANY_FIELDS,
    TOO_MANY_INTERIM,
    TOO_MANY_REQUESTS_OF_SESSION,
    TRANSFER_ENCODING_IN_OLD_VERSION,
    TRANSFER_ENCODING_UNSUPPORTED,
    UPGRADE_UNEXPECTED,
    UPSTREAM_BROKE_OFF,
    UPSTREAM_CLOSED,
    UPSTREAM_MALFORMED,
    UPSTREAM_TIMEOUT,
    UPSTREAM_UNREACHABLE,
    VERSION_UNSUPPORTED,
    WATCH_UNAVAILABLE,
    WORKER_DIED,
    WORKER_NOT_STARTED,
    YAML_MALFORMED,
];
