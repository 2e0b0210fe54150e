//! What pages of other origins are told, as Gateway API has it.

use limpet_schema::snapshot::{Cors, Filter, Snapshot};

use crate::on_both_drivers;
use crate::support::{Backend, Gateway, RULE, Response, forward_to};

const FIELDS: [&str; 6] = [
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-expose-headers",
    "access-control-max-age",
];

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn with(mut snapshot: Snapshot, cors: Cors) -> Snapshot {
    let rule = snapshot.rules.get_mut(RULE).expect("the rule");
    rule.filters = vec![Filter::Cors(cors)];
    snapshot
}

fn strict() -> Cors {
    Cors {
        origins: texts(&["https://www.foo.com", "https://*.bar.com"]),
        methods: texts(&["GET", "OPTIONS"]),
        headers: texts(&["x-header-1", "x-header-2"]),
        exposed: texts(&["x-header-3", "x-header-4"]),
        allows_credentials: true,
        max_age_secs: 3600,
    }
}

fn open(allows_credentials: bool) -> Cors {
    let star = || texts(&["*"]);
    Cors {
        origins: star(),
        methods: star(),
        headers: star(),
        allows_credentials,
        max_age_secs: 5,
        ..Cors::default()
    }
}

/// Says CORS fields of its own, which are never passed on.
fn backend() -> Backend {
    Backend::start(|peer| {
        while peer.receive().is_some() {
            peer.raw.send(
                "HTTP/1.1 200 OK|access-control-allow-origin: *|access-control-max-age: 9|\
                 content-length: 0||",
            );
        }
    })
}

fn ask(gateway: &Gateway, method: &str, origin: &str) -> Response {
    let preflight = match method {
        "OPTIONS" => "access-control-request-method: PUT|access-control-request-headers: x-a, x-b|",
        _ => "",
    };
    gateway
        .connect()
        .send(&format!(
            "{method} / HTTP/1.1|host: a|origin: {origin}|{preflight}|"
        ))
        .response()
}

#[track_caller]
fn check(response: &Response, status: u16, expected: [Option<&str>; 6]) {
    assert_eq!(response.status, status);
    let said = FIELDS.map(|field| response.header(field));
    assert_eq!(said, expected, "{}", response.head);
    assert!(
        FIELDS
            .iter()
            .all(|field| response.headers(field).count() < 2)
    );
}

on_both_drivers! {
    fn a_preflight_is_answered_here(driver) {
        let backend = backend();
        let gateway = Gateway::start(driver, with(forward_to(&[backend.address]), strict()));
        for origin in ["https://www.foo.com", "https://www.bar.com", "https://xpto.www.bar.com"] {
            let response = ask(&gateway, "OPTIONS", origin);
            check(&response, 204, [
                Some(origin),
                Some("true"),
                Some("GET, OPTIONS"),
                Some("x-header-1, x-header-2"),
                Some("x-header-3, x-header-4"),
                Some("3600"),
            ]);
            assert_eq!(response.header("vary"), Some("origin"));
            assert_eq!(response.header("content-length"), None);
        }
        assert_eq!(backend.connections(), 0);
        gateway.apply(with(forward_to(&[backend.address]), open(true)));
        check(&ask(&gateway, "OPTIONS", "https://a.com"), 204, [
            Some("https://a.com"), Some("true"), Some("PUT"), Some("x-a, x-b"), None, Some("5"),
        ]);
        gateway.apply(with(forward_to(&[backend.address]), open(false)));
        check(&ask(&gateway, "OPTIONS", "https://a.com:81"), 204, [
            Some("*"), None, Some("*"), Some("*"), None, Some("5"),
        ]);
    }

    fn a_foreign_origin_is_told_nothing(driver) {
        let backend = backend();
        let gateway = Gateway::start(driver, with(forward_to(&[backend.address]), strict()));
        for origin in ["https://foobar.com", "null", "https://bar.com"] {
            check(&ask(&gateway, "OPTIONS", origin), 204, [None; 6]);
            check(&ask(&gateway, "GET", origin), 200, [None; 6]);
        }
    }

    fn a_response_says_who_may_read_it(driver) {
        let backend = backend();
        let gateway = Gateway::start(driver, with(forward_to(&[backend.address]), strict()));
        let response = ask(&gateway, "GET", "https://www.bar.com");
        let exposed = Some("x-header-3, x-header-4");
        check(&response, 200, [Some("https://www.bar.com"), Some("true"), None, None, exposed, None]);
        assert_eq!(response.header("vary"), Some("origin"));
        gateway.apply(with(forward_to(&[backend.address]), open(false)));
        let response = ask(&gateway, "PUT", "https://a.com");
        check(&response, 200, [Some("*"), None, None, None, None, None]);
    }

    fn an_options_request_that_asks_nothing_is_forwarded(driver) {
        let backend = Backend::named("one");
        let gateway = Gateway::start(driver, with(forward_to(&[backend.address]), strict()));
        let mut client = gateway.connect();
        let response = client.send("OPTIONS / HTTP/1.1|host: a|origin: https://www.foo.com||").response();
        assert_eq!(response.text(), "one");
        let asks = "access-control-request-method: PUT";
        let response = client.send(&format!("OPTIONS / HTTP/1.1|host: a|{asks}||")).response();
        assert_eq!(response.text(), "one");
    }
}
