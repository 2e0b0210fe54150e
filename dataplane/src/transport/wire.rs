//! Both directions of a connection, whatever carries its bytes. Protocols are written against this, so that
//! one exchange serves them all: a new transport is one more variant here and nothing else.

use std::io;

use futures::FutureExt;
use futures::future::Either;
use monoio::BufResult;
use monoio::buf::{IoBuf, IoBufMut, IoVecBuf, IoVecBufMut};
use monoio::io::{AsyncReadRent, AsyncWriteRent};

#[cfg(feature = "testing")]
use super::scripted;
use super::tls::stream as tls;
use crate::runtime::stream;

/// A connection. It is closed once both halves are gone.
pub struct Wire {
    /// What the peer sends.
    pub reader: Reader,
    /// What it is sent. Both may wait at once.
    pub writer: Writer,
}

/// What a peer sends.
pub enum Reader {
    Plain(stream::Reader),
    Tls(tls::Reader),
    #[cfg(feature = "testing")]
    Scripted(scripted::Reader),
}

/// What a peer is sent.
pub enum Writer {
    Plain(stream::Writer),
    Tls(tls::Writer),
    #[cfg(feature = "testing")]
    Scripted(scripted::Writer),
}

impl From<stream::Stream> for Wire {
    fn from(stream: stream::Stream) -> Self {
        Self {
            reader: Reader::Plain(stream.reader),
            writer: Writer::Plain(stream.writer),
        }
    }
}

impl From<tls::TlsStream> for Wire {
    fn from(stream: tls::TlsStream) -> Self {
        let (reader, writer) = stream.into_halves();
        Self {
            reader: Reader::Tls(reader),
            writer: Writer::Tls(writer),
        }
    }
}

// Not `async fn`s: a future that only hands on to another would be one more to poll. Those of an encrypted
// connection are boxed, so that a plain one does not hold the room that they take.

impl AsyncReadRent for Reader {
    fn read<T: IoBufMut>(&mut self, buffer: T) -> impl Future<Output = BufResult<usize, T>> {
        match self {
            Self::Plain(reader) => Either::Left(reader.read(buffer)),
            Self::Tls(reader) => Either::Right(reader.read(buffer).boxed_local()),
            #[cfg(feature = "testing")]
            Self::Scripted(reader) => Either::Right(reader.read(buffer).boxed_local()),
        }
    }

    fn readv<T: IoVecBufMut>(&mut self, buffer: T) -> impl Future<Output = BufResult<usize, T>> {
        match self {
            Self::Plain(reader) => Either::Left(reader.readv(buffer)),
            Self::Tls(reader) => Either::Right(reader.readv(buffer).boxed_local()),
            #[cfg(feature = "testing")]
            Self::Scripted(reader) => Either::Right(reader.readv(buffer).boxed_local()),
        }
    }
}

impl AsyncWriteRent for Writer {
    fn write<T: IoBuf>(&mut self, buffer: T) -> impl Future<Output = BufResult<usize, T>> {
        match self {
            Self::Plain(writer) => Either::Left(writer.write(buffer)),
            Self::Tls(writer) => Either::Right(writer.write(buffer).boxed_local()),
            #[cfg(feature = "testing")]
            Self::Scripted(writer) => Either::Right(writer.write(buffer).boxed_local()),
        }
    }

    fn writev<T: IoVecBuf>(&mut self, buffer: T) -> impl Future<Output = BufResult<usize, T>> {
        match self {
            Self::Plain(writer) => Either::Left(writer.writev(buffer)),
            Self::Tls(writer) => Either::Right(writer.writev(buffer).boxed_local()),
            #[cfg(feature = "testing")]
            Self::Scripted(writer) => Either::Right(writer.writev(buffer).boxed_local()),
        }
    }

    /// Nothing is held back.
    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    async fn shutdown(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(writer) => writer.shutdown().await,
            Self::Tls(writer) => writer.shutdown().boxed_local().await,
            #[cfg(feature = "testing")]
            Self::Scripted(writer) => writer.shutdown().await,
        }
    }
}
