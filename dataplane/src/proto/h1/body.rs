//! Reads bodies as streams with a bounded window, whatever their framing.
//!
//! A [`BodyReader`] holds no more than one window of
//! [`WINDOW_BYTES_MAX`]: nothing is read before what was read last is taken. What is wide of it is on loan
//! from its core, and given back at the body's end at the latest (see [`super::window`]).

use std::io;
use std::rc::Rc;

use bytes::{Buf, Bytes, BytesMut};
use monoio::buf::IoBufMut;
use monoio::io::AsyncReadRent;
use thiserror::Error;

use super::chunked;
use super::connection::ConnectionOptions;
use super::framing::Framing;
use super::protocol_error::ProtocolError;
use super::window::Window;
use crate::proto::fields::Fields;
use crate::runtime::budget::Budget;
use crate::runtime::buffers::WINDOW_BYTES_MAX;

/// Why a body did not arrive whole.
#[derive(Debug, Error)]
pub enum BodyError {
    /// The connection failed.
    #[error("reading the body failed: {0}")]
    Io(#[source] io::Error),
    /// The connection ended before the body did.
    #[error("the connection ended inside the body")]
    Truncated,
    /// The framing is broken.
    #[error("{}", .0.message())]
    Refused(ProtocolError),
}

/// A body on its way in.
pub struct BodyReader<'a, R> {
    /// Of the body's head.
    options: &'a ConnectionOptions,
    source: &'a mut R,
    buffer: &'a mut BytesMut,
    left: &'a mut Remaining,
    window: Window,
}

/// What is still to come of a body.
#[derive(Debug)]
pub enum Remaining {
    /// No more.
    Nothing,
    /// So many bytes.
    Length(u64),
    /// Chunks.
    Chunks(chunked::Decoder),
    /// Whatever comes before the connection's end.
    UntilEnd,
}

impl Remaining {
    /// Of a body whose head was just read.
    pub fn of(framing: Framing) -> Self {
        match framing {
            Framing::None => Self::Nothing,
            Framing::Length(length) => Self::Length(length),
            Framing::Chunked => Self::Chunks(chunked::Decoder::default()),
            Framing::UntilEnd => Self::UntilEnd,
        }
    }

    /// How many bytes, or a guess.
    fn coming(&self) -> usize {
        match self {
            Self::Length(left) => usize::try_from(*left).unwrap_or(usize::MAX),
            _ => WINDOW_BYTES_MAX / 4,
        }
    }
}

impl<'a, R: AsyncReadRent> BodyReader<'a, R> {
    /// A body whose next bytes may be in the buffer already.
    pub fn new(
        left: &'a mut Remaining,
        options: &'a ConnectionOptions,
        source: &'a mut R,
        buffer: &'a mut BytesMut,
        windows: &Rc<Budget>,
    ) -> Self {
        Self {
            options,
            source,
            buffer,
            left,
            window: Window::of(windows),
        }
    }

    /// Gives away the next bytes without reading, and says how many there were. What stands in the buffer
    /// stays there, where a piece of its own would have a count of holders.
    pub fn give_buffered(&mut self, take: impl FnOnce(&[u8])) -> Result<usize, ProtocolError> {
        if let Remaining::Chunks(decoder) = self.left {
            let data = decoder.decode(self.buffer)?;
            take(&data);
            return Ok(data.len());
        }
        let len = self.take_len();
        take(&self.buffer[..len]);
        self.buffer.advance(len);
        Ok(len)
    }

    fn take_buffered(&mut self) -> Result<Bytes, ProtocolError> {
        if let Remaining::Chunks(decoder) = self.left {
            return decoder.decode(self.buffer);
        }
        let len = self.take_len();
        Ok(self.buffer.split_to(len).freeze())
    }

    /// How many bytes of a body without chunks the buffer begins with: they count as taken.
    fn take_len(&mut self) -> usize {
        match self.left {
            Remaining::Nothing | Remaining::Chunks(_) => 0,
            Remaining::Length(left) => {
                let len = usize::try_from(*left).unwrap_or(usize::MAX);
                let len = len.min(self.buffer.len());
                *left -= len as u64;
                len
            }
            Remaining::UntilEnd => self.buffer.len(),
        }
    }

    /// Whether all of it was taken.
    pub fn is_done(&self) -> bool {
        match &*self.left {
            Remaining::Nothing | Remaining::Length(0) => true,
            Remaining::Chunks(decoder) => decoder.is_done(),
            Remaining::Length(_) | Remaining::UntilEnd => false,
        }
    }

    /// The trailers of a body that is done, but for those that its head lists as the connection's.
    pub fn take_trailers(&mut self) -> Result<Fields, ProtocolError> {
        match self.left {
            Remaining::Chunks(decoder) => {
                let mut trailers = decoder.take_trailers()?;
                self.options.strip(&mut trailers);
                Ok(trailers)
            }
            _ => Ok(Fields::default()),
        }
    }

    /// The next bytes, which are read if none are buffered; `None` at the body's end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            if self.is_done() {
                return Ok(None);
            }
            let data = self.take_buffered().map_err(BodyError::Refused)?;
            if !data.is_empty() {
                return Ok(Some(data));
            }
            if self.is_done() {
                return Ok(None);
            }
            self.window.make_room(self.buffer, self.left.coming());
            let read = read_more(self.source, self.buffer).await;
            match read.map_err(BodyError::Io)? {
                0 => return self.at_end(),
                len => self.window.has_read(len),
            }
        }
    }

    fn at_end(&mut self) -> Result<Option<Bytes>, BodyError> {
        if !matches!(self.left, Remaining::UntilEnd) {
            return Err(BodyError::Truncated);
        }
        *self.left = Remaining::Nothing;
        Ok(None)
    }
}

impl<R> Drop for BodyReader<'_, R> {
    fn drop(&mut self) {
        self.window.narrow(self.buffer);
    }
}

/// Reads behind what the buffer holds: the number of bytes, 0 at the end. The buffer must have room.
pub async fn read_more<R: AsyncReadRent>(
    source: &mut R,
    buffer: &mut BytesMut,
) -> io::Result<usize> {
    let owned = std::mem::take(buffer);
    debug_assert!(
        owned.len() < owned.capacity(),
        "a read without room looks like the end"
    );
    let (len, capacity) = (owned.len(), owned.capacity());
    let (result, slice) = source.read(owned.slice_mut(len..capacity)).await;
    *buffer = slice.into_inner();
    result
}
