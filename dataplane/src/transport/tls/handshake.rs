//! From a client's first bytes to a session.

use std::net::{Shutdown, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;

use bytes::{Buf, BytesMut};
use monoio::io::{AsyncWriteRent, AsyncWriteRentExt};
use rustls::server::{Accepted, AcceptedAlert, Acceptor};
use rustls::{AlertDescription, ServerConfig, ServerConnection};

use super::pending::Pending;
use super::stream::{RECORD_BYTES_MAX, TlsStream};
use super::{Failure, Session};
use crate::proto::h1::body::read_more;
use crate::runtime::buffers::WAITING_BYTES;
use crate::runtime::core::Core;
use crate::runtime::deadlines::Deadline;
use crate::runtime::stream::Stream;
use crate::transport::client::LINGER;

/// A handshake that failed may still owe the client an alert.
type Denied = (Failure, Vec<u8>);

/// Completes the handshake of a connection, which may have begun with what was read and came in at
/// `address`. `choose` says who is shown to a client that asks for this server name.
pub async fn run(
    core: &Rc<Core>,
    pending: &Rc<Pending>,
    mut socket: Stream,
    mut incoming: BytesMut,
    deadline: Deadline,
    address: SocketAddr,
    choose: impl FnOnce(Option<&str>) -> Result<Arc<ServerConfig>, Failure>,
) -> Result<(TlsStream, Session, Deadline), Failure> {
    let place = pending.enter(core, deadline.socket());
    let limit = core.settings.header_timeout;
    deadline.set(core.clock.read(), limit, Shutdown::Both);
    match incoming.is_empty() {
        true => deadline.set_new(address),
        false => deadline.set_busy(),
    }
    let begun = match receive_hello(&mut socket, &mut incoming, &deadline).await {
        Ok(hello) => {
            // Nobody signs for a client that was cut off while it waited.
            let is_wanted = || place.is_in_progress() && !deadline.has_fired();
            core.turns.alone(is_wanted).await;
            match is_wanted() {
                true => answer(hello, choose),
                false => Err((Failure::Closed, Vec::new())),
            }
        }
        Err(denied) => Err(denied),
    };
    let (connection, session) = match begun {
        Ok(begun) => begun,
        Err(denied) => return Err(deny(core, &mut socket, deadline, denied).await),
    };
    let mut stream = TlsStream::new(Rc::clone(core), socket, connection, incoming);
    match stream.complete_handshake().await {
        Ok(()) => {
            // Nothing was said back to a client of TLS 1.2 that resumed, or wants no ticket.
            deadline.socket().acknowledge();
            let session = Session {
                is_resumed: stream.is_resumed(),
                ..session
            };
            Ok((stream, session, deadline))
        }
        Err(failure) => {
            // The session has said what there was to say.
            let denied = (failure, Vec::new());
            let socket = stream.into_socket();
            let mut socket = socket.expect("nobody writes beside a handshake");
            Err(deny(core, &mut socket, deadline, denied).await)
        }
    }
}

async fn receive_hello(
    socket: &mut Stream,
    incoming: &mut BytesMut,
    deadline: &Deadline,
) -> Result<Accepted, Denied> {
    let mut acceptor = Acceptor::default();
    loop {
        while incoming.has_remaining() {
            let read = acceptor.read_tls(&mut (&mut *incoming).reader());
            read.map_err(|error| (error.into(), Vec::new()))?;
            if let Some(hello) = acceptor.accept().map_err(told)? {
                return Ok(hello);
            }
        }
        incoming.reserve(WAITING_BYTES);
        match read_more(&mut socket.reader, incoming).await {
            Ok(0) => return Err((Failure::Closed, Vec::new())),
            Ok(_) => deadline.set_busy(),
            Err(error) => return Err((error.into(), Vec::new())),
        }
    }
}

/// Speaks for the listener that the client wants.
fn answer(
    hello: Accepted,
    choose: impl FnOnce(Option<&str>) -> Result<Arc<ServerConfig>, Failure>,
) -> Result<(ServerConnection, Session), Denied> {
    let server_name = hello.client_hello().server_name().map(Box::from);
    let config = choose(server_name.as_deref()).map_err(|failure| {
        let alert = failure.alert().map(record).unwrap_or_default();
        (failure, alert)
    })?;
    let connection = hello.into_connection(config).map_err(told)?;
    let session = Session {
        server_name,
        is_resumed: false,
    };
    Ok((connection, session))
}

/// The library's own alert.
fn told((error, mut alert): (rustls::Error, AcceptedAlert)) -> Denied {
    let mut bytes = Vec::new();
    alert.write_all(&mut bytes).expect("a vector takes all");
    (error.into(), bytes)
}

/// A fatal alert in clear, as before any key (RFC 8446, 5.1 and 6).
fn record(alert: AlertDescription) -> Vec<u8> {
    vec![21, 3, 3, 0, 2, 2, alert.into()]
}

/// Sends the alert and reads what the client still sends, for a short while: closing at once could
/// destroy the alert on its way. The deadline is over before the socket is.
async fn deny(
    core: &Core,
    socket: &mut Stream,
    deadline: Deadline,
    (failure, alert): Denied,
) -> Failure {
    if deadline.has_fired() {
        core.stats.timeouts.count("handshake");
        return Failure::Timeout;
    }
    let writer = &mut socket.writer;
    if writer.write_all(alert).await.0.is_err() || writer.shutdown().await.is_err() {
        return failure;
    }
    deadline.set(core.clock.read(), LINGER, Shutdown::Both);
    let mut ignored = BytesMut::with_capacity(RECORD_BYTES_MAX);
    while matches!(read_more(&mut socket.reader, &mut ignored).await, Ok(len) if len > 0) {
        ignored.clear();
    }
    failure
}
