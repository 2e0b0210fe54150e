//! The specification page's two manifests, byte for byte, through the binary.

mod support;

use support::{
    Backends, INGRESS, INGRESS_EXTENSION, Limpet, ROUTE_POLICY, client, free_port, gateway,
};

const FURTHER_REQUESTS: usize = 600;

/// Asserts the first reply's cookie, and that every further request stays on its pod.
#[track_caller]
fn sticks(port: u16, name: &str, attributes: &str) {
    let first = client(port, None);
    let set_cookie = first
        .set_cookie
        .clone()
        .expect("the first reply sets the cookie");
    let (pair, rest) = set_cookie.split_once("; ").expect("it has attributes");
    assert!(pair.starts_with(&format!("{name}=")), "{set_cookie}");
    assert_eq!(rest, attributes);
    for _ in 0..FURTHER_REQUESTS {
        let reply = client(port, Some(pair));
        assert_eq!((reply.status, &reply.body), (200, &first.body));
        assert_eq!(reply.set_cookie, None, "a valid pin is not replaced");
    }
}

#[test]
fn the_pages_route_policy_keeps_a_client_on_one_of_four_pods() {
    let (backends, port) = (Backends::start(4), free_port());
    let limpet = Limpet::start(&[
        ("echo.yaml", &backends.manifest()),
        ("gateway.yaml", &gateway(port)),
        ("route-policy.yaml", ROUTE_POLICY),
    ]);
    let (status, reason, message) =
        limpet.condition("RoutePolicy", "session-affinity-route-policy", "Accepted");
    assert_eq!(
        (status.as_str(), reason.as_str()),
        ("True", "Accepted"),
        "{message}"
    );
    sticks(
        port,
        "nomnom",
        "Path=/; Max-Age=3600; HttpOnly; SameSite=Lax",
    );
}

#[test]
fn a_managed_cookie_has_its_own_name_and_day_whatever_is_given() {
    let (backends, port) = (Backends::start(4), free_port());
    let managed = ROUTE_POLICY.replace("application-cookie", "managed-cookie");
    let limpet = Limpet::start(&[
        ("echo.yaml", &backends.manifest()),
        ("gateway.yaml", &gateway(port)),
        ("route-policy.yaml", &managed),
    ]);
    let (status, _, message) =
        limpet.condition("RoutePolicy", "session-affinity-route-policy", "Accepted");
    assert_eq!(status, "True");
    assert!(
        message.contains("cookieName") && message.contains("cookieDuration"),
        "{message}"
    );
    sticks(
        port,
        "AGCAffinity",
        "Path=/; Max-Age=86400; HttpOnly; SameSite=Lax",
    );
}

#[test]
fn from_another_namespace_it_needs_a_grant_and_the_message_says_which() {
    let (backends, port) = (Backends::start(4), free_port());
    let foreign = ROUTE_POLICY.replace("metadata:\n", "metadata:\n  namespace: elsewhere\n");
    let mut limpet = Limpet::start(&[
        ("echo.yaml", &backends.manifest()),
        ("gateway.yaml", &gateway(port)),
        ("route-policy.yaml", &foreign),
    ]);
    let (status, reason, message) = limpet.condition(
        "RoutePolicy",
        "session-affinity-route-policy",
        "ResolvedRefs",
    );
    assert_eq!(
        (status.as_str(), reason.as_str()),
        ("False", "RefNotPermitted")
    );
    for part in [
        "ReferenceGrant",
        "test-infra",
        "elsewhere",
        "RoutePolicy",
        "HTTPRoute",
    ] {
        assert!(message.contains(part), "{part} is not in: {message}");
    }
    assert_eq!(
        client(port, None).set_cookie,
        None,
        "a refused policy pins nobody"
    );

    limpet.write(
        "grant.yaml",
        "apiVersion: gateway.networking.k8s.io/v1\n\
         kind: ReferenceGrant\n\
         metadata: {name: sticky, namespace: test-infra}\n\
         spec:\n  \
           from: [{group: alb.networking.azure.io, kind: RoutePolicy, namespace: elsewhere}]\n  \
           to: [{group: gateway.networking.k8s.io, kind: HTTPRoute}]\n",
    );
    limpet.wait_for(|limpet| {
        limpet
            .condition("RoutePolicy", "session-affinity-route-policy", "Accepted")
            .0
            == "True"
    });
    sticks(
        port,
        "nomnom",
        "Path=/; Max-Age=3600; HttpOnly; SameSite=Lax",
    );
}

#[test]
fn the_pages_ingress_extension_keeps_a_client_on_one_of_four_pods() {
    let backends = Backends::start(4);
    let limpet = Limpet::start(&[
        ("echo.yaml", &backends.manifest()),
        ("ingress.yaml", INGRESS),
        ("ingress-extension.yaml", INGRESS_EXTENSION),
    ]);
    let (status, reason, message) = limpet.condition(
        "IngressExtension",
        "session-affinity-ingress-extension",
        "Accepted",
    );
    assert_eq!(
        (status.as_str(), reason.as_str()),
        ("True", "Accepted"),
        "{message}"
    );
    sticks(
        limpet.ingress_port,
        "nomnom",
        "Path=/; Max-Age=3600; HttpOnly; SameSite=Lax",
    );
}
