//! The access log: one JSON line a request, off unless a file is named.
//!
//! A core gathers lines and pushes them into a ring of its own; one writer thread empties the rings
//! into the file. Nothing here ever makes a request wait: a full ring and a failing disk drop lines,
//! count them ([`AccessLog::dropped`]) and are said once in the diagnostics.
//!
//! A file that was renamed or removed is opened anew, so that any log rotation works.
//!
//! Tested below: hostile values stay inside one line, a full disk and a full ring only count.

mod core_log;
mod record;
mod time;
mod writer;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use rtrb::{Consumer, RingBuffer};

pub use core_log::CoreLog;
use core_log::{BATCHES_WAITING_MAX, Batch};
pub use record::{LoggedEndpoint, Pin, Record};
pub use time::Time;
use writer::{LogFile, Writer};

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
        CoreLog::new(batches, dropped)
    }

    /// Lines lost since the start: full rings and failed writes.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        let rings = self.ring_dropped.lock().expect("no holder panics");
        let in_rings: u64 = rings.iter().map(|ring| ring.load(Ordering::Relaxed)).sum();
        in_rings + self.writer_dropped.load(Ordering::Relaxed)
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
}
