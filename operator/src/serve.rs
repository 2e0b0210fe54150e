//! A TLS server's front door: connections come out of it once their handshake is done.
//!
//! Each handshake has a task and a limit in time of its own, and there is a bound of them at once:
//! clients that say nothing keep nobody out for long, and no peer takes more than its share of
//! connections. What is shown changes without a restart.

mod peers;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use futures::Stream;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::metrics;
use peers::{PER_PEER_MAX, Peers, Place, Placed};

/// How long a handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Handshakes at once; more wait in the listening queue.
const HANDSHAKES_MAX: usize = 256;

/// How long accepting rests after an error, which is a lack of something.
const REST: Duration = Duration::from_millis(100);

/// A connection whose handshake is done.
type Accepted = Placed<TlsStream<TcpStream>>;

/// Connections whose handshake is done.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    accepted: mpsc::Receiver<(Accepted, SocketAddr)>,
}

impl Listener {
    /// Accepts from now on; `config` is what is shown, now and later.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn bind(address: SocketAddr, config: Arc<ArcSwap<ServerConfig>>) -> io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        let address = socket.local_addr()?;
        let (sender, accepted) = mpsc::channel(1);
        tokio::spawn(accept(socket, config, sender));
        Ok(Self { address, accepted })
    }

    /// The connections, as a gRPC server wants them.
    pub fn into_stream(self) -> impl Stream<Item = io::Result<Accepted>> {
        futures::stream::unfold(self.accepted, async |mut accepted| {
            let (stream, _) = accepted.recv().await?;
            Some((Ok(stream), accepted))
        })
    }
}

impl axum::serve::Listener for Listener {
    type Io = Accepted;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.accepted.recv().await {
            Some(accepted) => accepted,
            // The accepting task lives as long as the process.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

async fn accept(
    socket: TcpListener,
    config: Arc<ArcSwap<ServerConfig>>,
    accepted: mpsc::Sender<(Accepted, SocketAddr)>,
) {
    let handshakes = Arc::new(Semaphore::new(HANDSHAKES_MAX));
    let peers = Peers::default();
    while !accepted.is_closed() {
        let permit = Arc::clone(&handshakes).acquire_owned().await;
        let permit = permit.expect("nobody closes it");
        let (stream, peer) = match socket.accept().await {
            Ok(connection) => connection,
            Err(error) => {
                tracing::warn!("cannot accept connections: {error} [accept-stopped]");
                tokio::time::sleep(REST).await;
                continue;
            }
        };
        let Some(place) = peers.place(peer.ip()) else {
            metrics::CONNECTIONS_TURNED_AWAY.count();
            tracing::debug!(%peer, "closed: it has {PER_PEER_MAX} connections already");
            continue;
        };
        let acceptor = TlsAcceptor::from(config.load_full());
        let accepted = accepted.clone();
        tokio::spawn(async move {
            let stream = shake_hands(acceptor, stream, peer, place).await;
            drop(permit);
            if let Some(stream) = stream {
                // Nobody takes it once the server ends.
                let _ = accepted.send((stream, peer)).await;
            }
        });
    }
}

async fn shake_hands(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    peer: SocketAddr,
    place: Place,
) -> Option<Accepted> {
    let _ = stream.set_nodelay(true);
    match tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => return Some(Placed { stream, place }),
        Ok(Err(error)) => tracing::debug!(%peer, "a TLS handshake failed: {error}"),
        Err(_) => tracing::debug!(%peer, "a TLS handshake took too long"),
    }
    None
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use rustls::server::ResolvesServerCertUsingSni;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpSocket;

    use super::*;

    /// Has nothing to show: who says something is told so.
    fn config() -> ServerConfig {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("its own versions")
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(ResolvesServerCertUsingSni::new()))
    }

    async fn listener() -> Listener {
        let config = Arc::new(ArcSwap::from_pointee(config()));
        let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0).into(), config).await;
        listener.expect("a free port")
    }

    impl Listener {
        /// One of the machine's own peers connects.
        async fn connected(&self, peer: u8) -> TcpStream {
            let socket = TcpSocket::new_v4().expect("a socket");
            let peer = Ipv4Addr::new(127, 0, 0, peer);
            socket.bind((peer, 0).into()).expect("a free port");
            socket.connect(self.address).await.expect("open")
        }
    }

    #[tokio::test]
    async fn a_peer_with_as_many_connections_as_it_may_have_gets_no_more() {
        let listener = listener().await;
        let mut silent = Vec::new();
        for _ in 0..PER_PEER_MAX {
            silent.push(listener.connected(1).await);
        }
        let mut more = listener.connected(1).await;
        assert_eq!(more.read(&mut [0; 1]).await.expect("closed"), 0);
        let first = tokio::time::timeout(REST, silent[0].read_u8()).await;
        assert!(first.is_err(), "the others stay");
    }

    #[tokio::test]
    async fn no_more_than_256_handshakes_are_in_progress() {
        let listener = listener().await;
        let mut silent = Vec::new();
        for peer in (2..6).flat_map(|peer| [peer; 64]) {
            silent.push(listener.connected(peer).await);
        }
        let mut more = listener.connected(6).await;
        more.write_all(b"not TLS").await.expect("sent");
        // The kernel has all of it: the server would answer in its next turns.
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        let early = more.try_read(&mut [0]).expect_err("it waits");
        assert_eq!(early.kind(), io::ErrorKind::WouldBlock);
        silent.pop();
        let answered = tokio::time::timeout(HANDSHAKE_TIMEOUT / 2, more.readable()).await;
        answered.expect("its turn has come").expect("an answer");
    }

    #[tokio::test(start_paused = true)]
    async fn a_handshake_takes_no_longer_than_ten_seconds() {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let socket = socket.expect("a free port");
        let address = socket.local_addr().expect("bound");
        let _silent = TcpStream::connect(address).await.expect("open");
        let (stream, peer) = socket.accept().await.expect("it comes");
        let place = Peers::default().place(peer.ip()).expect("the first");
        let acceptor = TlsAcceptor::from(Arc::new(config()));
        let handshake = shake_hands(acceptor, stream, peer, place);
        let ended = tokio::time::timeout(Duration::from_secs(11), handshake).await;
        assert!(ended.expect("it is over in time").is_none());
    }
}
