//! The contract, without sockets. `tests/affinity.rs` has it with them.

use limpet_schema::snapshot::{
    self, Backend, Endpoint, EndpointState, Forward as ForwardRule, Rule, Snapshot, WeightedBackend,
};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;

use super::*;
use crate::affinity::pin::PIN_CHARS;
use crate::base::keyring::Key;
use crate::base::keyring::Keyring;
use crate::config::Action;
use crate::proto::field_name::Known;
use crate::proto::h1::head::tests::{read_request, request_to};
use crate::telemetry::metrics::Registry;
use crate::telemetry::pin_report::PinReport;
use crate::transport::tls::Store;

const NOW: u64 = 1_800_000_000;
const ROUTE: &str = "HTTPRoute/test-infra/http-route";

/// A route of one or more rules, each with backends `(name, weight, endpoints)`; an endpoint whose
/// name ends in `!` drains.
struct Fixture {
    snapshot: Snapshot,
    config: Config,
    affinity: Affinity,
    keys: Keyring,
}

fn endpoint(name: &str, port: u16) -> Endpoint {
    let id = name.trim_end_matches('!').to_owned();
    let state = if name.ends_with('!') {
        EndpointState::Draining
    } else {
        EndpointState::Ready
    };
    Endpoint {
        id,
        address: ([127, 0, 0, 1], port).into(),
        state,
    }
}

fn snapshot(rules: &[&[(&str, u32, &[&str])]]) -> Snapshot {
    let mut snapshot = Snapshot::default();
    for (index, backends) in rules.iter().enumerate() {
        let weighted = backends.iter().map(|(name, weight, _)| WeightedBackend {
            backend: (*name != "missing").then(|| (*name).to_owned()),
            weight: *weight,
            ..WeightedBackend::default()
        });
        let forward = ForwardRule {
            backends: weighted.collect(),
            affinity: Some(snapshot::Affinity {
                scope: ROUTE.to_owned(),
                cookie_name: "nomnom".to_owned(),
                cookie_duration_secs: 3600,
                ..snapshot::Affinity::default()
            }),
            ..ForwardRule::default()
        };
        let action = snapshot::Action::Forward(forward);
        let rule = Rule {
            route: ROUTE.to_owned(),
            filters: Vec::new(),
            action,
        };
        snapshot.rules.insert(format!("{ROUTE}/{index}"), rule);
        for (name, _, endpoints) in backends.iter().filter(|(name, ..)| *name != "missing") {
            let endpoints = endpoints
                .iter()
                .zip(9000..)
                .map(|(name, port)| endpoint(name, port));
            let backend = Backend {
                endpoints: endpoints.collect(),
            };
            snapshot.backends.insert((*name).to_owned(), backend);
        }
    }
    snapshot
}

fn key(byte: u8) -> Key {
    Key::new(byte, [byte; 32])
}

fn compile(snapshot: &Snapshot, keys: &Keyring) -> Config {
    Config::compile(snapshot, &Store::default(), Some(keys), &Registry::new(1))
        .expect("the snapshot is sound")
}

impl Fixture {
    fn new(rules: &[&[(&str, u32, &[&str])]]) -> Self {
        let (snapshot, keys) = (snapshot(rules), Keyring::new(key(1), None));
        let config = compile(&snapshot, &keys);
        Self {
            snapshot,
            config,
            affinity: Affinity::new(0, &Settings::default()),
            keys,
        }
    }

    fn one(endpoints: &[&str]) -> Self {
        Self::new(&[&[("echo", 1, endpoints)]])
    }

    /// A change of the configuration; the table stays.
    fn becomes(&mut self, rules: &[&[(&str, u32, &[&str])]]) {
        self.snapshot = snapshot(rules);
        self.config = compile(&self.snapshot, &self.keys);
    }

    fn ask(&mut self, cookie: Option<&str>) -> Reply {
        self.ask_rule(0, cookie, NOW)
    }

    fn ask_rule(&mut self, rule: usize, cookie: Option<&str>, now: u64) -> Reply {
        let head = head(cookie);
        let Action::Forward(forward) = &self.config.rule(rule).action else {
            panic!("every rule forwards")
        };
        let choice = self
            .affinity
            .choose(&self.config, forward, &head, now)
            .expect("a choice");
        let mut fields = Fields::default();
        choice.finish_response(&self.config, forward, &head, &mut fields, false, now);
        self.affinity.finish(&choice);
        Reply {
            endpoint: self.config.endpoint(choice.endpoint()).id.clone(),
            cookie: fields.get(Known::SetCookie).map(|field| {
                let text = str::from_utf8(field).expect("ASCII");
                text.split(';').next().expect("a pair").to_owned()
            }),
            report: choice.report(),
        }
    }
}

struct Reply {
    endpoint: String,
    cookie: Option<String>,
    report: PinReport,
}

impl Reply {
    #[track_caller]
    fn cookie(&self) -> &str {
        self.cookie.as_deref().expect("the reply sets a pin")
    }

    fn outcome(&self) -> (PinIn, PinOut, PinWhy) {
        (self.report.came, self.report.out, self.report.why)
    }
}

fn head(cookie: Option<&str>) -> RequestHead {
    let mut head = request_to("/");
    if let Some(cookie) = cookie {
        head.fields.add(Known::Cookie, cookie.as_bytes());
    }
    head
}

const THREE: &[&str] = &["a", "b", "c"];
const ALL: &[&str] = &["a", "b", "c", "d", "e", "f"];

#[test]
fn a_pin_is_kept_and_only_its_first_request_costs_cryptography() {
    let mut fixture = Fixture::one(THREE);
    let first = fixture.ask(None);
    assert_eq!(first.outcome(), (PinIn::None, PinOut::Issued, PinWhy::New));
    for _ in 0..50 {
        let reply = fixture.ask(Some(first.cookie()));
        assert_eq!((&reply.endpoint, &reply.cookie), (&first.endpoint, &None));
        assert_eq!(reply.outcome(), (PinIn::Valid, PinOut::Kept, PinWhy::Valid));
    }
    assert_eq!(fixture.affinity.opens(), 1);
    assert_eq!(fixture.affinity.occupied(), 1);
}

#[test]
fn a_flood_of_random_cookies_evicts_nothing_and_is_pinned_anew() {
    let mut fixture = Fixture::one(THREE);
    let first = fixture.ask(None);
    fixture.ask(Some(first.cookie()));
    for number in 0..20_000_u32 {
        let reply = fixture.ask(Some(&format!("nomnom=EA{number:053}")));
        assert_eq!(
            reply.outcome(),
            (PinIn::Invalid, PinOut::Issued, PinWhy::Invalid)
        );
    }
    assert_eq!(
        (fixture.affinity.occupied(), fixture.affinity.evictions()),
        (1, 0)
    );
    let opens = fixture.affinity.opens();
    fixture.ask(Some(first.cookie()));
    assert_eq!(fixture.affinity.opens(), opens);
}

#[test]
fn scale_out_moves_nobody() {
    let mut fixture = Fixture::one(THREE);
    let firsts: Vec<Reply> = (0..100).map(|_| fixture.ask(None)).collect();
    fixture.becomes(&[&[("echo", 1, &["a", "b", "c", "d", "e"])]]);
    for first in &firsts {
        let reply = fixture.ask(Some(first.cookie()));
        assert_eq!((&reply.endpoint, &reply.cookie), (&first.endpoint, &None));
    }
}

#[test]
fn a_gone_endpoints_sessions_move_once_and_everywhere_alike() {
    let mut fixture = Fixture::one(THREE);
    let firsts: Vec<Reply> = (0..100).map(|_| fixture.ask(None)).collect();
    fixture.becomes(&[&[("echo", 1, &["a", "c", "d"])]]);
    let mut elsewhere = Fixture::one(&["a", "c", "d"]);
    for first in &firsts {
        let reply = fixture.ask(Some(first.cookie()));
        if first.endpoint != "b" {
            assert_eq!((&reply.endpoint, &reply.cookie), (&first.endpoint, &None));
            continue;
        }
        assert_eq!(reply.outcome(), (PinIn::Gone, PinOut::Moved, PinWhy::Gone));
        assert_eq!(
            reply.report.session, first.report.session,
            "the session goes on"
        );
        assert_eq!(elsewhere.ask(Some(first.cookie())).endpoint, reply.endpoint);
        let again = fixture.ask(Some(reply.cookie()));
        assert_eq!((&again.endpoint, &again.cookie), (&reply.endpoint, &None));
    }
}

#[test]
fn a_refused_connection_moves_the_pin_in_the_same_request() {
    let mut fixture = Fixture::one(THREE);
    let first = fixture.ask(None);
    let head = head(Some(first.cookie()));
    let Action::Forward(forward) = &fixture.config.rule(0).action else {
        panic!("it forwards")
    };
    let (config, affinity) = (&fixture.config, &mut fixture.affinity);
    let mut tried = Vec::new();
    let mut choice = affinity
        .choose(config, forward, &head, NOW)
        .expect("a choice");
    loop {
        let endpoint = &config.endpoint(choice.endpoint()).id;
        assert!(!tried.contains(endpoint), "no endpoint is tried twice");
        tried.push(endpoint.clone());
        if tried.len() == 2 {
            let mut fields = Fields::default();
            choice.finish_response(config, forward, &head, &mut fields, false, NOW);
            assert!(fields.has(Known::SetCookie));
            let report = choice.report();
            assert_eq!((report.out, report.why), (PinOut::Moved, PinWhy::Refused));
        }
        match affinity.other(config, forward, &head, &choice, NOW) {
            Some(next) => choice = next,
            None => break,
        }
    }
    assert_eq!(tried[0], first.endpoint);
    tried.sort();
    assert_eq!(tried, THREE);
}

#[test]
fn draining_endpoints_and_backends_of_weight_0_keep_their_sessions_and_get_no_new_ones() {
    for becomes in [
        [
            ("echo", 1, &["a", "b!", "c"] as &[&str]),
            ("next", 1, &["d"]),
        ],
        [("echo", 0, THREE), ("next", 1, &["d"])],
    ] {
        let mut fixture = Fixture::one(THREE);
        let first = std::iter::repeat_with(|| fixture.ask(None)).find(|r| r.endpoint == "b");
        let first = first.expect("every third");
        fixture.becomes(&[&becomes]);
        let reply = fixture.ask(Some(first.cookie()));
        assert_eq!((reply.endpoint.as_str(), &reply.cookie), ("b", &None));
        assert_eq!(
            reply.outcome(),
            (PinIn::Draining, PinOut::Kept, PinWhy::Valid)
        );
        assert!((0..100).all(|_| fixture.ask(None).endpoint != "b"));
    }
}

#[test]
fn where_only_draining_endpoints_are_left_one_serves_without_a_pin() {
    let mut fixture = Fixture::one(&["a!", "b!"]);
    let reply = fixture.ask(None);
    assert_eq!(reply.cookie, None);
    assert_eq!(
        reply.outcome(),
        (PinIn::None, PinOut::None, PinWhy::LastResort)
    );
}

#[test]
fn the_end_of_a_session_is_the_servers_to_say() {
    let mut fixture = Fixture::one(THREE);
    let first = fixture.ask(None);
    let at = |fixture: &mut Fixture, secs: u64| {
        fixture
            .ask_rule(0, Some(first.cookie()), NOW + secs)
            .outcome()
    };
    assert_eq!(
        at(&mut fixture, 3599),
        (PinIn::Valid, PinOut::Kept, PinWhy::Valid)
    );
    assert_eq!(
        at(&mut fixture, 3600),
        (PinIn::Expired, PinOut::Issued, PinWhy::Expired)
    );
}

#[test]
fn a_pin_from_the_future_is_expired_but_for_the_skew_of_clocks() {
    let mut fixture = Fixture::one(THREE);
    let first = fixture.ask_rule(0, None, NOW + 1000);
    let at = |fixture: &mut Fixture, secs: u64| {
        fixture
            .ask_rule(0, Some(first.cookie()), NOW + secs)
            .report
            .came
    };
    assert_eq!(at(&mut fixture, 699), PinIn::Expired);
    assert_eq!(at(&mut fixture, 700), PinIn::Valid);
}

#[test]
fn two_keys_are_accepted_and_a_third_is_not() {
    let mut fixture = Fixture::one(THREE);
    let first = fixture.ask(None);
    fixture.keys = Keyring::new(key(2), Some(key(1)));
    fixture.config = compile(&fixture.snapshot, &fixture.keys);
    assert_eq!(fixture.ask(Some(first.cookie())).endpoint, first.endpoint);
    fixture.keys = Keyring::new(key(3), Some(key(2)));
    fixture.config = compile(&fixture.snapshot, &fixture.keys);
    assert_eq!(
        fixture.ask(Some(first.cookie())).report.came,
        PinIn::Invalid
    );
}

#[test]
fn a_canary_moves_nobody_and_gets_its_share_of_new_sessions() {
    let mut fixture = Fixture::one(THREE);
    let firsts: Vec<Reply> = (0..50).map(|_| fixture.ask(None)).collect();
    fixture.becomes(&[&[("echo", 70, THREE), ("canary", 30, &["d"])]]);
    for first in &firsts {
        assert_eq!(fixture.ask(Some(first.cookie())).endpoint, first.endpoint);
    }
    let canaries = (0..500)
        .filter(|_| fixture.ask(None).endpoint == "d")
        .count();
    assert!((125..=175).contains(&canaries), "{canaries} of 500");
}

#[test]
fn two_rules_of_a_route_keep_their_pins_in_one_cookie() {
    let mut fixture = Fixture::new(&[&[("left", 1, &["a", "b"])], &[("right", 1, &["c", "d"])]]);
    let left = fixture.ask_rule(0, None, NOW);
    let both = fixture.ask_rule(1, Some(left.cookie()), NOW);
    assert_eq!(
        both.outcome(),
        (PinIn::Elsewhere, PinOut::Issued, PinWhy::Elsewhere)
    );
    let cookie = both.cookie().to_owned();
    for (rule, endpoint) in [
        (0, &left.endpoint),
        (1, &both.endpoint),
        (0, &left.endpoint),
    ] {
        let reply = fixture.ask_rule(rule, Some(&cookie), NOW);
        assert_eq!((&reply.endpoint, &reply.cookie), (endpoint, &None));
    }
}

#[test]
fn of_two_cookies_the_first_that_is_valid_wins_on_every_core() {
    let mut fixture = Fixture::one(THREE);
    let one = fixture.ask(None);
    let other = std::iter::repeat_with(|| fixture.ask(None)).find(|r| r.endpoint != one.endpoint);
    let other = other.expect("there are three");
    let both = format!("nomnom=garbage; {}; {}", one.cookie(), other.cookie());
    fixture.ask(Some(other.cookie()));
    for _ in 0..3 {
        assert_eq!(fixture.ask(Some(&both)).endpoint, one.endpoint);
    }
    fixture.affinity = Affinity::new(1, &Settings::default());
    assert_eq!(fixture.ask(Some(&both)).endpoint, one.endpoint);
}

#[test]
fn no_more_than_eight_pins_are_verified() {
    let mut fixture = Fixture::one(THREE);
    let first = fixture.ask(None);
    let stranger = "nomnom=EAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; ".repeat(8);
    let reply = fixture.ask(Some(&format!("{stranger}{}", first.cookie())));
    assert_eq!(reply.report.came, PinIn::Invalid);
    assert_eq!(fixture.affinity.opens(), 8);
}

#[test]
fn requests_in_flight_of_one_session_are_bounded() {
    let mut fixture = Fixture::one(THREE);
    let first = fixture.ask(None);
    let settings = Settings {
        requests_per_session_max: 2,
        ..Settings::default()
    };
    let mut affinity = Affinity::new(0, &settings);
    let Action::Forward(forward) = &fixture.config.rule(0).action else {
        panic!("it forwards")
    };
    let head = head(Some(first.cookie()));
    let mut choose = || affinity.choose(&fixture.config, forward, &head, NOW);
    let one = choose().expect("the first of two");
    choose().expect("the second of two");
    assert_eq!(choose().expect_err("a third"), NoChoice::TooManyRequests);
    affinity.finish(&one);
    affinity
        .choose(&fixture.config, forward, &head, NOW)
        .expect("one is over");
}

#[test]
fn a_missing_backends_share_is_an_error_and_pins_nobody() {
    let mut fixture = Fixture::new(&[&[("echo", 1, THREE), ("missing", 1, &[])]]);
    let Action::Forward(forward) = &fixture.config.rule(0).action else {
        panic!("it forwards")
    };
    let outcomes: Vec<_> = (0..500)
        .map(|_| {
            fixture
                .affinity
                .choose(&fixture.config, forward, &head(None), NOW)
                .map(|_| ())
        })
        .collect();
    let errors = outcomes
        .iter()
        .filter(|o| **o == Err(NoChoice::NoBackend))
        .count();
    assert!((200..=300).contains(&errors), "{errors} of 500");
}

#[test]
fn a_preflight_and_the_applications_own_cookie_start_no_session() {
    let mut fixture = Fixture::one(THREE);
    let Action::Forward(forward) = &fixture.config.rule(0).action else {
        panic!("it forwards")
    };
    let preflight = read_request(
        "OPTIONS / HTTP/1.1|origin: https://a.example|access-control-request-method: PUT",
    );
    let preflight = preflight.expect("guarded");
    let mut own = Fields::default();
    own.add(Known::SetCookie, b"nomnom=app");
    for (head, mut fields, why) in [
        (preflight, Fields::default(), PinWhy::Preflight),
        (head(None), own, PinWhy::Collision),
    ] {
        let before = fields.clone();
        let choice = fixture
            .affinity
            .choose(&fixture.config, forward, &head, NOW)
            .expect("a choice");
        choice.finish_response(&fixture.config, forward, &head, &mut fields, false, NOW);
        assert!(fields.iter().eq(before.iter()), "{fields:?}");
        assert_eq!(
            (choice.report().out, choice.report().why),
            (PinOut::None, why)
        );
    }
}

#[test]
fn the_cookie_says_what_the_specification_says() {
    let mut fixture = Fixture::one(THREE);
    let Action::Forward(forward) = &fixture.config.rule(0).action else {
        panic!("it forwards")
    };
    let choice = fixture
        .affinity
        .choose(&fixture.config, forward, &head(None), NOW)
        .expect("a choice");
    for (is_tls, secure) in [(false, ""), (true, "; Secure")] {
        let mut fields = Fields::default();
        choice.finish_response(
            &fixture.config,
            forward,
            &head(None),
            &mut fields,
            is_tls,
            NOW,
        );
        let field = fields.get(Known::SetCookie).expect("a pin");
        let field = str::from_utf8(field).expect("ASCII");
        let (pair, attributes) = field.split_once("; ").expect("it has attributes");
        assert_eq!(
            attributes,
            format!("Path=/; Max-Age=3600; HttpOnly; SameSite=Lax{secure}")
        );
        assert_eq!(pair.len(), "nomnom=".len() + PIN_CHARS);
        assert_eq!(fields.get(Known::CacheControl), Some(&b"private"[..]));
    }
}

#[test]
fn a_collision_is_told_of_once_a_minute() {
    let mut fixture = Fixture::one(THREE);
    let Action::Forward(forward) = &fixture.config.rule(0).action else {
        panic!("it forwards")
    };
    let policy = forward.affinity.as_ref().expect("it is sticky");
    let mut tell = |after| {
        let now = NOW + after;
        fixture
            .affinity
            .tell_of_collision(&fixture.config, policy, now)
    };
    assert_eq!(
        [0, 1, 59, 60, 61].map(&mut tell),
        [true, false, false, true, false]
    );
}

proptest! {
    /// Whatever happens to the others, a session stays as long as its endpoint is there, moves once
    /// when it goes, and every core agrees.
    #[test]
    fn sessions_stay_through_any_changes(changes in vec(subsequence(ALL.to_vec(), 1..=6), 1..8)) {
        let mut fixture = Fixture::one(ALL);
        let mut sessions: Vec<Reply> = (0..8).map(|_| fixture.ask(None)).collect();
        for endpoints in changes {
            fixture.becomes(&[&[("echo", 1, &endpoints)]]);
            let mut elsewhere = Fixture::one(&endpoints);
            for session in &mut sessions {
                let stays = endpoints.contains(&session.endpoint.as_str());
                let cookie = session.cookie().to_owned();
                let reply = fixture.ask(Some(&cookie));
                let other = elsewhere.ask(Some(&cookie));
                prop_assert_eq!(&other.endpoint, &reply.endpoint);
                prop_assert_eq!(reply.report.session, session.report.session);
                prop_assert_eq!(reply.cookie.is_none(), stays);
                if stays {
                    prop_assert_eq!(&reply.endpoint, &session.endpoint);
                } else {
                    *session = reply;
                }
            }
        }
    }
}
