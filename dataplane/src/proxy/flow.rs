//! What follows the head of an answer and may last for days: the rest of its body, or a tunnel.
//!
//! Nothing here holds the configuration. A client that downloads, or keeps a WebSocket open, would
//! otherwise keep in memory all that was served when it asked. What its request came to is known by
//! then ([`Summary`]), and how it ends is counted as for any other.
//!
//! Tested in `tests/http/flow.rs`, over many changes of configuration.

use bytes::BytesMut;

use super::chosen::InFlightGuard;
use super::client_stream::{After, ClientStream};
use super::end::{Reuse, failed, served};
use super::fault::Fault;
use super::outcome::Summary;
use super::request::Request;
use super::transfer::{Shared, Upload};
use super::tunnel::Tunnel;
use crate::base::clock::Moment;
use crate::cluster::Upstream;
use crate::proto::h1::body::Remaining;
use crate::proto::h1::client::ResponseReader;
use crate::proto::h1::connection::ConnectionOptions;
use crate::proto::h1::framing::Framing;
use crate::proto::h1::server::Responder;
use crate::transport::wire::{Reader, Writer};

/// How an exchange went well.
pub enum Exchanged {
    /// The client has all of the answer.
    Whole(Reuse),
    /// The client has the head of it.
    Begun(Begun),
    /// The rule wants another answer than this one, and can have it.
    Unwanted,
    /// The client was answered by the gateway itself.
    Answered,
}

/// An answer whose head was sent.
#[derive(Debug)]
pub struct Begun {
    pub rest: Box<Rest>,
    /// Read from the endpoint and not sent on yet.
    pub buffer: BytesMut,
    /// When it must have ended, where the rule says so.
    pub until: Option<Moment>,
}

/// The same with all that it takes to go on.
pub struct Flow {
    pub upstream: Box<Upstream>,
    pub begun: Begun,
    /// [`crate::config::Endpoint::key`].
    pub endpoint_key: u64,
    /// It counts for its session while it lasts.
    pub in_flight: InFlightGuard,
    pub summary: Summary,
}

/// What is still to come.
#[derive(Debug)]
pub enum Rest {
    /// Of the body.
    Body(BodyRest),
    /// Bytes both ways, after a 101.
    Tunnel,
}

/// The rest of a response's body.
#[derive(Debug)]
pub struct BodyRest {
    /// From the endpoint.
    pub left: Remaining,
    /// To the client.
    pub framing: Framing,
    /// Of the response's head.
    pub options: ConnectionOptions,
    /// Whether the endpoint keeps its connection open.
    pub is_persistent: bool,
    /// Whether the client's connection is kept open.
    pub keeps_client: bool,
}

impl BodyRest {
    /// How a body that breaks off is told.
    pub fn broken(&self) -> Fault {
        match self.framing {
            Framing::UntilEnd => Fault::BrokenUnseen,
            _ => Fault::Broken,
        }
    }

    /// It has ended. Whatever else the endpoint sent belongs to nobody: that connection is not used
    /// again.
    pub fn reuse(&self, buffer: &BytesMut, shared: &Shared<'_>) -> Reuse {
        Reuse {
            is_reusable: self.is_persistent
                && buffer.is_empty()
                && shared.upload.get() == Upload::Done,
            keeps_client: self.keeps_client,
        }
    }
}

/// Forwards the rest of a body.
pub async fn carry(
    rest: &mut BodyRest,
    from: &mut ResponseReader<'_, Reader>,
    to: &mut Responder<'_, Writer>,
    shared: &Shared<'_>,
) -> Result<(), Fault> {
    let broken = rest.broken();
    let mut body = from.body(&mut rest.left, &rest.options, shared.windows);
    while let Some(data) = body.next().await.map_err(|_| broken)? {
        shared.client_takes_piece();
        to.send(data).await?;
        shared.touch();
    }
    to.end(&body.take_trailers().map_err(|_| broken)?);
    Ok(to.flush().await?)
}

/// Forwards what is left, and says what the request came to.
pub async fn flow(stream: &mut ClientStream<'_>, flow: Box<Flow>, request: &Request) -> After {
    let Flow {
        mut upstream,
        mut begun,
        endpoint_key,
        in_flight,
        summary,
    } = *flow;
    let core = stream.core;
    let after = match &mut *begun.rest {
        Rest::Tunnel => tunnel(stream, &mut upstream, &mut begun.buffer).await,
        Rest::Body(rest) => {
            let ends = (stream.deadline, &upstream.deadline);
            let shared = Shared::after_upload(core, ends, begun.until);
            let mut from = ResponseReader::new(&mut upstream.read, begun.buffer);
            let out = core.buffers.take_write();
            let mut to = Responder::new(&mut *stream.write, out, rest.framing);
            let carried = carry(rest, &mut from, &mut to, &shared).await;
            begun.buffer = from.buffer;
            let reuse = rest.reuse(&begun.buffer, &shared);
            stream.outcome.sent_bytes += to.sent_bytes;
            stream.outcome.body_bytes += to.body_bytes;
            core.buffers.give_write(to.into_out());
            match carried {
                Ok(()) => served(stream, reuse, endpoint_key, upstream),
                Err(fault) => {
                    failed(stream, fault, upstream.deadline.has_fired()).unwrap_or(After::Close)
                }
            }
        }
    };
    core.buffers.give_read(begun.buffer);
    stream.account_summary(request, &summary);
    drop(in_flight);
    after
}

async fn tunnel(
    stream: &mut ClientStream<'_>,
    upstream: &mut Upstream,
    buffer: &mut BytesMut,
) -> After {
    let core = stream.core;
    stream.outcome.answered = Some(core.clock.read() - stream.outcome.since);
    let tunnel = Tunnel {
        client_read: stream.read,
        client_write: stream.write,
        client_buffer: stream.buffer,
        client_deadline: stream.deadline,
        upstream_read: &mut upstream.read,
        upstream_write: &mut upstream.write,
        upstream_buffer: buffer,
        upstream_deadline: &upstream.deadline,
        idle_timeout: core.settings.idle_timeout,
        windows: &core.window_budget,
    };
    let carried = tunnel.run().await;
    if stream.deadline.has_fired() || upstream.deadline.has_fired() {
        core.stats.timeouts.count("idle");
    }
    stream.outcome.sent_bytes += carried;
    stream.outcome.body_bytes += carried;
    After::Close
}
