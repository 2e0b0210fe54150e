//! A TCP connection that takes turns with the others of its core.
//!
//! Everything that reads from a peer or writes to one goes through here, so that no loop above can
//! forget to give the core away; see [`super::turn`].
//!
//! It is made of two halves from the beginning, each with what it alone uses. monoio's own halves would
//! hold exclusive references to the same stream, and ours across their waits, which nothing may do.

#![allow(unsafe_code)]

use std::cell::UnsafeCell;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::rc::Rc;

use monoio::BufResult;
use monoio::buf::{IoBuf, IoBufMut, IoVecBuf, IoVecBufMut};
use monoio::io::{AsyncReadRent, AsyncWriteRent};
use monoio::net::TcpStream;

use super::turn::{TurnBudget, Turns};

/// A connection, to a client or to an endpoint.
#[derive(Debug)]
pub struct Stream {
    /// What the peer sends.
    pub reader: Reader,
    /// What it is sent.
    pub writer: Writer,
}

/// The reading half. The connection is closed once both are gone.
#[derive(Debug)]
pub struct Reader(Half);

/// The writing half.
#[derive(Debug)]
pub struct Writer(Half);

#[derive(Debug)]
struct Half {
    socket: Rc<UnsafeCell<TcpStream>>,
    turns: Rc<Turns>,
    budget: TurnBudget,
}

impl Stream {
    /// A connection of the core that has these turns.
    pub fn new(socket: TcpStream, turns: &Rc<Turns>) -> Self {
        let socket = Rc::new(UnsafeCell::new(socket));
        let half = || Half {
            socket: Rc::clone(&socket),
            turns: Rc::clone(turns),
            budget: TurnBudget::default(),
        };
        Self {
            reader: Reader(half()),
            writer: Writer(half()),
        }
    }
}

impl AsRawFd for Stream {
    fn as_raw_fd(&self) -> RawFd {
        // SAFETY: the reference ends with this line, and nobody else has one; see `Half::take_turn`.
        unsafe { &*self.reader.0.socket.get() }.as_raw_fd()
    }
}

impl Half {
    /// Waits for the turn, and gives the socket for one operation.
    async fn take_turn(&self) -> &mut TcpStream {
        self.turns.spend(&self.budget).await;
        // SAFETY: monoio makes an operation from the socket's descriptor, which it shares, and its buffer:
        // the reference is used as the operation is made and never after, and nothing waits in
        // between. So there is no second one at any time, though both halves wait at once.
        unsafe { &mut *self.socket.get() }
    }
}

impl AsyncReadRent for Reader {
    async fn read<T: IoBufMut>(&mut self, buffer: T) -> BufResult<usize, T> {
        let reading = self.0.take_turn().await.read(buffer);
        reading.await
    }

    async fn readv<T: IoVecBufMut>(&mut self, buffer: T) -> BufResult<usize, T> {
        let reading = self.0.take_turn().await.readv(buffer);
        reading.await
    }
}

impl AsyncWriteRent for Writer {
    async fn write<T: IoBuf>(&mut self, buffer: T) -> BufResult<usize, T> {
        let writing = self.0.take_turn().await.write(buffer);
        writing.await
    }

    async fn writev<T: IoVecBuf>(&mut self, buffer: T) -> BufResult<usize, T> {
        let writing = self.0.take_turn().await.writev(buffer);
        writing.await
    }

    /// Nothing is held back.
    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    async fn shutdown(&mut self) -> io::Result<()> {
        // SAFETY: as in `Half::take_turn`; this one is over when it is made.
        let over = unsafe { &mut *self.0.socket.get() }.shutdown();
        over.await
    }
}
