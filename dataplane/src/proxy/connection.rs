//! A client's connection: one request after the other until either side has enough.

use std::io;
use std::net::Shutdown;
use std::rc::Rc;
use std::time::Duration;

use bytes::BytesMut;
use monoio::io::AsyncWriteRent;

use super::client_stream::{After, ClientStream};
use super::core::ProxyCore;
use super::dispatch::dispatch;
use super::fault::Fault;
use super::outcome::{Outcome, Parties};
use super::request::Request;
use crate::proto::h1::body::read_more;
use crate::proto::h1::protocol_error::ProtocolError;
use crate::proto::h1::{guard, head};
use crate::proto::head::RequestHead;
use crate::runtime::buffers::{BUFFER_BYTES, WAITING_BYTES};
use crate::runtime::deadlines::{Deadline, TICK};
use crate::transport::client::{Client, LINGER};
use crate::transport::wire::{Reader, Wire, Writer};

/// A client's connection.
struct Connection {
    // Declared first: dropped before the socket that it borrows.
    deadline: Deadline,
    core: Rc<ProxyCore>,
    client: Client,
    read: Reader,
    write: Writer,
    /// Read and not yet understood.
    buffer: BytesMut,
    /// Whether it has more room than a connection that waits may keep.
    has_grown: bool,
}

/// Serves a connection until it ends, beginning with what was read of it. `deadline` watches its
/// socket.
pub fn serve(
    core: Rc<ProxyCore>,
    wire: Wire,
    buffer: BytesMut,
    deadline: Deadline,
    client: Client,
) -> impl Future<Output = ()> {
    let mut connection = Connection {
        deadline,
        core,
        client,
        read: wire.reader,
        write: wire.writer,
        has_grown: !buffer.is_empty(),
        buffer,
    };
    // Not an `async fn`, whose future would hold what it was given beside what it made of it.
    async move {
        let mut after = connection.serve_one(true).await;
        while after == After::KeepOpen {
            after = connection.serve_one(false).await;
        }
        connection.close(after).await;
    }
}

impl Connection {
    async fn serve_one(&mut self, is_first: bool) -> After {
        let head = self.read_head(is_first).await;
        if !matches!(head, Ok(Some(_))) {
            self.deadline.set_busy();
        }
        let head = match head {
            Ok(Some(head)) => head,
            Ok(None) => return After::Close,
            Err(error) => return Box::pin(self.refuse(error)).await,
        };
        let mut request = match Request::accept(head, self.client.is_tls()) {
            Ok(request) => request,
            Err(error) => return Box::pin(self.refuse(error)).await,
        };
        // The buffer may grow to a window.
        self.has_grown |= !request.framing.is_empty();
        dispatch(&mut self.stream(), &mut request).await
    }

    /// Of a request whose head is complete now.
    fn stream(&mut self) -> ClientStream<'_> {
        ClientStream {
            outcome: Outcome::start(self.core.clock.read()),
            core: &self.core,
            client: &self.client,
            deadline: &self.deadline,
            read: &mut self.read,
            write: &mut self.write,
            buffer: &mut self.buffer,
        }
    }

    /// The next head; `None` when the client has no more requests, or takes too long for one.
    async fn read_head(&mut self, is_first: bool) -> Result<Option<RequestHead>, ProtocolError> {
        let idle_timeout = self.core.settings.idle_timeout;
        let header_timeout = self.core.settings.header_timeout;
        let mut search = guard::Search::default();
        let mut is_limited = false;
        loop {
            let spares = &self.core.spare_fields;
            if let Some(head) = head::next_request(&mut self.buffer, &mut search, spares)? {
                self.deadline.end_wait();
                return Ok(Some(head));
            }
            if self.buffer.is_empty() && !is_first {
                self.shrink();
                self.wait_for_request(idle_timeout);
            } else if !is_limited {
                is_limited = true;
                let now = self.core.clock.read();
                match self.buffer.is_empty() {
                    true => self.deadline.set_new(self.client.socket),
                    false => self.deadline.set_busy(),
                }
                self.deadline.set(now, header_timeout, Shutdown::Read);
            }
            match self.fill().await {
                Ok(len) if len > 0 => {}
                _ if !self.deadline.has_fired() => return Ok(None),
                _ if self.buffer.is_empty() => {
                    self.core.stats.timeouts.count("idle");
                    return Ok(None);
                }
                _ => return Err(ProtocolError::HeadTimeout),
            }
        }
    }

    fn wait_for_request(&self, limit: Duration) {
        let now = self.core.clock.last();
        self.deadline.set_idle(self.client.socket, now);
        // The time is up to a tick old, and a limit is never early.
        let limit = if limit.is_zero() { limit } else { limit + TICK };
        self.deadline.set(now, limit, Shutdown::Read);
    }

    async fn fill(&mut self) -> io::Result<usize> {
        if self.buffer.is_empty() {
            self.buffer.reserve(WAITING_BYTES);
        } else if self.buffer.capacity() - self.buffer.len() < BUFFER_BYTES / 8 {
            self.buffer.reserve(BUFFER_BYTES);
            self.has_grown = true;
        }
        read_more(&mut self.read, &mut self.buffer).await
    }

    /// Gives the room back that a long head or a body took: what is left of it says nothing of how
    /// much memory it stands in.
    fn shrink(&mut self) {
        if std::mem::take(&mut self.has_grown) {
            self.buffer = BytesMut::new();
        }
    }

    async fn refuse(&mut self, error: ProtocolError) -> After {
        let fault = Fault::Refused(error);
        self.stream().answer_fault(fault, Parties::default()).await
    }

    async fn close(mut self, after: After) {
        match after {
            After::Linger => self.linger().await,
            After::Close if self.client.is_tls() => drop(self.say_end().await),
            _ => {}
        }
        if after == After::Reset {
            self.deadline.socket().reset_on_close();
        }
    }

    /// Says that nothing more will come. An encrypted answer without this could be taken for one
    /// that was cut off.
    async fn say_end(&mut self) -> io::Result<()> {
        self.deadline
            .set(self.core.clock.read(), LINGER, Shutdown::Both);
        self.write.shutdown().await
    }

    /// Says that nothing more will come and reads what the client still sends, for a short while.
    async fn linger(&mut self) {
        if self.say_end().await.is_err() {
            return;
        }
        loop {
            self.buffer.clear();
            self.buffer.reserve(BUFFER_BYTES);
            match read_more(&mut self.read, &mut self.buffer).await {
                Ok(len) if len > 0 => {}
                _ => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    fn size<A, B, C, D, E, F: Future>(_: impl Fn(A, B, C, D, E) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn a_connection_costs_little_memory() {
        let size = size(serve);
        assert!(
            size <= 3200,
            "the connection future has grown to {size} bytes"
        );
    }
}
