//! Kept snapshots: what can be read and compiled is served without a panic, sends nothing that is
//! no request, and keeps each client on its endpoint.

use std::net::SocketAddr;

use limpet_dataplane::testing::{self, Request, Served};

/// Requests that find most rules which a snapshot may have; `|` is CR LF.
const REQUESTS: [&str; 5] = [
    "GET / HTTP/1.1|host: a||",
    "GET /a/b?c=d&e=%20 HTTP/1.1|host: www.example.com:80|x: y||",
    "POST //a/../b HTTP/1.1|host: [::1]|content-length: 1||",
    "OPTIONS * HTTP/1.1|host: example.com.|origin: b|access-control-request-method: PUT||",
    "GET http://a HTTP/1.0|cookie: nomnom=x; AGCAffinity=x||",
];

/// Judges the content of the file that keeps the last good snapshot.
pub fn snapshot(bytes: &[u8]) {
    let Ok(snapshot) = testing::last_good(bytes) else {
        return;
    };
    let text = serde_json::to_string(&snapshot).expect("plain data");
    let again = serde_json::from_str(&text).expect("it was just written");
    assert_eq!(snapshot, again);
    if let Ok(served) = Served::new(&snapshot) {
        is_served_well(&served);
    }
}

/// Sends every request everywhere.
pub fn is_served_well(served: &Served) {
    for address in served.addresses() {
        for text in REQUESTS {
            answer(served, address, &request(text, ""));
        }
    }
}

fn answer(served: &Served, address: SocketAddr, asked: &Request) {
    let Some(rule) = served.rule(address, asked) else {
        return;
    };
    if let Some(target) = served.target(address, asked) {
        let method = asked.meaning().method;
        let head = format!("{method} {target} HTTP/1.1\r\nhost: a\r\n\r\n");
        let forwarded = testing::request([head.as_bytes()]);
        assert!(matches!(forwarded, Ok(Some(_))), "{target:?} is sent");
    }
    if let Some((endpoint, Some(cookie))) = served.choose(rule, asked) {
        let cookie = String::from_utf8(cookie).expect("ASCII");
        let pin = cookie.split(';').next().unwrap_or_default();
        let back = request("GET / HTTP/1.1|host: a|", &format!("cookie: {pin}\r\n\r\n"));
        assert_eq!(served.choose(rule, &back), Some((endpoint, None)), "{pin}");
    }
}

fn request(text: &str, rest: &str) -> Request {
    let head = text.replace('|', "\r\n") + rest;
    let read = testing::request([head.as_bytes()]);
    read.ok().flatten().expect("a good request").0
}
