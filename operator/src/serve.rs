//! A TLS server's front door: connections come out of it once their handshake is done.
//!
//! Each handshake has a task and a limit in time of its own, and there is a bound of them at once:
//! clients that say nothing keep nobody out for long. What is shown changes without a restart.

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

/// How long a handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Handshakes at once; more wait in the listening queue.
const HANDSHAKES_MAX: usize = 256;

/// How long accepting rests after an error, which is a lack of something.
const REST: Duration = Duration::from_millis(100);

/// Connections whose handshake is done.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    accepted: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
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
    pub fn into_stream(self) -> impl Stream<Item = io::Result<TlsStream<TcpStream>>> {
        futures::stream::unfold(self.accepted, async |mut accepted| {
            let (stream, _) = accepted.recv().await?;
            Some((Ok(stream), accepted))
        })
    }
}

impl axum::serve::Listener for Listener {
    type Io = TlsStream<TcpStream>;
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
    accepted: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
) {
    let places = Arc::new(Semaphore::new(HANDSHAKES_MAX));
    while !accepted.is_closed() {
        let place = Arc::clone(&places).acquire_owned().await;
        let place = place.expect("nobody closes it");
        let (stream, peer) = match socket.accept().await {
            Ok(connection) => connection,
            Err(error) => {
                tracing::warn!("ours: cannot accept connections: {error} [accept-stopped]");
                tokio::time::sleep(REST).await;
                continue;
            }
        };
        let acceptor = TlsAcceptor::from(config.load_full());
        let accepted = accepted.clone();
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            let handshake = tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await;
            drop(place);
            match handshake {
                // Nobody takes it once the server ends.
                Ok(Ok(stream)) => drop(accepted.send((stream, peer)).await),
                Ok(Err(error)) => tracing::debug!(%peer, "a TLS handshake failed: {error}"),
                Err(_) => tracing::debug!(%peer, "a TLS handshake took too long"),
            }
        });
    }
}
