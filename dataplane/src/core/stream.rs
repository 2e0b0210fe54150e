//! A TCP connection that takes turns with the others of its core.
//!
//! Everything that reads from a peer or writes to one goes through here, so that no loop above can
//! forget to give the core away; see [`super::turn`].

#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::rc::Rc;

use monoio::BufResult;
use monoio::buf::{IoBuf, IoBufMut, IoVecBuf, IoVecBufMut};
use monoio::io::{AsyncReadRent, AsyncWriteRent, Split};
use monoio::net::TcpStream;

use super::turn::{Budget, Turns};

/// A connection, to a client or to an endpoint.
#[derive(Debug)]
pub struct Stream {
    socket: TcpStream,
    turns: Rc<Turns>,
    reads: Budget,
    writes: Budget,
}

// SAFETY: reading uses the socket's reading and `reads`, writing its writing and `writes`; the
// socket may be split itself, and `turns` is only ever shared.
unsafe impl Split for Stream {}

impl Stream {
    /// A connection of the core that has these turns.
    pub fn new(socket: TcpStream, turns: &Rc<Turns>) -> Self {
        Self {
            socket,
            turns: Rc::clone(turns),
            reads: Budget::default(),
            writes: Budget::default(),
        }
    }
}

impl AsRawFd for Stream {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

impl AsyncReadRent for Stream {
    async fn read<T: IoBufMut>(&mut self, buffer: T) -> BufResult<usize, T> {
        self.turns.spend(&self.reads).await;
        self.socket.read(buffer).await
    }

    async fn readv<T: IoVecBufMut>(&mut self, buffer: T) -> BufResult<usize, T> {
        self.turns.spend(&self.reads).await;
        self.socket.readv(buffer).await
    }
}

impl AsyncWriteRent for Stream {
    async fn write<T: IoBuf>(&mut self, buffer: T) -> BufResult<usize, T> {
        self.turns.spend(&self.writes).await;
        self.socket.write(buffer).await
    }

    async fn writev<T: IoVecBuf>(&mut self, buffer: T) -> BufResult<usize, T> {
        self.turns.spend(&self.writes).await;
        self.socket.writev(buffer).await
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.socket.flush().await
    }

    async fn shutdown(&mut self) -> io::Result<()> {
        self.socket.shutdown().await
    }
}
