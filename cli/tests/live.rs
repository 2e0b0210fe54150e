//! Changes, mistakes and restarts while clients are served.

mod support;

use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

use support::{
    Backends, Limpet, PATIENCE, ROUTE_POLICY, client, free_port, gateway, limpet_command,
};

fn start(backends: &Backends, port: u16) -> Limpet {
    Limpet::start(&[
        ("echo.yaml", &backends.manifest()),
        ("gateway.yaml", &gateway(port)),
        ("route-policy.yaml", ROUTE_POLICY),
    ])
}

/// The sources of what was refused last.
fn refused(limpet: &Limpet) -> Vec<String> {
    let refused = limpet.view["refused"]
        .as_array()
        .expect("refusals are a list");
    refused
        .iter()
        .map(|refusal| refusal["source"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn a_session_survives_a_restart_of_the_gateway() {
    let (backends, port) = (Backends::start(4), free_port());
    let limpet = start(&backends, port);
    let first = client(port, None);
    let _limpet = limpet.restart();
    for _ in 0..20 {
        let reply = client(port, Some(&first.cookie()));
        assert_eq!((reply.body, reply.set_cookie), (first.body.clone(), None));
    }
}

#[test]
fn the_affinity_key_is_made_once_and_for_its_owner_only() {
    let (backends, port) = (Backends::start(1), free_port());
    let limpet = start(&backends, port);
    let path = limpet.state().join("affinity.key");
    let key = std::fs::read(&path).expect("it was made");
    let mode = std::fs::metadata(&path)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let limpet = limpet.restart();
    assert_eq!(
        std::fs::read(limpet.state().join("affinity.key")).expect("it is there"),
        key
    );
}

#[test]
fn a_pod_that_is_gone_moves_its_clients_once_and_nobody_else() {
    let (backends, port) = (Backends::start(4), free_port());
    let limpet = start(&backends, port);
    let clients: Vec<_> = (0..16).map(|_| client(port, None)).collect();
    let gone = clients[0].body.clone();
    limpet.write("echo.yaml", &backends.manifest_where(|pod| pod != gone));
    // The statuses do not change with an endpoint; a change of the policy shows that both are live.
    limpet.write("route-policy.yaml", &ROUTE_POLICY.replace("3600", "7200"));
    let until = Instant::now() + PATIENCE;
    let moved_to = |cookie: &str| loop {
        let reply = client(port, Some(cookie));
        assert_eq!(reply.status, 200);
        if reply.body != gone {
            return reply;
        }
        assert!(Instant::now() < until, "{gone} is still served");
    };
    for first in &clients {
        let reply = moved_to(&first.cookie());
        if first.body == gone {
            let again = client(port, Some(&reply.cookie()));
            assert_eq!(
                (again.body, again.set_cookie),
                (reply.body, None),
                "moved once"
            );
        } else {
            assert_eq!(
                (&reply.body, &reply.set_cookie),
                (&first.body, &None),
                "not moved"
            );
        }
    }
}

#[test]
fn a_half_written_file_hides_nothing_that_was_served() {
    let (backends, port) = (Backends::start(2), free_port());
    let mut limpet = start(&backends, port);
    let first = client(port, None);
    limpet.write(
        "gateway.yaml",
        "apiVersion: gateway.networking.k8s.io/v1\nkind: [Gate",
    );
    limpet.wait_for(|limpet| !refused(limpet).is_empty());
    assert!(
        refused(&limpet)[0].contains("gateway.yaml"),
        "{:?}",
        refused(&limpet)
    );
    assert_eq!(client(port, Some(&first.cookie())).body, first.body);
}

#[test]
fn after_a_restart_the_last_good_snapshot_serves_until_the_file_is_mended() {
    let (backends, port) = (Backends::start(2), free_port());
    let limpet = start(&backends, port);
    let first = client(port, None);
    limpet.write("gateway.yaml", "kind: [Gate");
    let mut limpet = limpet.restart();
    assert!(!refused(&limpet).is_empty());
    assert_eq!(client(port, Some(&first.cookie())).body, first.body);
    limpet.write("gateway.yaml", &gateway(port));
    limpet.wait_for(|limpet| refused(limpet).is_empty());
    assert_eq!(client(port, Some(&first.cookie())).body, first.body);
}

/// Serves, spoils a file, restarts: the session goes on, and the file is named.
fn a_restart_on(file: &str, spoil: impl Fn(&str) -> String) {
    let (backends, port) = (Backends::start(2), free_port());
    let mut limpet = start(&backends, port);
    let first = client(port, None);
    let good = std::fs::read_to_string(limpet.manifest(file)).expect("it is there");
    limpet.write(file, &spoil(&good));
    limpet.wait_for(|limpet| !refused(limpet).is_empty());
    // Twice: the first restart must not forget what it held.
    let mut limpet = limpet.restart().restart();
    let reply = client(port, Some(&first.cookie()));
    assert_eq!((reply.body, reply.set_cookie), (first.body.clone(), None));
    assert!(refused(&limpet)[0].contains(file), "{:?}", refused(&limpet));
    let held = limpet.view["refused"][0]["held"].as_str();
    assert!(held.is_some_and(|held| held.contains("before")), "{held:?}");
    assert_eq!(
        limpet.condition("Gateway", "gateway", "Programmed").0,
        "True"
    );
    // The rest is served as it is now, not as it was.
    limpet.write("route-policy.yaml", &ROUTE_POLICY.replace("3600", "7200"));
    limpet.wait_for_cookie_of(port, 7200);
    limpet.write(file, &good);
    limpet.wait_for(|limpet| refused(limpet).is_empty());
    assert_eq!(client(port, Some(&first.cookie())).body, first.body);
}

#[test]
fn a_listener_with_an_impossible_port_stays_as_it_was_through_restarts() {
    a_restart_on("gateway.yaml", |good| {
        let port = good.split("port: ").nth(1).expect("it has a port");
        let port = port.lines().next().expect("of one line");
        good.replace(&format!("port: {port}"), "port: 99999")
    });
}

#[test]
fn a_route_of_the_wrong_type_stays_as_it_was_through_restarts() {
    a_restart_on("gateway.yaml", |good| {
        good.replace("parentRefs:", "hostnames: 7\n  parentRefs:")
    });
}

#[test]
fn an_emptied_file_stays_as_it_was_through_restarts() {
    a_restart_on("gateway.yaml", |_| String::new());
}

#[test]
fn what_is_wrong_with_standard_input_is_said_after_every_change() {
    let (backends, port) = (Backends::start(1), free_port());
    let mut limpet = Limpet::start_with_input(
        &[
            ("echo.yaml", &backends.manifest()),
            ("gateway.yaml", &gateway(port)),
        ],
        "kind: Nonsense\n",
    );
    assert_eq!(refused(&limpet), ["- (object 1)"]);
    limpet.write("route-policy.yaml", ROUTE_POLICY);
    limpet.wait_for(|limpet| {
        !limpet
            .status("RoutePolicy", "session-affinity-route-policy")
            .is_null()
    });
    assert_eq!(refused(&limpet), ["- (object 1)"]);
}

#[test]
fn a_bad_object_is_refused_by_itself_with_every_problem() {
    let (backends, port) = (Backends::start(2), free_port());
    let bad = "apiVersion: alb.networking.azure.io/v1\n\
               kind: RoutePolicy\n\
               metadata: {name: bad}\n\
               spec:\n  \
                 targetRef: {group: '', kind: HTTPRoute, name: http-route}\n  \
                 default: {sessionAffinity: {affinityType: application-cookie}}\n";
    let limpet = Limpet::start(&[
        ("bad.yaml", bad),
        ("echo.yaml", &backends.manifest()),
        ("gateway.yaml", &gateway(port)),
        ("route-policy.yaml", ROUTE_POLICY),
    ]);
    let problems = limpet.view["refused"][0]["problems"]
        .as_array()
        .expect("a list");
    let fields: Vec<_> = problems
        .iter()
        .filter_map(|problem| problem["field"].as_str())
        .collect();
    let path = "spec.default.sessionAffinity";
    assert_eq!(
        fields,
        [
            format!("{path}.cookieName"),
            format!("{path}.cookieDuration")
        ]
    );
    assert!(
        client(port, None).set_cookie.is_some(),
        "the good policy works"
    );
}

#[test]
fn a_new_gateway_takes_no_port_that_is_served() {
    let (backends, port) = (Backends::start(1), free_port());
    let mut limpet = start(&backends, port);
    let newcomer = gateway(port).replace("name: gateway", "name: a-gateway");
    let newcomer = newcomer
        .split("---")
        .next()
        .expect("the Gateway comes first");
    limpet.write("a-gateway.yaml", newcomer);
    limpet.wait_for(|limpet| limpet.condition("Gateway", "a-gateway", "Accepted").0 == "False");
    assert_eq!(
        limpet.condition("Gateway", "gateway", "Programmed").0,
        "True"
    );
    let limpet = limpet.restart();
    assert_eq!(
        limpet.condition("Gateway", "gateway", "Programmed").0,
        "True"
    );
    assert_eq!(client(port, None).status, 200);
}

#[test]
fn an_address_that_cannot_be_bound_is_said_and_the_other_listener_serves() {
    let (backends, port) = (Backends::start(2), free_port());
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port of ours");
    let taken_port = taken.local_addr().expect("it is bound").port();
    let two = gateway(port).replace(
        "  listeners:\n",
        &format!("  listeners:\n    - {{name: taken, protocol: HTTP, port: {taken_port}}}\n"),
    );
    let limpet = Limpet::start(&[("echo.yaml", &backends.manifest()), ("gateway.yaml", &two)]);
    let status = limpet.status("Gateway", "gateway");
    let programmed = |name: &str| {
        let listeners = status["listeners"].as_array().expect("a list");
        let listener = listeners
            .iter()
            .find(|l| l["name"] == name)
            .expect("it is listed");
        let conditions = listener["conditions"].as_array().expect("a list");
        conditions
            .iter()
            .find(|c| c["type"] == "Programmed")
            .expect("it is there")
            .clone()
    };
    assert_eq!(programmed("http")["status"], "True");
    assert_eq!(programmed("taken")["status"], "False");
    assert!(
        programmed("taken")["message"]
            .as_str()
            .is_some_and(|m| m.contains("in use"))
    );
    assert_eq!(client(port, None).status, 200);
}

#[test]
fn an_address_that_becomes_free_is_served_without_a_change() {
    let (backends, port) = (Backends::start(1), free_port());
    let taken = std::net::TcpListener::bind(("127.0.0.1", port)).expect("a port of ours");
    let mut limpet = start(&backends, port);
    let programmed = |limpet: &Limpet| limpet.condition("Gateway", "gateway", "Programmed").0;
    assert_eq!(programmed(&limpet), "False");
    drop(taken);
    limpet.wait_for(|limpet| programmed(limpet) == "True");
    assert_eq!(client(port, None).status, 200);
}

#[test]
fn sigterm_ends_it_well() {
    let (backends, port) = (Backends::start(1), free_port());
    let mut limpet = start(&backends, port);
    assert_eq!(client(port, None).status, 200);
    assert!(limpet.terminate().success());
}

#[test]
fn a_state_folder_serves_one_gateway_which_is_named_to_the_next() {
    let (backends, port) = (Backends::start(1), free_port());
    let limpet = start(&backends, port);
    // Its admin address ends the second one's start at the latest.
    let output = limpet_command()
        .args(["run", "--admin", &limpet.admin.to_string()])
        .arg("-f")
        .arg(limpet.manifest("echo.yaml"))
        .arg("--state")
        .arg(limpet.state())
        .output()
        .expect("the binary is built");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("[state-in-use]"), "{said}");
    assert!(
        said.contains(&format!("process {}", limpet.pid())),
        "{said}"
    );
    let limpet = limpet.restart();
    assert_eq!(client(port, None).status, 200);
    drop(limpet);
}
