//! The server's side of a connection: writes responses to a client.
//!
//! What is encoded stands in one buffer until it is flushed, so that a head and what is here of its body leave
//! in one write. How long a write may take is for the caller to limit. Tested over real sockets in `tests/http/`.

use bytes::Bytes;
use monoio::buf::IoBuf;
use monoio::io::{AsyncWriteRent, AsyncWriteRentExt};

use super::encode;
use super::encode::Returning;
use super::framing::Framing;
use crate::proto::fields::Fields;
use crate::proto::head::ResponseHead;

/// Sent to a client that has ended its half and waits (RFC 9110 15.2: it must expect such a response
/// at any time, and forgets it). One that is gone answers with a reset, and nothing else would tell.
const STILL_THERE: &[u8] = b"HTTP/1.1 102 Processing\r\n\r\n";

/// The client takes nothing more.
#[derive(Clone, Copy, Debug)]
pub struct ClientGone;

/// Writes one response, and 1xx ones before it.
pub struct Responder<'a, W> {
    to: &'a mut W,
    /// Encoded and not sent yet.
    out: Vec<u8>,
    framing: Framing,
    /// All bytes that were sent.
    pub sent_bytes: u64,
    /// Of the body, without framing.
    pub body_bytes: u64,
}

impl<'a, W: AsyncWriteRent> Responder<'a, W> {
    /// One that has sent nothing. `out` is empty, and `framing` the body's if its head was sent before.
    pub fn new(to: &'a mut W, out: Vec<u8>, framing: Framing) -> Self {
        Self {
            to,
            out,
            framing,
            sent_bytes: 0,
            body_bytes: 0,
        }
    }

    /// Sends a response before the final one.
    pub async fn interim(&mut self, head: &ResponseHead) -> Result<(), ClientGone> {
        encode::interim(&mut self.out, head);
        self.flush().await
    }

    /// Sends what only a client that is gone does not take.
    pub async fn probe(&mut self) -> Result<(), ClientGone> {
        self.write(STILL_THERE).await.map(drop)
    }

    /// Begins the final response.
    pub fn head(&mut self, head: &ResponseHead, returning: &Returning<'_>) {
        self.framing = returning.framing;
        encode::response(&mut self.out, head, returning);
    }

    /// Adds a piece of the body.
    pub fn piece(&mut self, data: &[u8]) {
        self.body_bytes += data.len() as u64;
        encode::piece(&mut self.out, self.framing, data);
    }

    /// Adds the body's end.
    pub fn end(&mut self, trailers: &Fields) {
        encode::end(&mut self.out, self.framing, trailers);
    }

    /// Forgets what was not sent.
    pub fn forget(&mut self) {
        self.out.clear();
    }

    /// Adds a whole response: `encode` writes it, and says how long its body is.
    pub fn whole(&mut self, encode: impl FnOnce(&mut Vec<u8>) -> usize) {
        self.body_bytes += encode(&mut self.out) as u64;
    }

    /// Sends a piece of the body. Chunks are copied behind their size; other bodies pass in the buffer they
    /// were read into.
    pub async fn send(&mut self, data: Bytes) -> Result<(), ClientGone> {
        if self.framing == Framing::Chunked {
            self.piece(&data);
            drop(data);
            return self.flush().await;
        }
        self.body_bytes += data.len() as u64;
        self.write(data).await.map(drop)
    }

    /// Sends what was encoded.
    pub async fn flush(&mut self) -> Result<(), ClientGone> {
        if self.out.is_empty() {
            return Ok(());
        }
        let out = std::mem::take(&mut self.out);
        self.out = self.write(out).await?;
        self.out.clear();
        Ok(())
    }

    /// Says that nothing more will come.
    pub async fn shutdown(&mut self) {
        // A client that is gone wants no end.
        let _ = self.to.shutdown().await;
    }

    /// The buffer, for the next.
    pub fn into_out(self) -> Vec<u8> {
        self.out
    }

    async fn write<B: IoBuf>(&mut self, bytes: B) -> Result<B, ClientGone> {
        let (sent, bytes) = self.to.write_all(bytes).await;
        self.sent_bytes += sent.map_err(|_| ClientGone)? as u64;
        Ok(bytes)
    }
}
