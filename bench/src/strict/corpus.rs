//! The corpus file's format: a line a case, described at its top. Uses nothing of this crate.

use std::fmt;

/// What a strict proxy does with a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// No request reaches the backend.
    Refuse,
    /// This many requests are answered, and reach the backend.
    Accept(usize),
}

/// One case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Unique.
    pub name: String,
    /// The section of RFC 9112, or of another with its number and a dash before.
    pub section: String,
    /// What a strict proxy does.
    pub expectation: Expectation,
    /// What the client sends.
    pub bytes: Vec<u8>,
}

/// A line that is no case.
#[derive(Debug, PartialEq, Eq)]
pub struct CorpusError {
    line: usize,
    why: String,
}

impl fmt::Display for CorpusError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}: {}", self.line, self.why)
    }
}

impl std::error::Error for CorpusError {}

/// Reads a whole file.
pub fn parse(text: &str) -> Result<Vec<Case>, CorpusError> {
    let mut cases: Vec<Case> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let at_line = |why| CorpusError {
            line: index + 1,
            why,
        };
        let case = parse_line(line).map_err(at_line)?;
        if cases.iter().any(|other| other.name == case.name) {
            return Err(at_line(format!("a second case named {}", case.name)));
        }
        cases.push(case);
    }
    Ok(cases)
}

fn parse_line(line: &str) -> Result<Case, String> {
    let (name, rest) = column(line).ok_or("no section")?;
    let (section, rest) = column(rest).ok_or("no expectation")?;
    let (expectation, bytes) = column(rest).ok_or("no bytes")?;
    let expectation = match expectation {
        "refuse" => Expectation::Refuse,
        "accept" => Expectation::Accept(1),
        "accept2" => Expectation::Accept(2),
        other => return Err(format!("{other}: neither refuse nor accept nor accept2")),
    };
    Ok(Case {
        name: name.to_owned(),
        section: section.to_owned(),
        expectation,
        bytes: unescape(bytes)?,
    })
}

fn column(text: &str) -> Option<(&str, &str)> {
    let (column, rest) = text.split_once(char::is_whitespace)?;
    Some((column, rest.trim_start()))
}

fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        rest = &rest[first.len_utf8()..];
        match first {
            '|' => bytes.extend(b"\r\n"),
            '\\' => rest = escape(rest, &mut bytes)?,
            other => bytes.extend(other.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    Ok(bytes)
}

/// Reads what stands behind a backslash; what is left.
fn escape<'a>(text: &'a str, bytes: &mut Vec<u8>) -> Result<&'a str, String> {
    if let Some(repeated) = text.strip_prefix('{') {
        let (inside, rest) = repeated.split_once('}').ok_or("\\{ without }")?;
        let (part, count) = inside.rsplit_once('*').ok_or("\\{ without *")?;
        let count = count.parse().map_err(|_| format!("{count}: no number"))?;
        bytes.extend(part.repeat(count).bytes());
        return Ok(rest);
    }
    if let Some(hex) = text.strip_prefix('x') {
        let (digits, rest) = hex.split_at_checked(2).ok_or("\\x without two digits")?;
        let byte = u8::from_str_radix(digits, 16).map_err(|_| format!("\\x{digits}"))?;
        bytes.push(byte);
        return Ok(rest);
    }
    let mut chars = text.chars();
    bytes.push(match chars.next() {
        Some('r') => b'\r',
        Some('n') => b'\n',
        Some('t') => b'\t',
        Some('s') => b' ',
        Some('0') => 0,
        Some('\\') => b'\\',
        Some('|') => b'|',
        other => return Err(format!("\\{} means nothing", other.unwrap_or(' '))),
    });
    Ok(chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_case() {
        let cases = parse("# title\n\nfolded  5.2  accept2  GET / HTTP/1.1|Host: a|X: b|\\sc||\n");
        let expected = Case {
            name: "folded".into(),
            section: "5.2".into(),
            expectation: Expectation::Accept(2),
            bytes: b"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n".to_vec(),
        };
        assert_eq!(cases, Ok(vec![expected]));
    }

    #[test]
    fn escapes_are_single_bytes_and_repetitions() {
        let bytes = unescape(r"a\r\n\t\s\0\\\|\xff\{xy*3}|").expect("right");
        assert_eq!(bytes, b"a\r\n\t \0\\|\xffxyxyxy\r\n");
    }

    #[test]
    fn what_is_no_case_is_told_with_its_line() {
        let check = |text: &str, why: &str| {
            let error = parse(text).expect_err(text).to_string();
            assert!(error.contains(why), "{error}");
        };
        check("\nname 5 maybe x", "line 2: maybe");
        check("name 5 refuse", "no bytes");
        check(r"name 5 refuse \q", r"\q means nothing");
        check(r"name 5 refuse \{a}", "without *");
        check("a 5 refuse x\na 5 refuse x", "a second case named a");
    }

    #[test]
    fn the_corpus_is_right() {
        let cases = parse(super::super::CORPUS).expect("every line is a case");
        assert!(cases.len() >= 60, "{}", cases.len());
    }

    #[test]
    fn a_body_that_hides_a_request_has_the_length_it_announces() {
        for case in parse(super::super::CORPUS).expect("every line is a case") {
            let text = String::from_utf8_lossy(&case.bytes).into_owned();
            if case.expectation == Expectation::Accept(1) && text.contains("Content-Length: 3") {
                let (head, body) = text.split_once("\r\n\r\n").expect("a head");
                assert!(
                    head.contains(&format!("Content-Length: {}", body.len())),
                    "{}",
                    case.name
                );
            }
        }
    }
}
