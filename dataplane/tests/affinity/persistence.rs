//! Session persistence as Gateway API has it: cookies that end with the browser's session, and
//! weights that choose for every request.

use std::collections::{BTreeMap, BTreeSet};

use limpet_dataplane::{Clock, Settings};
use limpet_schema::snapshot::{Affinity, Snapshot};

use crate::on_both_drivers;
use crate::scene::{
    COOKIE, DURATION_SECS, Keys, Pods, Sticky, forward_of, refusing, split, sticky,
};
use crate::support::{RULE, settings};

const NOW: u64 = 1_800_000_000;

fn with(mut snapshot: Snapshot, change: impl Fn(&mut Affinity)) -> Snapshot {
    let affinity = forward_of(&mut snapshot, RULE).affinity.as_mut();
    change(affinity.expect("the rule is sticky"));
    snapshot
}

fn per_backend(mut snapshot: Snapshot) -> Snapshot {
    let forward = forward_of(&mut snapshot, RULE);
    let affinity = forward.affinity.take();
    for weighted in &mut forward.backends {
        weighted.affinity.clone_from(&affinity);
    }
    snapshot
}

/// The pods that a browser is led to, with how often.
fn browse(sticky: &Sticky, pin: &mut String, requests: usize) -> BTreeMap<String, usize> {
    let mut visits = BTreeMap::new();
    for _ in 0..requests {
        let visit = sticky.client_with(pin);
        assert_eq!(visit.response.status, 200);
        if let Some(new) = visit.pin {
            *pin = new;
        }
        *visits.entry(visit.pod).or_default() += 1;
    }
    visits
}

fn cookie_field(cookies: &BTreeMap<String, String>) -> String {
    let pairs = cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    match pairs.collect::<Vec<_>>().join("; ") {
        none if none.is_empty() => none,
        pairs => format!("cookie: {pairs}|"),
    }
}

on_both_drivers! {
    fn a_session_cookie_has_no_end_of_its_own_and_the_gateway_keeps_it(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let snapshot = with(sticky(pods.all()), |affinity| {
            affinity.is_session_cookie = true;
            affinity.cookie_path = Some("/app".into());
        });
        let clock = Clock::stopped_at(NOW);
        let settings = Settings { clock: clock.clone(), ..settings(driver) };
        let sticky = Sticky::with(settings, &Keys::new(), snapshot);
        let visit = sticky.new_client();
        let pin = visit.issued();
        let expected = format!("{COOKIE}={pin}; Path=/app; HttpOnly; SameSite=Lax");
        assert_eq!(visit.response.header("set-cookie"), Some(&*expected));
        clock.set(NOW + u64::from(DURATION_SECS) - 1);
        assert_eq!(sticky.client_with(pin).pin, None);
        clock.set(NOW + u64::from(DURATION_SECS));
        assert!(sticky.client_with(pin).pin.is_some());
    }

    fn the_weights_choose_for_every_request_and_the_pod_stays_in_each_backend(driver) {
        let pods = Pods::start(&["a", "b", "c", "d"]);
        let shares = vec![(70, Some(pods.but(&["c", "d"]))), (30, Some(pods.but(&["a", "b"])))];
        let sticky = Sticky::start(driver, per_backend(split(shares)));
        let mut pin = sticky.new_client().issued().to_owned();
        let visits = browse(&sticky, &mut pin, 500);
        assert_eq!(visits.len(), 2, "one pod of each backend: {visits:?}");
        let blue: usize = ["a", "b"].iter().filter_map(|pod| visits.get(*pod)).sum();
        assert!(blue.abs_diff(350) <= 25, "{visits:?}");
        assert_eq!(browse(&sticky, &mut pin.clone(), 20).len(), 2);
        let opens: u64 = sticky.opens().iter().sum();
        browse(&sticky, &mut pin, 100);
        assert!(sticky.opens().iter().sum::<u64>() - opens <= 8, "the table remembers both pins");
    }

    fn sessions_do_not_keep_a_backend_of_weight_0(driver) {
        let pods = Pods::start(&["a", "b"]);
        let weighted = |blue, green| {
            let shares = vec![(blue, Some(pods.only("a"))), (green, Some(pods.only("b")))];
            per_backend(split(shares))
        };
        let sticky = Sticky::start(driver, weighted(1, 0));
        let mut pin = sticky.new_client().issued().to_owned();
        sticky.apply(weighted(0, 1));
        let visits = browse(&sticky, &mut pin, 10);
        assert_eq!(visits.keys().collect::<BTreeSet<_>>(), BTreeSet::from([&"b".to_owned()]));
        sticky.apply(weighted(1, 0));
        let visit = sticky.client_with(&pin);
        assert_eq!((&*visit.pod, visit.pin), ("a", None), "its pin there was kept");
    }

    fn a_refusal_moves_the_session_inside_the_backend(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let (_socket, closed) = refusing();
        let broken = pods.with("a", |endpoint| endpoint.address = closed);
        let blue = broken.into_iter().filter(|endpoint| endpoint.id != "c").collect();
        let healthy = vec![(1, Some(pods.only("a"))), (0, Some(pods.only("c")))];
        let sticky = Sticky::start(driver, per_backend(split(healthy)));
        let pin = sticky.new_client().issued().to_owned();
        sticky.apply(per_backend(split(vec![(1, Some(blue)), (0, Some(pods.only("c")))])));
        let visit = sticky.client_with(&pin);
        assert_eq!((&*visit.pod, visit.response.status), ("b", 200));
        let again = sticky.client_with(visit.issued());
        assert_eq!((&*again.pod, again.pin), ("b", None));
    }

    fn backends_of_a_split_keep_their_sessions_each_in_its_own_cookie_or_not_at_all(driver) {
        let pods = Pods::start(&["a", "b", "c", "d", "e", "f"]);
        let shares = [["a", "b"], ["c", "d"], ["e", "f"]];
        let all = ["a", "b", "c", "d", "e", "f"];
        let of = |share: &[&str]| {
            let others: Vec<&str> = all.into_iter().filter(|pod| !share.contains(pod)).collect();
            (1, Some(pods.but(&others)))
        };
        let mut snapshot = split(shares.iter().map(|share| of(share)).collect());
        let forward = forward_of(&mut snapshot, RULE);
        let affinity = forward.affinity.take().expect("the rule is sticky");
        for (weighted, name) in forward.backends.iter_mut().zip(["blue", "green"]) {
            weighted.affinity = Some(Affinity {
                cookie_name: name.into(),
                scope: format!("XBackend/test/{name}"),
                ..affinity.clone()
            });
        }
        let sticky = Sticky::start(driver, snapshot);
        let (mut cookies, mut visits) = (BTreeMap::new(), BTreeMap::new());
        for _ in 0..200 {
            let visit = sticky.ask("GET", "/", &cookie_field(&cookies));
            *visits.entry(visit.pod).or_insert(0) += 1;
            if let Some(set) = visit.response.header("set-cookie") {
                let (name, rest) = set.split_once('=').expect("a cookie");
                let pin = rest.split(';').next().expect("a value").to_owned();
                assert_eq!(cookies.insert(name.to_owned(), pin), None, "{name} was set before");
            }
        }
        assert_eq!(cookies.keys().collect::<Vec<_>>(), ["blue", "green"]);
        let met = |share: &[&str]| share.iter().filter(|pod| visits.contains_key(**pod)).count();
        assert_eq!(shares.map(|share| met(&share)), [1, 1, 2], "{visits:?}");
    }
}
