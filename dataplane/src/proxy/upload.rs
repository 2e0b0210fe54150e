//! A request's body on its way to the endpoint, while the response may be on its way back.

use bytes::Bytes;
use monoio::io::{AsyncReadRent, AsyncWriteRentExt};
use std::net::Shutdown;

use super::transfer::{Shared, Upload};
use crate::proto::h1::body::{BodyError, BodyReader};
use crate::proto::h1::encode;
use crate::proto::h1::framing::Framing;
use crate::proto::h1::refusal::Refusal;
use crate::transport::wire::Writer;

/// Reads the whole body, and sends it on as long as the endpoint takes it. A pending read of the
/// client is never left: it ends with the body, the client or a limit.
pub async fn run<R: AsyncReadRent>(
    mut body: BodyReader<'_, R>,
    framing: Framing,
    to: &mut Writer,
    shared: &Shared<'_>,
    mut is_taken: bool,
) {
    let end = loop {
        match body.next().await {
            Ok(Some(data)) => {
                shared
                    .received_bytes
                    .set(shared.received_bytes.get() + data.len() as u64);
                if let Some(replay) = shared.replay {
                    replay.borrow_mut().add(&data);
                }
                shared.upstream_takes();
                is_taken = is_taken && send(to, framing, data).await;
                shared.upstream_took();
            }
            Err(error) => break failure(&error, shared),
            Ok(None) => break last(&mut body, framing, to, shared, is_taken).await,
        }
    };
    shared.upload.set(end);
    match end {
        // The endpoint must not take what it has for a whole request.
        Upload::Gone | Upload::Refused(_) => shared.upstream.end_now(Shutdown::Both),
        _ => shared.upload_ended(),
    }
}

async fn send(to: &mut Writer, framing: Framing, data: Bytes) -> bool {
    if framing != Framing::Chunked {
        return to.write_all(data).await.0.is_ok();
    }
    let mut out = Vec::with_capacity(data.len() + 16);
    encode::chunk(&mut out, &data);
    to.write_all(out).await.0.is_ok()
}

async fn last<R: AsyncReadRent>(
    body: &mut BodyReader<'_, R>,
    framing: Framing,
    to: &mut Writer,
    shared: &Shared<'_>,
    is_taken: bool,
) -> Upload {
    let trailers = match body.take_trailers() {
        Ok(trailers) => trailers,
        Err(refusal) => return Upload::Refused(refusal),
    };
    let mut out = Vec::new();
    encode::end(&mut out, framing, &trailers);
    if let Some(replay) = shared.replay {
        replay.borrow_mut().end(trailers);
    }
    let mut is_sent = is_taken;
    if is_taken && !out.is_empty() {
        shared.upstream_takes();
        is_sent = to.write_all(out).await.0.is_ok();
        shared.upstream_took();
    }
    match is_sent {
        true => Upload::Done,
        false => Upload::Discarded,
    }
}

fn failure(error: &BodyError, shared: &Shared<'_>) -> Upload {
    match error {
        BodyError::Refused(refusal) => Upload::Refused(*refusal),
        _ if shared.client.has_fired() => Upload::Refused(Refusal::BodyTimeout),
        BodyError::Io(_) | BodyError::Truncated => Upload::Gone,
    }
}
