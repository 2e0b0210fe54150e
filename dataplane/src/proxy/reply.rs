//! An endpoint's response on its way to the client: 1xx, head, and the body as far as it came with the
//! head. What comes later is [`super::flow`]'s, unless the request's body is still on its way.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::task::Poll;

use http::StatusCode;

use super::chosen::Chosen;
use super::context::RequestContext;
use super::core::ProxyCore;
use super::fault::Fault;
use super::flow::{Begun, BodyRest, Exchanged, Rest, carry};
use super::local_reply::LocalReply;
use super::transfer::{Shared, Upload};
use crate::proto::field_name::Known;
use crate::proto::fields::Fields;
use crate::proto::h1::body::Remaining;
use crate::proto::h1::client::{Following, ResponseReader};
use crate::proto::h1::connection::ConnectionOptions;
use crate::proto::h1::encode::{Hop, Returning};
use crate::proto::h1::framing::Framing;
use crate::proto::h1::protocol_error::ProtocolError;
use crate::proto::h1::server::Responder;
use crate::proto::head::ResponseHead;
use crate::transport::wire::{Reader, Writer};

/// Bound of 1xx responses before the final one.
pub const INTERIM_MAX: usize = 16;

/// A response on its way.
pub struct Reply<'a> {
    pub context: &'a RequestContext<'a>,
    pub chosen: &'a Chosen<'a>,
    pub core: &'a ProxyCore,
    pub shared: &'a Shared<'a>,
    pub from: ResponseReader<'a, Reader>,
    pub to: Responder<'a, Writer>,
    /// Of the final response, once there is one.
    pub status: Option<StatusCode>,
    /// When the gateway had to answer.
    pub refusal: Option<&'static str>,
}

impl<'a> Reply<'a> {
    /// Forwards the response.
    pub async fn run(&mut self) -> Result<Exchanged, Fault> {
        for interim_count in 0..=INTERIM_MAX {
            let mut head = match self.read_head().await {
                // It has begun to answer: the request is not sent again.
                Err(Fault::Closed) if interim_count > 0 => return Err(Fault::Truncated),
                read => read?,
            };
            if head.status == StatusCode::SWITCHING_PROTOCOLS {
                return self.switch(head).await;
            }
            if !head.status.is_informational() {
                return self.final_response(&mut head).await;
            }
            ConnectionOptions::of(&head.fields).strip(&mut head.fields);
            self.interim(&head).await?;
        }
        Err(Fault::Malformed(ProtocolError::TooManyInterim))
    }

    /// Forwards the response while the client still sends its body, and lets [`super::upload`] end
    /// when the response does.
    pub async fn run_and_end_upload(&mut self) -> Result<Exchanged, Fault> {
        let mut ended = self.run().await;
        if self.shared.upload.get() != Upload::Going {
            return ended;
        }
        if let Err(fault) = ended
            && !self.shared.has_begun.get()
            && let Some(reply) = LocalReply::of(fault)
        {
            self.to.forget();
            let method = Some(&self.context.request.head.method);
            let clock = self.shared.clock;
            self.to
                .whole(|out| reply.encode(out, Hop::Close, method, clock));
            (self.status, self.refusal) = (Some(reply.status), reply.refusal);
            self.shared.has_begun.set(true);
            self.shared.client_takes();
            let sent = self.to.flush().await;
            ended = sent.map(|()| Exchanged::Answered).map_err(Fault::from);
        }
        self.to.shutdown().await;
        self.shared.end();
        ended
    }

    async fn read_head(&mut self) -> Result<ResponseHead, Fault> {
        loop {
            let head = self.from.head(self.shared.spare_fields);
            if let Some(head) = head.map_err(Fault::Malformed)? {
                return Ok(head);
            }
            match self.read_watching().await {
                Ok(len) if len > 0 => {}
                _ if self.shared.client.is_gone() => return Err(Fault::ClientGone),
                _ if self.shared.upstream.has_fired() => return Err(Fault::Timeout),
                _ if self.from.buffer.is_empty() => return Err(Fault::Closed),
                _ => return Err(Fault::Truncated),
            }
        }
    }

    /// Reads from the endpoint, and asks a client that ended its half meanwhile whether it is there.
    async fn read_watching(&mut self) -> io::Result<usize> {
        let mut reading = pin!(self.from.read());
        loop {
            let client = self.shared.client;
            let read = poll_fn(|context| {
                if let Poll::Ready(read) = reading.as_mut().poll(context) {
                    return Poll::Ready(Some(read));
                }
                client.poll_half_ended(context).map(|()| None)
            });
            match read.await {
                Some(read) => return read,
                // HTTP/1.0 knows no answer before the answer.
                None if !self.context.request.is_1_1() => {}
                None => {
                    let (now, limit) = (self.shared.clock.read(), self.shared.idle_timeout);
                    client.limit_while_waiting(now, limit);
                    let asked = self.to.probe().await;
                    client.clear();
                    if asked.is_err() {
                        client.set_gone();
                    }
                }
            }
        }
    }

    async fn interim(&mut self, head: &ResponseHead) -> Result<(), Fault> {
        let is_wanted = match head.status {
            StatusCode::CONTINUE => self.context.request.expects_continue(),
            _ => self.context.request.is_1_1(),
        };
        if is_wanted {
            self.shared.client_takes();
            self.to.interim(head).await?;
            self.shared.client_took();
        }
        Ok(())
    }

    async fn switch(&mut self, mut head: ResponseHead) -> Result<Exchanged, Fault> {
        let options = ConnectionOptions::of(&head.fields);
        let is_wanted = self.context.request.is_upgrade
            && options.has_upgrade
            && head
                .fields
                .get(Known::Upgrade)
                .is_some_and(|protocol| self.context.request.asked_for(protocol));
        if !is_wanted {
            return Err(Fault::Malformed(ProtocolError::UpgradeUnexpected));
        }
        options.strip(&mut head.fields);
        self.begin(&mut head);
        let returning = self.returning(Framing::None, Hop::Upgrade);
        self.to.head(&head, &returning);
        self.to.flush().await?;
        Ok(self.begun(Rest::Tunnel))
    }

    async fn final_response(&mut self, head: &mut ResponseHead) -> Result<Exchanged, Fault> {
        if self.shared.upload.get() == Upload::Done && self.context.is_unwanted(head.status) {
            return Ok(Exchanged::Unwanted);
        }
        let method = &self.context.request.head.method;
        let following = Following::of(head, method).map_err(Fault::Malformed)?;
        let to_client = self.framing_to_client(following.framing);
        let keeps_client = self.keeps_client(to_client);
        let hop = Hop::to_client(keeps_client, self.context.request.is_1_1());
        following.options.strip(&mut head.fields);
        self.begin(head);
        self.to.head(head, &self.returning(to_client, hop));
        // The body may last for days.
        head.fields = Fields::default();
        let mut rest = BodyRest {
            left: Remaining::of(following.framing),
            framing: to_client,
            options: following.options,
            is_persistent: following.is_persistent,
            keeps_client,
        };
        let is_whole = self.send_first(&mut rest).await?;
        if !is_whole && self.shared.upload.get() == Upload::Done {
            return Ok(self.begun(Rest::Body(rest)));
        }
        if !is_whole {
            // Boxed, as few bodies wait for their request.
            Box::pin(carry(&mut rest, &mut self.from, &mut self.to, self.shared)).await?;
        }
        Ok(Exchanged::Whole(rest.reuse(&self.from.buffer, self.shared)))
    }

    fn returning(&self, framing: Framing, hop: Hop) -> Returning<'a> {
        Returning {
            framing,
            hop,
            to: &self.context.request.head.method,
            clock: self.shared.clock,
            says_via: self.core.settings.via,
        }
    }

    /// What the rule, the backend and the session want of the fields.
    fn finish(&self, fields: &mut Fields) {
        let RequestContext {
            found,
            request,
            client,
            ..
        } = self.context;
        if let Some(cors) = &found.rule.cors {
            cors.respond(&request.head, fields);
        }
        found.rule.edits.response(fields);
        self.chosen.backend().edits.response(fields);
        self.chosen
            .finish_response(&request.head, fields, request.is_https(client));
    }

    /// Its head was sent: what was read beyond it goes with the rest.
    fn begun(&mut self, rest: Rest) -> Exchanged {
        Exchanged::Begun(Begun {
            rest: Box::new(rest),
            buffer: std::mem::take(&mut self.from.buffer),
            until: self.shared.until,
        })
    }

    fn begin(&mut self, head: &mut ResponseHead) {
        self.finish(&mut head.fields);
        self.status = Some(head.status);
        self.shared.has_begun.set(true);
        self.shared.touch();
    }

    /// HTTP/1.0 clients know no chunks: for them the connection's end is the body's.
    fn framing_to_client(&self, framing: Framing) -> Framing {
        match framing {
            Framing::Chunked | Framing::UntilEnd if self.context.request.is_1_1() => {
                Framing::Chunked
            }
            Framing::Chunked => Framing::UntilEnd,
            other => other,
        }
    }

    fn keeps_client(&self, framing: Framing) -> bool {
        self.context.request.is_persistent()
            && framing != Framing::UntilEnd
            && self.shared.upload.get() == Upload::Done
            && self.core.serves(self.context.client)
    }

    /// Sends the head and what came with it of the body in one write: whether that is all.
    async fn send_first(&mut self, rest: &mut BodyRest) -> Result<bool, Fault> {
        let broken = rest.broken();
        let mut body = self
            .from
            .body(&mut rest.left, &rest.options, self.shared.windows);
        if let Err(error) = body.give_buffered(|first| self.to.piece(first)) {
            // The head was not sent yet: better none than one without its body.
            self.to.forget();
            self.status = None;
            self.shared.has_begun.set(false);
            return Err(Fault::Malformed(error));
        }
        let is_whole = body.is_done();
        if is_whole {
            self.to.end(&body.take_trailers().map_err(|_| broken)?);
        }
        drop(body);
        self.to.flush().await?;
        Ok(is_whole)
    }
}
