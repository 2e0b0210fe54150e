//! Opens a connection to an endpoint.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use monoio::net::TcpStream;

use crate::runtime::core::Core;
use crate::runtime::deadlines::Deadline;
use crate::runtime::socket::Borrowed;
use crate::runtime::stream::Stream;
use crate::transport::wire::{Reader, Wire, Writer};

/// A connection to an endpoint.
pub struct Upstream {
    // Declared first: dropped before the socket that it borrows.
    /// Its limit in time.
    pub deadline: Deadline,
    /// What the endpoint sends.
    pub read: Reader,
    /// What it is sent.
    pub write: Writer,
    /// Whether it served a request before, and so may have been closed by the endpoint meanwhile.
    pub is_reused: bool,
}

/// Connects within `limit`; zero is the kernel's own limit. Boxed, as it is handed on several times a request.
pub async fn connect(
    core: &Core,
    address: SocketAddr,
    limit: Duration,
) -> io::Result<Box<Upstream>> {
    let connecting = TcpStream::connect_addr(address);
    let stream = if limit.is_zero() {
        connecting.await?
    } else {
        // Dropping a pending connect closes its socket, so nothing is lost.
        match monoio::time::timeout(limit, connecting).await {
            Ok(connected) => connected?,
            Err(_) => return Err(io::ErrorKind::TimedOut.into()),
        }
    };
    stream.set_nodelay(true)?;
    let stream = Stream::new(stream, &core.turns);
    let deadline = core.deadlines.watch(Borrowed::new(&stream));
    let Wire { reader, writer } = stream.into();
    Ok(Box::new(Upstream {
        deadline,
        read: reader,
        write: writer,
        is_reused: false,
    }))
}
