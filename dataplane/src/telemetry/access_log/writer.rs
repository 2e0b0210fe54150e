//! The thread that empties the rings into the file.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::thread;
use std::time::Duration;

use rtrb::Consumer;

use super::core_log::Batch;

/// How long batches wait at most. Cores must not wake anybody, so the writer looks by itself.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

/// The thread's state.
pub(super) struct Writer {
    file: LogFile,
    new_rings: Receiver<Consumer<Batch>>,
    rings: Vec<Consumer<Batch>>,
    dropped: Arc<AtomicU64>,
    is_over: Arc<AtomicBool>,
    is_failing: bool,
}

impl Writer {
    pub(super) fn new(
        file: LogFile,
        new_rings: Receiver<Consumer<Batch>>,
        dropped: Arc<AtomicU64>,
        is_over: Arc<AtomicBool>,
    ) -> Self {
        Self {
            file,
            new_rings,
            rings: Vec::new(),
            dropped,
            is_over,
            is_failing: false,
        }
    }

    /// Until the log and every core's end of it are gone, or nothing more is to come.
    pub(super) fn run(mut self) {
        loop {
            let is_over = self.is_over.load(Ordering::Acquire);
            let is_log_gone = self.adopt_rings();
            self.pass();
            self.rings
                .retain(|ring| !(ring.is_abandoned() && ring.is_empty()));
            if is_over || (is_log_gone && self.rings.is_empty()) {
                return;
            }
            thread::park_timeout(LOOK_INTERVAL);
        }
    }

    /// Looks for the file anew each time: a log that is always written is rotated as well.
    fn pass(&mut self) {
        self.file.follow_rotation();
        self.empty_rings();
    }

    fn adopt_rings(&mut self) -> bool {
        loop {
            match self.new_rings.try_recv() {
                Ok(ring) => self.rings.push(ring),
                Err(TryRecvError::Empty) => return false,
                Err(TryRecvError::Disconnected) => return true,
            }
        }
    }

    fn empty_rings(&mut self) {
        for ring in 0..self.rings.len() {
            while let Ok(batch) = self.rings[ring].pop() {
                self.append(&batch.bytes, batch.lines);
            }
        }
    }

    fn append(&mut self, batch: &[u8], lines: u64) {
        match self.file.append(batch) {
            Ok(()) => {
                if std::mem::take(&mut self.is_failing) {
                    tracing::info!("the access log is written again");
                }
            }
            Err(error) => {
                self.dropped.fetch_add(lines, Ordering::Relaxed);
                if !std::mem::replace(&mut self.is_failing, true) {
                    let path = self.file.path.display();
                    tracing::error!(
                        "access log {path}: {error}; lines are dropped and counted until it can be \
                         written, requests are served as before [access-log-unwritable]"
                    );
                }
            }
        }
    }
}

/// The file, by name: it may be renamed under us.
pub(super) struct LogFile {
    path: PathBuf,
    file: File,
    /// The last write failed midway: what follows begins on a new line.
    is_torn: bool,
}

impl LogFile {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            file: open(path)?,
            is_torn: false,
        })
    }

    pub(super) fn append(&mut self, batch: &[u8]) -> io::Result<()> {
        if self.is_torn {
            self.file.write_all(b"\n")?;
        }
        let result = self.file.write_all(batch);
        self.is_torn = result.is_err();
        result
    }

    fn follow_rotation(&mut self) {
        let Ok(ours) = self.file.metadata() else {
            return;
        };
        if !ours.is_file() {
            return;
        }
        let named = std::fs::metadata(&self.path);
        let is_ours =
            named.is_ok_and(|named| (named.dev(), named.ino()) == (ours.dev(), ours.ino()));
        if !is_ours && let Ok(file) = open(&self.path) {
            self.file = file;
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::mpsc::channel;

    use rtrb::RingBuffer;

    use super::*;

    /// Blocks until the file holds that many lines.
    pub fn wait_for_lines(path: &Path, count: usize) {
        let lines = || std::fs::read_to_string(path).map_or(0, |text| text.lines().count());
        while lines() < count {
            thread::yield_now();
        }
        assert_eq!(lines(), count);
    }

    fn one_pass(writer: &mut Writer, text: &str) {
        let (mut batches, ring) = RingBuffer::new(1);
        let batch = Batch {
            bytes: text.into(),
            lines: 1,
        };
        batches.push(batch).expect("the ring is empty");
        writer.rings.push(ring);
        writer.pass();
    }

    fn writer(path: &Path) -> Writer {
        let (_, new_rings) = channel();
        Writer::new(
            LogFile::open(path).expect("it can be opened"),
            new_rings,
            Arc::default(),
            Arc::default(),
        )
    }

    #[test]
    fn a_full_disk_drops_and_counts_and_ends_nothing() {
        let mut writer = writer(Path::new("/dev/full"));
        one_pass(&mut writer, "{}\n");
        one_pass(&mut writer, "{}\n");
        assert_eq!(writer.dropped.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_renamed_file_is_opened_anew() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("access.log");
        let mut writer = writer(&path);
        one_pass(&mut writer, "1\n");
        std::fs::rename(&path, folder.path().join("access.log.1")).expect("the folder is ours");
        one_pass(&mut writer, "2\n");
        assert_eq!(std::fs::read_to_string(&path).expect("it is there"), "2\n");
    }
}
