//! The compiled matcher against a slow one that tries everything in turn.

use limpet_schema::snapshot::{
    Action, Entry, Host, Listener, Match, PathMatch, Protocol, Redirect, Rule, Snapshot, TextMatch,
    ValueMatch,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::facts::Facts;
use super::paths::Paths;
use crate::config::Config;
use crate::proto::field_name::FieldName;
use crate::proto::h1::head::tests::{read_request, request_to};
use crate::proto::head::RequestHead;
use crate::telemetry::metrics::Registry;
use crate::transport::tls::Store;

const CORES: usize = 2;

/// What a matcher finds: listener, rule, length of the matched prefix.
type Answer = Option<(String, String, usize)>;

fn compiled(config: &Config, core: usize, host: &str, head: &RequestHead) -> Answer {
    let socket = config.socket(address()).expect("a listener is there");
    let found = config.find(socket, core, host, head)?;
    let (listener, rule) = (found.listener.name.to_string(), found.rule.id.clone());
    Some((listener, rule, found.prefix_len))
}

/// Reads the snapshot as its documentation says, without an index.
mod oracle {
    use regex::Regex;

    use super::*;

    pub fn find(snapshot: &Snapshot, host: &str, head: &RequestHead) -> Answer {
        let host = host.to_lowercase();
        let host = host.strip_suffix(":8080").unwrap_or(&host);
        let host = host.strip_suffix('.').unwrap_or(host);
        let listeners = snapshot.listeners.iter();
        let listener = listeners
            .filter(|listener| is_for(&listener.hostname, host))
            .max_by_key(|listener| specificity(&listener.hostname))?;
        let mut hosts: Vec<&Host> = listener.hosts.iter().collect();
        hosts.sort_by_key(|host| std::cmp::Reverse(specificity(&host.hostname)));
        let mut entries = hosts
            .iter()
            .filter(|known| is_for(&known.hostname, host))
            .flat_map(|known| &known.entries);
        let entry = entries.find(|entry| takes(&entry.when, head))?;
        let prefix_len = match &entry.when.path {
            PathMatch::Prefix(prefix) => prefix.len(),
            PathMatch::Exact(_) | PathMatch::Regex(_) => 0,
        };
        Some((listener.name.clone(), entry.rule.clone(), prefix_len))
    }

    fn is_for(hostname: &str, host: &str) -> bool {
        match hostname.strip_prefix('*') {
            Some(suffix) => {
                host.len() > suffix.len() && host.ends_with(suffix) || suffix.is_empty()
            }
            None => hostname == host,
        }
    }

    fn specificity(hostname: &str) -> (bool, usize) {
        (!hostname.starts_with('*'), hostname.len())
    }

    fn takes(when: &Match, head: &RequestHead) -> bool {
        let has_method = when
            .method
            .as_deref()
            .is_none_or(|method| head.method == method);
        has_method
            && takes_path(&when.path, head.path())
            && when.headers.iter().all(|header| {
                let fields = head.fields.iter();
                let fields = fields.filter(|(name, _)| *name == header.name.as_bytes());
                let texts: Vec<&str> = fields
                    .map(|(_, value)| str::from_utf8(value).expect("ASCII"))
                    .collect();
                !texts.is_empty() && takes_text(&header.value, &texts.join(","))
            })
            && when.query.iter().all(|parameter| {
                let query = head.query().unwrap_or_default();
                let first = query.split('&').find_map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decoded(name) == parameter.name).then(|| decoded(value))
                });
                first.is_some_and(|value| takes_text(&parameter.value, &value))
            })
    }

    fn takes_path(when: &PathMatch, path: &str) -> bool {
        match when {
            PathMatch::Exact(exact) => exact == path,
            PathMatch::Prefix(prefix) => {
                prefix == "/" || path == prefix || path.starts_with(&format!("{prefix}/"))
            }
            PathMatch::Regex(regex) => takes_all(regex, path),
        }
    }

    fn takes_text(when: &TextMatch, text: &str) -> bool {
        match when {
            TextMatch::Exact(exact) => exact == text,
            TextMatch::Regex(regex) => takes_all(regex, text),
        }
    }

    fn takes_all(regex: &str, text: &str) -> bool {
        // True for the expressions used here: none matches a shorter run first.
        let regex = Regex::new(regex).expect("valid");
        regex
            .find(text)
            .is_some_and(|found| found.len() == text.len())
    }

    /// The only escapes used here.
    fn decoded(text: &str) -> String {
        text.replace("%61", "a").replace("%26", "&")
    }
}

fn address() -> std::net::SocketAddr {
    ([127, 0, 0, 1], 8080).into()
}

const HOSTNAMES: [&str; 7] = ["*", "*.io", "*.a.io", "*.b.a.io", "a.io", "b.a.io", "io"];

fn text_match() -> impl Strategy<Value = TextMatch> {
    let exact =
        select(vec!["a", "b", "a,b", "a&", ""]).prop_map(|text| TextMatch::Exact(text.into()));
    let regex =
        select(vec!["[ab]", "a.*", "(?i)A", ".*b"]).prop_map(|text| TextMatch::Regex(text.into()));
    prop_oneof![exact, regex]
}

fn value_matches() -> impl Strategy<Value = Vec<ValueMatch>> {
    let name = select(vec!["a", "b"]);
    let value_match = (name, text_match()).prop_map(|(name, value)| ValueMatch {
        name: name.into(),
        value,
    });
    prop_oneof![3 => Just(Vec::new()), 1 => prop::collection::vec(value_match, 1..3)]
}

fn path_match() -> impl Strategy<Value = PathMatch> {
    let path = || prop::collection::vec(select(vec!["a", "b", "ab", ""]), 1..4);
    let exact = path().prop_map(|elements| PathMatch::Exact(format!("/{}", elements.join("/"))));
    let prefix = path().prop_map(|elements| {
        let path = format!("/{}", elements.join("/"));
        match path.trim_end_matches('/') {
            "" => PathMatch::Prefix("/".into()),
            path => PathMatch::Prefix(path.into()),
        }
    });
    let regex = select(vec!["/a.*", "/[ab]+", "/(?:a|b)/b", ".*b"]);
    prop_oneof![
        exact,
        prefix,
        regex.prop_map(|regex| PathMatch::Regex(regex.into()))
    ]
}

fn condition() -> impl Strategy<Value = Match> {
    let method =
        prop_oneof![4 => Just(None), 1 => select(vec![Some("GET"), Some("POST"), Some("get")])];
    (path_match(), method, value_matches(), value_matches()).prop_map(
        |(path, method, headers, query)| Match {
            path,
            method: method.map(Into::into),
            headers,
            query,
        },
    )
}

fn hosts() -> impl Strategy<Value = Vec<Host>> {
    let entries = prop::collection::vec(condition(), 0..6);
    let entries = prop::collection::vec(entries, HOSTNAMES.len());
    (
        subsequence(HOSTNAMES.to_vec(), 0..=4).prop_shuffle(),
        entries,
    )
        .prop_map(|(hostnames, entries)| {
            let hosts = hostnames.into_iter().zip(entries);
            let host = |(hostname, conditions): (&str, Vec<Match>)| Host {
                hostname: hostname.into(),
                entries: conditions
                    .into_iter()
                    .map(|when| Entry {
                        when,
                        rule: String::new(),
                    })
                    .collect(),
            };
            hosts.map(host).collect()
        })
}

/// Every entry leads to a rule of its own.
fn snapshots() -> impl Strategy<Value = Snapshot> {
    let listeners = subsequence(HOSTNAMES.to_vec(), 1..=3).prop_shuffle();
    let listeners = (listeners, prop::collection::vec(hosts(), 3));
    listeners.prop_map(|(hostnames, hosts)| {
        let mut snapshot = Snapshot::default();
        for (hostname, hosts) in hostnames.into_iter().zip(hosts) {
            snapshot.listeners.push(Listener {
                name: hostname.into(),
                address: address(),
                port: 80,
                protocol: Protocol::Http,
                hostname: hostname.into(),
                certificates: Vec::new(),
                hosts,
            });
        }
        number_rules(&mut snapshot);
        snapshot
    })
}

fn number_rules(snapshot: &mut Snapshot) {
    let hosts = snapshot
        .listeners
        .iter_mut()
        .flat_map(|listener| &mut listener.hosts);
    for (number, entry) in hosts.flat_map(|host| &mut host.entries).enumerate() {
        entry.rule = number.to_string();
        snapshot.rules.insert(entry.rule.clone(), rule());
    }
}

fn rule() -> Rule {
    Rule {
        route: "HTTPRoute/test/route".into(),
        filters: Vec::new(),
        action: Action::Redirect(Redirect {
            scheme: None,
            hostname: None,
            port: None,
            path: None,
            status: 302,
        }),
    }
}

fn requests() -> impl Strategy<Value = (String, RequestHead)> {
    let hosts = vec![
        "a.io",
        "A.io.",
        "b.a.io:8080",
        "x.b.a.io",
        "x.y.io",
        "io",
        ".io",
        "",
        "else",
        "[::1]",
    ];
    let elements = prop::collection::vec(select(vec!["a", "b", "ab", "", "..", "%61"]), 1..5);
    let parameters = vec!["a=a", "a=b", "%61=a", "b=%61%26", "b", "a=&b=b", "c", ""];
    let query = prop::option::of(prop::collection::vec(select(parameters), 0..4));
    let field = (
        select(vec!["a", "b", "c"]),
        select(vec!["a", "b", "A", "a,b", ""]),
    );
    let fields = prop::collection::vec(field, 0..4);
    let method = select(vec!["GET", "POST", "OPTIONS"]);
    (select(hosts), method, elements, query, fields).prop_map(
        |(host, method, elements, query, fields)| {
            let mut target = format!("/{}", elements.join("/"));
            if let Some(query) = query {
                target = format!("{target}?{}", query.join("&"));
            }
            let fields = fields.into_iter();
            let fields: String = fields
                .map(|(name, value)| format!("|{name}: {value}"))
                .collect();
            let head = read_request(&format!("{method} {target} HTTP/1.1{fields}"));
            (host.into(), head.expect("valid"))
        },
    )
}

proptest! {
    #[test]
    fn the_index_finds_what_trying_everything_finds(
        snapshot in snapshots(),
        requests in prop::collection::vec(requests(), 16),
    ) {
        let config = Config::compile(&snapshot, &Store::default(), None, &Registry::new(CORES)).expect("sound");
        for (host, head) in &requests {
            let expected = oracle::find(&snapshot, host, head);
            for core in 0..CORES {
                let found = compiled(&config, core, host, head);
                prop_assert_eq!(&found, &expected, "{} {:?}", host, head);
            }
        }
    }
}

/// Whether a match takes `GET <target>` with these fields.
fn check(when: &Match, target: &str, fields: &[(&str, &str)], expected: bool) {
    let mut head = request_to(target);
    for (name, value) in fields {
        let name = FieldName::parse(name.as_bytes()).expect("a token");
        head.fields.add(&name, value.as_bytes());
    }
    let entry = Entry {
        when: when.clone(),
        rule: "0".into(),
    };
    let mut paths = Paths::default();
    paths.push(&entry, 0, 1).expect("sound");
    let found = paths.find(&Facts::new(0, &head));
    assert_eq!(found.is_some(), expected, "{target} {fields:?}");
}

fn with_path(path: PathMatch) -> Match {
    Match {
        path,
        method: None,
        headers: Vec::new(),
        query: Vec::new(),
    }
}

fn named(name: &str, value: TextMatch) -> Vec<ValueMatch> {
    let name = name.into();
    vec![ValueMatch { name, value }]
}

#[test]
fn paths_are_taken_as_they_were_sent() {
    let prefix = with_path(PathMatch::Prefix("/a".into()));
    for target in ["/a", "/a/", "/a/../b", "/a//b", "/a?/b", "http://host/a"] {
        check(&prefix, target, &[], true);
    }
    for target in ["/ab", "/%61", "//a", "/b/../a", "/A", "/", "*"] {
        check(&prefix, target, &[], false);
    }
    let all = with_path(PathMatch::Prefix("/".into()));
    for target in ["/", "//", "/a", "*", "http://host"] {
        check(&all, target, &[], true);
    }
}

#[test]
fn fields_of_one_name_are_one_value() {
    let mut when = with_path(PathMatch::Prefix("/".into()));
    when.headers = named("a", TextMatch::Exact("1,2".into()));
    check(&when, "/", &[("a", "1"), ("a", "2")], true);
    check(&when, "/", &[("a", "1,2")], true);
    check(&when, "/", &[("a", "2"), ("a", "1")], false);
    check(&when, "/", &[("a", "1")], false);
    check(&when, "/", &[], false);
}

#[test]
fn a_byte_that_is_no_utf_8_is_a_character_to_a_regex() {
    let mut when = with_path(PathMatch::Prefix("/".into()));
    when.query = named("a", TextMatch::Regex("(?s).".into()));
    check(&when, "/?a=%C3%A9", &[], true);
    check(&when, "/?a=%FF", &[], true);
    check(&when, "/?a=%FF%FF", &[], false);
}

#[test]
fn a_host_in_the_target_alone_is_a_host() {
    let mut when = with_path(PathMatch::Prefix("/".into()));
    when.headers = named("host", TextMatch::Regex(r"[^.]+\.w\.test".into()));
    check(&when, "http://q.w.test/", &[], true);
    check(&when, "/", &[("host", "q.w.test")], true);
    check(&when, "/", &[], false);
    when.headers = named("x", TextMatch::Regex(".*".into()));
    check(&when, "http://q.w.test/", &[], false);
}
