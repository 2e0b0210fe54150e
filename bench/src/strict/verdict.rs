//! Whether a proxy was strict, judged by the client's answers and by what the backend saw.

use serde::Serialize;

use super::client::Seen;
use super::corpus::{Case, Expectation};
use super::recorder::Request;

/// What became of a case at one proxy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Of every final answer.
    pub statuses: Vec<u16>,
    /// Whether the proxy ended the connection.
    pub is_closed: bool,
    /// Whole requests at the backend.
    pub requests: usize,
    /// Why it was not strict; none when it was.
    pub faults: Vec<&'static str>,
}

impl Outcome {
    /// Whether it was strict.
    pub fn is_strict(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Judges. `next_is_right`: the next client got its own answer.
pub fn judge(case: &Case, seen: &Seen, at_backend: &[Request], next_is_right: bool) -> Outcome {
    let whole: Vec<&Request> = at_backend.iter().filter(|one| one.is_whole).collect();
    let mut faults = match case.expectation {
        Expectation::Refuse => faults_of_refusal(seen, whole.len()),
        Expectation::Accept(count) => faults_of_acceptance(seen, count, whole.len()),
    };
    if whole
        .iter()
        .any(|request| request.head.starts_with(b"GET /hidden"))
    {
        faults.push("smuggled");
    }
    if at_backend.iter().any(|request| is_ambiguous(&request.head)) {
        faults.push("ambiguous head forwarded");
    }
    if !next_is_right {
        faults.push("next client's answer wrong");
    }
    Outcome {
        statuses: seen.statuses.clone(),
        is_closed: seen.is_closed,
        requests: whole.len(),
        faults,
    }
}

fn faults_of_refusal(seen: &Seen, requests: usize) -> Vec<&'static str> {
    let mut faults = Vec::new();
    if requests > 0 {
        faults.push("forwarded");
    } else if seen.statuses.iter().any(|status| *status < 400) {
        faults.push("answered");
    } else if seen.statuses.is_empty() && !seen.is_closed {
        faults.push("waits");
    }
    faults
}

fn faults_of_acceptance(seen: &Seen, count: usize, requests: usize) -> Vec<&'static str> {
    let mut faults = Vec::new();
    if seen.statuses != vec![200; count] {
        faults.push("not accepted");
    } else if requests != count {
        faults.push("wrong number of requests");
    }
    faults
}

/// Whether two readers of a forwarded head could differ about where the request ends.
fn is_ambiguous(head: &[u8]) -> bool {
    let bare = |index: usize, byte: u8| match byte {
        b'\n' => index == 0 || head[index - 1] != b'\r',
        b'\r' => head.get(index + 1).is_some_and(|next| *next != b'\n'),
        0 => true,
        _ => false,
    };
    if head
        .iter()
        .enumerate()
        .any(|(index, byte)| bare(index, *byte))
    {
        return true;
    }
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let count = |name: &str| text.lines().filter(|line| line.starts_with(name)).count();
    let folded = text.lines().any(|line| line.starts_with([' ', '\t']));
    let (codings, lengths) = (count("transfer-encoding"), count("content-length"));
    let plain = text
        .lines()
        .any(|line| line == "transfer-encoding: chunked");
    folded || codings + lengths > 1 || (codings == 1 && !plain) || count("host:") > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expectation: Expectation, statuses: &[u16], heads: &[&str], faults: &[&str]) {
        let case = Case {
            name: String::new(),
            section: String::new(),
            expectation,
            bytes: Vec::new(),
        };
        let seen = Seen {
            statuses: statuses.to_vec(),
            is_closed: false,
        };
        let requests: Vec<Request> = heads
            .iter()
            .map(|head| Request {
                head: head.as_bytes().to_vec(),
                is_whole: true,
                ..Request::default()
            })
            .collect();
        assert_eq!(judge(&case, &seen, &requests, true).faults, faults);
    }

    const GET: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";

    #[test]
    fn a_refusal_reaches_nobody() {
        check(Expectation::Refuse, &[400], &[], &[]);
        check(Expectation::Refuse, &[400], &[GET], &["forwarded"]);
        check(Expectation::Refuse, &[200], &[], &["answered"]);
        check(Expectation::Refuse, &[], &[], &["waits"]);
    }

    #[test]
    fn an_acceptance_is_exactly_as_many() {
        check(Expectation::Accept(1), &[200], &[GET], &[]);
        check(Expectation::Accept(2), &[200, 200], &[GET, GET], &[]);
        check(Expectation::Accept(1), &[400], &[], &["not accepted"]);
        check(
            Expectation::Accept(1),
            &[200],
            &[GET, GET],
            &["wrong number of requests"],
        );
    }

    #[test]
    fn a_hidden_request_and_an_ambiguous_head_are_seen() {
        let hidden = "GET /hidden HTTP/1.1\r\nhost: a\r\n\r\n";
        check(
            Expectation::Refuse,
            &[400],
            &[hidden],
            &["forwarded", "smuggled"],
        );
        for field in [
            "content-length: 1\r\ntransfer-encoding: chunked",
            "content-length: 1\r\ncontent-length: 1",
            "transfer-encoding: xchunked",
            "x: a\n b",
            "x: a\r\n b",
            "host: b",
            "x: a\rb",
            "x: a\0b",
        ] {
            let head = format!("GET / HTTP/1.1\r\nhost: a\r\n{field}\r\n\r\n");
            check(
                Expectation::Accept(1),
                &[200],
                &[&head],
                &["ambiguous head forwarded"],
            );
        }
    }
}
