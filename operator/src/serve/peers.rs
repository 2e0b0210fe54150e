//! How many connections each peer has: one pod that opens many keeps nobody else out.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tonic::transport::server::Connected;

/// Connections of one peer at once. A data plane needs one, an API server a few.
pub const PER_PEER_MAX: usize = 64;

/// The peers that are connected.
#[derive(Clone, Debug, Default)]
pub struct Peers(Arc<Mutex<HashMap<IpAddr, usize>>>);

impl Peers {
    /// A place for one more connection; none: the peer has as many as it may.
    pub fn place(&self, peer: IpAddr) -> Option<Place> {
        let mut counts = self.counts();
        let count = counts.entry(peer).or_default();
        (*count < PER_PEER_MAX).then(|| {
            *count += 1;
            Place {
                peers: self.clone(),
                peer,
            }
        })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's place, until it is dropped.
#[derive(Debug)]
pub struct Place {
    peers: Peers,
    peer: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.peers.counts();
        let left = counts.get(&self.peer).map_or(0, |count| count - 1);
        match left {
            0 => drop(counts.remove(&self.peer)),
            left => drop(counts.insert(self.peer, left)),
        }
    }
}

/// A connection, and its place.
#[derive(Debug)]
pub struct Placed<S> {
    /// The connection.
    pub stream: S,
    /// Goes with it.
    pub place: Place,
}

impl<S: Connected> Connected for Placed<S> {
    type ConnectInfo = S::ConnectInfo;

    fn connect_info(&self) -> Self::ConnectInfo {
        self.stream.connect_info()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Placed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Placed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_peer_has_so_many_places_and_takes_none_of_anothers() {
        let peers = Peers::default();
        let greedy = IpAddr::from(Ipv4Addr::new(10, 0, 0, 1));
        let mut places: Vec<Place> = std::iter::from_fn(|| peers.place(greedy)).collect();
        assert_eq!(places.len(), PER_PEER_MAX);
        let other = peers.place(Ipv4Addr::new(10, 0, 0, 2).into());
        assert!(other.is_some());
        places.pop();
        assert!(peers.place(greedy).is_some(), "one has gone");
        drop((places, other));
        assert!(peers.counts().is_empty(), "nothing is kept of who is gone");
    }
}
