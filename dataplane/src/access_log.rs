//! The access log: one JSON line a request, off unless a file is named.
//!
//! A core gathers lines and pushes them into a ring of its own; one writer thread empties the rings
//! into the file. Nothing here ever makes a request wait: a full ring and a failing disk drop lines,
//! count them ([`AccessLog::dropped`]) and are said once in the diagnostics.
//!
//! A file that was renamed or removed is opened anew, so that any log rotation works.
//!
//! Tested below: hostile values stay inside one line, a full disk and a full ring only count.

mod record;
mod time;
mod writer;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rtrb::{Consumer, Producer, RingBuffer};

pub use record::{Pin, Record, Upstream};
pub use time::Time;
use time::WallClock;
use writer::{LogFile, Writer};

/// Bytes of lines that a core gathers before it hands them over; it also does once a tick.
const BATCH_BYTES: usize = 32 * 1024;
/// Batches that may wait for the writer, per core.
const BATCHES_WAITING_MAX: usize = 64;

/// Whole lines of one core.
#[derive(Debug, Default)]
struct Batch {
    bytes: Vec<u8>,
    lines: u64,
}

/// The log of one data plane.
#[derive(Debug)]
pub struct AccessLog {
    rings: Sender<Consumer<Batch>>,
    writer_dropped: Arc<AtomicU64>,
    ring_dropped: std::sync::Mutex<Vec<Arc<AtomicU64>>>,
    is_over: Arc<AtomicBool>,
    writer: std::sync::Mutex<Option<JoinHandle<()>>>,
}

impl AccessLog {
    /// Opens the file for appending and starts the writer, which ends with this value and the last
    /// [`CoreLog`].
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = LogFile::open(path)?;
        let (rings, new_rings) = channel();
        let writer_dropped = Arc::new(AtomicU64::new(0));
        let is_over = Arc::new(AtomicBool::new(false));
        let dropped = Arc::clone(&writer_dropped);
        let writer = Writer::new(file, new_rings, dropped, Arc::clone(&is_over));
        let writer = thread::Builder::new()
            .name("access-log".to_owned())
            .spawn(move || writer.run())?;
        Ok(Self {
            rings,
            writer_dropped,
            ring_dropped: std::sync::Mutex::default(),
            is_over,
            writer: std::sync::Mutex::new(Some(writer)),
        })
    }

    /// Returns when everything that the cores have handed over is in the file. Nothing is written
    /// after that.
    pub fn end(&self) {
        self.is_over.store(true, Ordering::Release);
        let writer = self.writer.lock().expect("no holder panics").take();
        if let Some(writer) = writer {
            writer.thread().unpark();
            // A panic of the writer was reported when it happened.
            let _ = writer.join();
        }
    }

    /// A core's own end, made off the request path.
    #[must_use]
    pub fn core(&self) -> CoreLog {
        let (batches, consumer) = RingBuffer::new(BATCHES_WAITING_MAX);
        // Without a writer the ring fills up, and its lines are counted as dropped.
        let _ = self.rings.send(consumer);
        let dropped = Arc::new(AtomicU64::new(0));
        let mut all = self.ring_dropped.lock().expect("no holder panics");
        all.push(Arc::clone(&dropped));
        CoreLog {
            batch: Batch::default(),
            batches,
            dropped,
            clock: WallClock::default(),
        }
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
    batch: Batch,
    batches: Producer<Batch>,
    /// Written by this core alone: a load and a store, no read-modify-write.
    dropped: Arc<AtomicU64>,
    clock: WallClock,
}

impl CoreLog {
    /// The time now, less what a request took, as a line says it.
    pub fn time_before(&mut self, took: Duration) -> Time {
        self.clock.before(took)
    }

    /// Writes one line.
    pub fn write(&mut self, record: &Record<'_>) {
        if self.batch.bytes.capacity() == 0 {
            self.batch.bytes.reserve(BATCH_BYTES + 1024);
        }
        record.append_to(&mut self.batch.bytes);
        self.batch.lines += 1;
        if self.batch.bytes.len() >= BATCH_BYTES {
            self.flush();
        }
    }

    /// Hands what was gathered to the writer.
    pub fn flush(&mut self) {
        if self.batch.lines == 0 {
            return;
        }
        let batch = std::mem::take(&mut self.batch);
        let lines = batch.lines;
        if self.batches.push(batch).is_err() {
            let dropped = self.dropped.load(Ordering::Relaxed);
            self.dropped.store(dropped + lines, Ordering::Relaxed);
        }
    }
}

impl Drop for CoreLog {
    fn drop(&mut self) {
        self.flush();
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
        core.flush();
        writer::tests::wait_for_lines(&path, 100);
    }

    #[test]
    fn a_full_ring_drops_and_counts() {
        let (rings, _kept) = channel();
        let log = AccessLog {
            rings,
            writer_dropped: Arc::default(),
            ring_dropped: std::sync::Mutex::default(),
            is_over: Arc::default(),
            writer: std::sync::Mutex::default(),
        };
        let mut core = log.core();
        for _ in 0..BATCHES_WAITING_MAX + 7 {
            core.write(&plain());
            core.write(&plain());
            core.flush();
        }
        assert_eq!(log.dropped(), 14);
    }

    #[test]
    fn a_core_hands_over_many_lines_at_once_and_its_last_ones_when_it_ends() {
        let (rings, handed) = channel();
        let log = AccessLog {
            rings,
            writer_dropped: Arc::default(),
            ring_dropped: std::sync::Mutex::default(),
            is_over: Arc::default(),
            writer: std::sync::Mutex::default(),
        };
        let mut core = log.core();
        let mut ring = handed.try_recv().expect("the core's");
        let len = plain().line().len();
        for _ in 0..BATCH_BYTES.div_ceil(len) + 1 {
            core.write(&plain());
        }
        let full = ring.pop().expect("a full batch");
        assert!(full.bytes.len() >= BATCH_BYTES && ring.is_empty());
        drop(core);
        assert_eq!(ring.pop().expect("the rest").bytes, plain().line());
    }
}
