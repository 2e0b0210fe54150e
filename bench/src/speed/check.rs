//! That what is measured is what the case says: status, body, cookies, and every answer of the load
//! as long as the one that was looked at.

use super::Case;
use super::measure::Bench;
use crate::error::{Error, Result};
use crate::peers::{COOKIE_NAME, Peer};
use crate::probe::{self, Answer};
use crate::wrk::Seen;

/// What a case sends, and what each of its answers is like.
#[derive(Debug)]
pub struct Expected {
    pub case: Case,
    /// `NAME=VALUE`, sent with every request.
    pub cookie: Option<String>,
    /// Bytes of an answer.
    pub bytes: usize,
}

/// Asks once, and looks at the answer.
pub fn expected(bench: &Bench<'_>, case: Case) -> Result<Expected> {
    let cookie = if case.is_pinned() {
        Some(first_cookie(bench, case)?)
    } else {
        None
    };
    let answer = ask(bench, case, cookie.as_deref())?;
    Ok(Expected {
        case,
        bytes: answer.bytes,
        cookie,
    })
}

/// What is wrong with a load that has ended; asks once more.
pub fn faults(bench: &Bench<'_>, expected: &Expected, seen: &Seen) -> Vec<String> {
    let mut faults = seen.faults(expected.bytes, bench.args.connections);
    if let Err(error) = ask(bench, expected.case, expected.cookie.as_deref()) {
        faults.push(format!("after the load: {error}"));
    }
    if bench.peer == Peer::LimpetObserved {
        faults.extend(fault_of_log(bench));
    }
    faults
}

/// Lines that were not written cost nothing: then the log was not measured.
fn fault_of_log(bench: &Bench<'_>) -> Option<String> {
    let metrics = probe::get(bench.running.admin, "/metrics", None);
    let Ok(metrics) = metrics else {
        return Some("its metrics cannot be read".to_owned());
    };
    let text = String::from_utf8_lossy(&metrics.body).into_owned();
    let dropped = text
        .lines()
        .find_map(|line| line.strip_prefix("limpet_access_log_dropped_total "));
    match dropped {
        Some("0") => None,
        Some(lines) => Some(format!("{lines} lines of the access log were dropped")),
        None => Some("its metrics do not tell dropped lines".to_owned()),
    }
}

fn first_cookie(bench: &Bench<'_>, case: Case) -> Result<String> {
    if bench.peer.is_relay() {
        // As long as a pin of Limpet's.
        return Ok(format!("{COOKIE_NAME}={}", "r".repeat(75)));
    }
    let answer = ask(bench, case, None)?;
    let cookie = answer.cookie().expect("`ask` saw it");
    Ok(cookie.to_owned())
}

/// The answer, if it is right.
fn ask(bench: &Bench<'_>, case: Case, cookie: Option<&str>) -> Result<Answer> {
    let wrong = |why| bench.running.process.not_serving(why);
    let answer = probe::get(bench.running.address, case.path(), cookie)
        .map_err(|error| wrong(error.to_string()))?;
    let sets_cookie = cookie.is_none() && !bench.peer.is_relay();
    judge(&answer, case, sets_cookie).map_err(|why| -> Error { wrong(why) })?;
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
