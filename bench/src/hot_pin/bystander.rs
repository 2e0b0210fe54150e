//! Sessions that go on as ever: each one connection, a request now and then, its time taken.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::probe;

/// How many there are.
pub const COUNT: u32 = 8;
/// From one request of a bystander to the next.
const EVERY: Duration = Duration::from_millis(10);
const TIMEOUT: Duration = Duration::from_secs(5);

/// How long the requests took.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Latency {
    /// The median.
    pub p50_micros: f64,
    /// The 99th percentile.
    pub p99_micros: f64,
    /// Requests without a right answer.
    pub errors: usize,
}

/// All of them, for so long.
pub fn measure(to: SocketAddr, cookies: &[String], seconds: u32) -> Latency {
    let until = Instant::now() + Duration::from_secs(seconds.into());
    let results: Vec<(Vec<f64>, usize)> = thread::scope(|scope| {
        let started: Vec<_> = cookies
            .iter()
            .map(|cookie| scope.spawn(move || one(to, cookie, until)))
            .collect();
        started
            .into_iter()
            .map(|thread| thread.join().expect("a bystander never panics"))
            .collect()
    });
    let mut micros: Vec<f64> = results
        .iter()
        .flat_map(|(micros, _)| micros)
        .copied()
        .collect();
    micros.sort_by(f64::total_cmp);
    Latency {
        p50_micros: percentile(&micros, 0.50),
        p99_micros: percentile(&micros, 0.99),
        // No answer at all is no good time.
        errors: results.iter().map(|(_, errors)| errors).sum::<usize>()
            + usize::from(micros.is_empty()),
    }
}

/// Times in microseconds, and how many requests failed.
fn one(to: SocketAddr, cookie: &str, until: Instant) -> (Vec<f64>, usize) {
    let (mut micros, mut errors) = (Vec::new(), 0);
    let request = format!("GET / HTTP/1.1\r\nHost: {to}\r\nCookie: {cookie}\r\n\r\n");
    let mut connection = None;
    while Instant::now() < until {
        let sent = Instant::now();
        match ask(&mut connection, to, request.as_bytes()) {
            Ok(()) => micros.push(sent.elapsed().as_secs_f64() * 1e6),
            Err(_) => {
                errors += 1;
                connection = None;
            }
        }
        thread::sleep(EVERY.saturating_sub(sent.elapsed()));
    }
    (micros, errors)
}

fn ask(connection: &mut Option<TcpStream>, to: SocketAddr, request: &[u8]) -> io::Result<()> {
    let stream = match connection {
        Some(stream) => stream,
        None => {
            let stream = TcpStream::connect_timeout(&to, TIMEOUT)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(TIMEOUT))?;
            connection.insert(stream)
        }
    };
    stream.write_all(request)?;
    let (mut received, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        match probe::parse(&received)? {
            Some(answer) if answer.status == 200 && answer.set_cookies.is_empty() => return Ok(()),
            Some(_) => return Err(io::ErrorKind::InvalidData.into()),
            None => {}
        }
        let len = stream.read(&mut buffer)?;
        if len == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        received.extend_from_slice(&buffer[..len]);
    }
}

/// Of sorted values; without an answer the wait has no end.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted
        .get(rank.saturating_sub(1))
        .copied()
        .unwrap_or(f64::INFINITY)
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn a_percentile_is_the_value_that_so_many_do_not_exceed() {
        let values: Vec<f64> = (1..=200).map(f64::from).collect();
        assert_eq!(percentile(&values, 0.5), 100.0);
        assert_eq!(percentile(&values, 0.99), 198.0);
        assert_eq!(percentile(&[5.0], 0.99), 5.0);
        assert_eq!(percentile(&[], 0.99), f64::INFINITY);
    }
}
