//! A client's connection: one request after the other until either side has enough.

use std::io;
use std::net::Shutdown;
use std::rc::Rc;
use std::time::Duration;

use bytes::BytesMut;
use http::Method;
use monoio::buf::IoBuf;
use monoio::io::{AsyncWriteRent, AsyncWriteRentExt};

use super::core::ProxyCore;
use super::fault::Fault;
use super::local_reply::LocalReply;
use super::outcome::{Outcome, Parties};
use super::request::Request;
use crate::proto::h1::body::read_more;
use crate::proto::h1::encode::Hop;
use crate::proto::h1::refusal::Refusal;
use crate::proto::h1::{guard, head};
use crate::proto::head::RequestHead;
use crate::runtime::buffers::{BUFFER_BYTES, WAITING_BYTES};
use crate::runtime::deadlines::{Deadline, TICK};
use crate::transport::client::{Client, LINGER};
use crate::transport::halves::Transport;

/// What becomes of a connection after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// The next request may come.
    KeepOpen,
    /// Everything was read: it can be closed.
    Close,
    /// The client may still be sending.
    Linger,
    /// The client must see that its answer is not whole.
    Reset,
}

/// A client's connection.
pub struct Connection<S: Transport> {
    // Declared first: dropped before the socket that it borrows.
    pub(super) deadline: Deadline,
    pub(super) core: Rc<ProxyCore>,
    pub(super) client: Client,
    /// The client's address as X-Forwarded-For says it.
    pub(super) peer_ip: Box<str>,
    pub(super) read: S::Reader,
    pub(super) write: S::Writer,
    /// Read and not yet understood.
    pub(super) buffer: BytesMut,
    /// Whether it has more room than a connection that waits may keep.
    has_grown: bool,
    /// Of the request that is served.
    pub(super) outcome: Outcome,
}

/// Serves a connection until it ends, beginning with what was read of it. `deadline` watches its
/// socket.
pub fn serve<S: Transport>(
    core: Rc<ProxyCore>,
    stream: S,
    buffer: BytesMut,
    deadline: Deadline,
    client: Client,
) -> impl Future<Output = ()> {
    let (read, write) = stream.into_halves();
    let now = core.clock.read();
    let mut connection: Connection<S> = Connection {
        deadline,
        core,
        peer_ip: client.peer.ip().to_string().into(),
        client,
        read,
        write,
        has_grown: !buffer.is_empty(),
        buffer,
        outcome: Outcome::start(now),
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

impl<S: Transport> Connection<S> {
    async fn serve_one(&mut self, is_first: bool) -> After {
        let head = self.read_head(is_first).await;
        if !matches!(head, Ok(Some(_))) {
            self.deadline.set_busy();
        }
        let head = match head {
            Ok(Some(head)) => head,
            Ok(None) => return After::Close,
            Err(refusal) => return self.refuse(refusal).await,
        };
        self.outcome = Outcome::start(self.core.clock.read());
        let mut request = match Request::accept(head, self.client.is_tls()) {
            Ok(request) => request,
            Err(refusal) => return self.refuse(refusal).await,
        };
        // The buffer may grow to a window.
        self.has_grown |= !request.framing.is_empty();
        self.handle(&mut request).await
    }

    /// The next head; `None` when the client has no more requests, or takes too long for one.
    async fn read_head(&mut self, is_first: bool) -> Result<Option<RequestHead>, Refusal> {
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
                _ => return Err(Refusal::HeadTimeout),
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

    async fn refuse(&mut self, refusal: Refusal) -> After {
        self.outcome = Outcome::start(self.core.clock.read());
        self.answer_fault(Fault::Refused(refusal), Parties::default())
            .await
    }

    /// Sends an answer of ours.
    pub(super) async fn answer(
        &mut self,
        reply: &LocalReply,
        hop: Hop,
        method: Option<&Method>,
    ) -> After {
        let mut out = self.core.buffers.take_write();
        self.outcome.body_bytes += reply.encode(&mut out, hop, method, &self.core.clock) as u64;
        self.outcome.status = Some(reply.status);
        self.outcome.refusal = reply.refusal;
        self.outcome.sent_bytes += out.len() as u64;
        let sent = self
            .send(out)
            .await
            .map(|out| self.core.buffers.give_write(out));
        match (sent, hop) {
            (Err(_), _) => After::Close,
            (Ok(()), Hop::Close) => After::Linger,
            (Ok(()), _) => After::KeepOpen,
        }
    }

    /// Writes all of it; a client that takes nothing for too long is cut off.
    pub(super) async fn send<B: IoBuf>(&mut self, bytes: B) -> io::Result<B> {
        let limit = self.core.settings.idle_timeout;
        self.deadline
            .limit_sending(self.core.clock.read(), limit, None);
        let (sent, bytes) = self.write.write_all(bytes).await;
        sent.map(|_| bytes)
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
    use crate::runtime::stream::Stream;

    fn size<A, B, C, D, E, F: Future>(_: impl Fn(A, B, C, D, E) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn a_connection_costs_little_memory() {
        let size = size(serve::<Stream>);
        assert!(
            size <= 4096,
            "the connection future has grown to {size} bytes"
        );
    }
}
