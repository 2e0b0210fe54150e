//! A connection without a network: reads bring given pieces, writes are kept. Nothing ever waits.

#![allow(unsafe_code)]

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use monoio::BufResult;
use monoio::buf::{IoBuf, IoBufMut, IoVecBuf, IoVecBufMut};
use monoio::io::{AsyncReadRent, AsyncWriteRent};

/// What the peer sends.
pub struct Reader(VecDeque<Vec<u8>>);

/// What it is sent.
pub struct Writer(Rc<RefCell<Vec<u8>>>);

impl Reader {
    /// Of a peer that sends these.
    pub fn of(pieces: Vec<Vec<u8>>) -> Self {
        // An empty piece would look like the end.
        let pieces = pieces.into_iter().filter(|piece| !piece.is_empty());
        Self(pieces.collect())
    }
}

impl Writer {
    /// With what will have been written to it.
    pub fn new() -> (Self, Rc<RefCell<Vec<u8>>>) {
        let written = Rc::new(RefCell::default());
        (Self(Rc::clone(&written)), written)
    }
}

impl AsyncReadRent for Reader {
    async fn read<T: IoBufMut>(&mut self, buf: T) -> BufResult<usize, T> {
        let mut piece = self.0.pop_front().unwrap_or_default();
        let (result, buf) = piece.as_slice().read(buf).await;
        let taken = *result.as_ref().expect("reading from memory does not fail");
        if taken < piece.len() {
            self.0.push_front(piece.split_off(taken));
        }
        (result, buf)
    }

    async fn readv<T: IoVecBufMut>(&mut self, buf: T) -> BufResult<usize, T> {
        (Err(io::ErrorKind::Unsupported.into()), buf)
    }
}

impl AsyncWriteRent for Writer {
    async fn write<T: IoBuf>(&mut self, buf: T) -> BufResult<usize, T> {
        // SAFETY: an `IoBuf` has that many initialised bytes there for as long as it lives.
        let bytes = unsafe { std::slice::from_raw_parts(buf.read_ptr(), buf.bytes_init()) };
        self.0.borrow_mut().extend_from_slice(bytes);
        (Ok(bytes.len()), buf)
    }

    async fn writev<T: IoVecBuf>(&mut self, buf: T) -> BufResult<usize, T> {
        (Err(io::ErrorKind::Unsupported.into()), buf)
    }

    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    async fn shutdown(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs what only ever waits for such a connection.
pub fn finish(task: impl Future<Output = ()>) {
    let mut context = Context::from_waker(Waker::noop());
    let polled = pin!(task).poll(&mut context);
    assert_eq!(polled, Poll::Ready(()), "it waits for something else");
}
