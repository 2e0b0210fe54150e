//! A request as it leaves: edited and rewritten by the rule, then by the backend.

use std::cell::RefCell;

use monoio::io::AsyncReadRent;

use super::context::RequestContext;
use super::destination::Destination;
use super::fault::Fault;
use super::replay_body::ReplayBody;
use super::rewrite::rewritten;
use crate::config::edits::Edits;
use crate::proto::field_name::Known;
use crate::proto::fields::Fields;
use crate::proto::h1::body::BodyReader;
use crate::proto::h1::encode;
use crate::proto::h1::encode::{Forwarded, Hop, Outgoing};
use crate::proto::h1::framing::Framing;

/// Writes the head of a request. `says_via`: with a Via field.
pub fn encode_request(
    out: &mut Vec<u8>,
    context: &RequestContext<'_>,
    to: &Destination<'_>,
    says_via: bool,
) {
    let RequestContext {
        request,
        client,
        forward,
        found,
        ..
    } = context;
    let head = &request.head;
    let rewrites = [to.rewrite, forward.rewrite.as_ref()];
    let mut rewrites = rewrites.into_iter().flatten();
    let path = rewrites.clone().find_map(|rewrite| rewrite.path.as_ref());
    let edited = edited(&head.fields, [&found.rule.edits, to.edits]);
    let fields = edited.as_ref().unwrap_or(&head.fields);
    let host = rewrites
        .find_map(|rewrite| Some(rewrite.hostname.as_ref()?.as_bytes()))
        .or_else(|| fields.get(Known::Host))
        .or_else(|| (!request.host.is_empty()).then_some(request.host.as_bytes()))
        .unwrap_or(to.address_text.as_bytes());
    let outgoing = Outgoing {
        method: &head.method,
        target: &rewritten(head, path, found.prefix_len),
        host,
        version: head.version,
        fields,
        framing: request.framing,
        hop: if request.is_upgrade {
            Hop::Upgrade
        } else {
            Hop::Open
        },
        forwarded: Forwarded {
            client: &client.peer_ip,
            host: &request.host,
            scheme: request.scheme(client),
        },
        says_via,
    };
    encode::request(out, &outgoing);
}

/// Puts what is here of the body behind its head: whether that is all of it, and how much.
pub fn encode_buffered<R: AsyncReadRent>(
    out: &mut Vec<u8>,
    framing: Framing,
    body: &mut BodyReader<'_, R>,
    replay: Option<&RefCell<ReplayBody>>,
) -> Result<(bool, u64), Fault> {
    let taken = body.give_buffered(|data| {
        encode::piece(out, framing, data);
        if let Some(replay) = replay {
            replay.borrow_mut().add(data);
        }
    });
    let len = taken.map_err(Fault::Unsent)?;
    if body.is_done() {
        let trailers = body.take_trailers().map_err(Fault::Unsent)?;
        encode::end(out, framing, &trailers);
        if let Some(replay) = replay {
            replay.borrow_mut().end(trailers);
        }
    }
    Ok((body.is_done(), len as u64))
}

/// A copy, as affinity looks at what the client sent, before and after.
fn edited(fields: &Fields, edits: [&Edits; 2]) -> Option<Fields> {
    if edits.iter().all(|edits| edits.leaves_requests()) {
        return None;
    }
    let mut edited = fields.clone();
    edits.iter().for_each(|edits| edits.request(&mut edited));
    Some(edited)
}
