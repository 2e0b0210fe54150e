//! Both directions of a connection, whatever carries its bytes. Protocols are written against this, so that
//! one exchange serves them all: a new transport is one more variant here and nothing else.

use std::io;

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

impl AsyncReadRent for Reader {
    async fn read<T: IoBufMut>(&mut self, buffer: T) -> BufResult<usize, T> {
        match self {
            Self::Plain(reader) => reader.read(buffer).await,
            Self::Tls(reader) => reader.read(buffer).await,
            #[cfg(feature = "testing")]
            Self::Scripted(reader) => reader.read(buffer).await,
        }
    }

    async fn readv<T: IoVecBufMut>(&mut self, buffer: T) -> BufResult<usize, T> {
        match self {
            Self::Plain(reader) => reader.readv(buffer).await,
            Self::Tls(reader) => reader.readv(buffer).await,
            #[cfg(feature = "testing")]
            Self::Scripted(reader) => reader.readv(buffer).await,
        }
    }
}

impl AsyncWriteRent for Writer {
    async fn write<T: IoBuf>(&mut self, buffer: T) -> BufResult<usize, T> {
        match self {
            Self::Plain(writer) => writer.write(buffer).await,
            Self::Tls(writer) => writer.write(buffer).await,
            #[cfg(feature = "testing")]
            Self::Scripted(writer) => writer.write(buffer).await,
        }
    }

    async fn writev<T: IoVecBuf>(&mut self, buffer: T) -> BufResult<usize, T> {
        match self {
            Self::Plain(writer) => writer.writev(buffer).await,
            Self::Tls(writer) => writer.writev(buffer).await,
            #[cfg(feature = "testing")]
            Self::Scripted(writer) => writer.writev(buffer).await,
        }
    }

    /// Nothing is held back.
    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    async fn shutdown(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(writer) => writer.shutdown().await,
            Self::Tls(writer) => writer.shutdown().await,
            #[cfg(feature = "testing")]
            Self::Scripted(writer) => writer.shutdown().await,
        }
    }
}
