//! That what is measured is what the case says: status, body, cookies, and every answer of the load
//! as long as the one that was looked at; of many sessions, that each pin is opened.

use super::Case;
use super::measure::Bench;
use super::{metrics, opened};
use crate::error::{Error, Result};
use crate::peers::{COOKIE_NAME, Peer};
use crate::probe::{self, Answer, Ask};
use crate::sessions;
use crate::tls;
use crate::wrk::{Seen, Session};

/// What a case sends, and what each of its answers is like.
#[derive(Debug)]
pub struct Expected {
    pub case: Case,
    /// Who asks; nobody: every request is of a new session.
    pub sessions: Vec<Session>,
    /// Bytes of an answer.
    pub bytes: usize,
    opens_before: Option<u64>,
}

impl Expected {
    pub fn cookie(&self) -> Option<&str> {
        cookie_of(&self.sessions)
    }
}

fn cookie_of(sessions: &[Session]) -> Option<&str> {
    sessions.first().map(|session| session.cookie.as_str())
}

/// Asks once, and looks at the answer.
pub fn expected(bench: &Bench<'_>, case: Case) -> Result<Expected> {
    let sessions = who_asks(bench, case)?;
    let answer = ask(bench, case, cookie_of(&sessions))?;
    Ok(Expected {
        case,
        bytes: answer.bytes,
        sessions,
        opens_before: opened::count(bench.running),
    })
}

/// What is wrong with a load that has ended; asks once more.
pub fn faults(bench: &Bench<'_>, expected: &Expected, seen: &Seen) -> Vec<String> {
    let mut faults = seen.faults(expected.bytes, bench.connections(expected.case));
    if let Err(error) = ask(bench, expected.case, expected.cookie()) {
        faults.push(format!("after the load: {error}"));
    }
    if expected.case == Case::ManySmall && bench.peer.is_limpet() {
        let opens = opened::count(bench.running);
        faults.extend(opened::fault(expected.opens_before, opens, seen.requests));
    }
    if bench.peer == Peer::LimpetObserved {
        faults.extend(fault_of_log(bench));
    }
    faults
}

/// Lines that were not written cost nothing: then the log was not measured.
fn fault_of_log(bench: &Bench<'_>) -> Option<String> {
    match metrics::counter(bench.running, "limpet_access_log_dropped_total") {
        Some(0) => None,
        Some(lines) => Some(format!("{lines} lines of the access log were dropped")),
        None => Some("its metrics do not tell dropped lines".to_owned()),
    }
}

fn who_asks(bench: &Bench<'_>, case: Case) -> Result<Vec<Session>> {
    ask(bench, case, None)?;
    let cookies = sessions::cookies(bench.peer, bench.running, case.path(), case.sessions())?;
    let session = |cookie| Session {
        host: bench.running.address.to_string(),
        cookie,
    };
    Ok(cookies.into_iter().map(session).collect())
}

/// The answer, if it is right.
fn ask(bench: &Bench<'_>, case: Case, cookie: Option<&str>) -> Result<Answer> {
    let wrong = |why| bench.running.process.not_serving(why);
    let ask = Ask {
        path: case.path(),
        cookie: cookie.map(|cookie| case.cookies(cookie)),
        fields: case.fields(),
    };
    let to = bench.to(case);
    let answer = match case.is_encrypted() {
        true => tls::client(&tls::certificate_of(bench.folder), false)
            .and_then(|client| probe::ask_encrypted(to, &client, &ask)),
        false => probe::ask(to, &ask),
    };
    let answer = answer.map_err(|error| wrong(error.to_string()))?;
    let sets_cookie = cookie.is_none() && !bench.peer.is_relay();
    judge(&answer, case, sets_cookie).map_err(|why| -> Error { wrong(why) })?;
    let due = case.answered_with();
    if let Some(field) = due.filter(|field| !bench.peer.is_relay() && !answer.has(field)) {
        return Err(wrong(format!("its answer has no {field}")));
    }
    Ok(answer)
}

fn judge(answer: &Answer, case: Case, sets_cookie: bool) -> std::result::Result<(), String> {
    let Answer {
        status,
        body,
        set_cookies,
        ..
    } = answer;
    if *status != 200 || body.len() != case.body_bytes() {
        return Err(format!("it answers {status} with {} bytes", body.len()));
    }
    let ours = format!("{COOKIE_NAME}=");
    match set_cookies.as_slice() {
        [] if !sets_cookie => Ok(()),
        [one] if sets_cookie && one.starts_with(&ours) => Ok(()),
        [] => Err("it sets no cookie on a first request".to_owned()),
        _ if sets_cookie => Err(format!("it sets {set_cookies:?}")),
        _ => Err(format!(
            "it sets {set_cookies:?} for a client that has its cookie"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_due_on_a_first_answer_and_only_there() {
        let answer = |set_cookies: &[&str]| Answer {
            status: 200,
            set_cookies: set_cookies.iter().map(|text| (*text).to_owned()).collect(),
            head: String::new(),
            body: vec![b'x'; 100],
            bytes: 200,
        };
        let case = Case::PinnedSmall;
        assert!(judge(&answer(&[]), case, false).is_ok());
        assert!(judge(&answer(&["nomnom=1"]), case, true).is_ok());
        assert!(judge(&answer(&["nomnom=1"]), case, false).is_err());
        assert!(judge(&answer(&["other=1"]), case, true).is_err());
        assert!(judge(&answer(&[]), case, true).is_err());
        assert!(judge(&answer(&[]), Case::PinnedLarge, false).is_err());
    }
}
