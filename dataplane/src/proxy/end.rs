//! How an exchange ends for its two connections: which of them serve another request, and what a client is
//! told whose answer has failed. Tested over real sockets in `tests/http/pooling.rs` and `tests/http/failures.rs`.

use limpet_schema::messages;

use super::client_stream::{After, ClientStream};
use super::core::ProxyCore;
use super::fault::{Fault, Side};
use crate::cluster::Upstream;

/// What may be done after a response that the client has all of.
#[derive(Clone, Copy, Debug)]
pub struct Reuse {
    /// Whether the endpoint's connection can serve another request.
    pub is_reusable: bool,
    /// Whether the client's can.
    pub keeps_client: bool,
}

/// The connection to an endpoint may serve another request.
pub fn give_back(core: &ProxyCore, endpoint_key: u64, upstream: Box<Upstream>) {
    let now = core.clock.last();
    if !core.pool.give(endpoint_key, upstream, now) {
        core.stats.bounds_hit.count("upstream-idle");
    }
}

/// The client has all of its answer.
pub fn served(
    stream: &ClientStream<'_>,
    reuse: Reuse,
    endpoint_key: u64,
    upstream: Box<Upstream>,
) -> After {
    if reuse.is_reusable {
        give_back(stream.core, endpoint_key, upstream);
    }
    match reuse.keeps_client {
        true => After::KeepOpen,
        false => stream.after_last(),
    }
}

/// The answer has failed; `Err`: the client must still be told. `is_late`: a limit ended the endpoint's
/// connection.
pub fn failed(stream: &mut ClientStream<'_>, fault: Fault, is_late: bool) -> Result<After, Fault> {
    let told = fault.told();
    if told.is_some_and(|told| told.answer.is_some()) {
        return Err(fault);
    }
    if fault.side() == Side::Client && stream.deadline.has_fired() {
        stream.core.stats.timeouts.count("idle");
    }
    if let Some(told) = told {
        stream.outcome.refusal = Some(match is_late {
            true => messages::UPSTREAM_TIMEOUT.id,
            false => told.id,
        });
    }
    match fault {
        Fault::BrokenUnseen => Ok(After::Reset),
        _ => Ok(After::Close),
    }
}
