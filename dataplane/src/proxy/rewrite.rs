//! Where a request points after a rewrite, and where a redirect sends it (Gateway API
//! HTTPURLRewriteFilter and HTTPRequestRedirectFilter).

use std::borrow::Cow;

use limpet_schema::snapshot::{PathEdit, Redirect};

use crate::proto::head::RequestHead;
use crate::proto::target::without_port;

/// The target of the forwarded request: path and query, or `*`.
#[must_use]
pub fn rewritten<'a>(
    head: &'a RequestHead,
    edit: Option<&PathEdit>,
    prefix_len: usize,
) -> Cow<'a, [u8]> {
    let Some(edit) = edit else {
        return head.path_and_query();
    };
    let mut target = edited_path(head.path(), edit, prefix_len);
    if let Some(query) = head.query() {
        target.push('?');
        target.push_str(query);
    }
    target.into_bytes().into()
}

/// What a redirect's answer is made of.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The request, for its target.
    pub head: &'a RequestHead,
    /// The request's Host, maybe with a port.
    pub host: &'a str,
    /// `http` or `https`.
    pub scheme: &'static str,
    /// The port the client sees.
    pub listener_port: u16,
    /// How much of the path the rule's prefix matched.
    pub prefix_len: usize,
}

/// The Location a redirect answers with.
#[must_use]
pub fn location(redirect: &Redirect, origin: Origin<'_>) -> String {
    let scheme = redirect.scheme.as_deref().unwrap_or(origin.scheme);
    let host = redirect
        .hostname
        .as_deref()
        .unwrap_or_else(|| without_port(origin.host));
    let mut location = format!("{scheme}://{host}");
    let port = port(redirect, origin.listener_port);
    let is_default = matches!((scheme, port), ("http", 80) | ("https", 443));
    if !is_default {
        location.push_str(&format!(":{port}"));
    }
    let target = rewritten(origin.head, redirect.path.as_ref(), origin.prefix_len);
    location.push_str(str::from_utf8(&target).expect("a path is text"));
    location
}

/// The port of a redirect that names none is its scheme's; with no scheme either, the listener's.
fn port(redirect: &Redirect, listener_port: u16) -> u16 {
    match (redirect.port, redirect.scheme.as_deref()) {
        (Some(port), _) => port,
        (None, Some("https")) => 443,
        (None, Some(_)) => 80,
        (None, None) => listener_port,
    }
}

fn edited_path(path: &str, edit: &PathEdit, prefix_len: usize) -> String {
    let edited = match edit {
        PathEdit::Full(full) => full.clone(),
        PathEdit::Prefix(new) => {
            let rest = path.get(prefix_len..).unwrap_or_default();
            // One slash between them, however the two were written.
            match rest.strip_prefix('/').unwrap_or(rest) {
                "" if rest.is_empty() => new.clone(),
                rest => format!("{}/{rest}", new.trim_end_matches('/')),
            }
        }
    };
    if edited.starts_with('/') {
        edited
    } else {
        format!("/{edited}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::h1::head::tests::request_to;

    fn check_prefix(path: &str, prefix_len: usize, new: &str, expected: &str) {
        let edit = PathEdit::Prefix(new.into());
        assert_eq!(
            *rewritten(&request_to(path), Some(&edit), prefix_len),
            *expected.as_bytes(),
            "{path} {new}"
        );
    }

    #[test]
    fn a_prefix_is_replaced_and_the_rest_kept() {
        // The table of HTTPPathModifier.replacePrefixMatch.
        check_prefix("/foo/bar", 4, "/xyz", "/xyz/bar");
        check_prefix("/foo/bar", 4, "/xyz/", "/xyz/bar");
        check_prefix("/foo", 4, "/xyz", "/xyz");
        check_prefix("/foo/", 4, "/xyz", "/xyz/");
        check_prefix("/foo/bar", 4, "", "/bar");
        check_prefix("/foo/", 4, "", "/");
        check_prefix("/foo", 4, "", "/");
        check_prefix("/foo/", 4, "/", "/");
        check_prefix("/foo", 4, "/", "/");
        check_prefix("/foo/bar?a=b?c", 4, "/xyz", "/xyz/bar?a=b?c");
        check_prefix("/foo/<bar>?a=\"b\"", 4, "/xyz", "/xyz/<bar>?a=\"b\"");
        // The prefix `/` matches one byte, the slash itself.
        check_prefix("/bar", 1, "/xyz", "/xyz/bar");
        check_prefix("/", 1, "/xyz", "/xyz");
    }

    #[test]
    fn a_full_path_replaces_all_but_the_query() {
        let head = request_to("/foo/bar?a=b");
        for (full, expected) in [("/x", "/x?a=b"), ("", "/?a=b")] {
            let edit = PathEdit::Full(full.into());
            assert_eq!(*rewritten(&head, Some(&edit), 4), *expected.as_bytes());
        }
    }

    #[test]
    fn an_absolute_target_becomes_a_path() {
        let check = |target: &str, expected: &str| {
            assert_eq!(
                *rewritten(&request_to(target), None, 0),
                *expected.as_bytes()
            );
        };
        check("http://a/b?c", "/b?c");
        check("http://a", "/");
        check("http://a?b", "/?b");
        check("http://a?<b>", "/?<b>");
        check("http://a/`b`", "/`b`");
        check("*", "*");
        check("//b//c", "//b//c");
    }

    fn check_location(redirect: Redirect, expected: &str) {
        let origin = Origin {
            head: &request_to("/foo/bar?a=b"),
            host: "old.example:8080",
            scheme: "http",
            listener_port: 8080,
            prefix_len: 4,
        };
        assert_eq!(location(&redirect, origin), expected, "{redirect:?}");
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

    #[test]
    fn what_a_redirect_leaves_out_stays() {
        check_location(redirect(), "http://old.example:8080/foo/bar?a=b");
        let hostname = Some("new.example".to_owned());
        check_location(
            Redirect {
                hostname,
                ..redirect()
            },
            "http://new.example:8080/foo/bar?a=b",
        );
        let path = Some(PathEdit::Prefix("/x".into()));
        check_location(
            Redirect { path, ..redirect() },
            "http://old.example:8080/x/bar?a=b",
        );
    }

    #[test]
    fn a_redirects_port_is_given_or_the_schemes_or_the_listeners() {
        let https = || Some("https".to_owned());
        check_location(
            Redirect {
                scheme: https(),
                ..redirect()
            },
            "https://old.example/foo/bar?a=b",
        );
        let http = Some("http".to_owned());
        check_location(
            Redirect {
                scheme: http,
                ..redirect()
            },
            "http://old.example/foo/bar?a=b",
        );
        let port = Some(8443);
        check_location(
            Redirect {
                scheme: https(),
                port,
                ..redirect()
            },
            "https://old.example:8443/foo/bar?a=b",
        );
        let port = Some(80);
        check_location(
            Redirect { port, ..redirect() },
            "http://old.example/foo/bar?a=b",
        );
    }
}
