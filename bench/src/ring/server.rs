//! One thread and one ring: whatever a receive brings is a request, and is answered with a fixed reply.

#![allow(unsafe_code)]

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::AsRawFd;

use io_uring::squeue::Entry;
use io_uring::types::{DestinationSlot, Fd, Fixed};
use io_uring::{IoUring, cqueue, opcode};

use super::With;

/// As many as Limpet's.
const RING_ENTRIES: u32 = 1024;
/// More than the load has connections.
const CONNECTIONS_MAX: usize = 256;
const BUFFER_BYTES: usize = 4096;
/// Of the buffers that receives choose from.
const GROUP: u16 = 1;
/// `IORING_RECVSEND_POLL_FIRST`.
const POLL_FIRST: u16 = 1;
const REPLY: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n\
0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789";

/// What a completion is of; the number of its connection stands above.
const ACCEPT: u64 = 0;
const RECEIVE: u64 = 1;
const SEND: u64 = 2;
const PROVIDE: u64 = 3;
const CLOSE: u64 = 4;
const KINDS: u64 = 8;

struct Server {
    ring: IoUring,
    listener: TcpListener,
    with: With,
    /// One for each connection, or for a receive to choose from.
    buffers: Vec<[u8; BUFFER_BYTES]>,
}

/// Serves until it is killed.
pub fn serve(listen: SocketAddr, with: With) -> io::Result<()> {
    let mut builder = IoUring::builder();
    builder.setup_single_issuer().setup_defer_taskrun();
    let ring = builder.build(RING_ENTRIES)?;
    if with == With::DirectDescriptors {
        ring.submitter()
            .register_files_sparse(CONNECTIONS_MAX as u32)?;
    }
    let mut server = Server {
        ring,
        listener: TcpListener::bind(listen)?,
        with,
        buffers: vec![[0; BUFFER_BYTES]; CONNECTIONS_MAX],
    };
    if with == With::Multishot {
        server.provide(0, CONNECTIONS_MAX);
    }
    server.accept();
    loop {
        server.ring.submit_and_wait(1)?;
        let done: Vec<cqueue::Entry> = server.ring.completion().collect();
        for entry in done {
            server.completed(&entry)?;
        }
    }
}

impl Server {
    fn completed(&mut self, entry: &cqueue::Entry) -> io::Result<()> {
        let (kind, number) = (entry.user_data() % KINDS, entry.user_data() / KINDS);
        match (kind, entry.result()) {
            (ACCEPT, result) => {
                let number = u32::try_from(result).map_err(|_| failed(result))?;
                self.accept();
                self.receive(number);
            }
            (RECEIVE, len) if len > 0 => {
                if let Some(buffer) = cqueue::buffer_select(entry.flags()) {
                    self.provide(buffer.into(), 1);
                }
                if self.with == With::Multishot && !cqueue::more(entry.flags()) {
                    self.receive(number as u32);
                }
                self.send(number as u32);
            }
            (RECEIVE, _) => self.close(number as u32),
            (SEND, len) if len > 0 && self.with != With::Multishot => self.receive(number as u32),
            (SEND | CLOSE, _) => {}
            (_, result) if result < 0 => return Err(failed(result)),
            _ => {}
        }
        Ok(())
    }

    fn accept(&mut self) {
        let (address, len) = (std::ptr::null_mut(), std::ptr::null_mut());
        let accept = opcode::Accept::new(Fd(self.listener.as_raw_fd()), address, len);
        let accept = match self.with {
            With::DirectDescriptors => accept.file_index(Some(DestinationSlot::auto_target())),
            _ => accept,
        };
        self.push(accept.build(), ACCEPT, 0);
    }

    fn receive(&mut self, number: u32) {
        let buffer = &mut self.buffers[number as usize % CONNECTIONS_MAX];
        let (to, len) = (buffer.as_mut_ptr(), BUFFER_BYTES as u32);
        let mut entry = match self.with {
            With::DirectDescriptors => opcode::Recv::new(Fixed(number), to, len).build(),
            With::Multishot => opcode::RecvMulti::new(Fd(number as i32), GROUP).build(),
            With::Nothing | With::PollFirst => {
                opcode::Recv::new(Fd(number as i32), to, len).build()
            }
        };
        if self.with == With::PollFirst {
            // SAFETY: an entry is the kernel's 64 bytes, whose second pair is `ioprio`; the crate sets it for
            // other operations only.
            unsafe {
                std::ptr::from_mut(&mut entry)
                    .cast::<u16>()
                    .add(1)
                    .write(POLL_FIRST);
            };
        }
        self.push(entry, RECEIVE, number);
    }

    fn send(&mut self, number: u32) {
        let (from, len) = (REPLY.as_ptr(), REPLY.len() as u32);
        let entry = match self.with {
            With::DirectDescriptors => opcode::Send::new(Fixed(number), from, len).build(),
            _ => opcode::Send::new(Fd(number as i32), from, len).build(),
        };
        self.push(entry, SEND, number);
    }

    fn close(&mut self, number: u32) {
        let entry = match self.with {
            With::DirectDescriptors => opcode::Close::new(Fixed(number)).build(),
            _ => opcode::Close::new(Fd(number as i32)).build(),
        };
        self.push(entry, CLOSE, number);
    }

    /// Gives buffers to choose from.
    fn provide(&mut self, first: usize, count: usize) {
        let from = self.buffers[first].as_mut_ptr();
        let entry = opcode::ProvideBuffers::new(
            from,
            BUFFER_BYTES as i32,
            count as u16,
            GROUP,
            first as u16,
        );
        self.push(entry.build(), PROVIDE, 0);
    }

    fn push(&mut self, entry: Entry, kind: u64, number: u32) {
        let entry = entry.user_data(u64::from(number) * KINDS + kind);
        // SAFETY: buffers and reply live as long as the ring; a connection has one receive at a time, so that
        // nobody else has its buffer, whose bytes are looked at by nobody.
        while unsafe { self.ring.submission().push(&entry) }.is_err() {
            // What is queued makes room.
            let _ = self.ring.submit();
        }
    }
}

fn failed(result: i32) -> io::Error {
    io::Error::from_raw_os_error(-result)
}
