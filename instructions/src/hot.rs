//! The hot functions, and what they are called with: a small request as browsers send it.

use std::hint::black_box;
use std::net::{Ipv4Addr, SocketAddr};

use limpet_dataplane::testing::{Request, Served, request, response};
use limpet_schema::snapshot::{
    ANY_HOST, Action, Affinity, Backend, Endpoint, EndpointState, Entry, Forward, Host, Listener,
    Match, PathMatch, Protocol, Rule, Snapshot, WeightedBackend,
};

/// What can be counted.
pub const NAMES: [&str; 6] = [
    "request-head",
    "route-match",
    "cookie-scan",
    "table-hit",
    "encode-request",
    "encode-response",
];

const ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 80);
const ROUTES: usize = 100;
const ENDPOINTS: u8 = 16;

const HEAD: &str = "GET /route-42/index.html?page=1 HTTP/1.1\r\n\
    host: www.example.com\r\n\
    user-agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n\
    accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
    accept-language: en-US,en;q=0.5\r\n\
    accept-encoding: gzip, deflate, br\r\n\
    cookie: theme=dark; consent=yes; COOKIE; lang=en\r\n\r\n";

const ANSWER: &str = "HTTP/1.1 200 OK\r\n\
    content-type: text/html; charset=utf-8\r\n\
    content-length: 1024\r\n\
    cache-control: max-age=60\r\n\
    etag: \"5f3e-1a2b\"\r\n\
    vary: accept-encoding\r\n\r\n";

/// Runs one of [`NAMES`] so many times, each within [`counted`].
pub fn run(name: &str, rounds: u64) {
    let served = Served::new(&snapshot()).expect("it compiles");
    let head = head(&served);
    let asked = read(&head);
    let rule = served.rule(ADDRESS, &asked).expect("a rule takes it");
    let (answer, _) = response([ANSWER.as_bytes()], "GET")
        .expect("good")
        .expect("whole");
    let mut out = Vec::with_capacity(4096);
    // The first call fills the table and warms what is lazy.
    for round in 0..=rounds {
        out.clear();
        let is_counted = round > 0;
        match name {
            "request-head" => counted(is_counted, || read(&head)),
            "route-match" => counted(is_counted, || served.rule(ADDRESS, &asked)),
            "cookie-scan" => counted(is_counted, || asked.pin_candidates("nomnom")),
            "table-hit" => counted(is_counted, || served.choose(rule, &asked)),
            "encode-request" => counted(is_counted, || asked.forward("www.example.com", &mut out)),
            "encode-response" => counted(is_counted, || answer.answer(&mut out)),
            other => panic!("{other} is none of {NAMES:?}"),
        }
    }
}

fn counted<T>(is_counted: bool, call: impl FnOnce() -> T) {
    black_box(if is_counted {
        counted_call(call)
    } else {
        call()
    });
}

/// Callgrind counts what happens in here.
#[inline(never)]
fn counted_call<T>(call: impl FnOnce() -> T) -> T {
    call()
}

fn read(head: &str) -> Request {
    let read = request([head.as_bytes()]).expect("it is good");
    read.expect("it is whole").0
}

/// The head with a pin that this client got before.
fn head(served: &Served) -> String {
    let first = read(&HEAD.replace("COOKIE", "n=1"));
    let rule = served.rule(ADDRESS, &first).expect("a rule takes it");
    let (_, cookie) = served.choose(rule, &first).expect("there are endpoints");
    let cookie = String::from_utf8(cookie.expect("it is a new session")).expect("ASCII");
    let pin = cookie.split(';').next().expect("it has a value");
    HEAD.replace("COOKIE", pin)
}

fn snapshot() -> Snapshot {
    let mut snapshot = Snapshot::default();
    let endpoint = |n| Endpoint {
        id: format!("uid-{n}"),
        address: ([10, 0, 0, n], 8080).into(),
        state: EndpointState::Ready,
    };
    let endpoints = (1..=ENDPOINTS).map(endpoint).collect();
    snapshot
        .backends
        .insert("backend".into(), Backend { endpoints });
    let mut entries = Vec::new();
    for route in 0..ROUTES {
        let id = format!("HTTPRoute/test/route-{route}/0");
        snapshot.rules.insert(id.clone(), rule(&id));
        let when = Match {
            path: PathMatch::Prefix(format!("/route-{route}")),
            method: None,
            headers: Vec::new(),
            query: Vec::new(),
        };
        entries.push(Entry { when, rule: id });
    }
    snapshot.listeners.push(Listener {
        name: "Gateway/test/gateway/http".into(),
        address: ADDRESS,
        port: 80,
        protocol: Protocol::Http,
        hostname: ANY_HOST.into(),
        certificates: Vec::new(),
        hosts: vec![Host {
            hostname: "www.example.com".into(),
            entries,
        }],
    });
    snapshot
}

fn rule(id: &str) -> Rule {
    Rule {
        route: id.into(),
        filters: Vec::new(),
        action: Action::Forward(Forward {
            backends: vec![WeightedBackend {
                backend: Some("backend".into()),
                weight: 1,
                ..WeightedBackend::default()
            }],
            affinity: Some(Affinity {
                scope: id.into(),
                cookie_name: "nomnom".into(),
                cookie_duration_secs: 3600,
                ..Affinity::default()
            }),
            ..Forward::default()
        }),
    }
}
