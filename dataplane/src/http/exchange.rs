//! One request: from its head to the last byte of its answer.

use std::cell::Cell;
use std::net::Shutdown;

use bytes::BytesMut;
use http::header::LOCATION;
use http::{HeaderMap, HeaderValue, StatusCode};
use limpet_schema::snapshot::Redirect;
use monoio::io::AsyncWriteRentExt;

use super::account::Parties;
use super::answer::Answer;
use super::body::BodyReader;
use super::chosen::Chosen;
use super::connection::{After, Client, Connection, Transport};
use super::encode::{self, Hop};
use super::limits::Limits;
use super::mirror::Copies;
use super::outgoing::encode_buffered;
use super::reply::{Ended, Failure, Finish, Reply};
use super::request::Request;
use super::target::{self, Origin};
use super::transfer::{Shared, Upload};
use super::tries::Errand;
use super::tunnel::Tunnel;
use super::{Refusal, cors, upload};
use crate::config::Action;
use crate::core::Core;
use crate::route::Found;
use crate::upstream::Upstream;

impl<S: Transport> Connection<S> {
    /// Answers a request.
    pub(super) async fn handle(&mut self, mut request: Request) -> After {
        #[cfg(feature = "fault-injection")]
        assert!(
            !request.head.headers.contains_key("x-limpet-panic"),
            "a test asked for this"
        );
        self.core.stats.requests.add(1);
        let Some(config) = self.core.config() else {
            return After::Close;
        };
        let Some(socket) = config.socket(self.client.socket) else {
            return After::Close;
        };
        if socket.is_tls() != self.client.is_tls() {
            return After::Close;
        }
        let core = self.core.index;
        let found = socket.find(&config, core, &request.host, &request.head);
        if request.has_claims {
            encode::drop_claims(&mut request.head.headers);
        }
        let request = &request;
        if let Some(session) = &self.client.tls
            && socket.is_misdirected(session.server_name.as_deref(), &request.host)
        {
            let parties = Parties {
                request: Some(request),
                ..Parties::default()
            };
            let answer = Answer::Refused(Refusal::HostMisdirected);
            return self.answer_request(&answer, parties).await;
        }
        let parties = Parties {
            request: Some(request),
            found: found.as_ref(),
            chosen: None,
        };
        let Some(found) = &found else {
            return self.answer_request(&Answer::NotFound, parties).await;
        };
        if let Some(cors) = &found.rule.cors
            && cors::is_preflight(&request.head)
        {
            let mut headers = cors.answer(&request.head);
            found.rule.edits.response(&mut headers);
            let answer = Answer::OfRule(StatusCode::NO_CONTENT, headers);
            return self.answer_request(&answer, parties).await;
        }
        match &found.rule.action {
            Action::Redirect(redirect) => self.redirect(redirect, found, parties).await,
            Action::Forward(forward) => {
                let limits = Limits::of(forward, &self.core.settings, self.tally.since);
                let errand = Errand::new(&config, forward, found, request, limits);
                self.forward(&errand, parties).await
            }
        }
    }

    async fn redirect(&mut self, to: &Redirect, found: &Found<'_>, parties: Parties<'_>) -> After {
        let answer = parties.request.and_then(|request| {
            let origin = Origin {
                uri: &request.head.uri,
                host: &request.host,
                scheme: self.client.scheme(),
                listener_port: found.listener.port,
                prefix_len: found.prefix_len,
            };
            let location = HeaderValue::try_from(target::location(to, origin)).ok()?;
            let status = StatusCode::from_u16(to.status).ok()?;
            let mut headers = HeaderMap::from_iter([(LOCATION, location)]);
            if let Some(cors) = &found.rule.cors {
                cors.respond(&request.head, &mut headers);
            }
            found.rule.edits.response(&mut headers);
            Some(Answer::OfRule(status, headers))
        });
        self.answer_request(&answer.unwrap_or(Answer::NoBackend), parties)
            .await
    }

    /// Sends the request and forwards the response.
    pub(super) async fn exchange(
        &mut self,
        upstream: &mut Upstream,
        chosen: &Chosen<'_>,
        errand: &Errand<'_>,
    ) -> Result<Ended, Failure> {
        // A request on a connection that is open goes out when its head is read.
        let now = if upstream.is_reused {
            self.core.clock.last()
        } else {
            self.core.clock.read()
        };
        let due = errand.limits.of_try(now)?;
        upstream.deadline.set_at(due.head(now), Shutdown::Both);
        let request = errand.request;
        let mut out = self.core.buffers.take_write();
        self.encode_request(&mut out, errand, &chosen.destination());
        let kept = errand.kept.as_deref();
        let is_first = errand.is_first_send();
        let mut copies = Copies::default();
        if is_first && !errand.forward.mirrors.is_empty() {
            copies = self.copies(errand);
        }
        let mut body = BodyReader::new(
            request.framing,
            &request.options,
            &mut self.read,
            &mut self.buffer,
        );
        let (is_whole, buffered_bytes) = match kept.filter(|_| !is_first) {
            Some(kept) => (true, kept.borrow().encode(&mut out, request.framing)),
            None => encode_buffered(&mut out, request.framing, &mut body, kept)?,
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
            kept,
        };
        let mut buffer = self.core.buffers.take_read();
        let finish = Finisher {
            core: &self.core,
            client: &self.client,
            chosen,
            errand,
        };
        let mut reply = Reply {
            request,
            shared: &shared,
            from: &mut upstream.read,
            buffer: &mut buffer,
            to: &mut self.write,
            out,
            finish,
            sent_bytes: 0,
            body_bytes: 0,
            status: None,
            refusal: None,
        };
        let ended = if is_whole {
            self.deadline.await_answer(&upstream.deadline, now);
            copies.send(&self.core, kept);
            reply.run().await
        } else {
            // Nobody waits for an answer while the body flows.
            upstream.deadline.set_at(due.end, Shutdown::Both);
            shared.touch();
            let framing = request.framing;
            let to = &mut upstream.write;
            let upload = async {
                upload::run(body, framing, to, &shared, sent.is_ok()).await;
                errand.limits.request_ended(shared.clock.last());
                if matches!(shared.upload.get(), Upload::Done | Upload::Discarded) {
                    copies.send(&self.core, kept);
                }
            };
            monoio::join!(Box::pin(upload), Box::pin(reply.run_and_end_upload())).1
        };
        self.deadline.stop_waiting();
        self.tally.received_bytes = shared.received_bytes.get();
        self.tally.sent_bytes += reply.sent_bytes;
        self.tally.body_bytes = reply.body_bytes;
        (self.tally.status, self.tally.refusal) = (reply.status, reply.refusal);
        self.core.buffers.give_write(std::mem::take(&mut reply.out));
        let ended = match shared.upload.get() {
            Upload::Refused(refusal) if !shared.has_begun.get() => Err(Failure::Refused(refusal)),
            Upload::Refused(_) | Upload::Gone => Err(Failure::ClientGone),
            _ => ended,
        };
        if ended == Ok(Ended::Switched) {
            self.tally.answered = Some(self.core.clock.read() - self.tally.since);
            let carried = Box::pin(self.tunnel(upstream, &mut buffer)).await;
            self.tally.sent_bytes += carried;
            self.tally.body_bytes += carried;
        }
        self.core.buffers.give_read(buffer);
        ended
    }

    async fn tunnel(&mut self, upstream: &mut Upstream, buffer: &mut BytesMut) -> u64 {
        let tunnel = Tunnel {
            client_read: &mut self.read,
            client_write: &mut self.write,
            client_buffer: &mut self.buffer,
            client_deadline: &self.deadline,
            upstream_read: &mut upstream.read,
            upstream_write: &mut upstream.write,
            upstream_buffer: buffer,
            upstream_deadline: &upstream.deadline,
            idle_timeout: self.core.settings.idle_timeout,
        };
        let carried = tunnel.run().await;
        if self.deadline.has_fired() {
            self.core.stats.timeouts.count("idle");
        }
        carried
    }

    /// Sends an answer of ours, keeping the connection when there is no body to skip.
    pub(super) async fn answer_request(&mut self, answer: &Answer, parties: Parties<'_>) -> After {
        let request = parties.request;
        let keeps_open = request.is_some_and(|request| {
            request.is_persistent() && request.framing.is_empty() && self.core.serves(&self.client)
        });
        let hop = Hop::to_client(keeps_open, request.is_some_and(Request::is_1_1));
        let method = request.map(|request| &request.head.method);
        let after = self.answer(answer, hop, method).await;
        self.account(parties);
        after
    }

    /// Everything the client sent so far was read; closing on bytes it sent since would reset it.
    pub(super) fn after_last(&self) -> After {
        let is_read = self.buffer.is_empty() && self.deadline.socket().is_silent();
        if is_read { After::Close } else { After::Linger }
    }
}

struct Finisher<'a> {
    core: &'a Core,
    client: &'a Client,
    chosen: &'a Chosen<'a>,
    errand: &'a Errand<'a>,
}

impl Finish for Finisher<'_> {
    fn finish(&self, headers: &mut HeaderMap) {
        if let Some(cors) = &self.errand.found.rule.cors {
            cors.respond(&self.errand.request.head, headers);
        }
        self.errand.found.rule.edits.response(headers);
        self.chosen.backend().edits.response(headers);
        self.chosen
            .finish_response(&self.errand.request.head, headers, self.client.is_tls());
    }

    fn is_unwanted(&self, status: StatusCode) -> bool {
        self.errand.is_unwanted(status)
    }

    fn may_keep_open(&self) -> bool {
        self.core.serves(self.client)
    }
}
