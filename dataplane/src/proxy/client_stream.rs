//! One request of a client's connection: what the client still sends of it, where its answer goes, and what
//! it came to.
//!
//! It decides nothing: who answers, and what, is [`super::dispatch`]'s. Tested over real sockets in `tests/http/`.

use std::io;
use std::rc::Rc;

use bytes::BytesMut;
use monoio::io::AsyncWriteRentExt;

use super::account::account;
use super::core::ProxyCore;
use super::fault::Fault;
use super::local_reply::LocalReply;
use super::outcome::{Outcome, Parties, Summary};
use super::request::Request;
use crate::proto::h1::encode::Hop;
use crate::runtime::deadlines::Deadline;
use crate::transport::client::Client;
use crate::transport::wire::{Reader, Writer};

/// What becomes of the connection after a request.
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

/// One request of a connection.
pub struct ClientStream<'c> {
    pub core: &'c Rc<ProxyCore>,
    pub client: &'c Client,
    /// The limit in time of the connection's socket.
    pub deadline: &'c Deadline,
    pub read: &'c mut Reader,
    pub write: &'c mut Writer,
    /// Read and not yet understood.
    pub buffer: &'c mut BytesMut,
    /// What the request came to, so far.
    pub outcome: Outcome,
}

impl ClientStream<'_> {
    /// Sends an answer of ours, keeping the connection when there is no body to skip.
    pub async fn answer(&mut self, reply: &LocalReply, parties: Parties<'_>) -> After {
        let request = parties.request;
        let keeps_open = request.is_some_and(|request| {
            request.is_persistent() && request.framing.is_empty() && self.core.serves(self.client)
        });
        let hop = Hop::to_client(keeps_open, request.is_some_and(Request::is_1_1));
        let after = self.send_reply(reply, hop, request).await;
        self.account(parties);
        after
    }

    /// Says that the request failed.
    pub async fn answer_fault(&mut self, fault: Fault, parties: Parties<'_>) -> After {
        match LocalReply::of(fault) {
            Some(reply) => self.answer(&reply, parties).await,
            None => {
                self.account(parties);
                After::Close
            }
        }
    }

    async fn send_reply(
        &mut self,
        reply: &LocalReply,
        hop: Hop,
        request: Option<&Request>,
    ) -> After {
        let mut out = self.core.buffers.take_write();
        let method = request.map(|request| &request.head.method);
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
    async fn send(&mut self, bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        let limit = self.core.settings.idle_timeout;
        self.deadline
            .limit_sending(self.core.clock.read(), limit, None);
        let (sent, bytes) = self.write.write_all(bytes).await;
        sent.map(|_| bytes)
    }

    /// After the connection's last answer. Everything the client sent so far was read; closing on bytes it
    /// sent since would reset it.
    pub fn after_last(&self) -> After {
        let is_read = self.buffer.is_empty() && self.deadline.socket().is_silent();
        if is_read { After::Close } else { After::Linger }
    }

    /// The request is over: counts and logs what it came to.
    pub fn account(&self, parties: Parties<'_>) {
        let view = parties.view();
        account(
            self.core,
            self.client,
            &self.outcome,
            parties.request,
            &view,
        );
    }

    /// The same where the configuration that it was served by may be gone.
    pub fn account_summary(&self, request: &Request, summary: &Summary) {
        let (request, view) = (Some(request), summary.view());
        account(self.core, self.client, &self.outcome, request, &view);
    }
}
