//! Header edits, redirects and rewrites, as Gateway API has them.

use std::sync::{Mutex, mpsc};

use limpet_schema::snapshot::{
    Action, Filter, HeaderEdit, HeaderField, PathEdit, PathMatch, Redirect, Snapshot, UrlRewrite,
};

use crate::on_both_drivers;
use crate::support::{Backend, Gateway, PATIENCE, RULE, forward_to, rule_of, snapshot_of};

fn field(name: &str, value: &str) -> HeaderField {
    HeaderField {
        name: name.into(),
        value: value.into(),
    }
}

fn edit() -> HeaderEdit {
    HeaderEdit {
        set: vec![field("x-set", "new")],
        add: vec![field("x-add", "more")],
        remove: vec!["x-remove".into()],
    }
}

fn with_rewrite(mut snapshot: Snapshot, rewrite: UrlRewrite) -> Snapshot {
    let rule = snapshot.rules.get_mut(RULE).expect("the rule");
    if let Action::Forward(forward) = &mut rule.action {
        forward.rewrite = Some(rewrite);
    }
    snapshot
}

fn under(mut snapshot: Snapshot, prefix: &str) -> Snapshot {
    snapshot.listeners[0].hosts[0].entries[0].when.path = PathMatch::Prefix(prefix.into());
    snapshot
}

fn redirect() -> Redirect {
    Redirect {
        scheme: None,
        hostname: None,
        port: None,
        path: None,
        status: 302,
    }
}

fn setting(name: &str, value: &str) -> HeaderEdit {
    HeaderEdit {
        set: vec![field(name, value)],
        ..HeaderEdit::default()
    }
}

on_both_drivers! {
    fn a_client_takes_away_nothing_that_a_filter_sets(driver) {
        let backend = Backend::echo();
        let mut snapshot = forward_to(&[backend.address]);
        let rule = snapshot.rules.get_mut(RULE).expect("the rule");
        for (name, value) in [("x-env", "prod"), ("x-forwarded-proto", "https")] {
            rule.filters.push(Filter::RequestHeaders(setting(name, value)));
        }
        let gateway = Gateway::start(driver, snapshot);
        let mut client = gateway.connect();
        client.send("GET / HTTP/1.1|host: a|x-env: dev|x-own: 1|connection: x-env, x-forwarded-proto, x-own, x-forwarded-for, host||");
        let received = client.response();
        let received = received.text().to_ascii_lowercase();
        for line in ["host: a", "x-env: prod", "x-forwarded-proto: https", "x-forwarded-for: 127.0.0.1"] {
            assert!(received.lines().any(|it| it == line), "{line}: {received}");
        }
        assert!(!received.contains("dev") && !received.contains("x-own"), "{received}");
    }

    fn an_endpoint_takes_away_nothing_that_a_filter_sets(driver) {
        let backend = Backend::start(|peer| {
            while peer.receive().is_some() {
                peer.raw.send("HTTP/1.1 103 Early Hints|connection: x-own|x-own: 1||");
                peer.raw.send(
                    "HTTP/1.1 200 OK|connection: x-env, x-own|x-env: dev|x-own: 1|transfer-encoding: chunked||",
                );
                peer.raw.send("0|x-own: 1|x-other: 2||");
            }
        });
        let mut snapshot = forward_to(&[backend.address]);
        let rule = snapshot.rules.get_mut(RULE).expect("the rule");
        rule.filters.push(Filter::ResponseHeaders(setting("x-env", "prod")));
        let gateway = Gateway::start(driver, snapshot);
        let mut client = gateway.connect();
        client.send("GET / HTTP/1.1|host: a||");
        let hints = client.response_head();
        assert_eq!((hints.status, hints.header("x-own")), (103, None));
        let response = client.response();
        assert_eq!(response.headers("x-env").collect::<Vec<_>>(), ["prod"]);
        assert_eq!((response.header("x-own"), response.trailers.as_str()), (None, "x-other: 2\r\n"));
    }

    fn trailers_that_a_client_lists_stay_behind(driver) {
        let (said, heard) = mpsc::channel();
        let said = Mutex::new(said);
        let backend = Backend::start(move |peer| {
            while let Some(received) = peer.receive() {
                let said = said.lock().expect("no script panics");
                said.send(received.trailers).expect("the test listens");
                peer.raw.send("HTTP/1.1 200 OK|content-length: 0||");
            }
        });
        let gateway = Gateway::start(driver, forward_to(&[backend.address]));
        let head = "POST / HTTP/1.1|host: a|connection: x-own|transfer-encoding: chunked||";
        let body = "1|a|0|x-own: 1|x-other: 2||";
        let mut client = gateway.connect();
        assert_eq!(client.send(&format!("{head}{body}")).response().status, 200);
        assert_eq!(heard.recv_timeout(PATIENCE).expect("it came"), "x-other: 2\r\n");
        client.send(head);
        assert_eq!(client.send(body).response().status, 200);
        assert_eq!(heard.recv_timeout(PATIENCE).expect("it came"), "x-other: 2\r\n");
    }

    fn request_fields_are_edited_before_they_leave(driver) {
        let backend = Backend::echo();
        let mut snapshot = forward_to(&[backend.address]);
        let rule = snapshot.rules.get_mut(RULE).expect("the rule");
        rule.filters.push(Filter::RequestHeaders(edit()));
        if let Action::Forward(forward) = &mut rule.action {
            let own = HeaderEdit { set: vec![field("x-backend", "yes")], ..HeaderEdit::default() };
            forward.backends[0].filters.push(Filter::RequestHeaders(own));
        }
        let gateway = Gateway::start(driver, snapshot);
        let mut client = gateway.connect();
        client.send("GET / HTTP/1.1|host: a|x-set: old|x-add: some|x-remove: it||");
        let received = client.response().text().replace("\r\n", "|");
        for expected in ["|x-set: new|", "|x-backend: yes|"] {
            assert!(received.contains(expected), "{expected} in {received}");
        }
        let added = received.split('|').filter_map(|line| line.strip_prefix("x-add: "));
        assert_eq!(added.collect::<Vec<_>>(), ["some", "more"], "{received}");
        assert!(!received.contains("x-remove"), "{received}");
    }

    fn a_filter_may_say_what_a_client_may_not(driver) {
        let backend = Backend::echo();
        let mut snapshot = forward_to(&[backend.address]);
        let set = vec![field("x-forwarded-proto", "https"), field("host", "inner")];
        let filter = Filter::RequestHeaders(HeaderEdit { set, ..HeaderEdit::default() });
        snapshot.rules.get_mut(RULE).expect("the rule").filters.push(filter);
        let gateway = Gateway::start(driver, snapshot);
        let received = gateway.get("/").text().replace("\r\n", "|");
        assert!(received.contains("|host: inner|"), "{received}");
        assert!(received.contains("|x-forwarded-proto: https|"), "{received}");
        assert!(received.contains("|x-forwarded-host: test|"), "{received}");
    }

    fn response_fields_are_edited_too_also_of_redirects(driver) {
        let backend = Backend::start(|peer| {
            while peer.receive().is_some() {
                peer.raw.send("HTTP/1.1 200 OK|x-set: old|x-remove: it|content-length: 0||");
            }
        });
        let mut snapshot = forward_to(&[backend.address]);
        let rule = snapshot.rules.get_mut(RULE).expect("the rule");
        rule.filters.push(Filter::ResponseHeaders(edit()));
        let gateway = Gateway::start(driver, snapshot);
        let response = gateway.get("/");
        assert_eq!(response.head, "HTTP/1.1 200 OK\r\nx-set: new\r\nx-add: more\r\ncontent-length: 0");
        let mut rule = rule_of(Action::Redirect(redirect()));
        rule.filters.push(Filter::ResponseHeaders(edit()));
        gateway.apply(snapshot_of(rule));
        assert_eq!(gateway.get("/").header("x-set"), Some("new"));
    }

    fn a_redirect_says_where_to(driver) {
        let https = Redirect {
            scheme: Some("https".into()),
            hostname: Some("new.example".into()),
            path: Some(PathEdit::Prefix("/new".into())),
            status: 301,
            ..redirect()
        };
        let snapshot = under(snapshot_of(rule_of(Action::Redirect(https))), "/old");
        let gateway = Gateway::start(driver, snapshot);
        let mut client = gateway.connect();
        let response = client.get("/old/page?q=1");
        assert_eq!(response.status, 301);
        assert_eq!(response.header("location"), Some("https://new.example/new/page?q=1"));
        assert_eq!((response.header("content-length"), response.header("set-cookie")), (Some("0"), None));
        gateway.apply(snapshot_of(rule_of(Action::Redirect(redirect()))));
        assert_eq!(client.get("//evil/..").header("location"), Some("http://test//evil/.."));
    }

    fn a_rewrite_changes_host_and_path_and_keeps_the_query(driver) {
        let backend = Backend::echo();
        let rewrite = UrlRewrite {
            hostname: Some("inner.example".into()),
            path: Some(PathEdit::Prefix("/v2".into())),
        };
        let snapshot = with_rewrite(under(forward_to(&[backend.address]), "/api"), rewrite);
        let gateway = Gateway::start(driver, snapshot);
        let received = gateway.get("/api/users?id=1").text().replace("\r\n", "|");
        assert!(received.starts_with("GET /v2/users?id=1 HTTP/1.1|host: inner.example|"), "{received}");
        assert!(received.contains("|x-forwarded-host: test|"), "{received}");
        let full = UrlRewrite { hostname: None, path: Some(PathEdit::Full("/one".into())) };
        gateway.apply(with_rewrite(under(forward_to(&[backend.address]), "/api"), full));
        let received = gateway.get("/api/users?id=1").text().replace("\r\n", "|");
        assert!(received.starts_with("GET /one?id=1 HTTP/1.1|host: test|"), "{received}");
    }
}
