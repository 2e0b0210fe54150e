//! Request heads that are put together from telling parts, judged as in `limpet_hostile`.

use limpet_hostile::{connection, request_head};
use proptest::prelude::*;

const METHODS: &[&str] = &[
    "GET", "GET", "POST", "HEAD", "OPTIONS", "CONNECT", "get", "M-SEARCH", "G@T", "",
];
const TARGETS: &[&str] = &[
    "/",
    "/",
    "/a?b=c",
    "*",
    "/#a",
    "/%00",
    "//a//b",
    "/../a",
    "http://a/b",
    "http://a",
    "HTTP://A/",
    "https://u@a/",
    "ftp://a/",
    "a:80",
    "/\u{e9}",
    "/{}|^`\"<>",
    "",
    "?a",
    "http://a?b",
];
const VERSIONS: &[&str] = &[
    "HTTP/1.1",
    "HTTP/1.1",
    "HTTP/1.0",
    "HTTP/2.0",
    "HTTP/1.2",
    "http/1.1",
    "HTTP/1.1 ",
    "",
];
const NAMES: &[&str] = &[
    "host",
    "Host",
    "content-length",
    "transfer-encoding",
    "connection",
    "expect",
    "upgrade",
    "te",
    "cookie",
    "x-forwarded-for",
    "x",
    "X_y",
    "a b",
    "a ",
    " a",
    "",
    "trailer",
    "keep-alive",
];
const VALUES: &[&str] = &[
    "a",
    "a",
    "",
    "0",
    "3",
    "+3",
    "3, 3",
    "chunked",
    "Chunked",
    "gzip, chunked",
    "chunked, identity",
    "close",
    "keep-alive, x",
    "upgrade",
    "websocket",
    "h2c",
    "100-continue",
    "a:80",
    "[::1]",
    "a b",
    "\t a \t",
    "\u{e9}",
    "\u{b}",
    "\0",
    "1\r2",
    "99999999999999999999",
    "9999999999999999999",
];
const BREAKS: &[&str] = &[
    "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r", "\r\n ",
];

fn one_of(parts: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(parts)
}

fn head() -> impl Strategy<Value = String> {
    let line = (
        one_of(METHODS),
        one_of(TARGETS),
        one_of(VERSIONS),
        one_of(BREAKS),
    );
    let line =
        line.prop_map(|(method, target, version, end)| format!("{method} {target} {version}{end}"));
    let field = (one_of(NAMES), one_of(VALUES), one_of(BREAKS));
    let field = field.prop_map(|(name, value, end)| format!("{name}: {value}{end}"));
    let fields = prop::collection::vec(field, 0..6);
    (one_of(&["", "", "", "\r\n"]), line, any::<bool>(), fields).prop_map(
        |(before, line, has_host, fields)| {
            let host = if has_host { "host: a\r\n" } else { "" };
            format!("{before}{line}{host}{}\r\n", fields.concat())
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn every_head_is_read_as_others_read_it_or_there_is_a_rule(head in head()) {
        request_head(head.as_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_connection_is_answered_alike_however_its_bytes_are_cut(heads in prop::collection::vec(head(), 1..4)) {
        connection(heads.concat().as_bytes());
    }
}
