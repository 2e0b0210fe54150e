//! Who has to begin with a header, and the wait for it.
//!
//! A load balancer is asked by its address (`proxy_protocol_from`): whether a header comes is never
//! guessed from what comes, as a client could send one, too. A connection without one ends without an
//! answer, is counted, and is said in the log.

use std::net::{IpAddr, Shutdown, SocketAddr};

use bytes::{Buf, BytesMut};

use super::{Source, find};
use crate::proto::h1::body::read_more;
use crate::runtime::buffers::WAITING_BYTES;
use crate::runtime::core::Core;
use crate::runtime::deadlines::Deadline;
use crate::runtime::stream::Stream;
use crate::transport::client::is_trusted;

/// What a connection began with.
pub struct Received {
    /// The client's address, where it has one; else the load balancer's.
    pub peer: SocketAddr,
    /// Whether that is who sent it. A client without an address is not to be trusted as the load balancer is.
    pub is_known: bool,
    /// What came behind the header.
    pub buffer: BytesMut,
}

/// Whether a connection from this address begins with a header.
pub fn is_expected(core: &Core, peer: IpAddr) -> bool {
    is_trusted(peer, &core.settings.proxy_protocol_from)
}

/// Reads the header, in the time that a request's head has; `None`: there is none. `address` is where the
/// connection came in.
pub async fn receive(
    core: &Core,
    stream: &mut Stream,
    deadline: &Deadline,
    peer: SocketAddr,
    address: SocketAddr,
) -> Option<Received> {
    deadline.set_new(address);
    let limit = core.settings.header_timeout;
    deadline.set(core.clock.read(), limit, Shutdown::Both);
    let mut buffer = BytesMut::new();
    loop {
        match find(&buffer) {
            Ok(Some(header)) => {
                buffer.advance(header.len);
                let (peer, is_known) = match header.source {
                    Source::Client(client) => (client, true),
                    Source::LoadBalancer => (peer, true),
                    Source::Nameless => (peer, false),
                };
                return Some(Received {
                    peer,
                    is_known,
                    buffer,
                });
            }
            Ok(None) => {}
            Err(malformed) => {
                refuse(core, peer, malformed.reason(), &malformed.to_string());
                return None;
            }
        }
        buffer.reserve(WAITING_BYTES);
        match read_more(&mut stream.reader, &mut buffer).await {
            Ok(len) if len > 0 => deadline.set_busy(),
            // The end of a drain is nobody's fault.
            _ if core.is_leaving.get() => return None,
            _ if deadline.has_fired() => {
                refuse(core, peer, "timeout", "it did not come in time");
                return None;
            }
            // Somebody looked whether the port is open.
            _ if buffer.is_empty() => return None,
            _ => {
                refuse(core, peer, "closed", "the connection ended inside it");
                return None;
            }
        }
    }
}

fn refuse(core: &Core, peer: SocketAddr, reason: &'static str, why: &str) {
    core.stats.proxy_protocol_failures.count(reason);
    if core.proxy_header_log.allows() {
        tracing::warn!(%peer, "client: the load balancer's PROXY header cannot be read: {why} [proxy-header-refused]");
    }
}
