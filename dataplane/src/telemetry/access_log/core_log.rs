//! A core's end of the access log: lines gathered into batches, batches pushed into a ring.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rtrb::Producer;

use super::record::Record;
use super::time::{Time, WallClock};

/// Bytes of lines that a core gathers before it hands them over; it also does once a tick.
const BATCH_BYTES: usize = 32 * 1024;
/// Batches that may wait for the writer, per core.
pub(super) const BATCHES_WAITING_MAX: usize = 64;

/// Whole lines of one core.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) bytes: Vec<u8>,
    pub(super) lines: u64,
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
    /// Hands its batches over there, and counts those that find no room.
    pub(super) fn new(batches: Producer<Batch>, dropped: Arc<AtomicU64>) -> Self {
        Self {
            batch: Batch::default(),
            batches,
            dropped,
            clock: WallClock::default(),
        }
    }

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
    use rtrb::{Consumer, RingBuffer};

    use super::*;
    use crate::telemetry::access_log::record::tests::plain;

    fn core() -> (CoreLog, Consumer<Batch>, Arc<AtomicU64>) {
        let (batches, ring) = RingBuffer::new(BATCHES_WAITING_MAX);
        let dropped = Arc::new(AtomicU64::new(0));
        (CoreLog::new(batches, Arc::clone(&dropped)), ring, dropped)
    }

    #[test]
    fn a_full_ring_drops_and_counts() {
        let (mut core, _ring, dropped) = core();
        for _ in 0..BATCHES_WAITING_MAX + 7 {
            core.write(&plain());
            core.write(&plain());
            core.flush();
        }
        assert_eq!(dropped.load(Ordering::Relaxed), 14);
    }

    #[test]
    fn a_core_hands_over_many_lines_at_once_and_its_last_ones_when_it_ends() {
        let (mut core, mut ring, _) = core();
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
