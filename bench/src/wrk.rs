//! The client: wrk, which prints one line of numbers for us at its end.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cpus::Cpus;
use crate::error::{Context, Error, Result};
use crate::process;

/// Without a `request` or `response` function wrk's hot path runs no Lua.
const SCRIPT: &str = r#"
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    "limpet-bench requests=%d micros=%d bytes=%d p50=%d p99=%d connect=%d read=%d write=%d timeout=%d status=%d\n",
    summary.requests, summary.duration, summary.bytes,
    latency:percentile(50), latency:percentile(99),
    errors.connect, errors.read, errors.write, errors.timeout, errors.status))
end
"#;

/// Each session in its turn.
const MANY: &str = r#"
local requests = {}
for line in io.lines("@SESSIONS@") do
  local host, cookie = line:match("(%S+) (%S+)")
  requests[#requests + 1] = "GET @PATH@ HTTP/1.1\r\nHost: " .. host .. "\r\nCookie: " .. cookie .. "\r\n\r\n"
end
local turn = 0
request = function()
  turn = turn % #requests + 1
  return requests[turn]
end
"#;

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub enum Clients<'a> {
    /// Nobody that was here before.
    New,
    /// One, whose cookie (`NAME=VALUE`) each request has.
    One(&'a str),
    /// Many, one after the other.
    Many(&'a [Session]),
}

/// One of many clients.
#[derive(Clone, Debug)]
pub struct Session {
    /// Whom it asks.
    pub host: String,
    /// `NAME=VALUE`.
    pub cookie: String,
}

/// What to ask for, and how hard.
#[derive(Clone, Debug)]
pub struct Load<'a> {
    /// The peer.
    pub to: SocketAddr,
    /// Whether it is asked over TLS.
    pub is_encrypted: bool,
    /// The target's path.
    pub path: &'a str,
    /// Who asks.
    pub clients: Clients<'a>,
    /// More fields of each request.
    pub fields: &'a [(&'a str, &'a str)],
    /// At once.
    pub connections: u32,
    /// How long.
    pub seconds: u32,
}

/// What wrk saw.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Seen {
    /// Whole answers.
    pub requests: u64,
    /// Time, in microseconds.
    pub micros: u64,
    /// Bytes of answers, partial ones too.
    pub bytes: u64,
    /// Median latency in microseconds.
    pub p50_micros: u64,
    /// 99th percentile of latency in microseconds.
    pub p99_micros: u64,
    /// Connections that failed, reads and writes that failed, answers that took too long.
    pub socket_errors: u64,
    /// Answers with a status above 399.
    pub bad_statuses: u64,
}

impl Seen {
    /// Whole answers a second.
    pub fn requests_per_sec(&self) -> f64 {
        self.requests as f64 * 1e6 / self.micros.max(1) as f64
    }

    /// What is wrong with a load each of whose answers has `answer_bytes`.
    pub fn faults(&self, answer_bytes: usize, connections: u32) -> Vec<String> {
        let mut faults = Vec::new();
        if self.requests == 0 {
            faults.push("no answer at all".to_owned());
        }
        if self.bad_statuses > 0 {
            faults.push(format!("{} answers are not 2xx", self.bad_statuses));
        }
        if self.socket_errors > 0 {
            faults.push(format!("{} socket errors", self.socket_errors));
        }
        // Each connection may have read a part of one more.
        let low = self.requests * answer_bytes as u64;
        let high = low + u64::from(connections) * answer_bytes as u64;
        if !(low..=high).contains(&self.bytes) {
            faults.push(format!(
                "{} answers of {answer_bytes} B are not {} B",
                self.requests, self.bytes
            ));
        }
        faults
    }
}

/// Runs wrk to its end; `folder` is for its script.
pub fn run(load: &Load<'_>, cpus: &Cpus, folder: &Path) -> Result<Seen> {
    let script = script(load, folder).context(|| "wrk's script".to_owned())?;
    let mut command = process::pinned(cpus, Path::new("wrk"));
    command.args([
        format!("--connections={}", load.connections),
        format!("--duration={}s", load.seconds),
        "--threads=1".to_owned(),
        "--latency".to_owned(),
        format!("--script={}", script.display()),
    ]);
    if let Clients::One(cookie) = load.clients {
        command.arg(format!("--header=Cookie: {cookie}"));
    }
    for (name, value) in load.fields {
        command.arg(format!("--header={name}: {value}"));
    }
    let scheme = if load.is_encrypted { "https" } else { "http" };
    command.arg(format!("{scheme}://{}{}", load.to, load.path));
    let output = command.output().context(|| "wrk".to_owned())?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    parse(&text).ok_or_else(|| Error::Unreadable {
        what: "wrk's output",
        text: text.into_owned(),
    })
}

/// Writes the script; its path.
fn script(load: &Load<'_>, folder: &Path) -> io::Result<PathBuf> {
    let mut text = SCRIPT.to_owned();
    if let Clients::Many(sessions) = load.clients {
        let lines = sessions
            .iter()
            .map(|session| format!("{} {}\n", session.host, session.cookie));
        let list = folder.join("sessions.txt");
        fs::write(&list, lines.collect::<String>())?;
        let many = MANY.replace("@SESSIONS@", &list.display().to_string());
        text.push_str(&many.replace("@PATH@", load.path));
    }
    let path = folder.join("wrk.lua");
    fs::write(&path, text)?;
    Ok(path)
}

/// What its line says.
pub fn parse(text: &str) -> Option<Seen> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("limpet-bench "))?;
    let numbers: BTreeMap<&str, u64> = line
        .split_whitespace()
        .filter_map(|pair| pair.split_once('='))
        .filter_map(|(name, value)| Some((name, value.parse().ok()?)))
        .collect();
    let number = |name| numbers.get(name).copied();
    Some(Seen {
        requests: number("requests")?,
        micros: number("micros")?,
        bytes: number("bytes")?,
        p50_micros: number("p50")?,
        p99_micros: number("p99")?,
        socket_errors: number("connect")? + number("read")? + number("write")? + number("timeout")?,
        bad_statuses: number("status")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "Running 3s test @ http://127.0.0.1:1/\n  1 threads and 64 connections\n\
        Requests/sec:  79503.12\n\
        limpet-bench requests=238509 micros=3000012 bytes=45316710 p50=530 p99=1020 connect=1 \
        read=2 write=3 timeout=4 status=5\n";

    #[test]
    fn our_line_is_read_among_the_others() {
        let seen = parse(OUTPUT).expect("the line is there");
        assert_eq!(seen.requests, 238_509);
        assert_eq!((seen.p50_micros, seen.p99_micros), (530, 1020));
        assert_eq!((seen.socket_errors, seen.bad_statuses), (10, 5));
        assert_eq!(seen.requests_per_sec().round(), 79_503.0);
    }

    #[test]
    fn output_without_our_line_is_refused() {
        assert_eq!(parse("unable to connect to 127.0.0.1:1\n"), None);
        assert_eq!(parse("limpet-bench requests=1"), None);
    }

    fn seen(requests: u64, bytes: u64) -> Seen {
        Seen {
            requests,
            micros: 1,
            bytes,
            p50_micros: 1,
            p99_micros: 1,
            socket_errors: 0,
            bad_statuses: 0,
        }
    }

    #[test]
    fn a_load_whose_answers_were_longer_or_shorter_has_a_fault() {
        assert!(seen(10, 2000).faults(200, 2).is_empty());
        assert!(seen(10, 2399).faults(200, 2).is_empty());
        assert_eq!(seen(10, 2401).faults(200, 2).len(), 1);
        assert_eq!(seen(10, 1999).faults(200, 2).len(), 1);
    }

    #[test]
    fn errors_and_silence_are_faults() {
        let bad = Seen {
            bad_statuses: 1,
            socket_errors: 2,
            ..seen(0, 0)
        };
        assert_eq!(bad.faults(200, 2).len(), 3);
    }
}
