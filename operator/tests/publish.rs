//! The configuration stream, between a real data plane and a real server.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use limpet_dataplane::subscription::{Source, Subscription};
use limpet_dataplane::{DataPlane, Settings};
use limpet_operator::leader::Leader;
use limpet_operator::publish::{Board, Server};
use limpet_schema::secrets::AffinityKeys;
use limpet_schema::snapshot::{ANY_HOST, Listener, Protocol, Snapshot};
use limpet_schema::stream::Assignment;
use limpet_translator::status::Report;
use tempfile::TempDir;
use tokio::net::{TcpListener as AsyncListener, TcpSocket};
use tonic::transport::server::TcpIncoming;

const KEYS: &str = "0 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// How long anything may take before a test fails.
const PATIENCE: Duration = Duration::from_secs(20);

async fn in_time<T>(wait: impl Future<Output = T>) -> T {
    let waited = tokio::time::timeout(PATIENCE, wait).await;
    waited.expect("it happens in time")
}

/// A data plane that subscribes for as long as this lives.
struct Pod {
    _subscription: Subscription,
    _data_plane: Arc<DataPlane>,
}

impl Pod {
    fn start(name: &str, operator: SocketAddr, state: &TempDir) -> Self {
        let settings = Settings {
            workers: 1,
            ..Settings::default()
        };
        let data_plane = Arc::new(DataPlane::start(settings).expect("it starts"));
        let source = Source {
            operator,
            operator_name: String::new(),
            tls: None,
            fleet: "default".to_owned(),
            pod: name.to_owned(),
            state: state.path().to_owned(),
        };
        let subscription = Subscription::start(source, Arc::clone(&data_plane));
        Self {
            _subscription: subscription.expect("a thread"),
            _data_plane: data_plane,
        }
    }
}

/// An operator's server on a free port, for as long as the runtime lives.
async fn operator() -> (Arc<Board>, SocketAddr) {
    operator_at(SocketAddr::from(([127, 0, 0, 1], 0))).await
}

async fn operator_at(address: SocketAddr) -> (Arc<Board>, SocketAddr) {
    let board = Arc::new(Board::default());
    let listener = AsyncListener::bind(address).await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let server = tonic::transport::Server::builder().add_service(Server::new(Arc::clone(&board)));
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    (board, address)
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("bound").port()
}

fn assignment(ports: &[u16]) -> Assignment {
    let listener = |port: &u16| Listener {
        name: format!("Gateway/shop/gateway/{port}"),
        address: ([127, 0, 0, 1], *port).into(),
        port: 80,
        protocol: Protocol::Http,
        hostname: ANY_HOST.to_owned(),
        certificates: Vec::new(),
        hosts: Vec::new(),
    };
    Assignment {
        snapshot: Arc::new(Snapshot {
            listeners: ports.iter().map(listener).collect(),
            ..Snapshot::default()
        }),
        affinity_keys: AffinityKeys(KEYS.to_owned()),
        ..Assignment::default()
    }
}

/// Two listeners are the same to clients.
fn flawed(port: u16) -> Assignment {
    let mut flawed = assignment(&[port]);
    let mut twin = flawed.snapshot.listeners[0].clone();
    twin.name.push_str("-twin");
    Arc::make_mut(&mut flawed.snapshot).listeners.push(twin);
    flawed
}

/// The first report about a version that is none of waiting.
async fn settled(board: &Board, version: u64) -> Report {
    let settle = async {
        loop {
            let report = board.report(version);
            if !report.is_pending {
                return report;
            }
            board.answered().await;
        }
    };
    in_time(settle).await
}

fn is_served(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_data_plane_serves_what_is_published_and_says_so() {
    let (board, address) = operator().await;
    let state = tempfile::tempdir().expect("a folder");
    let (one, two) = (free_port(), free_port());
    let version = board.publish(assignment(&[one]));
    assert!(board.report(version).is_pending);
    let _pod = Pod::start("a", address, &state);
    let name = format!("Gateway/shop/gateway/{one}");
    let listeners = BTreeMap::from([(name, Ok(([127, 0, 0, 1], one).into()))]);
    assert_eq!(settled(&board, version).await.listeners, listeners);
    assert!(is_served(one));
    assert_eq!(
        (board.serves("a", one), board.serves("a", two)),
        (Some(true), Some(false))
    );
    assert_eq!(board.serves("b", one), None);

    assert_eq!(board.publish(assignment(&[one])), version, "no news");
    let next = board.publish(assignment(&[one, two]));
    assert_eq!(settled(&board, next).await.listeners.len(), 2);
    assert!(is_served(one) && is_served(two));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_served_is_refused_and_the_next_good_one_is_served() {
    let (board, address) = operator().await;
    let state = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let good = board.publish(assignment(&[port]));
    let _pod = Pod::start("a", address, &state);
    settled(&board, good).await;
    let version = board.publish(flawed(port));
    let report = settled(&board, version).await;
    assert!(report.refused.is_some(), "{report:?}");
    assert!(is_served(port));
    let other = free_port();
    let version = board.publish(assignment(&[other]));
    let report = settled(&board, version).await;
    assert_eq!((report.refused, report.listeners.len()), (None, 1));
    assert!(is_served(other));
    // A core first takes what waits in the socket's queue.
    in_time(async {
        while is_served(port) {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_is_taken_is_served_once_it_is_free() {
    let (board, address) = operator().await;
    let state = tempfile::tempdir().expect("a folder");
    let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let (port, other) = (taken.local_addr().expect("bound").port(), free_port());
    let version = board.publish(assignment(&[port, other]));
    let _pod = Pod::start("a", address, &state);
    let listeners = settled(&board, version).await.listeners;
    let is_served_at = |port: u16| listeners[&format!("Gateway/shop/gateway/{port}")].is_ok();
    assert_eq!((is_served_at(port), is_served_at(other)), (false, true));
    assert_eq!(board.serves("a", port), Some(false));
    drop(taken);
    in_time(async {
        while board.serves("a", port) != Some(true) {
            board.answered().await;
        }
    })
    .await;
    assert!(is_served(port));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_operator_a_data_plane_serves_what_it_served_last() {
    let state = tempfile::tempdir().expect("a folder");
    let port = free_port();
    {
        let (board, address) = operator().await;
        let version = board.publish(assignment(&[port]));
        let _pod = Pod::start("a", address, &state);
        settled(&board, version).await;
        let refused = board.publish(flawed(port));
        settled(&board, refused).await;
    }
    let nobody = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let _pod = Pod::start("a", nobody, &state);
    assert!(is_served(port));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_served_is_kept_before_anything_ends() {
    let (board, address) = operator().await;
    let state = tempfile::tempdir().expect("a folder");
    let version = board.publish(assignment(&[free_port()]));
    let _pod = Pod::start("a", address, &state);
    settled(&board, version).await;
    in_time(async {
        while !state.path().join("assignment.json").exists() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(board.connected(), 1, "its stream goes on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_does_not_lead_sends_data_planes_to_the_one_that_does() {
    let ((follower, at_follower), (leader, at_leader)) = (operator().await, operator().await);
    let state = tempfile::tempdir().expect("a folder");
    let port = free_port();
    follower.publish(assignment(&[port]));
    let version = leader.publish(assignment(&[port]));
    follower.tell_leader(Leader::Another(at_leader.to_string()));
    let _pod = Pod::start("a", at_follower, &state);
    assert_eq!(settled(&leader, version).await.listeners.len(), 1);
    assert_eq!(leader.connected(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_leader_that_is_named_cannot_be_reached_any_replica_will_do() {
    let ((follower, at_follower), (leader, at_leader)) = (operator().await, operator().await);
    let state = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let version = follower.publish(assignment(&[port]));
    let nobody = SocketAddr::from(([127, 0, 0, 1], free_port()));
    follower.tell_leader(Leader::Another(nobody.to_string()));
    let _pod = Pod::start("a", at_follower, &state);
    assert_eq!(settled(&follower, version).await.listeners.len(), 1);
    let version = leader.publish(assignment(&[port]));
    follower.tell_leader(Leader::Another(at_leader.to_string()));
    assert_eq!(settled(&leader, version).await.listeners.len(), 1);
}

/// As where its node is lost: nobody says that it cannot be reached.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_swallows_packets_is_given_up() {
    let (follower, at_follower) = operator().await;
    let state = tempfile::tempdir().expect("a folder");
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("a port");
    let full = socket.listen(0).expect("it listens");
    let gone = full.local_addr().expect("bound");
    let _queued = TcpStream::connect(gone).expect("the queue has one place");
    let version = follower.publish(assignment(&[free_port()]));
    follower.tell_leader(Leader::Another(gone.to_string()));
    let _pod = Pod::start("a", at_follower, &state);
    assert_eq!(settled(&follower, version).await.listeners.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_data_plane_does_not_stay_where_nobody_knows_who_leads() {
    let (board, address) = operator().await;
    let state = tempfile::tempdir().expect("a folder");
    let version = board.publish(assignment(&[free_port()]));
    let _pod = Pod::start("a", address, &state);
    settled(&board, version).await;
    board.tell_leader(Leader::Another(String::new()));
    in_time(async {
        while board.connected() > 0 {
            board.answered().await;
        }
    })
    .await;
}

/// As where its container starts again: its address and the lease stay the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_could_not_be_reached_is_tried_again() {
    let (follower, at_follower) = operator().await;
    let state = tempfile::tempdir().expect("a folder");
    let version = follower.publish(assignment(&[free_port()]));
    let at_leader = SocketAddr::from(([127, 0, 0, 1], free_port()));
    follower.tell_leader(Leader::Another(at_leader.to_string()));
    let _pod = Pod::start("a", at_follower, &state);
    settled(&follower, version).await;
    let (leader, _) = operator_at(at_leader).await;
    let version = leader.publish(assignment(&[free_port()]));
    assert_eq!(settled(&leader, version).await.listeners.len(), 1);
}
