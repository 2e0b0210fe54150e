//! A connection whose bytes are encrypted.

#![allow(unsafe_code)]

use std::io::{self, BufRead, ErrorKind, Write};
use std::rc::Rc;

use bytes::{Buf, BytesMut};
use monoio::BufResult;
use monoio::buf::{IoBuf, IoBufMut, IoVecBuf, IoVecBufMut, RawBuf};
use monoio::io::{AsyncReadRent, AsyncWriteRent, AsyncWriteRentExt, Split};
use rustls::{HandshakeKind, ProtocolVersion, ServerConnection};

use super::Failure;
use crate::core::Core;
use crate::core::buffers::WAITING_BYTES;
use crate::core::stream::Stream;
use crate::http::read_more;

/// A record and its frame, rounded up (RFC 8446, 5.2).
pub const RECORD_BYTES_MAX: usize = 17 * 1024;

/// A TLS session over a socket.
///
/// Reading and writing may be in flight at once. They meet in `session` alone, which neither touches
/// but between waits.
pub struct TlsStream {
    pub(super) socket: Stream,
    core: Rc<Core>,
    session: ServerConnection,
    /// Encrypted, read and not yet understood. The reading half's.
    incoming: BytesMut,
    /// Whether the last read filled its buffer. The reading half's.
    is_busy: bool,
    /// Whether a write is in flight, or none may be any more.
    is_writing: bool,
}

// SAFETY: reading uses `incoming`, `is_busy` and the socket's reading, writing the socket's writing;
// `session` and `is_writing` are used by both, between waits, and no reference into either is held
// across one. Buffers in flight are owned by the operation that waits for them.
unsafe impl Split for TlsStream {}

impl TlsStream {
    /// A session that has begun, with what was read beyond it.
    pub fn new(
        core: Rc<Core>,
        socket: Stream,
        session: ServerConnection,
        incoming: BytesMut,
    ) -> Self {
        Self {
            socket,
            core,
            session,
            incoming,
            is_busy: false,
            is_writing: false,
        }
    }

    /// Sends and receives until both sides have their keys: the version they agreed on.
    pub async fn complete_handshake(&mut self) -> Result<ProtocolVersion, Failure> {
        loop {
            self.flush_session().await?;
            if !self.session.is_handshaking() {
                break;
            }
            if self.advance().await? == 0 {
                return Err(Failure::Closed);
            }
        }
        Ok(self
            .session
            .protocol_version()
            .expect("a handshake settles the version"))
    }

    /// Whether the handshake resumed a session.
    pub fn is_resumed(&self) -> bool {
        self.session.handshake_kind() == Some(HandshakeKind::Resumed)
    }

    /// Takes in more of what the client sent: encrypted bytes, 0 at the end.
    async fn advance(&mut self) -> Result<usize, Failure> {
        if self.incoming.is_empty() {
            self.receive().await?;
        }
        let len = self.session.read_tls(&mut (&mut self.incoming).reader())?;
        if let Err(error) = self.session.process_new_packets() {
            self.tell().await;
            return Err(error.into());
        }
        Ok(len)
    }

    async fn receive(&mut self) -> io::Result<()> {
        // A client that waits costs little.
        let wanted = match self.is_busy {
            true => RECORD_BYTES_MAX,
            false => WAITING_BYTES,
        };
        if self.incoming.capacity() > 2 * wanted {
            self.incoming = BytesMut::new();
        }
        self.incoming.reserve(wanted);
        read_more(&mut self.socket, &mut self.incoming).await?;
        self.is_busy = self.incoming.len() == self.incoming.capacity();
        Ok(())
    }

    /// Sends the alert about what was read, unless an answer is on its way. Nothing is sent after it.
    async fn tell(&mut self) {
        if !std::mem::replace(&mut self.is_writing, true) {
            // The session is over, whether the client hears why or not.
            let _ = self.flush_session().await;
        }
    }

    /// Sends everything that the session has to say.
    async fn flush_session(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            let mut out = self.core.buffers.take_write();
            self.session.write_tls(&mut out)?;
            let (sent, out) = self.socket.write_all(out).await;
            self.core.buffers.give_write(out);
            sent?;
        }
        Ok(())
    }

    /// Sends it as the one who writes.
    async fn flush_exclusively(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.is_writing, true) {
            return Err(ErrorKind::BrokenPipe.into());
        }
        self.flush_session().await?;
        self.is_writing = false;
        Ok(())
    }

    /// Moves what is decrypted into the buffer, as much as fits: 0 at the end.
    fn take_plaintext(&mut self, buffer: &mut impl IoBufMut) -> io::Result<usize> {
        let mut reader = self.session.reader();
        let (to, room) = (buffer.write_ptr(), buffer.bytes_total());
        let mut len = 0;
        while len < room {
            let piece = match reader.fill_buf() {
                Ok([]) => break,
                Ok(piece) => piece,
                // Said again by the next read, if there is nothing for this one.
                Err(_) if len > 0 => break,
                Err(error) => return Err(error),
            };
            let count = piece.len().min(room - len);
            // SAFETY: `to` has room for `room` bytes, of which `len` are written; the session's
            // plaintext is no part of the caller's buffer.
            unsafe { std::ptr::copy_nonoverlapping(piece.as_ptr(), to.add(len), count) };
            reader.consume(count);
            len += count;
        }
        // SAFETY: the first `len` bytes were just written.
        unsafe { buffer.set_init(len) };
        Ok(len)
    }
}

impl AsyncReadRent for TlsStream {
    async fn read<T: IoBufMut>(&mut self, mut buffer: T) -> BufResult<usize, T> {
        loop {
            match self.take_plaintext(&mut buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                taken => return (taken, buffer),
            }
            if let Err(failure) = self.advance().await {
                return (Err(failure.into()), buffer);
            }
        }
    }

    async fn readv<T: IoVecBufMut>(&mut self, mut buffer: T) -> BufResult<usize, T> {
        // SAFETY: `buffer` lives until the read is over.
        let Some(first) = (unsafe { RawBuf::new_from_iovec_mut(&mut buffer) }) else {
            return (Ok(0), buffer);
        };
        let (read, _) = self.read(first).await;
        if let Ok(len) = read {
            // SAFETY: the first part of the buffer has them.
            unsafe { buffer.set_init(len) };
        }
        (read, buffer)
    }
}

impl AsyncWriteRent for TlsStream {
    /// What fits the session's buffer is sent when this returns.
    async fn write<T: IoBuf>(&mut self, buffer: T) -> BufResult<usize, T> {
        // SAFETY: the buffer is initialized as far as it says.
        let bytes = unsafe { std::slice::from_raw_parts(buffer.read_ptr(), buffer.bytes_init()) };
        let accepted = self.session.writer().write(bytes);
        match self.flush_exclusively().await {
            Ok(()) => (accepted, buffer),
            Err(error) => (Err(error), buffer),
        }
    }

    async fn writev<T: IoVecBuf>(&mut self, buffer: T) -> BufResult<usize, T> {
        // SAFETY: `buffer` lives until the write is over.
        let Some(first) = (unsafe { RawBuf::new_from_iovec(&buffer) }) else {
            return (Ok(0), buffer);
        };
        let (written, _) = self.write(first).await;
        (written, buffer)
    }

    /// Nothing is held back.
    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Says that nothing more will come: in the session, then on the socket.
    async fn shutdown(&mut self) -> io::Result<()> {
        self.session.send_close_notify();
        self.flush_exclusively().await?;
        self.socket.shutdown().await
    }
}
