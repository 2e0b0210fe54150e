//! What reaches the backend, and what comes back.

use limpet_dataplane::{Clock, Settings};
use limpet_schema::snapshot::{Action, Redirect};

use crate::on_both_drivers;
use crate::support::{Backend, Client, Gateway, forward_to, rule_of, settings, snapshot_of};

/// A request that says who sent it.
const CLAIMS: &str = "GET / HTTP/1.1|host: test|x-forwarded-for: 1.2.3.4|x-forwarded-for: 5.6.7.8|\
    x-forwarded-proto: https|x-forwarded-host: evil|x-forwarded-port: 444|x-forwarded-prefix: /p|\
    x-real-ip: 9.9.9.9|forwarded: for=9.9.9.9|x: 1||";

/// A backend that answers every request with these bytes, where `|` is CR LF.
fn answering(response: &str) -> Backend {
    let response = response.to_owned();
    Backend::start(move |peer| {
        while peer.receive().is_some() {
            peer.raw.send(&response);
        }
    })
}

/// As [`answering`], then closes.
fn answering_once(response: &str) -> Backend {
    let response = response.to_owned();
    Backend::start(move |peer| {
        if peer.receive().is_some() {
            peer.raw.send(&response);
        }
    })
}

fn echoed(client: &mut Client, request: &str) -> String {
    client.send(request).response().text().replace("\r\n", "|")
}

on_both_drivers! {
    fn a_get_goes_to_the_backend_and_back(driver) {
        let backend = Backend::named("one");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let response = gateway.get("/");
        assert_eq!((response.status, response.text()), (200, "one"));
    }

    fn a_target_reaches_the_backend_as_the_client_wrote_it(driver) {
        let backend = Backend::echo();
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let target: String = (b'!'..=b'~').map(char::from).filter(|c| *c != '#').collect();
        // `|` is a line's end here.
        let target = target.replace('|', "");
        let received = echoed(&mut gateway.connect(), &format!("GET /{target} HTTP/1.1|host: test||"));
        assert!(received.starts_with(&format!("GET /{target} HTTP/1.1|")), "{received}");
    }

    fn connections_are_kept_on_both_sides(driver) {
        let backend = Backend::named("one");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        for _ in 0..10 {
            assert_eq!(client.get("/").text(), "one");
        }
        assert_eq!(backend.connections(), 1);
    }

    fn a_backend_is_told_who_asked_for_what(driver) {
        let backend = Backend::echo();
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let received = echoed(&mut gateway.connect(), "GET /a?b HTTP/1.1|Host: test:80|X-A: 1||");
        let expected = "GET /a?b HTTP/1.1|host: test:80|x-a: 1|x-forwarded-for: 127.0.0.1|\
                        x-forwarded-proto: http|x-forwarded-host: test:80||";
        assert_eq!(received, expected);
    }

    fn what_a_stranger_says_of_itself_is_dropped(driver) {
        let backend = Backend::echo();
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let received = echoed(&mut gateway.connect(), CLAIMS);
        let expected = "GET / HTTP/1.1|host: test|x: 1|x-forwarded-for: 127.0.0.1|\
                        x-forwarded-proto: http|x-forwarded-host: test||";
        assert_eq!(received, expected);
    }

    fn what_a_trusted_proxy_says_is_kept_and_continued(driver) {
        let backend = Backend::echo();
        let settings = Settings {
            trusted_proxies: vec!["127.0.0.0/8".parse().expect("a network")],
            ..settings(driver)
        };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        let received = echoed(&mut gateway.connect(), CLAIMS);
        let expected = "GET / HTTP/1.1|host: test|x-forwarded-proto: https|x-forwarded-host: evil|\
                        x-forwarded-port: 444|x-forwarded-prefix: /p|x-real-ip: 9.9.9.9|x: 1|\
                        x-forwarded-for: 1.2.3.4, 5.6.7.8, 127.0.0.1|\
                        forwarded: for=9.9.9.9, for=127.0.0.1||";
        assert_eq!(received, expected);
    }

    fn a_redirect_keeps_the_scheme_that_a_trusted_proxy_names(driver) {
        let redirect = Redirect {
            scheme: None,
            hostname: Some("new.test".to_owned()),
            port: None,
            path: None,
            status: 302,
        };
        let snapshot = || snapshot_of(rule_of(Action::Redirect(redirect.clone())));
        let location = |gateway: &Gateway| {
            let response = gateway.connect().send(CLAIMS).response();
            response.header("location").expect("one").to_owned()
        };
        let plain = Gateway::start(driver, snapshot());
        // The snapshot's listener is one of port 80 for its clients.
        assert_eq!(location(&plain), "http://new.test/");
        let settings = Settings {
            trusted_proxies: vec!["127.0.0.1/32".parse().expect("a network")],
            ..settings(driver)
        };
        let trusted = location(&Gateway::with(settings, snapshot()));
        assert_eq!(trusted, "https://new.test:444/");
    }

    fn a_date_is_added_where_there_is_none(driver) {
        let clock = Clock::stopped_at(784_111_777);
        let settings = || Settings { clock: clock.clone(), ..settings(driver) };
        let raw = |response: &str| {
            let backend = answering(response);
            let gateway = Gateway::with(settings(), forward_to(&[backend.address]));
            let mut client = gateway.connect();
            client.send("GET / HTTP/1.1|host: a|connection: close||");
            String::from_utf8(client.rest()).expect("ASCII").replace("\r\n", "|")
        };
        let ours = "date: Sun, 06 Nov 1994 08:49:37 GMT|";
        let dated = raw("HTTP/1.1 200 OK|date: then|content-length: 0||");
        assert_eq!(dated, "HTTP/1.1 200 OK|date: then|connection: close|content-length: 0||");
        let undated = raw("HTTP/1.1 200 OK|content-length: 0||");
        assert_eq!(undated, format!("HTTP/1.1 200 OK|{ours}connection: close|content-length: 0||"));
        let gateway = Gateway::with(settings(), forward_to(&[]));
        let mut client = gateway.connect();
        client.send("GET / HTTP/1.1|host: a|connection: close||");
        let local = String::from_utf8(client.rest()).expect("ASCII").replace("\r\n", "|");
        assert!(local.starts_with("HTTP/1.1 503 ") && local.contains(&format!("|{ours}")), "{local}");
    }

    fn messages_say_that_they_came_through_here(driver) {
        let backend = Backend::start(|peer| {
            while let Some(received) = peer.receive() {
                let said = received.head.lines().filter(|line| line.starts_with("via: "));
                let said: Vec<&str> = said.collect();
                assert_eq!(said, ["via: 1.0 before", "via: 1.1 limpet"]);
                peer.raw.send("HTTP/1.1 200 OK|via: 1.1 behind|content-length: 0||");
            }
        });
        let settings = Settings { via: true, ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        let response = client.send("GET / HTTP/1.1|host: a|via: 1.0 before||").response();
        let said: Vec<&str> = response.headers("via").collect();
        assert_eq!((response.status, said), (200, vec!["1.1 behind", "1.1 limpet"]));
    }

    fn options_that_may_go_no_further_are_answered_here(driver) {
        let backend = Backend::echo();
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        let received = echoed(&mut client, "OPTIONS / HTTP/1.1|host: a|max-forwards: 2||");
        assert!(received.contains("|max-forwards: 1|"), "{received}");
        let response = client.send("OPTIONS / HTTP/1.1|host: a|max-forwards: 0||").response();
        assert_eq!((response.status, response.text()), (200, ""));
        let response = client.send("TRACE / HTTP/1.1|host: a|max-forwards: 0||").response();
        assert_eq!((response.status, response.text()), (501, ""));
    }

    fn a_bad_first_chunk_leaves_the_endpoints_connection_as_it_was(driver) {
        let backend = Backend::named("one");
        let settings = Settings { workers: 1, ..settings(driver) };
        let gateway = Gateway::with(settings, forward_to(&[backend.address]));
        assert_eq!(gateway.get("/").text(), "one");
        let bad = "POST / HTTP/1.1|host: a|transfer-encoding: chunked||zz|";
        assert_eq!(gateway.connect().send(bad).response().status, 400);
        assert_eq!(gateway.get("/").text(), "one");
        assert_eq!(backend.connections(), 1);
    }

    fn fields_of_one_hop_stay_there(driver) {
        let backend = answering(
            "HTTP/1.1 200 OK|content-length: 0|connection: x-mine|x-mine: 1|keep-alive: 5|x: 2||",
        );
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let response = gateway.get("/");
        assert_eq!(response.head, "HTTP/1.1 200 OK\r\nx: 2\r\ncontent-length: 0");
        let backend = Backend::echo();
        gateway.apply(forward_to(&[backend.address]));
        let request = "GET / HTTP/1.1|host: test|connection: keep-alive, x-mine|x-mine: 1|te: gzip|\
                       keep-alive: 5|proxy-connection: x|upgrade: h2c|x: 2||";
        let received = echoed(&mut gateway.connect(), request);
        assert!(received.starts_with("GET / HTTP/1.1|host: test|x: 2|x-forwarded-for"), "{received}");
    }

    fn bodies_of_known_length_pass(driver) {
        let backend = Backend::echo();
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        let received = echoed(&mut client, "POST / HTTP/1.1|host: a|content-length: 5||hello");
        assert!(received.contains("|content-length: 5||"), "{received}");
        assert!(received.ends_with("||hello"), "{received}");
        let received = echoed(&mut client, "POST / HTTP/1.1|host: a|content-length: 0||");
        assert!(received.ends_with("|content-length: 0||"), "{received}");
    }

    fn a_body_that_comes_late_passes(driver) {
        let backend = Backend::echo();
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send("POST / HTTP/1.1|host: a|content-length: 5|expect: 100-continue||");
        client.send("hel");
        // The backend has read the head, so the body is being streamed.
        let mut other = gateway.connect();
        assert_eq!(other.get("/").status, 200);
        let received = echoed(&mut client, "lo");
        assert!(received.ends_with("||hello"), "{received}");
        assert_eq!(client.get("/").status, 200, "the connection goes on");
    }

    fn chunked_requests_are_framed_anew_with_their_trailers(driver) {
        let backend = Backend::start(|peer| {
            while let Some(received) = peer.receive() {
                assert!(received.header("transfer-encoding").is_some(), "{}", received.head);
                assert_eq!((&received.body[..], &received.trailers[..]), (&b"hello"[..], "x-sum: 1\r\n"));
                peer.raw.send("HTTP/1.1 204 No Content||");
            }
        });
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        let head = "POST / HTTP/1.1|host: a|transfer-encoding: chunked||";
        let body = "2;ext=1|he|3|llo|0|x-sum: 1|host: evil||";
        assert_eq!(client.send(&format!("{head}{body}")).response().status, 204);
        client.send(head);
        for piece in ["2", ";e", "|h", "e|3|ll", "o|", "0|x-su", "m: 1||"] {
            client.send(piece);
        }
        assert_eq!(client.response().status, 204);
        assert_eq!(backend.connections(), 1);
    }

    fn chunked_responses_are_framed_anew_with_their_trailers(driver) {
        let backend = answering(
            "HTTP/1.1 200 OK|transfer-encoding: chunked||3;x=y|hel|2|lo|0|x-sum: 1|set-cookie: a||",
        );
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        for _ in 0..2 {
            let response = client.get("/");
            assert_eq!((response.text(), &response.trailers[..]), ("hello", "x-sum: 1\r\n"));
        }
        assert_eq!(backend.connections(), 1);
    }

    fn a_chunk_is_forwarded_before_the_next_is_sent(driver) {
        let backend = Backend::start(|peer| {
            peer.receive().expect("a request");
            peer.raw.send("HTTP/1.1 200 OK|transfer-encoding: chunked||1|a|");
            peer.receive().expect("a sign on another request");
        });
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        client.send("GET / HTTP/1.1|host: a||");
        client.response_head();
        assert_eq!(client.until(b"a\r\n"), b"1\r\na\r\n");
    }

    fn a_response_until_the_end_is_chunked_for_1_1_clients(driver) {
        let backend = answering_once("HTTP/1.1 200 OK||hello");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        for _ in 0..2 {
            let response = client.get("/");
            assert_eq!(response.header("transfer-encoding"), Some("chunked"));
            assert_eq!(response.text(), "hello");
        }
        assert_eq!(backend.connections(), 2);
    }

    fn clients_of_1_0_get_no_chunks_and_are_closed(driver) {
        let backend = answering("HTTP/1.1 200 OK|transfer-encoding: chunked||5|hello|0||");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        let response = client.send("GET / HTTP/1.0|connection: keep-alive||").response();
        assert_eq!(response.head, "HTTP/1.1 200 OK\r\nconnection: close");
        assert_eq!(response.text(), "hello");
    }

    fn clients_of_1_0_are_kept_when_they_ask(driver) {
        let backend = Backend::named("one");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        let response = client.send("GET / HTTP/1.0|connection: Keep-Alive||").response();
        assert_eq!(response.header("connection"), Some("keep-alive"));
        let response = client.send("GET / HTTP/1.0||").response();
        assert_eq!(response.header("connection"), Some("close"));
        client.expect_closed();
    }

    fn backends_of_1_0_are_not_reused_unless_they_ask(driver) {
        let backend = answering("HTTP/1.0 200 OK|content-length: 2||ok");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        assert_eq!((client.get("/").text(), client.get("/").text()), ("ok", "ok"));
        assert_eq!(backend.connections(), 2);
        let backend = answering("HTTP/1.0 200 OK|connection: keep-alive|content-length: 2||ok");
        gateway.apply(forward_to(&[backend.address]));
        assert_eq!((client.get("/").text(), client.get("/").text()), ("ok", "ok"));
        assert_eq!(backend.connections(), 1);
    }

    fn responses_without_a_body_end_with_their_head(driver) {
        let backend = answering("HTTP/1.1 304 Not Modified|content-length: 9|etag: x||");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        for _ in 0..2 {
            let response = client.get("/");
            assert_eq!((response.status, response.header("content-length")), (304, Some("9")));
        }
        let backend = answering("HTTP/1.1 200 OK|content-length: 9||");
        gateway.apply(forward_to(&[backend.address]));
        for _ in 0..2 {
            let response = client.send("HEAD / HTTP/1.1|host: a||").response_head();
            assert_eq!((response.status, response.header("content-length")), (200, Some("9")));
        }
        assert_eq!(backend.connections(), 1);
    }

    fn pipelined_requests_are_answered_in_order(driver) {
        let backend = Backend::echo();
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let mut client = gateway.connect();
        let get = "GET /1 HTTP/1.1|host: a||";
        let post = "|POST /2 HTTP/1.1|host: a|content-length: 3||abc";
        let chunked = "POST /3 HTTP/1.1|host: a|transfer-encoding: chunked||1|a|0||";
        client.send(&format!("{get}{post}{chunked}{get}"));
        for target in ["/1", "/2", "/3", "/1"] {
            let response = client.response();
            assert_eq!(response.text().split(' ').nth(1), Some(target));
        }
    }

    fn an_absolute_target_becomes_a_path(driver) {
        let backend = Backend::echo();
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let received = echoed(&mut gateway.connect(), "GET http://test/x HTTP/1.1|host: test||");
        assert!(received.starts_with("GET /x HTTP/1.1|host: test|"), "{received}");
    }

    fn reasons_and_odd_statuses_pass(driver) {
        let backend = answering("HTTP/1.1 299 Sort Of|content-length: 0||");
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        assert!(gateway.get("/").head.starts_with("HTTP/1.1 299 Sort Of\r\n"));
    }
}
