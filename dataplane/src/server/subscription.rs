//! Where a data plane in a fleet gets its configuration: a stream from an operator.
//!
//! What was served last is kept in the state folder, a second later at most, and served again at a
//! start, so that neither an operator nor this process needs the other to be there. A stream that
//! ends is begun anew, at the replica that leads when that is known. What cannot be served is
//! answered with the reason, and what was served before goes on.
//!
//! It has threads of its own, one for what is told and one for the stream, and no core waits for them.
//! Tested in `operator/tests/publish.rs` over real streams.

mod apply;
mod connect;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use http::Uri;
use limpet_schema::messages;
use limpet_schema::stream::client::ConfigurationClient;
use limpet_schema::stream::{FromDataPlane, Hello, MESSAGE_BYTES_MAX, RELEASE, Said};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};

use super::data_plane::DataPlane;
use apply::Served;

/// How long connecting may take: a leader that was lost is still named, and its node may take what is
/// sent there and say nothing.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How often a silent stream is asked whether it is still there, and how long it may take to answer: a
/// node that is gone does not close its streams.
const KEEP_ALIVE: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(3));

/// How long a leader that could not be reached is left alone: it may be about to start.
const UNREACHABLE_FOR: Duration = Duration::from_secs(5);

/// How often a listener that cannot have its address is tried again.
const LISTEN_RETRY: Duration = Duration::from_secs(2);

/// How long to wait before the first and the last of several tries to connect.
const BACKOFF: std::ops::Range<Duration> = Duration::from_millis(100)..Duration::from_secs(2);

/// Whom to ask, and who asks.
#[derive(Clone, Debug)]
pub struct Source {
    /// Any replica: the operator's Service.
    pub operator: SocketAddr,
    /// The name in the operator's certificate.
    pub operator_name: String,
    /// The folder with `ca.crt`, `tls.crt` and `tls.key`, read at each try; none: no TLS, in tests.
    pub tls: Option<PathBuf>,
    /// The fleet.
    pub fleet: String,
    /// This pod.
    pub pod: String,
    /// The folder where what was served last is kept.
    pub state: PathBuf,
}

/// A running subscription; it ends with this value.
#[derive(Debug)]
pub struct Subscription {
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Why a stream ended or did not begin.
#[derive(Debug, Error)]
enum Lost {
    #[error("{path}: {error}")]
    File {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("no connection: {}", chain(.0))]
    Transport(#[from] tonic::transport::Error),
    #[error("{0}")]
    Stream(#[from] Box<tonic::Status>),
    #[error("the operator ended it")]
    Ended,
}

/// An error and what caused it: transports hide the reason two levels down.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

impl Subscription {
    /// Serves what was served last, then begins.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn start(source: Source, data_plane: Arc<DataPlane>) -> std::io::Result<Self> {
        // The stream's own task has a thread beside: it answers while a configuration is applied.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("config-stream")
            .enable_all()
            .build()?;
        let (end, ended) = oneshot::channel();
        let mut served = Served::resume(&source.state, data_plane);
        let run = move || {
            runtime.block_on(async {
                tokio::select! {
                    () = subscribe(&source, &mut served) => {}
                    _ = ended => {}
                }
            });
            served.keep();
        };
        let thread = std::thread::Builder::new()
            .name("config".to_owned())
            .spawn(run)?;
        Ok(Self {
            end: Some(end),
            thread: Some(thread),
        })
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

/// One stream after the other.
async fn subscribe(source: &Source, served: &mut Served) {
    let mut wait = BACKOFF.start;
    let mut leader = None;
    let mut unreachable: Option<(SocketAddr, Instant)> = None;
    loop {
        let address = leader.unwrap_or(source.operator);
        let mut stream = Stream {
            source,
            served,
            unreachable,
            leader: None,
            has_begun: false,
        };
        let lost = stream.hold(address).await;
        stream.served.keep();
        let Stream {
            leader: other,
            has_begun,
            ..
        } = stream;
        if leader.is_some() {
            // A leader that is gone is still named until another one leads.
            let lost = leader.filter(|_| !has_begun);
            unreachable = lost.map(|leader| (leader, Instant::now() + UNREACHABLE_FOR));
        }
        leader = other;
        if leader.is_some() {
            continue;
        }
        if has_begun {
            wait = BACKOFF.start;
        }
        if let Err(lost) = lost {
            let id = messages::STREAM_LOST.id;
            tracing::warn!(%address, "the configuration stream is lost: {lost} [{id}]");
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(BACKOFF.end);
    }
}

struct Stream<'a> {
    source: &'a Source,
    served: &'a mut Served,
    /// Where no stream could be had, and until when it is not tried again, whoever names it.
    unreachable: Option<(SocketAddr, Instant)>,
    /// Where the stream should be instead.
    leader: Option<SocketAddr>,
    /// Whether a configuration has come.
    has_begun: bool,
}

impl Stream<'_> {
    /// Until it ends, or the leader is elsewhere.
    async fn hold(&mut self, address: SocketAddr) -> Result<(), Lost> {
        let raced = tower::service_fn(move |_: Uri| connect::raced(address));
        let channel = endpoint(self.source, address)?;
        let channel = channel.connect_with_connector(raced).await?;
        let mut client = ConfigurationClient::new(channel)
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(MESSAGE_BYTES_MAX);
        let (say, said) = mpsc::channel(4);
        let hello = Said::Hello(Hello {
            fleet: self.source.fleet.clone(),
            pod: self.source.pod.clone(),
            release: RELEASE.to_owned(),
        });
        let _ = say.send(FromDataPlane { said: Some(hello) }).await;
        let said = futures::stream::unfold(said, async |mut said| {
            said.recv().await.map(|message| (message, said))
        });
        let mut told = client.subscribe(said).await.map_err(Box::new)?.into_inner();
        loop {
            let keep_at = self.served.keep_at();
            let message = tokio::select! {
                message = told.message() => message.map_err(Box::new)?,
                () = until(keep_at), if keep_at.is_some() => {
                    self.served.keep();
                    continue;
                }
                () = tokio::time::sleep(LISTEN_RETRY), if self.served.has_failed() => {
                    let Some(said) = self.served.try_again() else { continue };
                    let _ = say.send(FromDataPlane { said: Some(said) }).await;
                    continue;
                }
            };
            let Some(message) = message else { break };
            if !message.leader.is_empty() {
                let leader = message.leader.parse().ok();
                let is_left_alone = |leader: &SocketAddr| {
                    let until = self.unreachable.filter(|(lost, _)| lost == leader);
                    until.is_some_and(|(_, until)| Instant::now() < until)
                };
                self.leader = leader.filter(|leader| *leader != address && !is_left_alone(leader));
                if self.leader.is_some() {
                    return Ok(());
                }
                continue;
            }
            self.has_begun = true;
            let answer = self.served.apply(&message);
            if say
                .send(FromDataPlane { said: Some(answer) })
                .await
                .is_err()
            {
                break;
            }
        }
        Err(Lost::Ended)
    }
}

fn endpoint(source: &Source, address: SocketAddr) -> Result<Endpoint, Lost> {
    let scheme = if source.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let endpoint = Endpoint::from_shared(format!("{scheme}://{address}"))?
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEP_ALIVE.0)
        .keep_alive_timeout(KEEP_ALIVE.1)
        .keep_alive_while_idle(true);
    let Some(folder) = &source.tls else {
        return Ok(endpoint);
    };
    let read = |name| {
        let path = folder.join(name);
        std::fs::read(&path).map_err(|error| Lost::File { path, error })
    };
    let tls = ClientTlsConfig::new()
        .domain_name(&source.operator_name)
        .ca_certificate(Certificate::from_pem(read("ca.crt")?))
        .identity(Identity::from_pem(read("tls.crt")?, read("tls.key")?));
    Ok(endpoint.tls_config(tls)?)
}

async fn until(instant: Option<Instant>) {
    tokio::time::sleep_until(instant.unwrap_or_else(Instant::now).into()).await;
}
