//! Endpoints that swallow what is sent to them: connecting to one says nothing, for seconds.

use std::time::{Duration, Instant};

use limpet_dataplane::Settings;

use crate::on_both_drivers;
use crate::scene::{Keys, Pods, Sticky, pod, refusing, sticky};
use crate::support::{PATIENCE, settings, swallowing};

on_both_drivers! {
    fn a_session_whose_pod_swallows_packets_moves_within_the_request(driver) {
        let pods = Pods::start(&["a", "b", "c"]);
        let sticky_now = Sticky::start(driver, sticky(pods.only("a")));
        let sessions = sticky_now.sessions(2);
        let gone = swallowing();
        sticky_now.apply(sticky(pods.with("a", |endpoint| endpoint.address = gone.address)));
        let start = Instant::now();
        let visit = sticky_now.client_with(&sessions[0].1);
        // The kernel would send again after a second, and connecting end after two.
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        assert_eq!(visit.response.status, 200);
        assert_ne!(visit.pod, "a");
        let again = sticky_now.client_with(visit.issued());
        assert_eq!((again.pod, again.pin), (visit.pod, None), "it moved once");
        for _ in 0..12 {
            assert_eq!(sticky_now.new_client().response.status, 200);
        }
    }

    fn a_pod_that_accepts_again_keeps_the_sessions_that_come_back(driver) {
        let pods = Pods::start(&["a", "b"]);
        let sticky_now = Sticky::start(driver, sticky(pods.only("a")));
        let sessions = sticky_now.sessions(2);
        let (_socket, closed) = refusing();
        sticky_now.apply(sticky(pods.with("a", |endpoint| endpoint.address = closed)));
        assert_eq!(sticky_now.client_with(&sessions[0].1).pod, "b");
        sticky_now.apply(sticky(pods.all()));
        let visit = sticky_now.client_with(&sessions[1].1);
        assert_eq!((&*visit.pod, &visit.pin), ("a", &None), "it did not move");
    }

    fn the_only_pod_is_asked_whatever_it_did_before(driver) {
        let pods = Pods::start(&["a"]);
        let sticky_now = Sticky::start(driver, sticky(pods.all()));
        let (_socket, closed) = refusing();
        sticky_now.apply(sticky(pods.with("a", |endpoint| endpoint.address = closed)));
        assert_eq!(sticky_now.new_client().response.status, 502);
        sticky_now.apply(sticky(pods.all()));
        assert_eq!(sticky_now.new_client().pod, "a");
    }

    fn a_request_that_reaches_nobody_goes_by_the_next_configuration(driver) {
        let pods = Pods::start(&["a", "b"]);
        let gone = swallowing();
        let mut only = pods.only("a");
        only[0].address = gone.address;
        let settings = Settings { connect_timeout: PATIENCE, ..settings(driver) };
        let sticky_now = Sticky::with(settings, &Keys::new(), sticky(only));
        let mut client = sticky_now.gateway.connect();
        client.send("GET / HTTP/1.1|host: test||");
        sticky_now.gateway.wait_for_metric("limpet_requests_total 1");
        sticky_now.apply(sticky(pods.only("b")));
        let start = Instant::now();
        assert_eq!(client.response().text(), "b");
        assert!(start.elapsed() < PATIENCE / 2, "{:?}", start.elapsed());
    }

    fn a_request_waits_for_its_endpoint_as_long_as_that_is_configured(driver) {
        let pods = Pods::start(&["a"]);
        let gone = swallowing();
        let mut only = pods.only("a");
        only[0].address = gone.address;
        let settings = Settings { connect_timeout: Duration::from_secs(1), ..settings(driver) };
        let sticky_now = Sticky::with(settings, &Keys::new(), sticky(only.clone()));
        let mut client = sticky_now.gateway.connect();
        client.send("GET / HTTP/1.1|host: test||");
        sticky_now.gateway.wait_for_metric("limpet_requests_total 1");
        sticky_now.apply(sticky(only));
        assert_eq!(client.response().status, 502);
        sticky_now.gateway.wait_for_metric("limpet_upstream_connect_failures_total 1");
        sticky_now.gateway.wait_for_metric("limpet_timeouts_total{reason=\"connect\"} 1");
    }

    fn no_more_than_eight_endpoints_are_tried(driver) {
        let closed: Vec<_> = (0..9).map(|_| refusing()).collect();
        let endpoints = closed.iter().zip('a'..).map(|((_, address), name)| pod(&name.to_string(), *address));
        let settings = Settings { connect_timeout: PATIENCE, ..settings(driver) };
        let sticky_now = Sticky::with(settings, &Keys::new(), sticky(endpoints.collect()));
        assert_eq!(sticky_now.new_client().response.status, 502);
        sticky_now.gateway.wait_for_metric("limpet_bounds_hit_total{reason=\"endpoints-tried\"} 1");
        sticky_now.gateway.wait_for_metric("limpet_upstream_connect_failures_total 8");
    }

    fn an_endpoint_that_swallows_packets_has_the_connect_limit_and_no_more(driver) {
        let gone = swallowing();
        let sticky_now = Sticky::start(driver, sticky(vec![pod("a", gone.address)]));
        // By default two seconds, where the client here waits for ten.
        assert_eq!(sticky_now.new_client().response.status, 502);
        sticky_now.gateway.wait_for_metric("limpet_timeouts_total{reason=\"connect\"} 1");
    }
}
