//! One request: from its head to the last byte of its answer.

use std::cell::Cell;
use std::net::Shutdown;

use http::{HeaderValue, Method, StatusCode};
use limpet_schema::snapshot::Redirect;
use monoio::io::AsyncWriteRentExt;

use super::chosen::Chosen;
use super::connection::{After, Connection};
use super::context::RequestContext;
use super::core::ProxyCore;
use super::fault::Fault;
use super::flow::{Begun, Exchanged};
use super::local_reply::LocalReply;
use super::mirror::Copies;
use super::outcome::Parties;
use super::outgoing::encode_buffered;
use super::reply::{Ended, Finish, Reply};
use super::request::Request;
use super::retry::Next;
use super::rewrite::{Origin, location};
use super::sender::Sender;
use super::timeouts::Limits;
use super::transfer::{Shared, Upload};
use super::upload;
use crate::cluster::Upstream;
use crate::config::Action;
use crate::config::RouteMatch;
use crate::config::cors;
use crate::proto::field_name::Known;
use crate::proto::fields::Fields;
use crate::proto::h1::body::{BodyReader, Left};
use crate::proto::h1::claims::CLAIMS;
use crate::proto::h1::encode::Hop;
use crate::proto::h1::refusal::Refusal;
use crate::transport::client::Client;
use crate::transport::halves::Transport;

/// How often one request begins anew, each time by another configuration: its own limit ends it too.
const ROUNDS_MAX: u32 = 8;

impl<S: Transport> Connection<S> {
    /// Answers a request.
    pub(super) async fn handle(&mut self, request: &mut Request) -> After {
        if let Some(after) = self.before_routing(request).await {
            return after;
        }
        let mut rounds = 0;
        loop {
            match self.begin(request, rounds).await {
                Next::After(after) => return after,
                Next::Flow(flow) => return Box::pin(self.flow(flow, request)).await,
                Next::Again => rounds += 1,
            }
        }
    }

    /// What needs no route: what the request says of its sender, and how far it may go. `Some`: it is
    /// answered.
    async fn before_routing(&mut self, request: &mut Request) -> Option<After> {
        #[cfg(feature = "fault-injection")]
        assert!(!asks_for_a_panic(request), "a test asked for this");
        self.core.stats.requests.add(1);
        match request.has_claims {
            true if self.client.is_trusted => {
                let trusted = &self.core.settings.trusted_proxies;
                request.sender = Sender::of(&request.head.fields, trusted);
            }
            true => request.head.fields.remove_any(CLAIMS),
            false => {}
        }
        if request.may_be_forwarded() {
            return None;
        }
        let parties = Parties {
            request: Some(request),
            ..Parties::default()
        };
        let status = match request.head.method {
            Method::OPTIONS => StatusCode::OK,
            // What it would repeat may hold secrets.
            _ => StatusCode::NOT_IMPLEMENTED,
        };
        let reply = LocalReply::of_rule(status, Fields::default());
        Some(self.answer_request(&reply, parties).await)
    }

    /// Answers a request, or has its answer begin. `rounds`: how often it has begun before.
    async fn begin(&mut self, request: &Request, rounds: u32) -> Next {
        let config = self.core.config();
        let socket = config
            .as_ref()
            .and_then(|config| config.socket(self.client.socket));
        let socket = socket.filter(|socket| socket.is_tls() == self.client.is_tls());
        let (Some(config), Some(socket)) = (&config, socket) else {
            return Next::After(self.leave_unserved(request, rounds).await);
        };
        let core = self.core.index;
        let found = config.find(socket, core, &request.host, &request.head);
        if let Some(session) = &self.client.tls
            && socket.is_misdirected(session.server_name.as_deref(), &request.host)
        {
            let parties = Parties {
                request: Some(request),
                ..Parties::default()
            };
            let fault = Fault::Refused(Refusal::HostMisdirected);
            return Next::After(self.answer_fault(fault, parties).await);
        }
        let parties = Parties {
            request: Some(request),
            found: found.as_ref(),
            chosen: None,
        };
        let Some(found) = &found else {
            return Next::After(self.answer_fault(Fault::NoRoute, parties).await);
        };
        if let Some(cors) = &found.rule.cors
            && cors::is_preflight(&request.head)
        {
            let mut fields = cors.answer(&request.head);
            found.rule.edits.response(&mut fields);
            let reply = LocalReply::of_rule(StatusCode::NO_CONTENT, fields);
            return Next::After(self.answer_request(&reply, parties).await);
        }
        match &found.rule.action {
            Action::Redirect(redirect) => {
                Next::After(self.redirect(redirect, found, parties).await)
            }
            Action::Forward(forward) => {
                let limits = Limits::of(forward, &self.core.settings, self.outcome.since);
                let may_repeat = rounds < ROUNDS_MAX;
                let budget = &self.core.replay_budget;
                let context = RequestContext::new(
                    config, forward, found, request, limits, may_repeat, budget,
                );
                self.forward(&context, parties).await
            }
        }
    }

    /// Nothing is served there any more. A request that was routed before is answered all the same.
    async fn leave_unserved(&mut self, request: &Request, rounds: u32) -> After {
        if rounds == 0 {
            return After::Close;
        }
        let parties = Parties {
            request: Some(request),
            ..Parties::default()
        };
        self.answer_fault(Fault::Unreachable, parties).await
    }

    async fn redirect(
        &mut self,
        to: &Redirect,
        found: &RouteMatch<'_>,
        parties: Parties<'_>,
    ) -> After {
        let reply = parties.request.and_then(|request| {
            let origin = Origin {
                head: &request.head,
                host: &request.host,
                scheme: request.scheme(&self.client),
                listener_port: request.port(found.listener.port),
                prefix_len: found.prefix_len,
            };
            let location = HeaderValue::try_from(location(to, origin)).ok()?;
            let status = StatusCode::from_u16(to.status).ok()?;
            let mut fields = Fields::default();
            fields.add(Known::Location, location.as_bytes());
            if let Some(cors) = &found.rule.cors {
                cors.respond(&request.head, &mut fields);
            }
            found.rule.edits.response(&mut fields);
            Some(LocalReply::of_rule(status, fields))
        });
        match reply {
            Some(reply) => self.answer_request(&reply, parties).await,
            None => self.answer_fault(Fault::NoBackend, parties).await,
        }
    }

    /// Sends the request and forwards the response.
    pub(super) async fn exchange(
        &mut self,
        upstream: &mut Upstream,
        chosen: &Chosen<'_>,
        context: &RequestContext<'_>,
    ) -> Result<Exchanged, Fault> {
        // A request on a connection that is open goes out when its head is read.
        let now = if upstream.is_reused {
            self.core.clock.last()
        } else {
            self.core.clock.read()
        };
        let due = context.limits.of_try(now)?;
        upstream.deadline.set_at(due.head(now), Shutdown::Both);
        let request = context.request;
        let mut out = self.core.buffers.take_write();
        self.encode_request(&mut out, context, &chosen.destination());
        let replay = context.replay.as_deref();
        let is_first = context.is_first_send();
        let mut copies = Copies::default();
        if is_first && !context.forward.mirrors.is_empty() {
            copies = self.copies(context);
        }
        let mut left = Left::of(request.framing);
        let mut body = BodyReader::new(
            &mut left,
            &request.options,
            &mut self.read,
            &mut self.buffer,
            &self.core.window_budget,
        );
        let (is_whole, buffered_bytes) = match replay.filter(|_| !is_first) {
            Some(replay) => (true, replay.borrow().encode(&mut out, request.framing)),
            None => match encode_buffered(&mut out, request.framing, &mut body, replay) {
                Ok(buffered) => buffered,
                Err(fault) => {
                    self.core.buffers.give_write(out);
                    return Err(fault);
                }
            },
        };
        let (sent, mut out) = upstream.write.write_all(out).await;
        out.clear();
        let shared = Shared {
            clock: &self.core.clock,
            client: &self.deadline,
            upstream: &upstream.deadline,
            upload: Cell::new(if is_whole {
                Upload::Done
            } else {
                Upload::Going
            }),
            received_bytes: Cell::new(buffered_bytes),
            has_begun: Cell::new(false),
            is_over: Cell::new(false),
            idle_timeout: self.core.settings.idle_timeout,
            until: due.end,
            thinking: due.thinking,
            replay,
            windows: &self.core.window_budget,
            spare_fields: &self.core.spare_fields,
        };
        let finish = Finisher {
            core: &self.core,
            client: &self.client,
            chosen,
            context,
        };
        let mut reply: Reply<'_, S, _> = Reply {
            request,
            shared: &shared,
            from: &mut upstream.read,
            buffer: self.core.buffers.take_read(),
            to: &mut self.write,
            out,
            finish,
            says_via: self.core.settings.via,
            sent_bytes: 0,
            body_bytes: 0,
            status: None,
            refusal: None,
        };
        let ended = if is_whole {
            self.deadline.await_answer(&upstream.deadline, now);
            copies.send(&self.core, replay);
            reply.run().await
        } else {
            // Nobody waits for an answer while the body flows.
            upstream.deadline.set_at(due.end, Shutdown::Both);
            shared.touch();
            let framing = request.framing;
            let to = &mut upstream.write;
            let upload = async {
                upload::run(body, framing, to, &shared, sent.is_ok()).await;
                context.limits.request_ended(shared.clock.last());
                if matches!(shared.upload.get(), Upload::Done | Upload::Discarded) {
                    copies.send(&self.core, replay);
                }
            };
            monoio::join!(Box::pin(upload), Box::pin(reply.run_and_end_upload())).1
        };
        self.deadline.stop_waiting();
        self.outcome.received_bytes = shared.received_bytes.get();
        self.outcome.sent_bytes += reply.sent_bytes;
        self.outcome.body_bytes = reply.body_bytes;
        (self.outcome.status, self.outcome.refusal) = (reply.status, reply.refusal);
        let (out, buffer) = (reply.out, reply.buffer);
        self.core.buffers.give_write(out);
        let ended = match shared.upload.get() {
            Upload::Refused(refusal) if !shared.has_begun.get() => Err(Fault::Refused(refusal)),
            Upload::Refused(_) | Upload::Gone => Err(Fault::ClientGone),
            _ => ended,
        };
        let exchanged = match ended {
            Ok(Ended::Flows(rest)) => {
                return Ok(Exchanged::Begun(Begun {
                    rest,
                    buffer,
                    until: due.end,
                }));
            }
            Ok(Ended::Whole(whole)) => Ok(Exchanged::Whole(whole)),
            Ok(Ended::Unwanted) => Ok(Exchanged::Unwanted),
            Ok(Ended::Answered) => Ok(Exchanged::Answered),
            Err(fault) => Err(fault),
        };
        self.core.buffers.give_read(buffer);
        exchanged
    }

    /// Sends an answer of ours, keeping the connection when there is no body to skip.
    pub(super) async fn answer_request(
        &mut self,
        reply: &LocalReply,
        parties: Parties<'_>,
    ) -> After {
        let request = parties.request;
        let keeps_open = request.is_some_and(|request| {
            request.is_persistent() && request.framing.is_empty() && self.core.serves(&self.client)
        });
        let hop = Hop::to_client(keeps_open, request.is_some_and(Request::is_1_1));
        let method = request.map(|request| &request.head.method);
        let after = self.answer(reply, hop, method).await;
        self.account(parties);
        after
    }

    /// Says that the request failed.
    pub(super) async fn answer_fault(&mut self, fault: Fault, parties: Parties<'_>) -> After {
        match LocalReply::of(fault) {
            Some(reply) => self.answer_request(&reply, parties).await,
            None => {
                self.account(parties);
                After::Close
            }
        }
    }

    /// Everything the client sent so far was read; closing on bytes it sent since would reset it.
    pub(super) fn after_last(&self) -> After {
        let is_read = self.buffer.is_empty() && self.deadline.socket().is_silent();
        if is_read { After::Close } else { After::Linger }
    }
}

#[cfg(feature = "fault-injection")]
fn asks_for_a_panic(request: &Request) -> bool {
    let mut fields = request.head.fields.iter();
    fields.any(|(name, _)| name == b"x-limpet-panic")
}

struct Finisher<'a> {
    core: &'a ProxyCore,
    client: &'a Client,
    chosen: &'a Chosen<'a>,
    context: &'a RequestContext<'a>,
}

impl Finish for Finisher<'_> {
    fn finish(&self, fields: &mut Fields) {
        if let Some(cors) = &self.context.found.rule.cors {
            cors.respond(&self.context.request.head, fields);
        }
        self.context.found.rule.edits.response(fields);
        self.chosen.backend().edits.response(fields);
        self.chosen.finish_response(
            &self.context.request.head,
            fields,
            self.context.request.is_https(self.client),
        );
    }

    fn is_unwanted(&self, status: StatusCode) -> bool {
        self.context.is_unwanted(status)
    }

    fn may_keep_open(&self) -> bool {
        self.core.serves(self.client)
    }
}
