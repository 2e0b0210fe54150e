//! What is refused, and what indexes lead to.

use std::collections::BTreeMap;

use limpet_schema::snapshot::{
    Action, Affinity, Backend, Endpoint, EndpointState, Entry, Filter, Forward, HeaderEdit, Host,
    Listener, Match, PathEdit, PathMatch, Protocol, Redirect, Rule, Snapshot, TextMatch, Timeouts,
    UrlRewrite, ValueMatch, WeightedBackend,
};

use crate::base::refused::Refused;
use crate::config::Config;
use crate::telemetry::metrics::Registry;
use crate::transport::tls::Store;

const RULE: &str = "HTTPRoute/test/route/0";

fn endpoint(id: &str, port: u16, state: EndpointState) -> Endpoint {
    let address = ([127, 0, 0, 1], port).into();
    let id = id.into();
    Endpoint { id, address, state }
}

fn entry(rule: &str, path: PathMatch) -> Entry {
    let when = Match {
        path,
        method: None,
        headers: Vec::new(),
        query: Vec::new(),
    };
    Entry {
        when,
        rule: rule.into(),
    }
}

fn host(hostname: &str, path: PathMatch) -> Host {
    Host {
        hostname: hostname.into(),
        entries: vec![entry(RULE, path)],
    }
}

fn listener(name: &str, hostname: &str) -> Listener {
    Listener {
        name: name.into(),
        address: ([127, 0, 0, 1], 8080).into(),
        port: 80,
        protocol: Protocol::Http,
        hostname: hostname.into(),
        certificates: Vec::new(),
        hosts: vec![host("*", PathMatch::Prefix("/".into()))],
    }
}

fn forward() -> Forward {
    let weighted = |backend: Option<&str>, weight| WeightedBackend {
        backend: backend.map(Into::into),
        weight,
        ..WeightedBackend::default()
    };
    Forward {
        backends: vec![
            weighted(Some("b"), 3),
            weighted(None, 4),
            weighted(Some("a"), 0),
        ],
        rewrite: None,
        timeouts: Timeouts::default(),
        retry: None,
        affinity: Some(Affinity {
            scope: "HTTPRoute/test/route".into(),
            cookie_name: "nomnom".into(),
            cookie_duration_secs: 3600,
            ..Affinity::default()
        }),
    }
}

/// One listener, one rule to two backends.
fn sound() -> Snapshot {
    let rule = Rule {
        route: "HTTPRoute/test/route".into(),
        filters: Vec::new(),
        action: Action::Forward(forward()),
    };
    let backend = |endpoints| Backend { endpoints };
    Snapshot {
        listeners: vec![listener("one", "*")],
        rules: BTreeMap::from([(RULE.into(), rule)]),
        backends: BTreeMap::from([
            (
                "a".into(),
                backend(vec![endpoint("pod-1", 1, EndpointState::Draining)]),
            ),
            (
                "b".into(),
                backend(vec![
                    endpoint("pod-1", 1, EndpointState::Ready),
                    endpoint("pod-1", 2, EndpointState::Ready),
                    endpoint("pod-2", 2, EndpointState::Ready),
                ]),
            ),
        ]),
    }
}

fn compile(snapshot: &Snapshot) -> Result<Config, Refused> {
    Config::compile(snapshot, &Store::default(), None, &Registry::new(2))
}

fn refusal(change: impl FnOnce(&mut Snapshot)) -> String {
    let mut snapshot = sound();
    change(&mut snapshot);
    compile(&snapshot).expect_err("it is flawed").to_string()
}

fn check(change: impl FnOnce(&mut Snapshot), expected: &str) {
    let refusal = refusal(change);
    assert_eq!(refusal, format!("the snapshot is refused:\n  {expected}"));
}

fn check_rule(change: impl FnOnce(&mut Rule), expected: &str) {
    let change = |snapshot: &mut Snapshot| {
        change(snapshot.rules.get_mut(RULE).expect("there is one rule"));
    };
    check(change, &format!("{RULE}: {expected}"));
}

fn check_forward(change: impl FnOnce(&mut Forward), expected: &str) {
    let change = |rule: &mut Rule| {
        let mut forward = forward();
        change(&mut forward);
        rule.action = Action::Forward(forward);
    };
    check_rule(change, expected);
}

fn check_path(path: PathMatch, expected: &str) {
    let change = |snapshot: &mut Snapshot| snapshot.listeners[0].hosts = vec![host("*", path)];
    check(change, &format!("one, {RULE}: {expected}"));
}

#[test]
fn indexes_lead_to_what_ids_named() {
    let config = compile(&sound()).expect("sound");
    let crate::config::Action::Forward(forward) = &config.rule(0).action else {
        panic!("the rule forwards")
    };
    assert_eq!(forward.weight_sum, 7);
    let names = forward.backends.iter().map(|weighted| {
        weighted
            .backend
            .map(|backend| config.backend(backend).id.as_str())
    });
    assert_eq!(names.collect::<Vec<_>>(), [Some("b"), None, Some("a")]);
    let first = config.backend(0);
    assert_eq!(first.endpoints, 0..1);
    assert!(config.endpoint(0).is_draining);
    let second = config.backend(1);
    assert_eq!(second.endpoints, 1..4);
    assert!(
        second
            .endpoints
            .clone()
            .all(|index| config.endpoint(index).backend == 1)
    );
}

#[test]
fn an_endpoint_key_names_a_pod_at_an_address() {
    let config = compile(&sound()).expect("sound");
    let keys: Vec<u64> = (0..4).map(|index| config.endpoint(index).key).collect();
    assert_eq!(keys[0], keys[1], "one pod in two backends");
    assert_ne!(keys[1], keys[2], "one pod at two addresses");
    assert_ne!(keys[2], keys[3], "two pods at one address");
    let again = compile(&sound()).expect("sound");
    assert_eq!(
        again.endpoint(3).key,
        keys[3],
        "it does not depend on the process"
    );
}

#[test]
fn each_configuration_that_is_served_has_a_number() {
    let stats = Registry::new(1);
    let first = Config::compile(&sound(), &Store::default(), None, &stats)
        .expect("sound")
        .generation;
    stats.applied(first);
    let second = Config::compile(&sound(), &Store::default(), None, &stats)
        .expect("sound")
        .generation;
    assert_eq!((first, second), (1, 2));
}

#[test]
fn every_reason_is_named() {
    let refusal = refusal(|snapshot| {
        snapshot.listeners.push(listener("one", "*"));
        let rule = snapshot.rules.get_mut(RULE).expect("there is one rule");
        rule.action = Action::Forward(Forward {
            affinity: Some(Affinity {
                scope: String::new(),
                cookie_name: "a b".into(),
                cookie_duration_secs: 0,
                ..Affinity::default()
            }),
            ..Forward::default()
        });
    });
    let lines: Vec<&str> = refusal.lines().collect();
    assert_eq!(
        lines,
        [
            "the snapshot is refused:",
            "  HTTPRoute/test/route/0: \"a b\" is not a cookie name: a token (RFC 6265) of 1 to 128 \
             bytes",
            "  HTTPRoute/test/route/0: a cookie duration of 0 s is not within 1 and 34560000",
            "  two listeners are named one",
            "  one has the address and hostname of one",
        ]
    );
}

#[test]
fn many_reasons_are_counted_rather_than_shown() {
    let refusal = refusal(|snapshot| {
        snapshot.listeners[0].hosts = vec![host("*", PathMatch::Exact("x".into())); 1000];
    });
    assert_eq!(refusal.lines().count(), 22);
    assert!(refusal.ends_with("and 1979 more"), "{refusal}");
}

#[test]
fn ids_that_lead_nowhere_are_refused() {
    check(
        |snapshot| drop(snapshot.backends.remove("a")),
        "HTTPRoute/test/route/0 names a, which the snapshot does not hold",
    );
    check(
        |snapshot| snapshot.rules.clear(),
        "one names HTTPRoute/test/route/0, which the snapshot does not hold",
    );
}

#[test]
fn listeners_and_hosts_that_hide_others_are_refused() {
    check(
        |snapshot| snapshot.listeners.push(listener("two", "*")),
        "two has the address and hostname of one",
    );
    let repeated = host("a", PathMatch::Prefix("/".into()));
    check(
        |snapshot| snapshot.listeners[0].hosts = vec![repeated.clone(), repeated],
        "one names the host a twice",
    );
}

#[test]
fn matches_that_cannot_be_compiled_are_refused() {
    check_path(
        PathMatch::Exact("x".into()),
        "the path \"x\" does not start with /",
    );
    check_path(
        PathMatch::Prefix("/x/".into()),
        "the path prefix \"/x/\" ends in /",
    );
    let header = |snapshot: &mut Snapshot| {
        snapshot.listeners[0].hosts[0].entries[0].when.headers = vec![ValueMatch {
            name: "a b".into(),
            value: TextMatch::Exact("x".into()),
        }];
    };
    check(
        header,
        &format!("one, {RULE}: \"a b\" is not a header name"),
    );
    let regex = refusal(|snapshot| {
        snapshot.listeners[0].hosts = vec![host("*", PathMatch::Regex("(".into()))];
    });
    assert!(regex.contains("the regex \"(\" cannot be used"), "{regex}");
}

#[test]
fn what_would_break_a_request_line_or_a_header_is_refused() {
    let edit = HeaderEdit {
        remove: vec!["a b".into()],
        ..HeaderEdit::default()
    };
    check_rule(
        |rule| rule.filters = vec![Filter::ResponseHeaders(edit)],
        "\"a b\" is not a header name",
    );
    let path = |path: &str| UrlRewrite {
        hostname: None,
        path: Some(PathEdit::Full(path.into())),
    };
    check_forward(
        |forward| forward.rewrite = Some(path("/ HTTP/1.1\r\n")),
        "\"/ HTTP/1.1\\r\\n\" cannot be sent as a path",
    );
    let hostname = UrlRewrite {
        hostname: Some("a/b".into()),
        path: None,
    };
    check_forward(
        |forward| forward.rewrite = Some(hostname),
        "\"a/b\" is not a hostname",
    );
}

#[test]
fn bounds_of_the_contract_are_kept() {
    check_forward(
        |forward| forward.backends[0].weight = 1_000_001,
        "the weight 1000001 is over 1000000",
    );
    let redirect = |status, scheme: Option<&str>| Redirect {
        scheme: scheme.map(Into::into),
        hostname: None,
        port: None,
        path: None,
        status,
    };
    check_rule(
        |rule| rule.action = Action::Redirect(redirect(200, None)),
        "200 is no status of a redirect",
    );
    check_rule(
        |rule| rule.action = Action::Redirect(redirect(302, Some("ftp"))),
        "\"ftp\" is no scheme of a redirect",
    );
    let affinity = |cookie_name: String, cookie_duration_secs| Affinity {
        scope: String::new(),
        cookie_name,
        cookie_duration_secs,
        ..Affinity::default()
    };
    check_forward(
        |forward| forward.affinity = Some(affinity("a".into(), 34_560_001)),
        "a cookie duration of 34560001 s is not within 1 and 34560000",
    );
    let long = "a".repeat(129);
    let expected = format!("{long:?} is not a cookie name: a token (RFC 6265) of 1 to 128 bytes");
    check_forward(
        |forward| forward.affinity = Some(affinity(long, 1)),
        &expected,
    );
}
