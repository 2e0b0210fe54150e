//! What the answer says: the pin's attributes, other pins beside it, and who has the last word.

use limpet_schema::snapshot::{Action, Filter, HeaderEdit, Redirect};

use crate::on_both_drivers;
use crate::scene::{
    COOKIE, DURATION_SECS, Pods, SCOPE, Sticky, pod, refusing, rules, sticky, visited,
};
use crate::support::{Backend, Peer, RULE};

/// A gateway before one pod that answers each request like this.
fn answering(driver: limpet_dataplane::Driver, response: &str) -> (Backend, Sticky) {
    let response = response.to_owned();
    let backend = Backend::start(move |peer| {
        while peer.receive().is_some() {
            peer.raw.send(&response);
        }
    });
    let sticky = Sticky::start(driver, sticky(vec![pod("a", backend.address)]));
    (backend, sticky)
}

on_both_drivers! {
    fn a_client_without_a_pin_gets_one_with_these_attributes(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let sticky = Sticky::start(driver, sticky(pods.all()));
        let visit = sticky.new_client();
        let expected = format!(
            "{COOKIE}={}; Path=/; Max-Age={DURATION_SECS}; HttpOnly; SameSite=Lax",
            visit.issued()
        );
        assert_eq!(visit.response.headers("set-cookie").collect::<Vec<_>>(), [expected]);
        assert_eq!(visit.issued().len(), 55);
        let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        assert!(visit.issued().bytes().all(is_base64url));
    }

    fn two_clients_of_one_pod_get_pins_that_have_nothing_in_common(driver) {
        let pods = Pods::start(&["a"]);
        let sticky = Sticky::start(driver, sticky(pods.all()));
        let sessions = sticky.sessions(2);
        let (one, other) = (&sessions[0].1, &sessions[1].1);
        // The first character tells the version and the key.
        let same = one.bytes().zip(other.bytes()).skip(2).filter(|(a, b)| a == b).count();
        assert!(same < 12, "{one} {other}");
    }

    fn every_status_and_method_of_an_endpoint_carries_the_pin(driver) {
        for status in ["204 No Content", "304 Not Modified", "404 Not Found", "500 Oh No"] {
            let length = if status.starts_with(['4', '5']) { "content-length: 0|" } else { "" };
            let (_backend, sticky) = answering(driver, &format!("HTTP/1.1 {status}|{length}|"));
            assert!(sticky.new_client().pin.is_some(), "{status}");
            let head = sticky.gateway.connect().send("HEAD / HTTP/1.1|host: a||").response_head();
            assert!(head.header("set-cookie").is_some(), "HEAD {status}");
        }
    }

    fn an_interim_response_carries_none_and_the_final_one_does(driver) {
        let hint = "HTTP/1.1 103 Early Hints|link: </a>||";
        let (_backend, sticky) =
            answering(driver, &format!("{hint}HTTP/1.1 200 OK|content-length: 0||"));
        let mut client = sticky.gateway.connect();
        assert_eq!(client.get("/").header("set-cookie"), None);
        assert!(client.response().header("set-cookie").is_some());
    }

    fn a_websockets_101_carries_the_pin(driver) {
        let upgrading = |name: &'static str| Backend::start(move |peer: &mut Peer| {
            peer.receive().expect("a request");
            peer.raw.send("HTTP/1.1 101 Switching Protocols|connection: upgrade|");
            peer.raw.send(&format!("upgrade: websocket||{name}"));
        });
        let names = ["a", "b", "c"];
        let backends = names.map(upgrading);
        let endpoints = names.iter().zip(&backends).map(|(name, b)| pod(name, b.address)).collect();
        let sticky = Sticky::start(driver, sticky(endpoints));
        let upgrade = |fields: &str| {
            let mut client = sticky.gateway.connect();
            let head = "GET / HTTP/1.1|host: a|connection: upgrade|upgrade: websocket|";
            let response = client.send(&format!("{head}{fields}|")).response();
            assert_eq!(response.status, 101);
            let mut visit = visited(response);
            visit.pod = String::from_utf8(client.take(1)).expect("a name");
            visit
        };
        let first = upgrade("");
        let cookie = format!("cookie: {COOKIE}={}|", first.issued());
        for _ in 0..10 {
            let again = upgrade(&cookie);
            assert_eq!((&again.pod, again.pin), (&first.pod, None));
        }
    }

    fn answers_of_the_gateway_carry_none(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let (_socket, closed) = refusing();
        let to = Redirect { scheme: None, hostname: None, port: None, path: None, status: 302 };
        let mut snapshot = rules(vec![
            ("/missing", SCOPE, vec![(1, None)]),
            ("/empty", SCOPE, vec![(1, Some(Vec::new()))]),
            ("/refusing", SCOPE, vec![(1, Some(vec![pod("r", closed)]))]),
            ("/sticky", SCOPE, vec![(1, Some(pods.all()))]),
            ("/redirect", SCOPE, Vec::new()),
        ]);
        let redirect = snapshot.rules.get_mut("HTTPRoute/test/route/4").expect("the fifth");
        redirect.action = Action::Redirect(to);
        let sticky = Sticky::start(driver, snapshot);
        for (path, status) in
            [("/", 404), ("/missing", 500), ("/empty", 503), ("/refusing", 502), ("/redirect", 302)]
        {
            let response = sticky.ask("GET", path, "").response;
            assert_eq!((response.status, response.header("set-cookie")), (status, None), "{path}");
        }
        let mut client = sticky.gateway.connect();
        let refused = client.send("GET /sticky HTTP/1.1|host: a|host: b||").response();
        assert_eq!((refused.status, refused.header("set-cookie")), (400, None));
    }

    fn one_cookie_holds_the_pins_of_several_routes(driver) {
        let pods = Pods::start(&["a", "b", "c", "d", "e", "f"]);
        let (one, other) = (pods.but(&["d", "e", "f"]), pods.but(&["a", "b", "c"]));
        let sticky = Sticky::start(driver, rules(vec![
            ("/one", "HTTPRoute/test/one", vec![(1, Some(one))]),
            ("/other", "HTTPRoute/test/other", vec![(1, Some(other))]),
        ]));
        let first = sticky.ask("GET", "/one", "");
        let second = sticky.visit("/other", first.issued());
        let both = second.issued();
        assert_eq!(both, format!("{}.{}", first.issued(), &both[56..]), "the newest stands last");
        for _ in 0..10 {
            let (again, also) = (sticky.visit("/one", both), sticky.visit("/other", both));
            assert_eq!((&again.pod, again.pin), (&first.pod, None));
            assert_eq!((&also.pod, also.pin), (&second.pod, None));
        }
    }

    fn rules_of_one_route_share_a_pin_as_far_as_they_share_pods(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let sticky = Sticky::start(driver, rules(vec![
            ("/same", SCOPE, vec![(1, Some(pods.all()))]),
            ("/other", SCOPE, vec![(1, Some(pods.only("c")))]),
            ("/", SCOPE, vec![(1, Some(pods.but(&["c"])))]),
        ]));
        let first = sticky.ask("GET", "/", "");
        let same = sticky.visit("/same", first.issued());
        assert_eq!((&same.pod, same.pin), (&first.pod, None));
        let other = sticky.visit("/other", first.issued());
        let both = other.issued();
        assert!(both.starts_with(first.issued()), "the pin of the rule next door stays");
        for (path, pod) in [("/", &first.pod), ("/other", &other.pod), ("/", &first.pod)] {
            let again = sticky.visit(path, both);
            assert_eq!((&again.pod, again.pin), (pod, None), "{path}");
        }
    }

    fn a_cookie_holds_eight_pins_and_the_oldest_gives_way(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let scopes: Vec<(String, String)> =
            (0..9).map(|n| (format!("/{n}"), format!("HTTPRoute/test/{n}"))).collect();
        let routes = scopes.iter().map(|(path, scope)| {
            (path.as_str(), scope.as_str(), vec![(1, Some(pods.all()))])
        });
        let sticky = Sticky::start(driver, rules(routes.collect()));
        let mut value = String::new();
        for (path, _) in &scopes {
            value = sticky.visit(path, &value).issued().to_owned();
        }
        assert_eq!(value.split('.').count(), 8);
        for (path, _) in &scopes[1..] {
            assert_eq!(sticky.visit(path, &value).pin, None, "{path}");
        }
        assert!(sticky.visit("/0", &value).pin.is_some(), "the first route's gave way");
    }

    fn a_session_that_moves_leaves_the_pins_of_other_routes_alone(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let (_socket, closed) = refusing();
        let routes = |moving: Vec<_>| rules(vec![
            ("/moving", "HTTPRoute/test/moving", vec![(1, Some(moving))]),
            ("/", SCOPE, vec![(1, Some(pods.all()))]),
        ]);
        let sticky = Sticky::start(driver, routes(pods.only("a")));
        let first = sticky.new_client();
        let both = sticky.visit("/moving", first.issued()).issued().to_owned();
        for moving in [pods.but(&["a"]), pods.with("a", |endpoint| endpoint.address = closed)] {
            sticky.apply(routes(moving));
            let moved = sticky.visit("/moving", &both);
            assert_ne!(moved.pod, "a");
            assert_eq!(moved.issued().split('.').count(), 2, "its old pin does not stay");
            let again = sticky.visit("/", moved.issued());
            assert_eq!((&again.pod, again.pin), (&first.pod, None));
        }
    }

    fn the_applications_cookie_of_that_name_goes_through_untouched(driver) {
        let field = format!("{COOKIE}=mine; Path=/app");
        let (_backend, sticky) = answering(
            driver,
            &format!("HTTP/1.1 200 OK|content-length: 0|set-cookie: {field}|set-cookie: x=1||"),
        );
        let visit = sticky.new_client();
        assert_eq!(visit.response.headers("set-cookie").collect::<Vec<_>>(), [&field, "x=1"]);
        assert_eq!(visit.response.header("cache-control"), None);
    }

    fn other_cookies_of_the_application_stand_beside_the_pin(driver) {
        let (_backend, sticky) = answering(
            driver,
            &format!(
                "HTTP/1.1 200 OK|content-length: 0|set-cookie: x{COOKIE}=1|\
                 set-cookie: b={COOKIE}=2||"
            ),
        );
        let visit = sticky.new_client();
        assert_eq!(visit.response.headers("set-cookie").count(), 3);
        assert_eq!(sticky.client_with(visit.issued()).response.headers("set-cookie").count(), 2);
    }

    fn a_response_that_pins_is_private_unless_it_says_so_itself(driver) {
        for (said, expected) in [
            (vec![], vec!["private"]),
            (vec!["max-age=60"], vec!["max-age=60", "private"]),
            (vec!["public, max-age=60"], vec!["public, max-age=60", "private"]),
            (vec!["max-age=60, Private"], vec!["max-age=60, Private"]),
            (vec!["max-age=60", "no-store"], vec!["max-age=60", "no-store"]),
        ] {
            let field = |value: &&str| format!("cache-control: {value}|");
            let fields: String = said.iter().map(field).collect();
            let (_backend, sticky) =
                answering(driver, &format!("HTTP/1.1 200 OK|content-length: 0|{fields}|"));
            let visit = sticky.new_client();
            assert_eq!(visit.response.headers("cache-control").collect::<Vec<_>>(), expected);
            let kept = sticky.client_with(visit.issued());
            assert_eq!(kept.response.headers("cache-control").collect::<Vec<_>>(), said);
        }
    }

    fn a_cors_preflight_starts_no_session(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let sticky = Sticky::start(driver, sticky(pods.all()));
        let origin = "origin: https://example.com|";
        let preflight = format!("{origin}access-control-request-method: PUT|");
        let visit = sticky.ask("OPTIONS", "/", &preflight);
        assert_eq!((visit.response.status, visit.pin), (200, None));
        assert_eq!(visit.response.header("cache-control"), None);
        assert!(sticky.ask("OPTIONS", "/", origin).pin.is_some(), "OPTIONS alone is no preflight");
        assert!(sticky.ask("GET", "/", &preflight).pin.is_some());
    }

    fn a_rule_that_removes_cookies_from_requests_still_keeps_its_sessions(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let mut snapshot = sticky(pods.all());
        let edit = HeaderEdit { remove: vec!["cookie".into()], ..Default::default() };
        let rule = snapshot.rules.get_mut(RULE).expect("the rule is there");
        rule.filters = vec![Filter::RequestHeaders(edit)];
        let sticky = Sticky::start(driver, snapshot);
        let first = sticky.new_client();
        for _ in 0..6 {
            let again = sticky.client_with(first.issued());
            assert_eq!((&again.pod, again.pin), (&first.pod, None));
        }
    }
}
