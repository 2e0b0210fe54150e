//! Header edits, redirects and rewrites, as Gateway API has them.

use limpet_schema::snapshot::{
    Action, Filter, HeaderEdit, HeaderField, PathEdit, PathMatch, Redirect, Snapshot, UrlRewrite,
};

use crate::on_both_drivers;
use crate::support::{Backend, Gateway, RULE, forward_to, rule_of, snapshot_of};

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

on_both_drivers! {
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
        for expected in ["|x-set: new|", "|x-add: some|x-add: more|", "|x-backend: yes|"] {
            assert!(received.contains(expected), "{expected} in {received}");
        }
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
