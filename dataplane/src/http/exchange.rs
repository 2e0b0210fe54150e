//! One request: from its head to the last byte of its answer.

use std::cell::Cell;
use std::io;
use std::net::Shutdown;

use bytes::BytesMut;
use http::header::{HOST, LOCATION};
use http::{HeaderMap, HeaderValue, StatusCode};
use limpet_schema::messages;
use limpet_schema::snapshot::Redirect;
use monoio::io::{AsyncReadRent, AsyncWriteRentExt};

use super::account::Parties;
use super::answer::Answer;
use super::body::BodyReader;
use super::chosen::Chosen;
use super::connection::{After, Client, Connection, Transport};
use super::encode::{self, Forwarded, Hop, Outgoing};
use super::limits::{Limits, shorter};
use super::reply::{Ended, Failure, Finish, Reply};
use super::request::Request;
use super::target::{self, Origin};
use super::transfer::{Shared, Upload};
use super::tunnel::Tunnel;
use super::upload::{self, encode_end, encode_piece};
use super::{Edits, Framing, cors};
use crate::config::{Action, Config, Forward};
use crate::core::Core;
use crate::route::Found;
use crate::upstream::{self, Upstream};

/// One request that goes to an endpoint.
struct Errand<'a> {
    config: &'a Config,
    forward: &'a Forward,
    found: &'a Found<'a>,
    request: &'a Request,
    limits: Limits,
}

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
        let core = self.core.index;
        let found = socket.find(&config, core, &request.host, &request.head);
        if request.has_claims {
            encode::drop_claims(&mut request.head.headers);
        }
        let request = &request;
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
                let errand = Errand {
                    config: &config,
                    forward,
                    found,
                    request,
                    limits,
                };
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

    async fn forward(&mut self, errand: &Errand<'_>, parties: Parties<'_>) -> After {
        let core = self.core.clone();
        let chosen = Chosen::new(&core, errand.config, errand.forward, &errand.request.head);
        let mut chosen = match chosen {
            Ok(chosen) => chosen,
            Err(answer) => return self.answer_request(&answer, parties).await,
        };
        let ended = self.try_endpoints(&mut chosen, errand).await;
        let parties = Parties {
            chosen: Some(&chosen),
            ..parties
        };
        let after = match ended {
            Ok(after) => after,
            Err(answer) => return self.answer_request(&answer, parties).await,
        };
        self.account(parties);
        after
    }

    /// Sends the request and forwards the response, a second time where that is safe; `Err` is what
    /// the client must still be answered.
    async fn try_endpoints(
        &mut self,
        chosen: &mut Chosen<'_>,
        errand: &Errand<'_>,
    ) -> Result<After, Answer> {
        let mut may_reuse = true;
        loop {
            let mut upstream = self.reach(chosen, errand, may_reuse).await?;
            let may_retry = upstream.is_reused && errand.request.is_replayable();
            match self.exchange(&mut upstream, chosen, errand).await {
                // It was closed while it was idle, before it saw this request.
                Err(Failure::Closed) if may_retry => may_reuse = false,
                Err(failure) => return self.failed(failure),
                Ok(Ended::Whole {
                    is_reusable,
                    keeps_client,
                }) => {
                    if is_reusable {
                        self.keep(chosen, upstream);
                    }
                    return Ok(if keeps_client {
                        After::KeepOpen
                    } else {
                        self.after_last()
                    });
                }
                Ok(Ended::Switched) => return Ok(After::Close),
            }
        }
    }

    fn keep(&self, chosen: &Chosen<'_>, upstream: Upstream) {
        if !self
            .core
            .pool
            .give(chosen.endpoint().key, upstream, self.core.clock.last())
        {
            self.core.stats.bounds_hit.count("upstream-idle");
        }
    }

    /// A connection to the chosen endpoint, or to another where that one refuses.
    async fn reach(
        &self,
        chosen: &mut Chosen<'_>,
        errand: &Errand<'_>,
        may_reuse: bool,
    ) -> Result<Upstream, Answer> {
        loop {
            let endpoint = chosen.endpoint();
            let pooled = may_reuse
                .then(|| self.core.pool.take(endpoint.key))
                .flatten();
            if let Some(upstream) = pooled {
                self.core.stats.upstream_reuses.add(1);
                return Ok(upstream);
            }
            let now = self.core.clock.read();
            let left = errand.limits.left(now).map_err(|_| Answer::Timeout)?;
            let limit = shorter(self.core.settings.connect_timeout, left);
            let connecting = upstream::connect(&self.core.deadlines, endpoint.address, limit);
            // Boxed, as most requests find a connection that is open.
            match Box::pin(connecting).await {
                Ok(upstream) => {
                    self.core.stats.upstream_connects.add(1);
                    return Ok(upstream);
                }
                Err(error) => self.count_failed_connect(&error)?,
            }
            chosen.refused(&errand.request.head)?;
        }
    }

    fn count_failed_connect(&self, error: &io::Error) -> Result<(), Answer> {
        self.core.stats.upstream_failures.add(1);
        if error.kind() == io::ErrorKind::TimedOut {
            self.core.stats.timeouts.count("connect");
        }
        if is_ours(error) {
            self.core.stats.bounds_hit.count("descriptors");
            return Err(Answer::NoDescriptors);
        }
        Ok(())
    }

    /// Sends the request and forwards the response.
    async fn exchange(
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
        let limit = errand.limits.of_try(now)?;
        upstream.deadline.set(now, limit, Shutdown::Both);
        let request = errand.request;
        let mut out = self.core.buffers.take_write();
        self.encode_request(&mut out, chosen, errand);
        let mut body = BodyReader::new(request.framing, &mut self.read, &mut self.buffer);
        let (is_whole, buffered_bytes) = encode_buffered(&mut out, request.framing, &mut body)?;
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
            until: (!limit.is_zero()).then(|| now + limit),
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
            self.deadline.clear();
            reply.run().await
        } else {
            shared.touch();
            let framing = request.framing;
            let to = &mut upstream.write;
            let upload = Box::pin(upload::run(body, framing, to, &shared, sent.is_ok()));
            monoio::join!(upload, Box::pin(reply.run_and_end_upload())).1
        };
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
    async fn answer_request(&mut self, answer: &Answer, parties: Parties<'_>) -> After {
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
    fn after_last(&self) -> After {
        let is_read = self.buffer.is_empty() && self.deadline.socket().is_silent();
        if is_read { After::Close } else { After::Linger }
    }

    fn failed(&mut self, failure: Failure) -> Result<After, Answer> {
        if matches!(failure, Failure::Broken | Failure::BrokenUnseen) {
            self.tally.refusal = Some(messages::UPSTREAM_BROKE_OFF.id);
        }
        if failure == Failure::ClientGone && self.deadline.has_fired() {
            self.core.stats.timeouts.count("idle");
        }
        match (failure, failure.answer()) {
            (_, Some(answer)) => Err(answer),
            (Failure::BrokenUnseen, None) => Ok(After::Reset),
            (_, None) => Ok(After::Close),
        }
    }

    fn encode_request(&self, out: &mut Vec<u8>, chosen: &Chosen<'_>, errand: &Errand<'_>) {
        let Errand {
            request,
            forward,
            found,
            ..
        } = errand;
        let head = &request.head;
        let rewrite = forward.rewrite.as_ref();
        let path = rewrite.and_then(|rewrite| rewrite.path.as_ref());
        let edited = edited(&head.headers, [&found.rule.edits, chosen.edits()]);
        let headers = edited.as_ref().unwrap_or(&head.headers);
        let host = rewrite
            .and_then(|rewrite| rewrite.hostname.as_deref())
            .or_else(|| headers.get(HOST).and_then(|host| host.to_str().ok()))
            .or_else(|| (!request.host.is_empty()).then_some(&*request.host))
            .unwrap_or(&chosen.endpoint().address_text);
        let outgoing = Outgoing {
            method: &head.method,
            target: &target::rewritten(&head.uri, path, found.prefix_len),
            host,
            version: head.version,
            headers,
            options: &request.options,
            framing: request.framing,
            hop: if request.is_upgrade {
                Hop::Upgrade
            } else {
                Hop::Open
            },
            forwarded: Forwarded {
                client: &self.peer_ip,
                host: &request.host,
                scheme: self.client.scheme(),
            },
        };
        encode::request(out, &outgoing);
    }
}

/// Puts what is here of the body behind its head: whether that is all of it, and how much.
fn encode_buffered<R: AsyncReadRent>(
    out: &mut Vec<u8>,
    framing: Framing,
    body: &mut BodyReader<'_, R>,
) -> Result<(bool, u64), Failure> {
    let data = body.take_buffered().map_err(Failure::Refused)?;
    encode_piece(out, framing, &data);
    if body.is_done() {
        let trailers = body.take_trailers().map_err(Failure::Refused)?;
        encode_end(out, framing, &trailers);
    }
    Ok((body.is_done(), data.len() as u64))
}

/// A copy, as affinity looks at what the client sent, before and after.
fn edited(headers: &HeaderMap, edits: [&Edits; 2]) -> Option<HeaderMap> {
    if edits.iter().all(|edits| edits.leaves_requests()) {
        return None;
    }
    let mut edited = headers.clone();
    edits.iter().for_each(|edits| edits.request(&mut edited));
    Some(edited)
}

/// No descriptor or memory left here: no endpoint's fault.
fn is_ours(error: &io::Error) -> bool {
    let shortages = [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM];
    error
        .raw_os_error()
        .is_some_and(|code| shortages.contains(&code))
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
        self.chosen.edits().response(headers);
        self.chosen
            .finish_response(&self.errand.request.head, headers, self.client.is_tls);
    }

    fn may_keep_open(&self) -> bool {
        self.core.serves(self.client)
    }
}
