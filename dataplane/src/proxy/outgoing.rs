//! A request as it leaves: edited and rewritten by the rule, then by the backend.

use std::cell::RefCell;

use http::HeaderMap;
use http::header::HOST;
use monoio::io::AsyncReadRent;

use super::connection::Connection;
use super::context::RequestContext;
use super::destination::Destination;
use super::failure::Failure;
use super::replay_body::ReplayBody;
use crate::config::edits::Edits;
use crate::proto::h1::body::BodyReader;
use crate::proto::h1::encode;
use crate::proto::h1::encode::{Forwarded, Hop, Outgoing};
use crate::proto::h1::framing::Framing;
use crate::proto::h1::target;
use crate::transport::halves::Transport;

impl<S: Transport> Connection<S> {
    /// Writes the head of a request.
    pub(super) fn encode_request(
        &self,
        out: &mut Vec<u8>,
        context: &RequestContext<'_>,
        to: &Destination<'_>,
    ) {
        let RequestContext {
            request,
            forward,
            found,
            ..
        } = context;
        let head = &request.head;
        let rewrites = [to.rewrite, forward.rewrite.as_ref()];
        let mut rewrites = rewrites.into_iter().flatten();
        let path = rewrites.clone().find_map(|rewrite| rewrite.path.as_ref());
        let edited = edited(&head.headers, [&found.rule.edits, to.edits]);
        let headers = edited.as_ref().unwrap_or(&head.headers);
        let host = rewrites
            .find_map(|rewrite| rewrite.hostname.as_deref())
            .or_else(|| headers.get(HOST).and_then(|host| host.to_str().ok()))
            .or_else(|| (!request.host.is_empty()).then_some(&*request.host))
            .unwrap_or(to.address_text);
        let outgoing = Outgoing {
            method: &head.method,
            target: &target::rewritten(head, path, found.prefix_len),
            host,
            version: head.version,
            headers,
            framing: request.framing,
            hop: if request.is_upgrade {
                Hop::Upgrade
            } else {
                Hop::Open
            },
            forwarded: Forwarded {
                client: &self.peer_ip,
                host: &request.host,
                scheme: request.scheme(&self.client),
            },
            says_via: self.core.settings.via,
        };
        encode::request(out, &outgoing);
    }
}

/// Puts what is here of the body behind its head: whether that is all of it, and how much.
pub fn encode_buffered<R: AsyncReadRent>(
    out: &mut Vec<u8>,
    framing: Framing,
    body: &mut BodyReader<'_, R>,
    replay: Option<&RefCell<ReplayBody>>,
) -> Result<(bool, u64), Failure> {
    let data = body.take_buffered().map_err(Failure::Unsent)?;
    encode::piece(out, framing, &data);
    if let Some(replay) = replay {
        replay.borrow_mut().add(&data);
    }
    if body.is_done() {
        let trailers = body.take_trailers().map_err(Failure::Unsent)?;
        encode::end(out, framing, &trailers);
        if let Some(replay) = replay {
            replay.borrow_mut().end(trailers);
        }
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
