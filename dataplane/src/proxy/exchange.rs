//! One request sent to one endpoint, and its answer: until the client has all of that, or the head of what
//! may last for days.
//!
//! Head and first bytes of the body leave in one write. Where more of the body is to come, [`super::upload`]
//! carries it while [`super::reply`] brings the answer back; both run in one task.

use std::cell::Cell;
use std::net::Shutdown;

use monoio::io::AsyncWriteRentExt;

use super::chosen::Chosen;
use super::client_stream::ClientStream;
use super::context::RequestContext;
use super::fault::Fault;
use super::flow::Exchanged;
use super::mirror::Copies;
use super::outgoing::{encode_buffered, encode_request};
use super::reply::Reply;
use super::transfer::{Shared, Upload};
use super::upload;
use crate::cluster::Upstream;
use crate::proto::h1::body::{BodyReader, Remaining};
use crate::proto::h1::client::{RequestWriter, ResponseReader};
use crate::proto::h1::framing::Framing;
use crate::proto::h1::server::Responder;

/// Sends the request and forwards the response.
pub async fn exchange(
    stream: &mut ClientStream<'_>,
    upstream: &mut Upstream,
    chosen: &Chosen<'_>,
    context: &RequestContext<'_>,
) -> Result<Exchanged, Fault> {
    let core = stream.core;
    // A request on a connection that is open goes out when its head is read.
    let now = if upstream.is_reused {
        core.clock.last()
    } else {
        core.clock.read()
    };
    let due = context.limits.of_try(now)?;
    upstream.deadline.set_at(due.head(now), Shutdown::Both);
    let request = context.request;
    let mut out = core.buffers.take_write();
    encode_request(&mut out, context, &chosen.destination(), core.settings.via);
    let replay = context.replay.as_deref();
    let is_first = context.is_first_send();
    let mut copies = Copies::default();
    if is_first && !context.forward.mirrors.is_empty() {
        copies = Copies::of(core, context);
    }
    let mut left = Remaining::of(request.framing);
    let mut body = BodyReader::new(
        &mut left,
        &request.options,
        &mut *stream.read,
        &mut *stream.buffer,
        &core.window_budget,
    );
    let (is_whole, buffered_bytes) = match replay.filter(|_| !is_first) {
        Some(replay) => (true, replay.borrow().encode(&mut out, request.framing)),
        None => match encode_buffered(&mut out, request.framing, &mut body, replay) {
            Ok(buffered) => buffered,
            Err(fault) => {
                core.buffers.give_write(out);
                return Err(fault);
            }
        },
    };
    let (sent, mut out) = upstream.write.write_all(out).await;
    out.clear();
    let shared = Shared {
        clock: &core.clock,
        client: stream.deadline,
        upstream: &upstream.deadline,
        upload: Cell::new(if is_whole {
            Upload::Done
        } else {
            Upload::Going
        }),
        received_bytes: Cell::new(buffered_bytes),
        has_begun: Cell::new(false),
        is_over: Cell::new(false),
        idle_timeout: core.settings.idle_timeout,
        until: due.end,
        thinking: due.thinking,
        replay,
        windows: &core.window_budget,
        spare_fields: &core.spare_fields,
    };
    let mut reply = Reply {
        context,
        chosen,
        core,
        shared: &shared,
        from: ResponseReader::new(&mut upstream.read, core.buffers.take_read()),
        to: Responder::new(&mut *stream.write, out, Framing::None),
        status: None,
        refusal: None,
    };
    let exchanged = if is_whole {
        stream.deadline.await_answer(&upstream.deadline, now);
        copies.send(core, replay);
        reply.run().await
    } else {
        // Nobody waits for an answer while the body flows.
        upstream.deadline.set_at(due.end, Shutdown::Both);
        shared.touch();
        let to = RequestWriter {
            to: &mut upstream.write,
            framing: request.framing,
        };
        let upload = async {
            upload::run(body, to, &shared, sent.is_ok()).await;
            context.limits.request_ended(shared.clock.last());
            if matches!(shared.upload.get(), Upload::Done | Upload::Discarded) {
                copies.send(core, replay);
            }
        };
        monoio::join!(Box::pin(upload), Box::pin(reply.run_and_end_upload())).1
    };
    stream.deadline.stop_waiting();
    let outcome = &mut stream.outcome;
    outcome.received_bytes = shared.received_bytes.get();
    outcome.sent_bytes += reply.to.sent_bytes;
    outcome.body_bytes = reply.to.body_bytes;
    (outcome.status, outcome.refusal) = (reply.status, reply.refusal);
    core.buffers.give_write(reply.to.into_out());
    // One that went with the rest of the answer has no room.
    if reply.from.buffer.capacity() > 0 {
        core.buffers.give_read(reply.from.buffer);
    }
    match shared.upload.get() {
        Upload::Refused(error) if !shared.has_begun.get() => Err(Fault::Refused(error)),
        Upload::Refused(_) | Upload::Gone => Err(Fault::ClientGone),
        _ => exchanged,
    }
}
