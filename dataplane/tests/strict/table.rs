//! Reads the tables of cases: titles, bytes and what must become of them. `limpet-bench strict`
//! reads the requests with this file too.

/// One case of a table.
#[derive(Debug)]
pub struct Case {
    /// The heading it stands under.
    pub section: &'static str,
    pub title: &'static str,
    pub bytes: Vec<u8>,
    /// Whether the sender ends there.
    pub ends: bool,
    /// What stands behind the arrow.
    pub expected: &'static str,
}

/// All cases of a table, in its order.
pub fn read(text: &'static str) -> Vec<Case> {
    let mut cases = Vec::new();
    let (mut section, mut title, mut bytes, mut ends) = ("", "", Vec::new(), false);
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("== ") {
            section = heading;
        } else if let Some(expected) = line.strip_prefix("  -> ") {
            let bytes = std::mem::take(&mut bytes);
            assert!(!title.is_empty(), "{expected:?} has no title");
            cases.push(Case {
                section,
                title: std::mem::take(&mut title),
                bytes,
                ends: std::mem::take(&mut ends),
                expected,
            });
        } else if line == "  (end)" {
            ends = true;
        } else if let Some(more) = line.strip_prefix("  ") {
            bytes.extend(unescape(more));
        } else if !line.is_empty() && !line.starts_with('#') {
            assert!(title.is_empty(), "{title:?} expects nothing");
            title = line;
        }
    }
    cases
}

/// The bytes that a line of a table stands for.
fn unescape(line: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = line.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'|' => bytes.extend(b"\r\n"),
            b'{' => bytes.extend(repetition(&mut rest)),
            b'\\' => bytes.push(escape(&mut rest)),
            _ => bytes.push(byte),
        }
    }
    bytes
}

fn escape(rest: &mut std::str::Bytes<'_>) -> u8 {
    match rest.next() {
        Some(b'r') => b'\r',
        Some(b'n') => b'\n',
        Some(b't') => b'\t',
        Some(b'0') => 0,
        Some(b'\\') => b'\\',
        Some(b'x') => {
            let digits: Vec<u8> = rest.take(2).collect();
            let digits = std::str::from_utf8(&digits).expect("ASCII");
            u8::from_str_radix(digits, 16).expect("two digits")
        }
        other => panic!("no escape: {other:?}"),
    }
}

/// `a*3}` of `{a*3}`.
fn repetition(rest: &mut std::str::Bytes<'_>) -> Vec<u8> {
    let inside: Vec<u8> = rest.take_while(|byte| *byte != b'}').collect();
    let inside = std::str::from_utf8(&inside).expect("ASCII");
    let (what, count) = inside.rsplit_once('*').expect("a count");
    unescape(what).repeat(count.parse().expect("a number"))
}

#[test]
fn escapes_and_repetitions_stand_for_bytes() {
    assert_eq!(unescape(r"a|\t\x7c\\{b|*2}c"), b"a\r\n\t|\\b\r\nb\r\nc");
}
