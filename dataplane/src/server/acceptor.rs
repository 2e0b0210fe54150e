//! Accepts connections on one socket of one core.

use std::future::{Future, poll_fn};
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::BytesMut;
use rustls::ServerConfig;

use crate::cluster::{Shortage, shortage};
use crate::proxy;
use crate::runtime::deadlines::{Deadline, Evicted};
use crate::runtime::log_limit::LogLimit;
use crate::runtime::panics;
use crate::runtime::signal::Signal;
use crate::runtime::socket::{Borrowed, have_something};
use crate::runtime::stream::Stream;
use crate::server::core::ServerCore;
use crate::server::hand_over::Order;
use crate::transport::client::Client;
use crate::transport::listen::bind::BACKLOG;
use crate::transport::listen::proxy_protocol;
use crate::transport::listen::proxy_protocol::Received;
use crate::transport::tls::{Failure, handshake};

/// How long accepting rests when the process or the core is full.
const REST: Duration = Duration::from_millis(50);
/// Connections accepted before others get their turn.
const BATCH_MAX: usize = 64;

/// One listening socket of one core.
pub struct Acceptor {
    core: Rc<ServerCore>,
    address: SocketAddr,
    socket: TcpListener,
    poll: monoio::net::TcpListener,
    closing: Rc<Signal>,
    accept_log: LogLimit,
}

enum Queue {
    Empty,
    MayHoldMore,
    /// Nothing can be accepted for now.
    Stuck,
}

impl Acceptor {
    /// Takes a copy of the socket, which must not block.
    pub fn new(
        core: &Rc<ServerCore>,
        address: SocketAddr,
        socket: &TcpListener,
        closing: &Rc<Signal>,
    ) -> io::Result<Self> {
        let acceptor = Self {
            core: Rc::clone(core),
            address,
            socket: socket.try_clone()?,
            poll: monoio::net::TcpListener::from_std(socket.try_clone()?)?,
            closing: Rc::clone(closing),
            accept_log: LogLimit::default(),
        };
        core.acceptors.set(core.acceptors.get() + 1);
        Ok(acceptor)
    }

    /// Accepts until closed, then what is left in the queue.
    pub async fn serve(self) {
        while self.is_readable().await {
            match self.accept_batch() {
                Queue::Empty => {}
                Queue::MayHoldMore => self.core.turns.next().await,
                Queue::Stuck => monoio::time::sleep(REST).await,
            }
        }
        // What waits now; clients that go on connecting must not keep it open.
        for _ in 0..BACKLOG / BATCH_MAX {
            if !matches!(self.accept_batch(), Queue::MayHoldMore) {
                break;
            }
        }
    }

    /// `false` once it closes.
    async fn is_readable(&self) -> bool {
        // A poll takes nothing from the queue, so dropping it loses nothing.
        let mut readable = pin!(self.poll.readable(false));
        let mut closing = pin!(self.closing.raised());
        poll_fn(|context| {
            if closing.as_mut().poll(context).is_ready() {
                return Poll::Ready(false);
            }
            readable.as_mut().poll(context).map(|_| true)
        })
        .await
    }

    fn accept_batch(&self) -> Queue {
        for _ in 0..BATCH_MAX {
            let other = self.core.less_busy();
            if self.core.is_full() && other.is_none() {
                if !have_something(&[Borrowed::new(&self.socket)])[0] {
                    return Queue::Empty;
                }
                let evicted = self.core.deadlines.evict_idle();
                if evicted != Evicted::Before {
                    self.core.stats.bounds_hit.count("connections");
                }
                if evicted == Evicted::None {
                    self.say("the core serves as many connections as it may");
                    return Queue::Stuck;
                }
                return Queue::MayHoldMore;
            }
            match (self.socket.accept(), other) {
                (Ok((stream, peer)), Some(other)) => {
                    let order = Order::Take(stream, peer, self.address);
                    self.core.cores.hand_over(self.core.index, other, order);
                }
                (Ok((stream, peer)), None) => welcome(&self.core, self.address, stream, peer),
                (Err(error), _) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Queue::Empty;
                }
                // An idle connection to an endpoint is worth less than a client.
                // Its socket is closed once the runtime has submitted that.
                (Err(error), _) if is_shortage(&error) && self.core.proxy.pool.evict() => {
                    return Queue::MayHoldMore;
                }
                (Err(error), _) if is_shortage(&error) => {
                    self.core.stats.bounds_hit.count("descriptors");
                    self.say(&format!(
                        "{error}; raise the limit of open files (ulimit -n)"
                    ));
                    return Queue::Stuck;
                }
                // The client gave up while it waited.
                (Err(_), _) => {}
            }
        }
        Queue::MayHoldMore
    }

    fn say(&self, trouble: &str) {
        if self.accept_log.allows() {
            tracing::warn!(address = %self.address, "cannot accept connections: {trouble} [accept-stopped]");
        }
    }
}

/// Serves a connection that came in there, on this core.
pub fn welcome(core: &Rc<ServerCore>, address: SocketAddr, stream: TcpStream, peer: SocketAddr) {
    let is_epoll = monoio::utils::is_legacy();
    let prepared = stream
        .set_nodelay(true)
        .and_then(|()| stream.set_nonblocking(is_epoll));
    let Ok(stream) = prepared.and_then(|()| monoio::net::TcpStream::from_std(stream)) else {
        return;
    };
    let stream = Stream::new(stream, &core.turns);
    let core = Rc::clone(core);
    core.connection_opened();
    monoio::spawn(async move {
        if !serve(&core, address, stream, peer).await {
            core.stats.panics.add(1);
            tracing::error!(%peer, "a connection panicked and was closed [connection-panicked]");
        }
        core.connection_closed();
    });
}

/// `false` when it panicked.
async fn serve(
    core: &Rc<ServerCore>,
    address: SocketAddr,
    mut stream: Stream,
    peer: SocketAddr,
) -> bool {
    let deadline = core.deadlines.watch(Borrowed::new(&stream));
    let mut begun = Some(Received {
        peer,
        is_known: true,
        buffer: BytesMut::new(),
    });
    if proxy_protocol::is_expected(core, peer.ip()) {
        let receive = async {
            begun = proxy_protocol::receive(core, &mut stream, &deadline, peer, address).await;
        };
        if !panics::run(Rc::clone(&core.turns), Box::pin(receive)).await {
            return false;
        }
    }
    let Some(Received {
        peer,
        is_known,
        buffer,
    }) = begun
    else {
        return true;
    };
    let mut client = Client::new(peer, address, &core.settings);
    client.is_trusted &= is_known;
    let turns = Rc::clone(&core.turns);
    if core.begins_with_handshake(address) {
        let served = serve_tls(Rc::clone(core), stream, buffer, deadline, client);
        panics::run(turns, Box::pin(served)).await
    } else {
        let served = proxy::serve(
            Rc::clone(&core.proxy),
            stream.into(),
            buffer,
            deadline,
            client,
        );
        panics::run(turns, Box::pin(served)).await
    }
}

/// Serves a connection that begins with a handshake, of which something may have been read. `deadline`
/// watches its socket.
async fn serve_tls(
    core: Rc<ServerCore>,
    socket: Stream,
    incoming: BytesMut,
    deadline: Deadline,
    client: Client,
) {
    let (machine, pending) = (&core.proxy.core, &core.handshakes);
    let choose = |name: Option<&str>| certificate(&core, client.socket, name);
    let done = handshake::run(
        machine,
        pending,
        socket,
        incoming,
        deadline,
        client.socket,
        choose,
    );
    match done.await {
        Ok((stream, session, deadline)) => {
            core.stats.tls_handshakes.add(1);
            core.stats
                .tls_resumptions
                .add(u64::from(session.is_resumed));
            let client = Client {
                tls: Some(Box::new(session)),
                ..client
            };
            let proxy = Rc::clone(&core.proxy);
            drop(core);
            // Boxed, so that what the handshake needed is not held beside it.
            Box::pin(proxy::serve(
                proxy,
                stream.into(),
                BytesMut::new(),
                deadline,
                client,
            ))
            .await;
        }
        Err(failure) => core.stats.tls_failures.count(failure.reason()),
    }
}

/// What the listener shows that a client of this name wants there.
fn certificate(
    core: &ServerCore,
    address: SocketAddr,
    name: Option<&str>,
) -> Result<Arc<ServerConfig>, Failure> {
    let config = core.proxy.config().ok_or(Failure::Closed)?;
    let socket = config.socket(address).ok_or(Failure::Closed)?;
    let listener = socket.listener_named(name);
    let listener = listener.ok_or(match name {
        Some(_) => Failure::NameUnknown,
        None => Failure::NameMissing,
    })?;
    let identity = listener.identity.as_ref();
    Ok(identity.ok_or(Failure::CertificateMissing)?.config())
}

impl Drop for Acceptor {
    fn drop(&mut self) {
        self.core.acceptors.set(self.core.acceptors.get() - 1);
    }
}

fn is_shortage(error: &io::Error) -> bool {
    shortage(error) == Some(Shortage::Descriptors)
}
