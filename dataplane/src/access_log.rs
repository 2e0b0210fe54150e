//! The access log: one JSON line a request, off unless a file is named.
//!
//! A core makes the line and pushes it into a ring of its own; one writer thread empties the rings
//! into the file. Nothing here ever makes a request wait: a full ring and a failing disk drop lines,
//! count them ([`AccessLog::dropped`]) and are said once in the diagnostics.
//!
//! A file that was renamed or removed is opened anew, so that any log rotation works.
//!
//! Tested below: hostile values stay inside one line, a full disk and a full ring only count.

mod record;
mod writer;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use rtrb::{Consumer, Producer, RingBuffer};

pub use record::{Pin, Record, Upstream};
use writer::{LogFile, Writer};

/// Lines that may wait for the writer, per core.
const LINES_WAITING_MAX: usize = 4096;

type Line = Vec<u8>;

/// The log of one data plane.
#[derive(Debug)]
pub struct AccessLog {
    rings: Sender<Consumer<Line>>,
    writer_dropped: Arc<AtomicU64>,
    ring_dropped: std::sync::Mutex<Vec<Arc<AtomicU64>>>,
}

impl AccessLog {
    /// Opens the file for appending and starts the writer, which ends with this value and the last
    /// [`CoreLog`].
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = LogFile::open(path)?;
        let (rings, new_rings) = channel();
        let writer_dropped = Arc::new(AtomicU64::new(0));
        let writer = Writer::new(file, new_rings, Arc::clone(&writer_dropped));
        thread::Builder::new()
            .name("access-log".to_owned())
            .spawn(move || writer.run())?;
        Ok(Self {
            rings,
            writer_dropped,
            ring_dropped: std::sync::Mutex::default(),
        })
    }

    /// A core's own end, made off the request path.
    #[must_use]
    pub fn core(&self) -> CoreLog {
        let (lines, consumer) = RingBuffer::new(LINES_WAITING_MAX);
        // Without a writer the ring fills up, and its lines are counted as dropped.
        let _ = self.rings.send(consumer);
        let dropped = Arc::new(AtomicU64::new(0));
        let mut all = self.ring_dropped.lock().expect("no holder panics");
        all.push(Arc::clone(&dropped));
        CoreLog { lines, dropped }
    }

    /// Lines lost since the start: full rings and failed writes.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        let rings = self.ring_dropped.lock().expect("no holder panics");
        let in_rings: u64 = rings.iter().map(|ring| ring.load(Ordering::Relaxed)).sum();
        in_rings + self.writer_dropped.load(Ordering::Relaxed)
    }
}

/// One core's end of the log.
#[derive(Debug)]
pub struct CoreLog {
    lines: Producer<Line>,
    /// Written by this core alone: a load and a store, no read-modify-write.
    dropped: Arc<AtomicU64>,
}

impl CoreLog {
    /// Hands one line to the writer.
    pub fn write(&mut self, record: &Record<'_>) {
        if self.lines.push(record.line()).is_err() {
            let dropped = self.dropped.load(Ordering::Relaxed);
            self.dropped.store(dropped + 1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::tests::plain;

    #[test]
    fn every_line_reaches_the_file() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("access.log");
        let log = AccessLog::open(&path).expect("the folder is ours");
        let mut core = log.core();
        for _ in 0..100 {
            core.write(&plain());
        }
        writer::tests::wait_for_lines(&path, 100);
    }

    #[test]
    fn a_full_ring_drops_and_counts() {
        let (rings, _kept) = channel();
        let log = AccessLog {
            rings,
            writer_dropped: Arc::default(),
            ring_dropped: std::sync::Mutex::default(),
        };
        let mut core = log.core();
        for _ in 0..LINES_WAITING_MAX + 7 {
            core.write(&plain());
        }
        assert_eq!(log.dropped(), 7);
    }
}
