//! What one line says. A client's bytes appear only inside JSON strings, with every control
//! character escaped; a pin never appears, only a hash of its session.

use serde::Serialize;

use super::time::Time;

/// One request.
#[derive(Debug, Serialize)]
pub struct Record<'a> {
    /// When the head was complete.
    pub time: Time,
    /// The peer's address.
    pub client: &'a str,
    /// The listener's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listener: Option<&'a str>,
    /// The Host it named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<&'a str>,
    /// The method, where there was a head.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<&'a str>,
    /// The path, without the query: queries carry secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<&'a str>,
    /// The rule of the route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<&'a str>,
    /// Who was asked last; absent when nobody was, or all refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Upstream<'a>>,
    /// Endpoints tried.
    pub attempts: u32,
    /// Why the gateway answered by itself, or the answer broke off: a stable id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<&'a str>,
    /// Absent where the rule has no session affinity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin: Option<Pin<'a>>,
}

/// The endpoint that answered.
#[derive(Debug, Serialize)]
pub struct Upstream<'a> {
    /// Its id: the pod's UID, else its address.
    pub id: &'a str,
    /// Where it listens.
    pub address: &'a str,
}

/// What became of the pin.
#[derive(Debug, Serialize)]
pub struct Pin<'a> {
    /// What came: none, valid, expired, invalid, gone, ...
    pub r#in: &'a str,
    /// What was done: kept, issued, moved, none.
    pub out: &'a str,
    /// Why.
    pub why: &'a str,
    /// A hash of the session id, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "hex")]
    pub session: Option<u64>,
}

impl Record<'_> {
    /// Adds the line, with its newline.
    pub(super) fn append_to(&self, lines: &mut Vec<u8>) {
        let start = lines.len();
        serde_json::to_writer(&mut *lines, self).expect("a record has only strings and numbers");
        // RFC 8259 leaves DEL and C1 controls unescaped; a terminal obeys them.
        if memchr::memchr2(0x7f, 0xc2, &lines[start..]).is_some() {
            let escaped = escaped_controls(&lines[start..]);
            lines.truncate(start);
            lines.extend(escaped);
        }
        lines.push(b'\n');
    }

    #[cfg(test)]
    pub(super) fn line(&self) -> Vec<u8> {
        let mut line = Vec::new();
        self.append_to(&mut line);
        line
    }
}

fn escaped_controls(line: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(line);
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\u{7f}'..='\u{9f}' => escaped.push_str(&format!("\\u{:04x}", u32::from(character))),
            other => escaped.push(other),
        }
    }
    escaped.into_bytes()
}

fn hex<S: serde::Serializer>(number: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut digits = [0; 16];
    let mut rest = number.unwrap_or_default();
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789abcdef"[(rest & 15) as usize];
        rest >>= 4;
    }
    serializer.serialize_str(std::str::from_utf8(&digits).expect("ASCII"))
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::time::WallClock;
    use super::*;

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
            endpoint: Some(Upstream {
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
        let line: Value = serde_json::from_slice(&plain().line()).expect("JSON");
        assert_eq!(line["time"], "2027-01-15T08:00:00.123Z");
        assert_eq!(
            line["pin"],
            json!({"in": "none", "out": "issued", "why": "new", "session": "000000000000a1b2"})
        );
        assert_eq!(
            line["endpoint"],
            json!({"id": "uid-1", "address": "127.0.0.11:80"})
        );
        assert!(line.get("refusal").is_none());
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
