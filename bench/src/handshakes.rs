//! Clients whose every request is on an encrypted connection of its own, as wrk resumes sessions where it
//! likes. Runs as a process of its own, on the load's processors, and prints wrk's line.
//!
//! Nagle's algorithm is on, as in most clients: a server that keeps something back shows in the latency.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustls::{ClientConfig, HandshakeKind};

use crate::args::HandshakesArgs;
use crate::cpus::Cpus;
use crate::error::{Context, Error, Result};
use crate::probe::{self, Ask};
use crate::wrk::{self, Load, Seen};
use crate::{output, process, tls};

/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What one client saw.
#[derive(Debug, Default)]
struct Tally {
    /// From connecting to the last byte of the answer, in microseconds.
    latencies_micros: Vec<u64>,
    bytes: u64,
    errors: u64,
    bad_statuses: u64,
}

/// Runs it to its end. `resumes`: each session but the first is an earlier one's.
pub fn run(
    program: &Path,
    load: &Load<'_>,
    certificate: &Path,
    resumes: bool,
    cookie: &str,
    cpus: &Cpus,
) -> Result<Seen> {
    let mut command = process::pinned(cpus, program);
    command.arg("handshakes").args([
        format!("--to={}", load.to),
        format!("--path={}", load.path),
        format!("--cookie={cookie}"),
        format!("--certificate={}", certificate.display()),
        format!("--clients={}", load.connections),
        format!("--seconds={}", load.seconds),
    ]);
    if resumes {
        command.arg("--resume");
    }
    let output = command.output().context(|| "handshakes".to_owned())?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    wrk::parse(&text).ok_or_else(|| Error::Unreadable {
        what: "the handshakes' output",
        text: text.into_owned(),
    })
}

/// Asks until the time is over, and prints what was seen.
pub fn serve(args: &HandshakesArgs) -> Result<()> {
    let since = Instant::now();
    let until = since + Duration::from_secs(args.seconds.into());
    let clients = (0..args.clients).map(|_| tls::client(&args.certificate, args.resume));
    let clients: Vec<_> = clients
        .collect::<io::Result<_>>()
        .context(|| "the certificate".to_owned())?;
    let tallies: Vec<Tally> = thread::scope(|scope| {
        let started: Vec<_> = clients
            .iter()
            .map(|config| scope.spawn(move || ask_until(args, config, until)))
            .collect();
        let ended = started.into_iter();
        ended
            .map(|client| client.join().expect("a client never panics"))
            .collect()
    });
    output::line(&line(&tallies, since.elapsed()));
    Ok(())
}

fn ask_until(args: &HandshakesArgs, config: &Arc<ClientConfig>, until: Instant) -> Tally {
    let mut tally = Tally::default();
    let fields = [("Connection", "close")];
    let ask = Ask {
        path: &args.path,
        cookie: Some(args.cookie.clone()),
        fields: &fields,
    };
    let mut is_first = true;
    loop {
        let since = Instant::now();
        if since >= until {
            return tally;
        }
        match ask_anew(args.to, config, &ask) {
            Ok((answer, kind)) => {
                let is_meant = is_first || (kind == Some(HandshakeKind::Resumed)) == args.resume;
                tally.errors += u64::from(!is_meant);
                tally.bad_statuses += u64::from(answer.status >= 400);
                tally.bytes += answer.bytes as u64;
                let micros = since.elapsed().as_micros();
                tally
                    .latencies_micros
                    .push(u64::try_from(micros).unwrap_or(u64::MAX));
                is_first = false;
            }
            Err(_) => tally.errors += 1,
        }
    }
}

fn ask_anew(
    to: SocketAddr,
    config: &Arc<ClientConfig>,
    ask: &Ask<'_>,
) -> io::Result<(probe::Answer, Option<HandshakeKind>)> {
    let plain = TcpStream::connect_timeout(&to, TIMEOUT)?;
    plain.set_read_timeout(Some(TIMEOUT))?;
    let mut stream = tls::stream(config, to, plain)?;
    let answer = probe::ask_over(&mut stream, &to.to_string(), ask)?;
    Ok((answer, stream.conn.handshake_kind()))
}

fn line(tallies: &[Tally], took: Duration) -> String {
    let sum = |of: fn(&Tally) -> u64| tallies.iter().map(of).sum::<u64>();
    let mut latencies: Vec<u64> = tallies
        .iter()
        .flat_map(|tally| tally.latencies_micros.iter().copied())
        .collect();
    latencies.sort_unstable();
    let at = |percent: usize| {
        let index = (latencies.len() * percent / 100).min(latencies.len().saturating_sub(1));
        latencies.get(index).copied().unwrap_or_default()
    };
    format!(
        "limpet-bench requests={} micros={} bytes={} p50={} p99={} connect=0 read={} write=0 timeout=0 status={}",
        latencies.len(),
        took.as_micros(),
        sum(|tally| tally.bytes),
        at(50),
        at(99),
        sum(|tally| tally.errors),
        sum(|tally| tally.bad_statuses),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clients_saw_is_told_in_the_line_of_wrk() {
        let tally = |latencies_micros: &[u64]| Tally {
            latencies_micros: latencies_micros.to_vec(),
            bytes: 200,
            errors: 1,
            bad_statuses: 0,
        };
        let line = line(&[tally(&[30, 10]), tally(&[20])], Duration::from_secs(1));
        let seen = wrk::parse(&line).expect("a line of wrk's");
        assert_eq!((seen.requests, seen.micros), (3, 1_000_000));
        assert_eq!((seen.bytes, seen.socket_errors), (400, 2));
        assert_eq!((seen.p50_micros, seen.p99_micros), (20, 30));
    }
}
