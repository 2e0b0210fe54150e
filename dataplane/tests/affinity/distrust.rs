//! What is not a pin of ours, for this scope and now, is no pin: a new session, never an error.

use limpet_dataplane::{Clock, Settings};

use crate::on_both_drivers;
use crate::scene::{COOKIE, DURATION_SECS, Keys, Pods, SCOPE, Sticky, forward_of, rules, sticky};
use crate::support::{RULE, settings};

/// Some time in 2026.
const NOW_SECS: u64 = 1_790_000_000;

/// Checks that a client with this value of the cookie is taken for a new one.
#[track_caller]
fn check_new(sticky: &Sticky, pin: &str) {
    let visit = sticky.client_with(pin);
    assert_eq!(visit.response.status, 200, "{pin}");
    let again = sticky.client_with(visit.issued());
    assert_eq!((again.pod, again.pin), (visit.pod, None), "{pin}");
}

/// Another letter of base64url.
fn changed(pin: &str, at: usize) -> String {
    let mut bytes = pin.as_bytes().to_vec();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).expect("ASCII")
}

/// What each value of the cookie stands for, many `cookie` fields in a row.
fn fields(values: &[&str]) -> String {
    values
        .iter()
        .map(|value| format!("cookie: {COOKIE}={value}|"))
        .collect()
}

on_both_drivers! {
    fn values_that_are_no_pins_are_new_clients(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let sticky = Sticky::start(driver, sticky(pods.all()));
        let (kib, dots) = ("A".repeat(4096), ".".repeat(4096));
        let (zeros, padded) = ("A".repeat(55), format!("{}=", "E".repeat(55)));
        for value in ["", "x", "\"\"", "a.b.c", "..", "é", "=;=", &zeros, &padded, &kib, &dots] {
            check_new(&sticky, value);
        }
    }

    fn every_changed_or_missing_character_makes_it_no_pin(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let sticky = Sticky::start(driver, sticky(pods.all()));
        let (_, pin) = sticky.sessions(1).remove(0);
        for at in 0..pin.len() {
            check_new(&sticky, &changed(&pin, at));
            check_new(&sticky, &pin[..at]);
        }
        check_new(&sticky, &format!("{pin}A"));
        assert_eq!(sticky.client_with(&pin).pin, None);
    }

    fn a_pin_of_another_scope_says_nothing(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let shares = || vec![(1, Some(pods.all()))];
        let sticky = Sticky::start(
            driver,
            rules(vec![("/other", "HTTPRoute/test/other", shares()), ("/", SCOPE, shares())]),
        );
        let (_, pin) = sticky.sessions(1).remove(0);
        assert!(sticky.visit("/other", &pin).pin.is_some());
        assert_eq!(sticky.visit("/", &pin).pin, None);
    }

    fn a_pin_of_another_cookie_says_nothing(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let mut snapshot = sticky(pods.all());
        let sticky = Sticky::start(driver, snapshot.clone());
        let (_, pin) = sticky.sessions(1).remove(0);
        let affinity = forward_of(&mut snapshot, RULE).affinity.as_mut();
        affinity.expect("it is sticky").cookie_name = "other".into();
        sticky.apply(snapshot);
        let visit = sticky.ask("GET", "/", &format!("cookie: other={pin}; {COOKIE}={pin}|"));
        let field = visit.response.header("set-cookie").expect("a new pin");
        assert!(field.starts_with("other="), "{field}");
    }

    fn a_pin_of_another_key_says_nothing(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let one = Sticky::start(driver, sticky(pods.all()));
        let other = Sticky::start(driver, sticky(pods.all()));
        check_new(&other, &one.sessions(1)[0].1);
    }

    fn the_end_of_a_session_is_enforced_also_for_a_remembered_pin(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let clock = Clock::stopped_at(NOW_SECS);
        let settings = Settings { clock: clock.clone(), ..settings(driver) };
        let sticky = Sticky::with(settings, &Keys::new(), sticky(pods.all()));
        let (pod, pin) = sticky.sessions(1).remove(0);
        clock.set(NOW_SECS + u64::from(DURATION_SECS) - 1);
        for _ in 0..20 {
            let visit = sticky.client_with(&pin);
            assert_eq!((&visit.pod, &visit.pin), (&pod, &None), "its last second");
        }
        clock.set(NOW_SECS + u64::from(DURATION_SECS));
        for _ in 0..20 {
            check_new(&sticky, &pin);
        }
    }

    fn a_pin_from_the_future_is_none_beyond_the_skew_of_clocks(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let clock = Clock::stopped_at(NOW_SECS);
        let settings = Settings { clock: clock.clone(), ..settings(driver) };
        let sticky = Sticky::with(settings, &Keys::new(), sticky(pods.all()));
        let (_, pin) = sticky.sessions(1).remove(0);
        clock.set(NOW_SECS - 300);
        assert_eq!(sticky.client_with(&pin).pin, None);
        clock.set(NOW_SECS - 301);
        check_new(&sticky, &pin);
    }

    fn of_duplicate_cookies_the_first_valid_one_wins(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let sticky = Sticky::start(driver, sticky(pods.all()));
        let sessions = sticky.sessions(40);
        let of = |name: &str| {
            let found = sessions.iter().find(|(pod, _)| pod == name);
            found.expect("it has a session").1.as_str()
        };
        let (a, b) = (of("a"), of("b"));
        let garbled = changed(b, 20);
        for (values, pod) in [
            (vec![a, b], "a"),
            (vec![b, a], "b"),
            (vec!["x", &garbled, a, b], "a"),
            (vec![&format!("\"{b}\""), a], "b"),
            (vec![&format!("{a}; {COOKIE}={b}")], "a"),
            (vec![&format!("x; no{COOKIE}={b}; {}={b}; {COOKIE}={a}", "NOMNOM")], "a"),
        ] {
            for _ in 0..4 {
                let visit = sticky.ask("GET", "/", &fields(&values));
                assert_eq!((&*visit.pod, visit.pin), (pod, None), "{values:?}");
            }
        }
    }

    fn no_more_than_eight_candidates_are_looked_at(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let sticky = Sticky::start(driver, sticky(pods.all()));
        let (pod, pin) = sticky.sessions(1).remove(0);
        let garbled: Vec<String> = (10..18).map(|at| changed(&pin, at)).collect();
        let request = |garbled: &[String]| {
            let mut values: Vec<&str> = garbled.iter().map(String::as_str).collect();
            values.push(&pin);
            sticky.ask("GET", "/", &fields(&values))
        };
        let visit = request(&garbled[..7]);
        assert_eq!((visit.pod, visit.pin), (pod, None), "it is the eighth");
        assert_eq!(sticky.opens().iter().sum::<u64>(), 8);
        assert!(request(&garbled).pin.is_some(), "it is the ninth");
        assert_eq!(sticky.opens().iter().sum::<u64>(), 16);
    }
}
