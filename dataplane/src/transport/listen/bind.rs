//! Makes listening sockets.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};
use thiserror::Error;

/// How many connections wait to be accepted, per core.
pub const BACKLOG: usize = 1024;

/// An address that cannot be listened on.
#[derive(Debug, Error)]
#[error("cannot listen on {address}: {source}; {remedy}", remedy = remedy(source))]
pub struct ListenError {
    /// The address asked for.
    pub address: SocketAddr,
    /// What the kernel says.
    #[source]
    pub source: io::Error,
}

/// Nothing is opened for who is about to end.
pub fn over(address: SocketAddr) -> ListenError {
    let source = io::Error::other("the data plane ends");
    ListenError { address, source }
}

/// One socket per worker on one address. Port 0 becomes one free port for all of them.
pub fn bind(address: SocketAddr, workers: usize) -> Result<Vec<TcpListener>, ListenError> {
    let bind_all = || {
        // SO_REUSEPORT would silently share a port with another process that sets it too.
        let probe = bind_one(address, false)?;
        let address = TcpListener::from(probe).local_addr()?;
        let first = listen_one(address)?;
        let mut sockets = vec![first];
        for _ in 1..workers {
            sockets.push(listen_one(address)?);
        }
        Ok(sockets)
    };
    bind_all().map_err(|source| ListenError { address, source })
}

fn listen_one(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = bind_one(address, true)?;
    socket.set_nonblocking(true)?;
    socket.listen(BACKLOG as i32)?;
    Ok(socket.into())
}

fn bind_one(address: SocketAddr, is_shared: bool) -> io::Result<Socket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    // `[::]` is every address of both families, whatever the system's default is.
    if address.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED) {
        socket.set_only_v6(false)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(is_shared)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "stop the program that uses the port, or choose another",
        io::ErrorKind::AddrNotAvailable => {
            "give an address of this machine, or [::] for all of them"
        }
        io::ErrorKind::PermissionDenied => {
            "choose a port above 1023, or grant CAP_NET_BIND_SERVICE"
        }
        _ => "correct the listener's address or port",
    }
}

/// The same sockets again, for the cores; ours stay open whatever becomes of theirs.
pub fn copy(sockets: &[TcpListener], address: SocketAddr) -> Result<Vec<TcpListener>, ListenError> {
    let copies = sockets
        .iter()
        .map(TcpListener::try_clone)
        .collect::<io::Result<_>>();
    copies.map_err(|source| ListenError { address, source })
}
