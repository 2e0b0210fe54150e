//! A request's body on its way to the endpoint, while the response may be on its way back.

use std::net::Shutdown;

use monoio::io::AsyncReadRent;

use super::transfer::{Shared, Upload};
use crate::proto::h1::body::{BodyError, BodyReader};
use crate::proto::h1::client::RequestWriter;
use crate::proto::h1::protocol_error::ProtocolError;
use crate::transport::wire::Writer;

/// Reads the whole body, and sends it on as long as the endpoint takes it. A pending read of the
/// client is never left: it ends with the body, the client or a limit.
pub async fn run<R: AsyncReadRent>(
    mut body: BodyReader<'_, R>,
    mut to: RequestWriter<'_, Writer>,
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
                is_taken = is_taken && to.send(data).await.is_ok();
                shared.upstream_took();
            }
            Err(error) => break failure(&error, shared),
            Ok(None) => break last(&mut body, &mut to, shared, is_taken).await,
        }
    };
    shared.upload.set(end);
    match end {
        // The endpoint must not take what it has for a whole request.
        Upload::Gone | Upload::Refused(_) => shared.upstream.end_now(Shutdown::Both),
        _ => shared.upload_ended(),
    }
}

async fn last<R: AsyncReadRent>(
    body: &mut BodyReader<'_, R>,
    to: &mut RequestWriter<'_, Writer>,
    shared: &Shared<'_>,
    is_taken: bool,
) -> Upload {
    let trailers = match body.take_trailers() {
        Ok(trailers) => trailers,
        Err(error) => return Upload::Refused(error),
    };
    let mut is_sent = is_taken;
    if is_taken {
        shared.upstream_takes();
        is_sent = to.end(&trailers).await.is_ok();
        shared.upstream_took();
    }
    if let Some(replay) = shared.replay {
        replay.borrow_mut().end(trailers);
    }
    match is_sent {
        true => Upload::Done,
        false => Upload::Discarded,
    }
}

fn failure(error: &BodyError, shared: &Shared<'_>) -> Upload {
    match error {
        BodyError::Refused(error) => Upload::Refused(*error),
        _ if shared.client.has_fired() => Upload::Refused(ProtocolError::BodyTimeout),
        BodyError::Io(_) | BodyError::Truncated => Upload::Gone,
    }
}
