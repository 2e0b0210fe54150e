//! A connection whose bytes are encrypted.

#![allow(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::io::{self, BufRead, ErrorKind, Write};
use std::rc::Rc;

use bytes::{Buf, BytesMut};
use monoio::BufResult;
use monoio::buf::{IoBuf, IoBufMut, IoVecBuf, IoVecBufMut, RawBuf};
use monoio::io::{AsyncReadRent, AsyncWriteRent, AsyncWriteRentExt};
use rustls::{HandshakeKind, ServerConnection};

use super::Failure;
use crate::proto::h1::body::read_more;
use crate::runtime::buffers::WAITING_BYTES;
use crate::runtime::core::Core;
use crate::runtime::stream;
use crate::runtime::stream::Stream;

/// A record and its frame, rounded up (RFC 8446, 5.2).
pub const RECORD_BYTES_MAX: usize = 17 * 1024;

/// A TLS session over a socket.
pub struct TlsStream {
    reader: Reader,
    writer: Writer,
}

/// What the peer sends.
pub struct Reader {
    socket: stream::Reader,
    session: Rc<Session>,
    /// Encrypted, read and not yet understood.
    incoming: BytesMut,
    /// Whether the last read filled its buffer.
    is_busy: bool,
    /// Whether `incoming` may have room for a record.
    has_room: bool,
}

/// What it is sent.
pub struct Writer(Rc<Session>);

/// What both halves use. They may wait at once: nothing here is borrowed across a wait.
struct Session {
    core: Rc<Core>,
    state: RefCell<ServerConnection>,
    /// Who sends has it until all is sent: what is encrypted must go out in its order.
    socket: Cell<Option<stream::Writer>>,
    /// Whether nothing may be sent any more.
    is_over: Cell<bool>,
}

impl TlsStream {
    /// A session that has begun, with what was read beyond it.
    pub fn new(
        core: Rc<Core>,
        socket: Stream,
        session: ServerConnection,
        incoming: BytesMut,
    ) -> Self {
        let session = Rc::new(Session {
            core,
            state: RefCell::new(session),
            socket: Cell::new(Some(socket.writer)),
            is_over: Cell::new(false),
        });
        let reader = Reader {
            socket: socket.reader,
            session: Rc::clone(&session),
            incoming,
            is_busy: false,
            has_room: true,
        };
        let writer = Writer(session);
        Self { reader, writer }
    }

    /// Sends and receives until both sides have their keys.
    pub async fn complete_handshake(&mut self) -> Result<(), Failure> {
        let session = Rc::clone(&self.writer.0);
        loop {
            session.flush().await?;
            if !session.state.borrow().is_handshaking() {
                return Ok(());
            }
            if self.reader.advance().await? == 0 {
                return Err(Failure::Closed);
            }
        }
    }

    /// Whether the handshake resumed a session.
    pub fn is_resumed(&self) -> bool {
        self.writer.0.state.borrow().handshake_kind() == Some(HandshakeKind::Resumed)
    }

    /// Both halves: they may wait at once.
    pub fn into_halves(self) -> (Reader, Writer) {
        (self.reader, self.writer)
    }

    /// The socket, for who ends it without the session; `None` while something is being sent.
    pub fn into_socket(self) -> Option<Stream> {
        let writer = self.writer.0.socket.take()?;
        let reader = self.reader.socket;
        Some(Stream { reader, writer })
    }
}

impl Session {
    /// Sends everything that it has to say. One at a time, and none after an error.
    async fn flush(&self) -> io::Result<()> {
        if self.is_over.get() {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let mut socket = self.socket.take().ok_or(ErrorKind::BrokenPipe)?;
        let sent = self.send(&mut socket).await;
        self.socket.set(Some(socket));
        sent.inspect_err(|_| self.is_over.set(true))
    }

    async fn send(&self, socket: &mut stream::Writer) -> io::Result<()> {
        while self.state.borrow().wants_write() {
            let mut out = self.core.buffers.take_write();
            self.state.borrow_mut().write_tls(&mut out)?;
            let (sent, out) = socket.write_all(out).await;
            self.core.buffers.give_write(out);
            sent?;
        }
        Ok(())
    }

    /// Sends the alert about what was read, unless an answer is on its way. Nothing is sent after it.
    async fn tell(&self) {
        // The session is over, whether the client hears why or not.
        let _ = self.flush().await;
        self.is_over.set(true);
    }

    /// Moves what is decrypted into the buffer, as much as fits: 0 at the end.
    fn take_plaintext(&self, buffer: &mut impl IoBufMut) -> io::Result<usize> {
        let mut state = self.state.borrow_mut();
        let mut reader = state.reader();
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

impl Reader {
    /// Takes in more of what the client sent: encrypted bytes, 0 at the end.
    async fn advance(&mut self) -> Result<usize, Failure> {
        if self.incoming.is_empty() {
            self.receive().await?;
        }
        let understood = {
            let mut state = self.session.state.borrow_mut();
            let len = state.read_tls(&mut (&mut self.incoming).reader())?;
            state.process_new_packets().map(|_| len)
        };
        match understood {
            Ok(len) => Ok(len),
            Err(error) => {
                self.session.tell().await;
                Err(error.into())
            }
        }
    }

    async fn receive(&mut self) -> io::Result<()> {
        let wanted = match self.is_busy {
            true => RECORD_BYTES_MAX,
            false => WAITING_BYTES,
        };
        if !self.is_busy {
            self.give_room_back();
        }
        self.has_room = self.is_busy;
        self.incoming.reserve(wanted);
        read_more(&mut self.socket, &mut self.incoming).await?;
        self.is_busy = self.incoming.len() == self.incoming.capacity();
        Ok(())
    }

    /// A client that waits costs little.
    fn give_room_back(&mut self) {
        // Not by its capacity, which is what is left of it.
        if self.has_room {
            self.incoming = BytesMut::new();
        }
        // The error is ours.
        let _ = self.session.state.borrow_mut().read_tls(&mut Nothing);
    }
}

/// Brings nothing, and is no end: a session that reads from it gives the last record's room back, which it
/// would keep until it reads again.
struct Nothing;

impl io::Read for Nothing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::WouldBlock.into())
    }
}

impl AsyncReadRent for Reader {
    async fn read<T: IoBufMut>(&mut self, mut buffer: T) -> BufResult<usize, T> {
        loop {
            match self.session.take_plaintext(&mut buffer) {
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

impl AsyncWriteRent for Writer {
    /// What fits the session's buffer is sent when this returns.
    async fn write<T: IoBuf>(&mut self, buffer: T) -> BufResult<usize, T> {
        // SAFETY: the buffer is initialized as far as it says.
        let bytes = unsafe { std::slice::from_raw_parts(buffer.read_ptr(), buffer.bytes_init()) };
        let accepted = self.0.state.borrow_mut().writer().write(bytes);
        match self.0.flush().await {
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
        self.0.state.borrow_mut().send_close_notify();
        self.0.flush().await?;
        let mut socket = self.0.socket.take().ok_or(ErrorKind::BrokenPipe)?;
        let over = socket.shutdown().await;
        self.0.socket.set(Some(socket));
        over
    }
}
