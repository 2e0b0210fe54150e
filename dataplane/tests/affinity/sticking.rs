//! A pin leads to the same pod, whatever happens around it.

use crate::on_both_drivers;
use crate::scene::{Keys, Pods, Sticky, ask, sticky};
use crate::support::{Gateway, settings};

/// Checks that a session is where it was and that nothing new is said to it.
#[track_caller]
fn check_kept(sticky: &Sticky, sessions: &[(String, String)]) {
    for (pod, pin) in sessions {
        let visit = sticky.client_with(pin);
        assert_eq!((&visit.pod, &visit.pin), (pod, &None));
    }
}

on_both_drivers! {
    fn a_thousand_connections_over_all_cores_reach_one_pod(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let sticky = Sticky::start(driver, sticky(pods.all()));
        let first = sticky.new_client();
        for _ in 0..1000 {
            let visit = sticky.client_with(first.issued());
            assert_eq!((&visit.pod, &visit.pin), (&first.pod, &None));
        }
        assert_eq!(sticky.opens(), [1, 1], "each core took part, and opened the pin once");
    }

    fn requests_of_one_connection_go_where_each_ones_pin_leads(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let sticky = Sticky::start(driver, sticky(pods.all()));
        let sessions = sticky.sessions(12);
        let mut client = sticky.gateway.connect();
        for (pod, pin) in &sessions {
            let fields = format!("cookie: nomnom={pin}|");
            assert_eq!(&ask(&mut client, "GET", "/", &fields).pod, pod);
        }
    }

    fn new_clients_are_spread_over_all_pods(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let sticky = Sticky::start(driver, sticky(pods.all()));
        let sessions = sticky.sessions(120);
        for name in ["a", "b", "c"] {
            let count = sessions.iter().filter(|(pod, _)| pod == name).count();
            // By chance, from random sessions: four deviations around 40.
            assert!((20..=60).contains(&count), "{name} has {count} of 120");
        }
    }

    fn sessions_survive_a_restart_with_the_same_key(driver) {
        let (pods, keys) = (Pods::start(&["a", "b", "c"]), Keys::new());
        let before = Sticky::with(settings(driver), &keys, sticky(pods.all()));
        let sessions = before.sessions(12);
        drop(before);
        check_kept(&Sticky::with(settings(driver), &keys, sticky(pods.all())), &sessions);
    }

    fn replicas_with_one_key_follow_each_others_pins(driver) {
        let (pods, keys) = (Pods::start(&["a", "b", "c"]), Keys::new());
        let one = Sticky::with(settings(driver), &keys, sticky(pods.all()));
        let other = Sticky::with(settings(driver), &keys, sticky(pods.all()));
        check_kept(&other, &one.sessions(12));
        check_kept(&one, &other.sessions(12));
    }

    fn replicas_move_a_session_to_the_same_pod(driver) {
        let (pods, keys) = (Pods::start(&["a", "b", "c", "d"]), Keys::new());
        let one = Sticky::with(settings(driver), &keys, sticky(pods.all()));
        let other = Sticky::with(settings(driver), &keys, sticky(pods.all()));
        let sessions = one.sessions(24);
        one.apply(sticky(pods.but(&["a"])));
        other.apply(sticky(pods.but(&["a"])));
        for (_, pin) in &sessions {
            assert_eq!(one.client_with(pin).pod, other.client_with(pin).pod);
        }
    }

    fn scale_out_moves_nobody_and_the_new_pods_get_sessions(driver) {
        let pods = Pods::start(&["a", "b", "c", "d", "e", "f"]);
        let sticky_now = Sticky::start(driver, sticky(pods.but(&["d", "e", "f"])));
        let sessions = sticky_now.sessions(24);
        sticky_now.apply(sticky(pods.all()));
        check_kept(&sticky_now, &sessions);
        let is_new = |(pod, _): &(String, String)| ["d", "e", "f"].contains(&pod.as_str());
        assert!(sticky_now.sessions(60).iter().any(is_new));
    }

    fn a_reload_moves_nobody_whatever_the_order_of_endpoints(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let sticky_now = Sticky::start(driver, sticky(pods.all()));
        let sessions = sticky_now.sessions(12);
        sticky_now.apply(sticky(pods.all().into_iter().rev().collect()));
        check_kept(&sticky_now, &sessions);
    }

    fn a_pod_is_known_by_its_identity_and_not_by_its_address(driver) {
        let (pods, twins) = (Pods::start(&["a", "b", "c"]), Pods::start(&["a", "b", "c"]));
        let sticky_now = Sticky::start(driver, sticky(pods.all()));
        let sessions = sticky_now.sessions(12);
        sticky_now.apply(sticky(twins.all()));
        check_kept(&sticky_now, &sessions);
        // Another pod behind the address of one that is gone gets none of its sessions by that.
        let mut strangers = twins.all();
        strangers.iter_mut().for_each(|endpoint| endpoint.id += "-new");
        sticky_now.apply(sticky(strangers));
        for (_, pin) in &sessions {
            assert!(sticky_now.client_with(pin).pin.is_some());
        }
    }

    fn pins_of_the_key_before_hold_and_new_ones_are_sealed_with_the_new_key(driver) {
        let (pods, keys) = (Pods::start(&["a", "b", "c"]), Keys::new());
        let sticky_now = Sticky::with(settings(driver), &keys, sticky(pods.all()));
        let first = sticky_now.sessions(6);
        sticky_now.set_keys(keys.rotate());
        check_kept(&sticky_now, &first);
        let second = sticky_now.sessions(6);
        sticky_now.set_keys(keys.rotate());
        check_kept(&sticky_now, &second);
        for (_, pin) in &first {
            assert!(sticky_now.client_with(pin).pin.is_some(), "its key is no longer in force");
        }
    }

    fn without_a_key_clients_are_served_and_nothing_is_pinned(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let gateway = Gateway::start(driver, sticky(pods.all()));
        let sticky_now = Sticky { gateway };
        let visit = sticky_now.new_client();
        assert_eq!((visit.response.status, visit.pin), (200, None));
    }
}
