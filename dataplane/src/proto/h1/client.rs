//! The client's side of a connection: writes the body of a request to an endpoint, and reads the response.
//!
//! It chooses no endpoint and sets no limit in time. Tested over real sockets in `tests/http/`.

use std::io;
use std::rc::Rc;

use bytes::{Bytes, BytesMut};
use http::Method;
use monoio::io::{AsyncReadRent, AsyncWriteRent, AsyncWriteRentExt};

use super::body::{BodyReader, Remaining, read_more};
use super::connection::ConnectionOptions;
use super::encode;
use super::framing::{self, Framing};
use super::head;
use super::protocol_error::ProtocolError;
use crate::proto::fields::{Fields, SpareFields};
use crate::proto::head::ResponseHead;
use crate::runtime::budget::Budget;
use crate::runtime::buffers::BUFFER_BYTES;

/// Writes a request's body, behind what left with its head.
pub struct RequestWriter<'a, W> {
    /// What the endpoint is sent.
    pub to: &'a mut W,
    /// How the body ends.
    pub framing: Framing,
}

impl<W: AsyncWriteRent> RequestWriter<'_, W> {
    /// Sends a piece.
    pub async fn send(&mut self, data: Bytes) -> io::Result<()> {
        if self.framing != Framing::Chunked {
            return self.to.write_all(data).await.0.map(drop);
        }
        let mut out = Vec::with_capacity(data.len() + 16);
        encode::chunk(&mut out, &data);
        self.to.write_all(out).await.0.map(drop)
    }

    /// Sends the end.
    pub async fn end(&mut self, trailers: &Fields) -> io::Result<()> {
        let mut out = Vec::new();
        encode::end(&mut out, self.framing, trailers);
        match out.is_empty() {
            true => Ok(()),
            false => self.to.write_all(out).await.0.map(drop),
        }
    }
}

/// Reads responses.
pub struct ResponseReader<'a, R> {
    from: &'a mut R,
    /// Read and not yet understood.
    pub buffer: BytesMut,
    /// How much of it was looked at for a head's end.
    searched: usize,
}

impl<'a, R: AsyncReadRent> ResponseReader<'a, R> {
    /// Of a connection, with what was read of it.
    pub fn new(from: &'a mut R, buffer: BytesMut) -> Self {
        Self {
            from,
            buffer,
            searched: 0,
        }
    }

    /// The next head, final or not; `None` until all of it is here.
    pub fn head(
        &mut self,
        spares: &Rc<SpareFields>,
    ) -> Result<Option<ResponseHead>, ProtocolError> {
        let head = head::next_response(&mut self.buffer, &mut self.searched, spares)?;
        if head.is_some() {
            self.searched = 0;
        }
        Ok(head)
    }

    /// Reads more of a head: the number of bytes, 0 at the end.
    pub fn read(&mut self) -> impl Future<Output = io::Result<usize>> {
        if self.buffer.capacity() - self.buffer.len() < BUFFER_BYTES / 8 {
            self.buffer.reserve(BUFFER_BYTES);
        }
        read_more(self.from, &mut self.buffer)
    }

    /// The body that follows a head.
    pub fn body<'b>(
        &'b mut self,
        left: &'b mut Remaining,
        options: &'b ConnectionOptions,
        windows: &Rc<Budget>,
    ) -> BodyReader<'b, R> {
        BodyReader::new(left, options, self.from, &mut self.buffer, windows)
    }
}

/// What a final response's head says of what follows it.
#[derive(Debug)]
pub struct Following {
    /// How the body ends.
    pub framing: Framing,
    /// Of the connection.
    pub options: ConnectionOptions,
    /// Whether the endpoint keeps its connection open.
    pub is_persistent: bool,
}

impl Following {
    /// Of the response to a request of that method.
    pub fn of(head: &ResponseHead, method: &Method) -> Result<Self, ProtocolError> {
        let framing = framing::of_response(&head.fields, head.version, head.status, method)?;
        let options = ConnectionOptions::of(&head.fields);
        Ok(Self {
            is_persistent: options.is_persistent(head.version) && framing != Framing::UntilEnd,
            framing,
            options,
        })
    }
}
