//! A core's spare buffers, so that a request allocates none.

use std::cell::RefCell;

use bytes::BytesMut;

/// What a connection that waits for a request keeps ready; most heads fit. One that does not gets
/// a whole buffer.
pub const WAITING_BYTES: usize = 1024;
/// A buffer's size for heads and small bodies.
pub const BUFFER_BYTES: usize = 8 * 1024;
/// The largest window on a body.
pub const WINDOW_BYTES_MAX: usize = 128 * 1024;
/// Spare buffers kept per core; more concurrent requests allocate.
const SPARE_MAX: usize = 64;

/// Empty buffers for reading and for writing.
#[derive(Debug, Default)]
pub struct Buffers {
    read: RefCell<Vec<BytesMut>>,
    write: RefCell<Vec<Vec<u8>>>,
}

impl Buffers {
    /// An empty buffer to read into, of at least [`BUFFER_BYTES`].
    pub fn take_read(&self) -> BytesMut {
        let spare = self.read.borrow_mut().pop();
        spare.unwrap_or_else(|| BytesMut::with_capacity(BUFFER_BYTES))
    }

    /// Gives a buffer back. One that grew for a body is freed.
    pub fn give_read(&self, mut buffer: BytesMut) {
        buffer.clear();
        // Takes the front back, which heads were split off.
        buffer.reserve(BUFFER_BYTES);
        let mut spares = self.read.borrow_mut();
        if buffer.capacity() <= 2 * BUFFER_BYTES && spares.len() < SPARE_MAX {
            spares.push(buffer);
        }
    }

    /// An empty buffer to write from.
    pub fn take_write(&self) -> Vec<u8> {
        let spare = self.write.borrow_mut().pop();
        spare.unwrap_or_else(|| Vec::with_capacity(BUFFER_BYTES))
    }

    /// Gives a buffer back.
    pub fn give_write(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        let mut spares = self.write.borrow_mut();
        if buffer.capacity() <= 2 * BUFFER_BYTES && spares.len() < SPARE_MAX {
            spares.push(buffer);
        }
    }
}
