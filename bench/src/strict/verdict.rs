//! Whether a proxy was strict, judged by the client's answers and by what the backend saw.

use serde::Serialize;

use super::client::Seen;
use super::corpus::Case;
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
    let mut faults: Vec<_> = fault_of_answers(case, seen, whole.len())
        .into_iter()
        .collect();
    if whole
        .iter()
        .any(|request| request.head.starts_with(b"GET /smuggled"))
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

/// Whether as many requests were answered, and came through, as should; and what is behind them.
fn fault_of_answers(case: &Case, seen: &Seen, requests: usize) -> Option<&'static str> {
    let answers = seen.statuses.iter();
    let accepted = answers.take_while(|status| **status == 200).count();
    let behind = &seen.statuses[accepted.min(case.accepted)..];
    let is_answer = |status: &u16| *status < 400 || !case.is_refused;
    if requests > case.accepted {
        Some("forwarded")
    } else if accepted < case.accepted {
        Some("not accepted")
    } else if requests < case.accepted {
        Some("not forwarded")
    } else if behind.iter().any(is_answer) {
        Some("answered")
    } else if case.is_refused && behind.is_empty() && !seen.is_closed {
        Some("waits")
    } else {
        None
    }
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

    /// What is refused, behind as many requests that are accepted.
    fn refuse(accepted: usize) -> Case {
        Case {
            is_refused: true,
            ..accept(accepted)
        }
    }

    fn accept(accepted: usize) -> Case {
        Case {
            section: "",
            title: "",
            accepted,
            is_refused: false,
            bytes: Vec::new(),
            ends: false,
        }
    }

    fn check(case: Case, statuses: &[u16], heads: &[&str], faults: &[&str]) {
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
        check(refuse(0), &[400], &[], &[]);
        check(refuse(0), &[400], &[GET], &["forwarded"]);
        check(refuse(0), &[200], &[], &["answered"]);
        check(refuse(0), &[], &[], &["waits"]);
    }

    #[test]
    fn only_what_is_before_a_refusal_reaches_the_backend() {
        check(refuse(1), &[200, 400], &[GET], &[]);
        check(refuse(1), &[200, 400], &[GET, GET], &["forwarded"]);
        check(refuse(1), &[200, 200], &[GET], &["answered"]);
        check(refuse(1), &[200], &[GET], &["waits"]);
        check(refuse(1), &[400], &[], &["not accepted"]);
    }

    #[test]
    fn an_acceptance_is_exactly_as_many() {
        check(accept(1), &[200], &[GET], &[]);
        check(accept(2), &[200, 200], &[GET, GET], &[]);
        check(accept(1), &[400], &[], &["not accepted"]);
        check(accept(1), &[200], &[GET, GET], &["forwarded"]);
        check(accept(1), &[200, 400], &[GET], &["answered"]);
        check(accept(2), &[200, 200], &[GET], &["not forwarded"]);
    }

    #[test]
    fn a_hidden_request_and_an_ambiguous_head_are_seen() {
        let hidden = "GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n";
        check(refuse(0), &[400], &[hidden], &["forwarded", "smuggled"]);
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
            check(accept(1), &[200], &[&head], &["ambiguous head forwarded"]);
        }
    }
}
