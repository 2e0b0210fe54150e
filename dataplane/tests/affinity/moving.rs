//! When a pod is gone, refuses or drains, its sessions move once and without an error.

use limpet_schema::snapshot::Retry;

use crate::on_both_drivers;
use crate::scene::{Pods, Sticky, drain, forward_of, pod, refusing, split, sticky};
use crate::support::{Backend, RULE};

on_both_drivers! {
    fn sessions_of_a_removed_pod_move_once_and_no_others_do(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let sticky_now = Sticky::start(driver, sticky(pods.all()));
        let sessions = sticky_now.sessions(30);
        sticky_now.apply(sticky(pods.but(&["a"])));
        let (mut moved, mut stayed) = (0, 0);
        for (pod, pin) in &sessions {
            let visit = sticky_now.client_with(pin);
            if pod != "a" {
                stayed += 1;
                assert_eq!((&visit.pod, &visit.pin), (pod, &None));
                continue;
            }
            moved += 1;
            assert_eq!(visit.response.status, 200);
            let again = sticky_now.client_with(visit.issued());
            assert_eq!((again.pod, again.pin), (visit.pod, None), "it moved once");
        }
        assert!(moved > 0 && stayed > 0, "{moved} moved, {stayed} stayed");
    }

    fn every_core_moves_a_session_to_the_same_pod(driver) {
        let pods = Pods::start(&["a", "b", "c", "d"]);
        let sticky_now = Sticky::start(driver, sticky(pods.only("a")));
        let (_, pin) = sticky_now.sessions(1).remove(0);
        sticky_now.apply(sticky(pods.but(&["a"])));
        // A client that sends many requests at once, before it knows the new pin.
        let first = sticky_now.client_with(&pin).pod;
        for _ in 0..50 {
            assert_eq!(sticky_now.client_with(&pin).pod, first);
        }
        assert!(sticky_now.opens().iter().all(|opens| *opens > 0), "each core took part");
    }

    fn a_refused_connection_moves_the_session_inside_the_same_request(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let sticky_now = Sticky::start(driver, sticky(pods.only("a")));
        let (_, pin) = sticky_now.sessions(1).remove(0);
        let (_socket, closed) = refusing();
        sticky_now.apply(sticky(pods.with("a", |endpoint| endpoint.address = closed)));
        let visit = sticky_now.client_with(&pin);
        assert_eq!(visit.response.status, 200);
        assert_ne!(visit.pod, "a");
        let again = sticky_now.client_with(visit.issued());
        assert_eq!((again.pod, again.pin), (visit.pod, None));
    }

    fn a_new_session_is_pinned_to_the_pod_that_answered(driver) {
        let pods = Pods::start(&["a"]);
        let ((_one, closed_1), (_two, closed_2)) = (refusing(), refusing());
        let mut endpoints = pods.all();
        endpoints.extend([pod("b", closed_1), pod("c", closed_2)]);
        let sticky_now = Sticky::start(driver, sticky(endpoints));
        for _ in 0..12 {
            let visit = sticky_now.new_client();
            assert_eq!((&*visit.pod, visit.response.status), ("a", 200));
            let again = sticky_now.client_with(visit.issued());
            assert_eq!((&*again.pod, again.pin), ("a", None));
        }
    }

    fn an_error_of_the_application_moves_nobody(driver) {
        let failing = Backend::start(|peer| {
            while peer.receive().is_some() {
                peer.raw.send("HTTP/1.1 503 Service Unavailable|content-length: 6||broken");
            }
        });
        let pods = Pods::start(&["a", "b"]);
        let mut endpoints = vec![pod("broken", failing.address)];
        let sticky_now = Sticky::start(driver, sticky(endpoints.clone()));
        let first = sticky_now.new_client();
        assert_eq!(first.response.status, 503);
        endpoints.extend(pods.all());
        sticky_now.apply(sticky(endpoints));
        for _ in 0..10 {
            let visit = sticky_now.client_with(first.issued());
            assert_eq!((&*visit.pod, &visit.pin), ("broken", &None));
        }
    }

    fn a_retry_of_a_sessions_request_goes_to_its_pod(driver) {
        let failing = Backend::start(|peer| {
            while peer.receive().is_some() {
                peer.raw.send("HTTP/1.1 503 Service Unavailable|content-length: 6||broken");
            }
        });
        let pods = Pods::start(&["a", "b"]);
        let with_retry = |endpoints| {
            let mut snapshot = sticky(endpoints);
            let retry = Retry { codes: vec![503], attempts: 3, backoff_ms: 1 };
            forward_of(&mut snapshot, RULE).retry = Some(retry);
            snapshot
        };
        let mut endpoints = vec![pod("broken", failing.address)];
        let sticky_now = Sticky::start(driver, with_retry(endpoints.clone()));
        let first = sticky_now.new_client();
        assert_eq!(first.response.status, 503);
        endpoints.extend(pods.all());
        sticky_now.apply(with_retry(endpoints));
        for _ in 0..10 {
            let visit = sticky_now.client_with(first.issued());
            assert_eq!((&*visit.pod, &visit.pin), ("broken", &None));
        }
    }

    fn a_pod_that_dies_amid_its_answer_keeps_its_sessions(driver) {
        let dying = Backend::start(|peer| drop(peer.receive()));
        let pods = Pods::start(&["a", "b"]);
        let sticky_now = Sticky::start(driver, sticky(pods.only("a")));
        let (_, pin) = sticky_now.sessions(1).remove(0);
        let at = dying.address;
        sticky_now.apply(sticky(pods.with("a", |endpoint| endpoint.address = at)));
        let fields = format!("cookie: nomnom={pin}|content-length: 0|");
        let visit = sticky_now.ask("POST", "/", &fields);
        assert_eq!((visit.response.status, visit.pin), (502, None), "it may have been done");
        sticky_now.apply(sticky(pods.all()));
        assert_eq!(sticky_now.client_with(&pin).pod, "a");
    }

    fn a_draining_pod_keeps_its_sessions_and_gets_no_new_ones(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let sticky_now = Sticky::start(driver, sticky(pods.only("a")));
        let sessions = sticky_now.sessions(6);
        sticky_now.apply(sticky(pods.with("a", drain)));
        for (_, pin) in &sessions {
            let visit = sticky_now.client_with(pin);
            assert_eq!((&*visit.pod, visit.pin), ("a", None));
        }
        assert!(sticky_now.sessions(30).iter().all(|(pod, _)| pod != "a"));
    }

    fn sessions_do_not_move_to_a_draining_pod(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let sticky_now = Sticky::start(driver, sticky(pods.only("a")));
        let sessions = sticky_now.sessions(12);
        let mut left = pods.with("b", drain);
        left.retain(|endpoint| endpoint.id != "a");
        sticky_now.apply(sticky(left));
        for (_, pin) in &sessions {
            assert_eq!(sticky_now.client_with(pin).pod, "c");
        }
    }

    fn where_all_pods_drain_clients_are_served_without_a_pin(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let mut endpoints = pods.all();
        endpoints.iter_mut().for_each(drain);
        let sticky_now = Sticky::start(driver, sticky(endpoints));
        let visit = sticky_now.new_client();
        assert_eq!((visit.response.status, visit.pin), (200, None));
    }

    fn a_backend_of_weight_0_keeps_its_sessions_and_gets_no_new_ones(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let weighted = |blue, green| {
            split(vec![(blue, Some(pods.only("a"))), (green, Some(pods.but(&["a"])))])
        };
        let sticky_now = Sticky::start(driver, weighted(1, 0));
        let sessions = sticky_now.sessions(6);
        sticky_now.apply(weighted(0, 1));
        for (_, pin) in &sessions {
            let visit = sticky_now.client_with(pin);
            assert_eq!((&*visit.pod, visit.pin), ("a", None));
        }
        assert!(sticky_now.sessions(30).iter().all(|(pod, _)| pod != "a"));
    }

    fn a_session_whose_pod_is_gone_for_good_is_told_so_only_when_none_is_left(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let sticky_now = Sticky::start(driver, sticky(pods.all()));
        let (_, pin) = sticky_now.sessions(1).remove(0);
        sticky_now.apply(sticky(Vec::new()));
        let visit = sticky_now.client_with(&pin);
        assert_eq!((visit.response.status, visit.pin), (503, None));
        let (_socket, closed) = refusing();
        sticky_now.apply(sticky(vec![pod("a", closed)]));
        let visit = sticky_now.client_with(&pin);
        assert_eq!((visit.response.status, visit.pin), (502, None));
        sticky_now.apply(sticky(pods.all()));
        assert_eq!(sticky_now.client_with(&pin).pin, None, "its pin holds as ever");
    }
}
