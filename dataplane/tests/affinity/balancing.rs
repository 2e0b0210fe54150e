//! Weights choose first, for new sessions; pins hold across the split.

use crate::on_both_drivers;
use crate::scene::{COOKIE, Pods, Sticky, forward_of, split, sticky};
use crate::support::{Gateway, RULE};

/// Checks that of 500 a share in percent is met within five points.
#[track_caller]
fn check_share(count: usize, percent: usize) {
    let wanted = percent * 5;
    assert!(
        count.abs_diff(wanted) <= 25,
        "{count} of 500, {percent} % expected"
    );
}

on_both_drivers! {
    fn new_sessions_follow_the_weights(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let shares = vec![(70, Some(pods.only("a"))), (30, Some(pods.but(&["a"])))];
        let sticky = Sticky::start(driver, split(shares));
        let sessions = sticky.sessions(500);
        check_share(sessions.iter().filter(|(pod, _)| pod == "a").count(), 70);
    }

    fn pins_hold_when_the_weights_change(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let weighted = |blue, green| {
            split(vec![(blue, Some(pods.only("a"))), (green, Some(pods.but(&["a"])))])
        };
        let sticky = Sticky::start(driver, weighted(50, 50));
        let sessions = sticky.sessions(20);
        for (blue, green) in [(1, 99), (99, 1), (0, 1)] {
            sticky.apply(weighted(blue, green));
            for (pod, pin) in &sessions {
                let visit = sticky.client_with(pin);
                assert_eq!((&visit.pod, visit.pin), (pod, None));
            }
        }
    }

    fn the_share_of_a_missing_backend_is_500_without_a_pin(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let sticky = Sticky::start(driver, split(vec![(50, Some(pods.all())), (50, None)]));
        let mut failed = 0;
        let mut pin = None;
        for _ in 0..500 {
            let visit = sticky.new_client();
            if visit.response.status == 500 {
                failed += 1;
                assert_eq!(visit.pin, None);
            } else {
                pin = visit.pin;
            }
        }
        check_share(failed, 50);
        let pin = pin.expect("some were served");
        assert!((0..20).all(|_| sticky.client_with(&pin).response.status == 200));
    }

    fn without_affinity_requests_follow_the_weights_and_no_cookie_is_read_or_set(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let shares = vec![(80, Some(pods.only("a"))), (20, Some(pods.but(&["a"])))];
        let mut snapshot = split(shares);
        let pinning = Sticky::start(driver, snapshot.clone());
        let (_, pin) = pinning.sessions(1).remove(0);
        forward_of(&mut snapshot, RULE).affinity = None;
        let gateway = Gateway::start(driver, snapshot);
        let request = format!("GET / HTTP/1.1|host: test|cookie: {COOKIE}={pin}||");
        let mut count = 0;
        for _ in 0..500 {
            let response = gateway.connect().send(&request).response();
            assert_eq!(response.header("set-cookie"), None);
            count += usize::from(response.text() == "a");
        }
        check_share(count, 80);
    }

    fn without_affinity_pods_take_turns(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let mut snapshot = sticky(pods.all());
        forward_of(&mut snapshot, RULE).affinity = None;
        let gateway = Gateway::start(driver, snapshot);
        let mut client = gateway.connect();
        let mut names: Vec<String> = (0..3).map(|_| client.get("/").text().to_owned()).collect();
        names.sort();
        assert_eq!(names, ["a", "b", "c"]);
    }
}
