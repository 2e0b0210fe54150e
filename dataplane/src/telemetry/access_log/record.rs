//! What one line says. A client's bytes appear only inside JSON strings, with every control
//! character escaped; a pin never appears, only a hash of its session.

use super::time::Time;

/// One request.
#[derive(Debug)]
pub struct Record<'a> {
    /// When the head was complete.
    pub time: Time,
    /// The client's address: the peer's, unless that is a trusted proxy which names another.
    pub client: &'a str,
    /// The listener's name.
    pub listener: Option<&'a str>,
    /// The Host it named.
    pub host: Option<&'a str>,
    /// The method, where there was a head.
    pub method: Option<&'a str>,
    /// The path, without the query: queries carry secrets.
    pub path: Option<&'a str>,
    /// What the client got.
    pub status: u16,
    /// Body bytes from the client.
    pub request_bytes: u64,
    /// Body bytes to the client.
    pub response_bytes: u64,
    /// From the head to the last byte.
    pub duration_us: u64,
    /// The route that took it.
    pub route: Option<&'a str>,
    /// The rule of the route.
    pub rule: Option<&'a str>,
    /// Who was asked last; absent when nobody was, or all refused.
    pub endpoint: Option<LoggedEndpoint<'a>>,
    /// Endpoints tried.
    pub attempts: u32,
    /// Why the gateway answered by itself, or the answer broke off: a stable id.
    pub refusal: Option<&'a str>,
    /// Absent where the rule has no session affinity.
    pub pin: Option<Pin<'a>>,
}

/// The endpoint that answered.
#[derive(Clone, Copy, Debug)]
pub struct LoggedEndpoint<'a> {
    /// Its id: the pod's UID, else its address.
    pub id: &'a str,
    /// Where it listens.
    pub address: &'a str,
}

/// What became of the pin.
#[derive(Debug)]
pub struct Pin<'a> {
    /// What came: none, valid, expired, invalid, gone, ...
    pub r#in: &'a str,
    /// What was done: kept, issued, moved, none.
    pub out: &'a str,
    /// Why.
    pub why: &'a str,
    /// A hash of the session id, in hexadecimal.
    pub session: Option<u64>,
}

impl Record<'_> {
    /// Adds the line, with its newline. Absent fields are left out.
    pub(super) fn append_to(&self, lines: &mut Vec<u8>) {
        let mut line = Line { out: lines };
        line.raw("{\"time\":\"").raw(self.time.as_str());
        line.raw("\",\"client\":\"").raw(self.client).raw("\"");
        line.text(",\"listener\":", self.listener);
        line.text(",\"host\":", self.host);
        line.text(",\"method\":", self.method);
        line.text(",\"path\":", self.path);
        line.number(",\"status\":", self.status.into());
        line.number(",\"request_bytes\":", self.request_bytes);
        line.number(",\"response_bytes\":", self.response_bytes);
        line.number(",\"duration_us\":", self.duration_us);
        line.text(",\"route\":", self.route);
        line.text(",\"rule\":", self.rule);
        if let Some(endpoint) = &self.endpoint {
            line.text(",\"endpoint\":{\"id\":", Some(endpoint.id));
            line.text(",\"address\":", Some(endpoint.address)).raw("}");
        }
        line.number(",\"attempts\":", self.attempts.into());
        line.text(",\"refusal\":", self.refusal);
        if let Some(pin) = &self.pin {
            line.text(",\"pin\":{\"in\":", Some(pin.r#in));
            line.text(",\"out\":", Some(pin.out));
            line.text(",\"why\":", Some(pin.why));
            line.hex(",\"session\":", pin.session).raw("}");
        }
        line.raw("}\n");
    }

    #[cfg(test)]
    pub(super) fn line(&self) -> Vec<u8> {
        let mut line = Vec::new();
        self.append_to(&mut line);
        line
    }
}

/// Writes JSON by hand: a serializer escapes every name anew, and costs five times as much.
struct Line<'a> {
    out: &'a mut Vec<u8>,
}

impl Line<'_> {
    /// What needs no escape.
    fn raw(&mut self, text: &str) -> &mut Self {
        self.out.extend_from_slice(text.as_bytes());
        self
    }

    /// A string that may hold anything.
    fn text(&mut self, name: &str, value: Option<&str>) -> &mut Self {
        let Some(value) = value else { return self };
        self.raw(name);
        if is_plain(value) {
            return self.raw("\"").raw(value).raw("\"");
        }
        let escaped = serde_json::to_string(value).expect("a string is JSON");
        self.raw(&without_controls(&escaped))
    }

    fn number(&mut self, name: &str, value: u64) -> &mut Self {
        self.raw(name).raw(itoa::Buffer::new().format(value))
    }

    fn hex(&mut self, name: &str, value: Option<u64>) -> &mut Self {
        let Some(mut rest) = value else { return self };
        let mut digits = *b"\"0000000000000000\"";
        for digit in digits[1..17].iter_mut().rev() {
            *digit = b"0123456789abcdef"[(rest & 15) as usize];
            rest >>= 4;
        }
        self.raw(name).out.extend_from_slice(&digits);
        self
    }
}

/// Whether a string stands for itself in JSON and on a terminal.
fn is_plain(value: &str) -> bool {
    let special = |byte: u8| !(b' '..0x7f).contains(&byte) || matches!(byte, b'"' | b'\\');
    // Without an early end this is a few instructions for sixteen bytes.
    !value.bytes().fold(false, |any, byte| any | special(byte))
}

/// RFC 8259 leaves DEL and C1 controls unescaped; a terminal obeys them.
fn without_controls(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '\u{7f}'..='\u{9f}' => escaped.push_str(&format!("\\u{:04x}", u32::from(character))),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::telemetry::access_log::time::WallClock;

    pub fn plain() -> Record<'static> {
        Record {
            time: WallClock::default().at(1_800_000_000_123),
            client: "127.0.0.1",
            listener: Some("Gateway/test-infra/gateway/http"),
            host: Some("www.example.com"),
            method: Some("GET"),
            path: Some("/"),
            status: 200,
            request_bytes: 0,
            response_bytes: 5,
            duration_us: 420,
            route: Some("HTTPRoute/test-infra/http-route"),
            rule: Some("HTTPRoute/test-infra/http-route/0"),
            endpoint: Some(LoggedEndpoint {
                id: "uid-1",
                address: "127.0.0.11:80",
            }),
            attempts: 1,
            refusal: None,
            pin: Some(Pin {
                r#in: "none",
                out: "issued",
                why: "new",
                session: Some(0xa1b2),
            }),
        }
    }

    #[test]
    fn a_line_reads_like_this() {
        let expected = concat!(
            r#"{"time":"2027-01-15T08:00:00.123Z","client":"127.0.0.1","#,
            r#""listener":"Gateway/test-infra/gateway/http","host":"www.example.com","#,
            r#""method":"GET","path":"/","status":200,"request_bytes":0,"response_bytes":5,"#,
            r#""duration_us":420,"route":"HTTPRoute/test-infra/http-route","#,
            r#""rule":"HTTPRoute/test-infra/http-route/0","#,
            r#""endpoint":{"id":"uid-1","address":"127.0.0.11:80"},"attempts":1,"#,
            r#""pin":{"in":"none","out":"issued","why":"new","session":"000000000000a1b2"}}"#,
            "\n"
        );
        assert_eq!(String::from_utf8(plain().line()), Ok(expected.to_owned()));
    }

    #[test]
    fn what_is_absent_is_left_out() {
        let record = Record {
            listener: None,
            host: None,
            method: None,
            path: None,
            route: None,
            rule: None,
            endpoint: None,
            refusal: Some("host-missing"),
            pin: None,
            ..plain()
        };
        let expected = concat!(
            r#"{"time":"2027-01-15T08:00:00.123Z","client":"127.0.0.1","status":200,"#,
            r#""request_bytes":0,"response_bytes":5,"duration_us":420,"attempts":1,"#,
            r#""refusal":"host-missing"}"#,
            "\n"
        );
        assert_eq!(String::from_utf8(record.line()), Ok(expected.to_owned()));
    }

    proptest! {
        #[test]
        fn hostile_values_stay_inside_one_line_of_json(host in "\\PC*|[\\x00-\\xff]*", path in any::<String>()) {
            let record = Record { host: Some(&host), path: Some(&path), ..plain() };
            let line = record.line();
            let text = std::str::from_utf8(&line).expect("UTF-8");
            prop_assert!(text.strip_suffix('\n').expect("a newline ends it").chars().all(|c| !c.is_control()));
            let read: Value = serde_json::from_slice(&line).expect("JSON");
            prop_assert_eq!(read["host"].as_str(), Some(host.as_str()));
            prop_assert_eq!(read["path"].as_str(), Some(path.as_str()));
        }
    }
}
