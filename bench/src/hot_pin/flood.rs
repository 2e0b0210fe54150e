//! Ten thousand clients in one process: each a connection that sends its pin at a steady rate.
//! Runs as a process of its own, on the load's processors.

use std::cell::RefCell;
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::ops::Add;
use std::path::Path;
use std::process::{Child, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use monoio::io::{AsyncReadRent, AsyncWriteRentExt};
use monoio::net::TcpStream;
use serde::{Deserialize, Serialize};

use crate::args::{Driver, FloodArgs};
use crate::cpus::Cpus;
use crate::error::{Context, Error, Result};
use crate::{output, probe, process, runtime, sys};

/// Connections that are opened at the same time: fewer than wait in a listener's queue.
const OPENING: usize = 256;
const READY: &str = "ready";

/// What the clients got.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Counts {
    /// 200.
    pub answered: u64,
    /// 429: the session has too many requests in flight.
    pub refused: u64,
    /// Anything else, and failed connections.
    pub errors: u64,
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            answered: self.answered + other.answered,
            refused: self.refused + other.refused,
            errors: self.errors + other.errors,
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            answered,
            refused,
            errors,
        } = self;
        write!(out, "{answered} x 200, {refused} x 429, {errors} errors")
    }
}

/// A running flood.
pub struct Flood {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
}

impl Flood {
    /// Starts it; all connections are open when this returns.
    pub fn start(bench: &Path, cpus: &Cpus, args: &[String]) -> Result<Self> {
        let mut child = process::pinned(cpus, bench)
            .arg("flood")
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context(|| "the flood".to_owned())?;
        let out = child.stdout.take().expect("its output is piped");
        let mut flood = Self {
            child,
            out: BufReader::new(out),
        };
        let mut line = String::new();
        let read = flood.out.read_line(&mut line);
        read.context(|| "the flood's output".to_owned())?;
        if line.trim() == READY {
            Ok(flood)
        } else {
            Err(unreadable(line))
        }
    }

    /// Ends it; what its clients got.
    pub fn end(mut self) -> Result<Counts> {
        // Its end of input tells it to stop.
        drop(self.child.stdin.take());
        let mut text = String::new();
        let read = self.out.read_to_string(&mut text);
        read.context(|| "the flood's output".to_owned())?;
        serde_json::from_str(text.trim()).map_err(|_| unreadable(text))
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        sys::terminate(self.child.id());
        // An error means that it has ended by itself.
        let _ = self.child.wait();
    }
}

fn unreadable(text: String) -> Error {
    Error::Unreadable {
        what: "the flood's output",
        text,
    }
}

/// Floods until its input ends, or for so long.
pub fn serve(args: &FloodArgs) -> Result<()> {
    sys::raise_open_files().context(|| "the limit of open files".to_owned())?;
    let pins = std::fs::read_to_string(&args.pins).context(|| "the list of pins".to_owned())?;
    let requests: Vec<Vec<u8>> = pins
        .lines()
        .map(|pin| {
            let to = args.to;
            format!("GET / HTTP/1.1\r\nHost: {to}\r\nCookie: {pin}\r\n\r\n").into_bytes()
        })
        .collect();
    let stop = Stop::on_end_of_input();
    let mut runtime = runtime::build(Driver::Epoll).context(|| "a runtime".to_owned())?;
    let counts = runtime.block_on(flood(args, &requests, &stop));
    let text = serde_json::to_string(&counts).expect("numbers are JSON");
    output::line(&text);
    Ok(())
}

async fn flood(args: &FloodArgs, requests: &[Vec<u8>], stop: &Stop) -> Counts {
    let counts = Rc::new(RefCell::new(Counts::default()));
    let mut streams = Vec::new();
    while streams.len() < args.connections as usize {
        let batch = OPENING.min(args.connections as usize - streams.len());
        let opening: Vec<_> = (0..batch)
            .map(|_| monoio::spawn(TcpStream::connect(args.to)))
            .collect();
        for stream in opening {
            streams.push(stream.await);
        }
    }
    output::line(READY);
    let start = Instant::now();
    let pace = Pace::new(args, start);
    for (index, stream) in streams.into_iter().enumerate() {
        let Ok(stream) = stream else {
            counts.borrow_mut().errors += 1;
            continue;
        };
        let request = requests[index % requests.len()].clone();
        let (counts, pace) = (Rc::clone(&counts), pace.of_client(index));
        monoio::spawn(client(stream, request, pace, counts));
    }
    while Instant::now() < pace.until && !stop.is_due() {
        monoio::time::sleep(Duration::from_millis(10)).await;
    }
    *counts.borrow()
}

/// When a client sends.
#[derive(Clone, Copy)]
struct Pace {
    next: Instant,
    /// Zero: at once.
    period: Duration,
    until: Instant,
    /// From one client's turn to the next one's.
    step: Duration,
}

impl Pace {
    fn new(args: &FloodArgs, start: Instant) -> Self {
        let period = match args.rate {
            0 => Duration::ZERO,
            rate => Duration::from_secs_f64(f64::from(args.connections) / f64::from(rate)),
        };
        Self {
            next: start,
            period,
            until: start + Duration::from_secs(args.seconds.into()),
            step: period / args.connections.max(1),
        }
    }

    fn of_client(self, index: usize) -> Self {
        Self {
            next: self.next + self.step * u32::try_from(index).unwrap_or(u32::MAX),
            ..self
        }
    }

    async fn turn(&mut self) -> bool {
        let now = Instant::now();
        if self.next > now {
            monoio::time::sleep(self.next - now).await;
        }
        self.next += self.period;
        Instant::now() < self.until
    }
}

async fn client(
    mut stream: TcpStream,
    mut request: Vec<u8>,
    mut pace: Pace,
    counts: Rc<RefCell<Counts>>,
) {
    while pace.turn().await {
        let (written, same) = stream.write_all(request).await;
        request = same;
        let status = match written {
            Ok(_) => status(&mut stream).await,
            Err(_) => None,
        };
        let mut counts = counts.borrow_mut();
        match status {
            Some(200) => counts.answered += 1,
            Some(429) => counts.refused += 1,
            _ => counts.errors += 1,
        }
        if status.is_none() {
            return;
        }
    }
}

/// Reads one whole answer; `None`: the connection is of no more use.
async fn status(stream: &mut TcpStream) -> Option<u16> {
    let (mut received, mut buffer) = (Vec::new(), Vec::with_capacity(1024));
    loop {
        let (read, full) = stream.read(buffer).await;
        buffer = full;
        read.ok().filter(|len| *len > 0)?;
        received.extend_from_slice(&buffer);
        if let Some(answer) = probe::parse(&received).ok()? {
            return Some(answer.status);
        }
    }
}

/// Due once nobody holds the other end of our input.
struct Stop(std::sync::mpsc::Receiver<()>);

impl Stop {
    fn on_end_of_input() -> Self {
        let (ended, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            // Ends with the input, whatever was in it.
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            let _ = ended.send(());
        });
        Self(receiver)
    }

    fn is_due(&self) -> bool {
        self.0.try_recv() != Err(std::sync::mpsc::TryRecvError::Empty)
    }
}
