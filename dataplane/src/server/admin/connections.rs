//! Connections to the admin endpoints: few, short, and none of them for long.
//!
//! The port is open to the cluster, as metrics are scraped from there. Whoever opens many connections, or
//! says nothing on them, must not keep the kubelet's probes out: each address has its share, some places are
//! kept for those that have none, and every connection has its time.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task;

/// Connections at once.
const CONNECTIONS_MAX: usize = 256;

/// Of these, from one address.
const PER_PEER_MAX: usize = 16;

/// More, for addresses that have none.
const FIRST_MAX: usize = 64;

/// How long a request's head may take, and a connection may wait for one.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a connection may last. Scrapers open another.
const LIFETIME: Duration = Duration::from_secs(60);

/// What a head may take up.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// How long accepting rests after an error, which is a lack of something.
const REST: Duration = Duration::from_millis(100);

/// Who is connected, and how often.
type Peers = Rc<RefCell<HashMap<IpAddr, usize>>>;

/// Accepts for ever, on a thread of its own.
pub async fn serve(listener: TcpListener, endpoints: Router) {
    let local = task::LocalSet::new();
    local
        .run_until(accept(listener, endpoints, Peers::default()))
        .await;
}

async fn accept(listener: TcpListener, endpoints: Router, peers: Peers) {
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(connection) => connection,
            Err(error) => {
                tracing::warn!("cannot accept admin connections: {error} [accept-stopped]");
                tokio::time::sleep(REST).await;
                continue;
            }
        };
        let Some(place) = Place::take(&peers, peer.ip()) else {
            tracing::debug!(%peer, "closed: there are as many admin connections as there may be");
            continue;
        };
        let endpoints = endpoints.clone();
        task::spawn_local(async move {
            // A connection that breaks, or takes too long, is its peer's affair.
            let _ = tokio::time::timeout(LIFETIME, answer(stream, peer, endpoints)).await;
            drop(place);
        });
    }
}

async fn answer(stream: TcpStream, peer: SocketAddr, endpoints: Router) -> hyper::Result<()> {
    let service = endpoints.layer(axum::Extension(ConnectInfo(peer)));
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .await
}

/// A connection's place, until it is dropped.
struct Place {
    peers: Peers,
    peer: IpAddr,
}

impl Place {
    /// None is left for this peer, or for anybody.
    fn take(peers: &Peers, peer: IpAddr) -> Option<Self> {
        let mut counts = peers.borrow_mut();
        let all: usize = counts.values().sum();
        let own = counts.get(&peer).copied().unwrap_or_default();
        let all_max = match own {
            0 => CONNECTIONS_MAX + FIRST_MAX,
            _ => CONNECTIONS_MAX,
        };
        if all >= all_max || own == PER_PEER_MAX {
            return None;
        }
        counts.insert(peer, own + 1);
        let peers = Rc::clone(peers);
        Some(Self { peers, peer })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.peers.borrow_mut();
        match counts.get(&self.peer).map_or(0, |count| count - 1) {
            0 => drop(counts.remove(&self.peer)),
            left => drop(counts.insert(self.peer, left)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_peer_takes_its_share_and_no_more() {
        let peers = Peers::default();
        let peer = |last: u8| IpAddr::from(Ipv4Addr::new(10, 0, 0, last));
        let mut greedy: Vec<Place> = std::iter::from_fn(|| Place::take(&peers, peer(1))).collect();
        assert_eq!(greedy.len(), PER_PEER_MAX);
        let others: Vec<Place> = (2..200)
            .filter_map(|last| Place::take(&peers, peer(last)))
            .collect();
        assert_eq!(others.len(), 198, "one each");
        greedy.pop();
        assert!(Place::take(&peers, peer(1)).is_some(), "one has gone");
        drop((greedy, others));
        assert!(peers.borrow().is_empty(), "nothing is kept of who is gone");
    }

    #[test]
    fn all_together_have_a_bound() {
        let peers = Peers::default();
        let address = |number: usize| IpAddr::from(Ipv4Addr::from(number as u32));
        let take = |number| Place::take(&peers, address(number));
        let places: Vec<Place> = (0..CONNECTIONS_MAX)
            .filter_map(|number| take(number / 2))
            .collect();
        assert_eq!(places.len(), CONNECTIONS_MAX);
        assert!(take(0).is_none(), "it has two");
        let firsts: Vec<Place> = (1000..2000).filter_map(take).collect();
        assert_eq!(firsts.len(), FIRST_MAX, "who has none gets in all the same");
    }
}
